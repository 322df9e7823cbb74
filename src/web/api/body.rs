//! What the JSON API reads and says about agents.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, SchemaFormat};

use crate::domain::agent::{AgentState, Credential, Failure};
use crate::domain::ids::{AgentId, InboxId};
use crate::domain::password::Password;
use crate::domain::steps::Progress;
use crate::services::agents::AgentView;

/// An agent as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Agent)]
pub struct AgentBody {
    /// Names the agent in every other call.
    #[schema(format = Uuid, example = "0193596e-7a80-7c4e-9a51-6c2f0e8b1d35")]
    id: String,
    #[schema(example = "Ana Ruiz")]
    name: String,
    /// The address the agent signs in to Chatwoot with.
    #[schema(example = "owner+ana.ruiz@example.com")]
    email: String,
    /// Chatwoot's own number for this person, once it has made one.
    #[schema(required, example = 42)]
    chatwoot_user_id: Option<i64>,
    #[schema(schema_with = role_schema)]
    chatwoot_role: &'static str,
    #[schema(schema_with = state_schema)]
    state: &'static str,
    /// The inboxes this agent shall answer.
    inbox_ids: Vec<i64>,
    /// When it was asked for, in UTC with milliseconds.
    #[schema(format = DateTime, example = "2026-11-23T12:00:00.000Z")]
    created_at: String,
    /// Whether Chatwoot holds a password that somebody was shown or chose.
    password_set: bool,
    /// Whether Chatwoot still has the name from before; left out when it has this one.
    #[serde(skip_serializing_if = "is_false")]
    #[schema(required = false)]
    being_renamed: bool,
    /// Until when a removal can be undone, in UTC; only while it is being removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime, example = "2026-11-23T12:10:00.000Z")]
    undo_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ProblemBody, required = false)]
    problem: Option<ProblemBody>,
}

/// Why an agent is not where it should be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentProblem)]
struct ProblemBody {
    #[schema(schema_with = failure_schema)]
    code: &'static str,
    /// A sentence to show: what happened and what comes next.
    message: &'static str,
}

/// An agent and what to do about it next.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentAnswer {
    #[schema(example = true)]
    success: bool,
    agent: AgentBody,
    /// The agent's state again; only while we are still working.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = state_schema, required = false)]
    state: Option<&'static str>,
    /// Where to ask how far it is; only while we are still working.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "/api/dashboard/integrations/chatwoot/agents/0193596e-7a80-7c4e-9a51-6c2f0e8b1d35"
    )]
    status_url: Option<String>,
    /// Only when we generated it, and only in this one answer.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "reveal")]
    #[schema(value_type = String, required = false, example = "(shown once)")]
    password: Option<Password>,
}

/// A number that can be an inbox's: an integer from 1.
#[derive(Clone, Copy, Debug)]
pub struct InboxNumber(pub InboxId);

impl AgentBody {
    pub fn new(view: &AgentView) -> Self {
        let agent = &view.agent;
        Self {
            id: agent.id.to_string(),
            name: agent.name.clone(),
            email: agent.email.clone(),
            chatwoot_user_id: agent.chatwoot_user.map(|user| user.0),
            chatwoot_role: "agent",
            state: agent.state.key(),
            inbox_ids: view.wanted_inboxes().into_iter().map(|inbox| inbox.0).collect(),
            created_at: timestamp(agent.created_at),
            password_set: agent.credential == Credential::Set,
            being_renamed: agent.is_being_renamed(),
            undo_until: view.undo_until().map(timestamp),
            problem: agent.failure.map(ProblemBody::from),
        }
    }
}

impl From<Failure> for ProblemBody {
    fn from(failure: Failure) -> Self {
        Self { code: failure.key(), message: failure.words() }
    }
}

impl<'de> Deserialize<'de> for InboxNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = Value::deserialize(from)?.as_i64().filter(|number| *number >= 1);
        number
            .map(|number| Self(InboxId(number)))
            .ok_or_else(|| D::Error::custom("expected a whole number from 1"))
    }
}

/// The agent with the given status, or 202 and where to ask again while we are still working on it.
///
/// A password that Chatwoot will not get is left out.
pub fn answer(settled: StatusCode, view: &AgentView, password: Option<Password>) -> Response {
    let working = is_unfinished(view);
    let holds = working || view.agent.credential == Credential::Set;
    let answer = AgentAnswer {
        success: true,
        agent: AgentBody::new(view),
        state: working.then(|| view.agent.state.key()),
        status_url: working.then(|| status_url(view.agent.id)),
        password: password.filter(|_| holds),
    };
    (if working { StatusCode::ACCEPTED } else { settled }, Json(answer)).into_response()
}

/// Whether something a person waits for is still being done: a ready agent may be looked at again later.
fn is_unfinished(view: &AgentView) -> bool {
    let agent = &view.agent;
    let awaited = match agent.state {
        AgentState::SettingUp | AgentState::Suspending | AgentState::Resuming => true,
        AgentState::Removing => return view.is_working() || view.is_held(),
        AgentState::Suspended => false,
        _ => agent.credential == Credential::Unset || agent.is_being_renamed(),
    };
    awaited && view.is_working()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over like this")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Where the API shows this agent.
pub fn status_url(agent: AgentId) -> String {
    format!("/api/dashboard/integrations/chatwoot/agents/{agent}")
}

/// RFC 3339 in UTC with milliseconds.
pub fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads an optional password straight into the type that cannot be printed.
pub fn password<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Password>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Password::new))
}

#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
fn reveal<S: Serializer>(password: &Option<Password>, to: S) -> Result<S::Ok, S::Error> {
    password.as_ref().map(Password::reveal).serialize(to)
}

/// A list of numbers from 1, empty by default.
pub fn inbox_ids_schema() -> Array {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1));
    ArrayBuilder::new()
        .items(number)
        .description(Some("Numbers of the tenant's own inboxes that the agent shall answer."))
        .examples([json!([7])])
        .build()
}

fn state_schema() -> Object {
    let words_of_all = AgentState::ALL.into_iter().map(AgentState::key);
    words("Where the agent stands; `removed` only when a create is repeated after the removal.", words_of_all)
}

fn failure_schema() -> Object {
    words("The reason as a word.", Failure::ALL.into_iter().map(Failure::key))
}

fn role_schema() -> Object {
    words("What the person is in the Chatwoot account.", ["agent"])
}

/// The words for how far a step is.
pub fn progress_schema() -> Object {
    words("How far the step is.", Progress::ALL.into_iter().map(Progress::key))
}

/// A schema of these words.
pub fn words(description: &str, words: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(words))
        .build()
}
