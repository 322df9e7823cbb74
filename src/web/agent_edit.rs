//! Another name for an agent.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::agent_path::{AgentPath, path};
use super::auth::CurrentTenant;
use super::body::PageForm;
use super::error::HtmlError;
use super::flash::{self, Notice};
use super::page::{Active, Layout, Page};
use super::parts::{ErrorSummary, icon, messages_for};
use crate::app::App;
use crate::domain::agent::Agent;
use crate::domain::ids::AgentId;
use crate::services::agents;
use crate::services::error::{Refusal, ServiceError};

pub fn router() -> Router<App> {
    Router::new().route("/integrations/helpdesk/agents/{agent}/edit", get(edit).post(rename))
}

#[derive(Template)]
#[template(path = "helpdesk/edit.html")]
struct EditPage {
    layout: Layout,
    agent: Agent,
    name: String,
    errors: Vec<String>,
    summary: Option<ErrorSummary>,
    /// Why there is no form, in words of the agent's state.
    hindrance: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EditForm {
    name: String,
}

async fn edit(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, agent, None, None).await?).into_response())
}

async fn rename(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
    sent: PageForm<EditForm>,
) -> Result<Response, HtmlError> {
    let (form, fault) = sent.into_parts();
    let outcome = match fault {
        None => agents::rename(&app, &tenant.actor(), agent, &form.name).await,
        Some(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(view) if view.agent.is_being_renamed() => {
            Ok(flash::redirect(&app, &path(agent), Notice::RenamingStarted, None))
        }
        Ok(_) => Ok(flash::redirect(&app, &path(agent), Notice::AgentRenamed, None)),
        Err(ServiceError::Refused(refusal)) => {
            let status = match refusal {
                Refusal::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::CONFLICT,
            };
            let page = page(&app, &tenant, agent, Some(form.name), Some(&refusal)).await?;
            Ok(Page(status, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn page(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    typed: Option<String>,
    refusal: Option<&Refusal>,
) -> Result<EditPage, ServiceError> {
    let (view, _) = agents::show(app, tenant.tenant(), agent).await?;
    let layout = Layout::new(tenant, format!("Change the name of {}", view.agent.name), Active::Helpdesk);
    Ok(EditPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        hindrance: agents::may_be_renamed(&view.agent).err().map(|refusal| refusal.to_string()),
        name: typed.unwrap_or_else(|| view.agent.name.clone()),
        agent: view.agent,
        errors: messages_for(refusal, "name"),
        summary: refusal.map(ErrorSummary::of),
    })
}
