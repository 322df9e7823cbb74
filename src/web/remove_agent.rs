//! Removing an agent, after saying what that means.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::agent_path::{AgentPath, HELPDESK};
use super::auth::CurrentTenant;
use super::error::HtmlError;
use super::flash::{self, Notice};
use super::page::{Active, Layout, Page};
use super::parts::ErrorSummary;
use crate::app::App;
use crate::domain::agent::{Agent, AgentState};
use crate::domain::ids::AgentId;
use crate::services::agents;
use crate::services::error::{Refusal, ServiceError};

pub fn router() -> Router<App> {
    Router::new().route("/integrations/helpdesk/agents/{agent}/remove", get(confirm).post(remove))
}

#[derive(Template)]
#[template(path = "helpdesk/remove.html")]
pub(super) struct RemovePage {
    pub layout: Layout,
    pub agent: Agent,
    pub summary: Option<ErrorSummary>,
}

async fn confirm(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, agent, None).await?).into_response())
}

async fn remove(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    let (notice, still_there) = match agents::remove(&app, &tenant.actor(), agent).await {
        Ok(None) => (Notice::AgentRemoved, None),
        Ok(Some(_)) => (Notice::RemovalStarted, Some(agent)),
        Err(ServiceError::Refused(refusal)) => {
            let page = page(&app, &tenant, agent, Some(&refusal)).await?;
            return Ok(Page(StatusCode::CONFLICT, page).into_response());
        }
        Err(other) => return Err(other.into()),
    };
    Ok(flash::redirect(&app, &format!("{HELPDESK}#agents"), notice, still_there))
}

async fn page(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    refusal: Option<&Refusal>,
) -> Result<RemovePage, ServiceError> {
    let (view, _) = agents::show(app, tenant.tenant(), agent).await?;
    let layout = Layout::new(tenant, format!("Remove {}?", view.agent.name), Active::Helpdesk);
    Ok(RemovePage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        agent: view.agent,
        summary: refusal.map(ErrorSummary::of),
    })
}

impl RemovePage {
    fn is_ours(&self) -> bool {
        self.agent.state != AgentState::Conflict
    }
}
