//! Where Chatwoot differs: looking now, and ending a difference.

use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::response::{Redirect, Response};
use axum::routing::post;
use serde::Deserialize;

use super::agent;
use super::agent_path::{HELPDESK, drift_id, path};
use super::auth::CurrentTenant;
use super::body::FormBody;
use super::error::{HtmlError, Problem};
use super::flash::{self, Notice};
use crate::app::App;
use crate::domain::ids::AgentId;
use crate::services::drift::{self, Asked};
use crate::services::error::{Refusal, ServiceError};

const OVER: &str = "This difference is no longer there. Nothing was changed.";

pub fn router() -> Router<App> {
    Router::new()
        .route("/integrations/helpdesk/drift/check", post(check).get(back))
        .route("/integrations/helpdesk/agents/{agent}/drift/{id}/use-ours", post(use_ours).get(back_to_agent))
        .route(
            "/integrations/helpdesk/agents/{agent}/drift/{id}/use-chatwoot",
            post(use_theirs).get(back_to_agent),
        )
}

/// The version of the difference that the page showed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    version: String,
}

/// The agent and the difference of `…/agents/{agent}/drift/{id}`.
struct DriftPath(AgentId, String);

async fn check(State(app): State<App>, tenant: CurrentTenant) -> Result<Response, HtmlError> {
    let report = drift::check(&app, tenant.tenant()).await?;
    let notice = match (report.looks.paused, report.differences.len()) {
        (Some(_), _) => Notice::ComparingPaused,
        (None, 0) => Notice::InSync,
        (None, _) => Notice::OutOfSync,
    };
    Ok(flash::redirect(&app, HELPDESK, notice, None))
}

async fn use_ours(
    State(app): State<App>,
    tenant: CurrentTenant,
    DriftPath(agent, id): DriftPath,
    FormBody(shown): FormBody<Shown>,
) -> Result<Response, HtmlError> {
    let asked = shown.of(agent, id);
    match drift::use_ours(&app, &tenant.actor(), &asked).await {
        Ok(view) => {
            let notice = if view.is_working() { Notice::OursWaiting } else { Notice::OursUsed };
            Ok(flash::redirect(&app, &path(agent), notice, None))
        }
        Err(error) => refused(&app, &tenant, agent, error).await,
    }
}

async fn use_theirs(
    State(app): State<App>,
    tenant: CurrentTenant,
    DriftPath(agent, id): DriftPath,
    FormBody(shown): FormBody<Shown>,
) -> Result<Response, HtmlError> {
    let asked = shown.of(agent, id);
    let list = format!("{HELPDESK}#agents");
    match drift::use_theirs(&app, &tenant.actor(), &asked).await {
        Ok(Some(view)) if view.agent.removal_wanted => Ok(flash::redirect_removed(&app, &list, &view)),
        Ok(Some(_)) => Ok(flash::redirect(&app, &path(agent), Notice::TheirsUsed, None)),
        Ok(None) => Ok(flash::redirect(&app, &list, Notice::AgentRemoved, None)),
        Err(error) => refused(&app, &tenant, agent, error).await,
    }
}

/// The agent's page as it is now, with what kept the press from doing anything.
async fn refused(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    error: ServiceError,
) -> Result<Response, HtmlError> {
    let error = match error {
        // Either the agent's page says that it is not there, or only the difference is over.
        ServiceError::NotFound => Refusal::conflict(OVER).into(),
        other => other,
    };
    let ServiceError::Refused(refusal @ (Refusal::State(_) | Refusal::Conflict { .. })) = error else {
        return Err(error.into());
    };
    agent::refused(app, tenant, agent, &refusal).await
}

async fn back(_tenant: CurrentTenant) -> Redirect {
    Redirect::to(HELPDESK)
}

async fn back_to_agent(_tenant: CurrentTenant, DriftPath(agent, _): DriftPath) -> Redirect {
    Redirect::to(&path(agent))
}

impl Shown {
    fn of(&self, agent: AgentId, id: String) -> Asked {
        Asked { agent: Some(agent), id, version: self.version.parse().ok() }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DriftPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let absent = || Problem::from(&ServiceError::NotFound);
        let named = Path::<(String, String)>::from_request_parts(parts, state).await.ok();
        let (agent, id) = named.map(|Path(named)| named).ok_or_else(absent)?;
        Ok(Self(AgentId::parse(&agent).ok_or_else(absent)?, drift_id(&id).ok_or_else(absent)?))
    }
}
