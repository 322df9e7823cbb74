//! Changing an agent that exists, over JSON.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, AgentAnswer};
use super::openapi::{BodyRefusals, ErrorBody, NotFound, Refusals};
use crate::app::App;
use crate::domain::agent::Failure;
use crate::domain::password::Password;
use crate::services::agents::{self, AgentView};
use crate::services::error::ServiceError;
use crate::web::agent_path::AgentPath;
use crate::web::auth::CurrentTenant;
use crate::web::body::JsonBody;
use crate::web::error::Problem;

/// The calls that change an agent.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(retry)).routes(routes!(set_password)).routes(routes!(remove))
}

/// A new password for an agent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The same rules as at creation. Left out: we generate one.
    #[serde(default, deserialize_with = "body::password")]
    #[schema(value_type = Option<String>, min_length = 8, max_length = 72)]
    password: Option<Password>,
}

/// Tries again what stopped or waits.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}/retry",
    operation_id = "retryAgent",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses(
        (status = 200, description = "The agent as it is now", body = AgentAnswer),
        (status = 202, description = "We are still working on it.", body = AgentAnswer),
        (status = 409, description = "Trying again cannot help; the sentence says what can.", body = ErrorBody),
        NotFound, Refusals
    )
)]
async fn retry(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, Problem> {
    let view = agents::retry(&app, &tenant.actor(), agent).await?;
    Ok(body::answer(StatusCode::OK, &view, None))
}

/// Sets a new password, chosen or generated.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}/password",
    operation_id = "setAgentPassword",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    request_body = SetPassword,
    responses(
        (status = 200, description = "Chatwoot has the new password.", body = AgentAnswer),
        (status = 202, description = "We are still working on it.", body = AgentAnswer),
        (status = 409, description = "The agent's state does not allow it.", body = ErrorBody),
        BodyRefusals, NotFound, Refusals
    )
)]
async fn set_password(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
    JsonBody(wanted): JsonBody<SetPassword>,
) -> Result<Response, Problem> {
    let changed = agents::set_password(&app, &tenant.actor(), agent, wanted.password).await?;
    Ok(body::answer(StatusCode::OK, &changed.view, changed.generated_password))
}

/// Takes the agent out of Chatwoot and gives its seat back.
#[utoipa::path(
    delete,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}",
    operation_id = "removeAgent",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses(
        (status = 204, description = "The agent is gone."),
        (status = 202, description = "We are still taking it out of Chatwoot; it holds its seat until it is gone.", body = AgentAnswer),
        (status = 502, description = "Chatwoot refused (`chatwoot_refused`).", body = ErrorBody),
        NotFound, Refusals
    )
)]
async fn remove(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, Problem> {
    match agents::remove(&app, &tenant.actor(), agent).await? {
        None => Ok(StatusCode::NO_CONTENT.into_response()),
        Some(view) if view.is_working() => Ok(body::answer(StatusCode::ACCEPTED, &view, None)),
        Some(view) => Err(ServiceError::Chatwoot(why_not_gone(&view)).into()),
    }
}

fn why_not_gone(view: &AgentView) -> Failure {
    view.agent.failure.unwrap_or(Failure::Refused)
}
