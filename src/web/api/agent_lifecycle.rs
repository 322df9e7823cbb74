//! An agent's life after its setup, over JSON: another name, suspended, resumed, removed, brought back.

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
use crate::services::agents::{self, AgentView};
use crate::services::error::ServiceError;
use crate::web::agent_path::AgentPath;
use crate::web::auth::CurrentTenant;
use crate::web::body::JsonBody;
use crate::web::error::Problem;

/// The calls that change where an agent stands.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(rename))
        .routes(routes!(suspend))
        .routes(routes!(resume))
        .routes(routes!(remove))
        .routes(routes!(undo_removal))
}

/// What is to be different about an agent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeAgent {
    /// 1 to 100 characters with at least one letter or digit. The address stays as it is.
    #[schema(max_length = 100, example = "Ana Ruiz")]
    name: String,
}

/// Gives the agent another name.
///
/// The name holds here at once; `beingRenamed` says while Chatwoot still has the old one.
#[utoipa::path(
    patch,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}",
    operation_id = "renameAgent",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    request_body = ChangeAgent,
    responses(
        (status = 200, description = "Chatwoot has the name.", body = AgentAnswer),
        (status = 202, description = "Stored; we are still telling Chatwoot.", body = AgentAnswer),
        (status = 409, description = "The agent's state does not allow it; the sentence says which.", body = ErrorBody),
        BodyRefusals, NotFound, Refusals
    )
)]
async fn rename(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
    JsonBody(wanted): JsonBody<ChangeAgent>,
) -> Result<Response, Problem> {
    let view = agents::rename(&app, &tenant.actor(), agent, &wanted.name).await?;
    Ok(body::answer(StatusCode::OK, &view, None))
}

/// Takes the agent out of Chatwoot's account and remembers its inboxes.
///
/// A suspended agent uses no seat. Suspending it again changes nothing.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}/suspend",
    operation_id = "suspendAgent",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses(
        (status = 200, description = "The agent is suspended.", body = AgentAnswer),
        (status = 202, description = "Stored; we are still working on it.", body = AgentAnswer),
        (status = 409, description = "The agent's state does not allow it; the sentence says which.", body = ErrorBody),
        NotFound, Refusals
    )
)]
async fn suspend(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, Problem> {
    let view = agents::suspend(&app, &tenant.actor(), agent).await?;
    Ok(body::answer(StatusCode::OK, &view, None))
}

/// Takes a seat again and puts the agent back into the account and the remembered inboxes.
///
/// What somebody took away in Chatwoot meanwhile is not given back. Repeating it within a minute changes nothing.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}/resume",
    operation_id = "resumeAgent",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses(
        (status = 200, description = "The agent is back; its state and problem say if something stands in the way.", body = AgentAnswer),
        (status = 202, description = "Stored; we are still working on it.", body = AgentAnswer),
        (status = 403, description = "All agents of the plan are in use (`tier_limit_reached`), or not allowed.", body = ErrorBody),
        (status = 409, description = "The agent's state does not allow it; the sentence says which.", body = ErrorBody),
        NotFound, Refusals
    )
)]
async fn resume(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, Problem> {
    let view = agents::resume(&app, &tenant.actor(), agent).await?;
    Ok(body::answer(StatusCode::OK, &view, None))
}

/// Takes the agent out of Chatwoot's account at once and deletes it ten minutes later.
///
/// Until `undoUntil` it can be brought back; it holds its seat until it is gone. Removing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}",
    operation_id = "removeAgent",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses(
        (status = 204, description = "The agent is gone: Chatwoot had never made it."),
        (status = 202, description = "The agent is being removed; it holds its seat until it is gone.", body = AgentAnswer),
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
        Some(view) if stopped(&view) => Err(ServiceError::Chatwoot(why_not_gone(&view)).into()),
        Some(view) => Ok(body::answer(StatusCode::ACCEPTED, &view, None)),
    }
}

/// Brings back an agent that is being removed, with its inboxes, until `undoUntil`.
///
/// Repeating it within a minute changes nothing.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/agents/{id}/undo-removal",
    operation_id = "undoAgentRemoval",
    tag = "Agents",
    params(("id" = String, Path, description = "The agent's id")),
    responses(
        (status = 200, description = "The agent is back as it was.", body = AgentAnswer),
        (status = 202, description = "Stored; we are still working on it.", body = AgentAnswer),
        (status = 409, description = "It is too late, or the agent is not being removed; the sentence says which.", body = ErrorBody),
        NotFound, Refusals
    )
)]
async fn undo_removal(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, Problem> {
    let view = agents::undo_removal(&app, &tenant.actor(), agent).await?;
    Ok(body::answer(StatusCode::OK, &view, None))
}

fn stopped(view: &AgentView) -> bool {
    view.operation.as_ref().is_some_and(|operation| operation.failed)
}

fn why_not_gone(view: &AgentView) -> Failure {
    view.agent.failure.unwrap_or(Failure::Refused)
}
