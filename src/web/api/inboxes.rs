//! Inboxes and who answers them, over JSON.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{InboxNumber, status_url, timestamp};
use super::openapi::{BodyRefusals, ErrorBody, NotFound, Refusals};
use crate::app::App;
use crate::domain::agent::Failure;
use crate::domain::ids::{AgentId, InboxId};
use crate::services::agents::AgentView;
use crate::services::error::ServiceError;
use crate::services::inboxes;
use crate::web::auth::CurrentTenant;
use crate::web::body::JsonBody;
use crate::web::error::Problem;

/// The calls about inboxes.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(assign))
}

/// The tenant's own inboxes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct InboxList {
    /// By name.
    inboxes: Vec<InboxBody>,
    /// When their names were last read from Chatwoot.
    #[schema(required, format = DateTime, example = "2026-11-23T12:00:00.000Z")]
    as_of: Option<String>,
}

/// An inbox of one of the tenant's demos.
#[derive(Serialize, ToSchema)]
#[schema(as = Inbox)]
struct InboxBody {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "Acme website")]
    name: String,
}

/// Which inbox to give to an agent or to take from it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignAgent {
    #[schema(format = Uuid, example = "0193596e-7a80-7c4e-9a51-6c2f0e8b1d35")]
    agent_id: String,
    #[schema(value_type = i64, minimum = 1, example = 7)]
    inbox_id: InboxNumber,
    action: Action,
}

/// Give or take.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(try_from = "String")]
#[schema(rename_all = "lowercase")]
enum Action {
    Add,
    Remove,
}

/// What became of an assignment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Assigned {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "Ana Ruiz now answers this inbox.")]
    message: String,
    /// `pending` while we are still working on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "pending")]
    state: Option<&'static str>,
    /// Where to ask how far it is; only while we are still working on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status_url: Option<String>,
}

/// Lists the tenant's own inboxes: those of its demos.
#[utoipa::path(
    get,
    path = "/api/dashboard/integrations/chatwoot/inboxes",
    operation_id = "listInboxes",
    tag = "Inboxes",
    responses((status = 200, description = "The inboxes as last seen", body = InboxList), Refusals)
)]
async fn list(State(app): State<App>, tenant: CurrentTenant) -> Result<Json<InboxList>, Problem> {
    let (own, as_of) = inboxes::list(&app, tenant.tenant()).await?;
    let inboxes = own.into_iter().map(|inbox| InboxBody { id: inbox.id.0, name: inbox.name }).collect();
    Ok(Json(InboxList { inboxes, as_of: as_of.map(timestamp) }))
}

/// Gives an inbox to an agent or takes it away.
///
/// The wish is stored before Chatwoot is asked, and holds when Chatwoot takes long: then the answer is 202.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/assign-agent",
    operation_id = "assignAgent",
    tag = "Inboxes",
    request_body = AssignAgent,
    responses(
        (status = 200, description = "Chatwoot agrees.", body = Assigned),
        (status = 202, description = "Stored; we are still working on it.", body = Assigned),
        (status = 409, description = "The agent's state does not allow it.", body = ErrorBody),
        (status = 502, description = "Chatwoot refused (`chatwoot_refused`).", body = ErrorBody),
        BodyRefusals, NotFound, Refusals
    )
)]
async fn assign(
    State(app): State<App>,
    tenant: CurrentTenant,
    JsonBody(asked): JsonBody<AssignAgent>,
) -> Result<Response, Problem> {
    let agent = AgentId::parse(&asked.agent_id).ok_or(ServiceError::NotFound)?;
    let (inbox, wanted) = (asked.inbox_id.0, asked.action == Action::Add);
    let view = inboxes::assign(&app, &tenant.actor(), agent, inbox, wanted).await?;
    match outcome(&view, inbox, wanted) {
        Outcome::Agreed => Ok((StatusCode::OK, Json(Assigned::agreed(&view, wanted))).into_response()),
        Outcome::Pending => Ok((StatusCode::ACCEPTED, Json(Assigned::pending(&view))).into_response()),
        Outcome::Refused(failure) => Err(ServiceError::Chatwoot(failure).into()),
    }
}

impl TryFrom<String> for Action {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        match word.as_str() {
            "add" => Ok(Self::Add),
            "remove" => Ok(Self::Remove),
            _ => Err("expected add or remove"),
        }
    }
}

enum Outcome {
    Agreed,
    Pending,
    Refused(Failure),
}

fn outcome(view: &AgentView, inbox: InboxId, wanted: bool) -> Outcome {
    let mapping = view.mappings.iter().find(|mapping| mapping.inbox == inbox);
    if mapping.is_some_and(|mapping| mapping.present) == wanted {
        return Outcome::Agreed;
    }
    if view.is_working() {
        return Outcome::Pending;
    }
    let operation = view.operation.as_ref().and_then(|operation| operation.failure);
    Outcome::Refused(view.agent.failure.or(operation).unwrap_or(Failure::Refused))
}

impl Assigned {
    fn agreed(view: &AgentView, wanted: bool) -> Self {
        let name = &view.agent.name;
        let message = if wanted {
            format!("{name} now answers this inbox.")
        } else {
            format!("{name} no longer answers this inbox.")
        };
        Self { success: true, message, state: None, status_url: None }
    }

    fn pending(view: &AgentView) -> Self {
        let message = format!("Saved. We are still setting this up for {} in Chatwoot.", view.agent.name);
        Self { success: true, message, state: Some("pending"), status_url: Some(status_url(view.agent.id)) }
    }
}
