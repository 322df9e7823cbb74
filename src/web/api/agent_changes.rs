//! Changing an agent that exists, over JSON.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, AgentAnswer};
use super::openapi::{BodyRefusals, ErrorBody, NotFound, Refusals};
use super::request::idempotency_key;
use crate::app::App;
use crate::domain::password::Password;
use crate::services::accounts::Proof;
use crate::services::agents::{self, NewPassword};
use crate::web::agent_path::AgentPath;
use crate::web::auth::{self, CurrentTenant, Session};
use crate::web::body::JsonBody;
use crate::web::client_ip::ClientIp;
use crate::web::error::Problem;

/// The calls that change an agent.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(retry)).routes(routes!(set_password))
}

/// A new password for an agent.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetPassword {
    /// The same rules as at creation. Left out: we generate one.
    #[serde(default, deserialize_with = "body::password")]
    #[schema(value_type = Option<String>, min_length = 8, max_length = 72)]
    password: Option<Password>,
    /// The own password of who asks; needed when the sign-in is older than 15 minutes.
    #[serde(default, deserialize_with = "body::password")]
    #[schema(value_type = Option<String>)]
    present_password: Option<Password>,
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
        (status = 409, description = "There is nothing to try again, or it cannot help; the sentence says which state the agent is in and what helps.", body = ErrorBody),
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
    params(("id" = String, Path, description = "The agent's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "As for creating: a repeat sets no other password, and shows none.")),
    request_body = SetPassword,
    responses(
        (status = 200, description = "Chatwoot has the new password.", body = AgentAnswer),
        (status = 202, description = "We are still working on it.", body = AgentAnswer),
        (status = 403, description = "The sign-in is older than 15 minutes (`fresh_sign_in_required`), or not allowed.", body = ErrorBody),
        (status = 409, description = "The agent's state does not allow it; the sentence says which.", body = ErrorBody),
        (status = 429, description = "The own password was wrong too often (`too_many_requests`).", body = ErrorBody),
        BodyRefusals, NotFound, Refusals
    )
)]
async fn set_password(
    State(app): State<App>,
    tenant: CurrentTenant,
    ClientIp(ip): ClientIp,
    session: Session,
    headers: HeaderMap,
    AgentPath(agent): AgentPath,
    JsonBody(wanted): JsonBody<SetPassword>,
) -> Result<Response, Problem> {
    let proof = Proof {
        session: auth::known_by(&session),
        typed: wanted.present_password,
        field: "presentPassword",
        ip,
    };
    let changed = agents::set_password(
        &app,
        &tenant.actor(),
        agent,
        NewPassword { chosen: wanted.password, idempotency_key: idempotency_key(&headers) },
        proof,
    )
    .await?;
    Ok(body::answer(StatusCode::OK, &changed.view, changed.generated_password))
}
