//! Changing an agent that exists, over JSON.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, AgentAnswer};
use super::openapi::{BodyRefusals, ErrorBody, NotFound, Refusals};
use crate::app::App;
use crate::domain::password::Password;
use crate::services::agents::{self, NewPassword};
use crate::web::agent_path::AgentPath;
use crate::web::auth::CurrentTenant;
use crate::web::body::JsonBody;
use crate::web::error::Problem;

/// The calls that change an agent.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(retry)).routes(routes!(set_password))
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
    let changed = agents::set_password(
        &app,
        &tenant.actor(),
        agent,
        NewPassword { chosen: wanted.password, idempotency_key: None },
    )
    .await?;
    Ok(body::answer(StatusCode::OK, &changed.view, changed.generated_password))
}
