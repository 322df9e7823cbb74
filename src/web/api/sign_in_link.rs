//! Sign-in links over JSON.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::timestamp;
use super::openapi::{ErrorBody, NotFound, Refusals};
use crate::app::App;
use crate::services::sign_in_links;
use crate::web::agent_path::AgentPath;
use crate::web::auth::CurrentTenant;
use crate::web::error::Problem;
use crate::web::sign_in_link;

/// The calls that make and revoke sign-in links.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(make)).routes(routes!(revoke))
}

/// A link that signs an agent in to Chatwoot.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignInLinkAnswer {
    #[schema(example = true)]
    success: bool,
    /// Whoever opens it and presses the button there signs in as the agent, once. Only in this one answer.
    #[schema(example = "(shown once)")]
    url: String,
    /// Until when it works, in UTC with milliseconds.
    #[schema(format = DateTime, example = "2026-11-24T12:00:00.000Z")]
    expires_at: String,
}

/// Makes a link that signs the agent in to Chatwoot without a password.
///
/// It works once and within 24 hours; one from before stops working. The operator can switch such links off.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}/sign-in-link",
    operation_id = "makeSignInLink",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses(
        (status = 201, description = "The link", body = SignInLinkAnswer),
        (status = 409, description = "The agent is not ready.", body = ErrorBody),
        (status = 429, description = "Five links were made for this agent within an hour. `Retry-After` says when the next can be.", body = ErrorBody),
        NotFound, Refusals
    )
)]
async fn make(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let link = sign_in_links::make(&app, &tenant.actor(), agent).await?;
    let answer = SignInLinkAnswer {
        success: true,
        url: sign_in_link::address(&app, &headers, &link),
        expires_at: timestamp(link.expires_at),
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Revokes the agent's sign-in link, if one works.
#[utoipa::path(
    delete,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}/sign-in-link",
    operation_id = "revokeSignInLink",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses((status = 204, description = "No link of this agent works."), NotFound, Refusals)
)]
async fn revoke(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<StatusCode, Problem> {
    sign_in_links::revoke(&app, &tenant.actor(), agent).await?;
    Ok(StatusCode::NO_CONTENT)
}
