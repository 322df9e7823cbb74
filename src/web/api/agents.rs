//! Creating and showing agents over JSON.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, AgentAnswer, AgentBody, InboxNumber};
use super::openapi::{BodyRefusals, ErrorBody, NotFound, Refusals};
use super::request::{Paging, idempotency_key};
use crate::app::App;
use crate::domain::password::Password;
use crate::domain::steps::SetupStep;
use crate::services::agents::{self, NewAgent};
use crate::web::agent_path::AgentPath;
use crate::web::auth::CurrentTenant;
use crate::web::body::JsonBody;
use crate::web::error::Problem;

/// The calls that create and show agents.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(list)).routes(routes!(show))
}

/// What an agent is to be.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateAgent {
    /// 1 to 100 characters with at least one letter or digit.
    #[serde(default)]
    #[schema(required, max_length = 100, example = "Ana Ruiz")]
    name: String,
    /// 8 to 72 printable ASCII characters with a capital letter, a small one, a digit and a special character.
    /// Left out: we generate one.
    #[serde(default, deserialize_with = "body::password")]
    #[schema(value_type = Option<String>, min_length = 8, max_length = 72)]
    password: Option<Password>,
    #[serde(default)]
    #[schema(schema_with = body::inbox_ids_schema, required = false)]
    inbox_ids: Vec<InboxNumber>,
    /// Accepted from earlier clients and ignored: the address is made from the tenant's own.
    #[serde(default, rename = "userEmail")]
    #[schema(value_type = Option<String>, deprecated)]
    _user_email: Option<IgnoredAny>,
}

/// One page of agents.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgentList {
    /// Newest first.
    agents: Vec<AgentBody>,
    /// Where the next page begins; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

/// An agent and how far its setup is.
#[derive(Serialize, ToSchema)]
struct AgentWithSteps {
    agent: AgentBody,
    steps: Vec<StepBody>,
}

/// One step of a setup.
#[derive(Serialize, ToSchema)]
#[schema(as = Step)]
struct StepBody {
    #[schema(example = "Sign-in created in Chatwoot")]
    title: String,
    #[schema(schema_with = body::progress_schema)]
    progress: &'static str,
}

/// Creates an agent.
///
/// The wish is stored before Chatwoot is asked, so an agent once answered is never lost: when Chatwoot takes long
/// the answer is 202 and the rest happens by itself.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/create-user",
    operation_id = "createAgent",
    tag = "Agents",
    params(("Idempotency-Key" = Option<String>, Header, description =
        "1 to 128 visible ASCII characters. Within 48 hours the same key and the same request answer with the same agent as it is by then, without its password. \
         Of a password only counts whether one was sent: no trace of it is kept to compare with.")),
    request_body = CreateAgent,
    responses(
        (status = 201, description = "The agent. Its state and problem say if Chatwoot refused it.", body = AgentAnswer),
        (status = 409, description = "The address belongs to somebody else in Chatwoot; the agent is listed as `conflict` and holds no seat.", body = ErrorBody),
        (status = 202, description = "Stored; we are still working on it.", body = AgentAnswer),
        (status = 403, description = "All agents of the plan are in use (`tier_limit_reached`), or not allowed.", body = ErrorBody),
        BodyRefusals, Refusals
    )
)]
async fn create(
    State(app): State<App>,
    tenant: CurrentTenant,
    headers: HeaderMap,
    JsonBody(wanted): JsonBody<CreateAgent>,
) -> Result<Response, Problem> {
    let new = NewAgent {
        name: wanted.name,
        password: wanted.password,
        inboxes: wanted.inbox_ids.into_iter().map(|number| number.0).collect(),
        idempotency_key: idempotency_key(&headers),
    };
    let created = agents::create(&app, &tenant.actor(), new).await?.unless_conflict()?;
    Ok(body::answer(StatusCode::CREATED, &created.view, created.generated_password))
}

/// Lists the tenant's agents, newest first.
#[utoipa::path(
    get,
    path = "/api/dashboard/integrations/chatwoot/agents",
    operation_id = "listAgents",
    tag = "Agents",
    params(Paging),
    responses(
        (status = 200, description = "One page of agents", body = AgentList),
        (status = 422, description = "`limit` or `cursor` is not usable.", body = ErrorBody),
        Refusals
    )
)]
async fn list(
    State(app): State<App>,
    tenant: CurrentTenant,
    paging: Paging,
) -> Result<Json<AgentList>, Problem> {
    let (agents, next) = agents::list(&app, tenant.tenant(), paging.cursor, paging.limit).await?;
    Ok(Json(AgentList {
        agents: agents.iter().map(AgentBody::new).collect(),
        next_cursor: next.map(|agent| agent.to_string()),
    }))
}

/// Shows one agent and how far its setup is.
#[utoipa::path(
    get,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}",
    operation_id = "showAgent",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses((status = 200, description = "The agent", body = AgentWithSteps), NotFound, Refusals)
)]
async fn show(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Json<AgentWithSteps>, Problem> {
    let (view, _) = agents::show(&app, tenant.tenant(), agent).await?;
    Ok(Json(AgentWithSteps {
        agent: AgentBody::new(&view),
        steps: view.steps().into_iter().map(StepBody::from).collect(),
    }))
}

impl From<SetupStep> for StepBody {
    fn from(step: SetupStep) -> Self {
        Self { title: step.title, progress: step.progress.key() }
    }
}
