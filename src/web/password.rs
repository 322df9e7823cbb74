//! A new password for an agent.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::agent_form::secret_page;
use super::agent_path::{AgentPath, path};
use super::auth::CurrentTenant;
use super::body::PageForm;
use super::error::HtmlError;
use super::flash::{self, Notice};
use super::page::{Active, Layout, Page};
use super::parts::{ErrorSummary, NewPassword, PasswordChoice, icon};
use crate::app::App;
use crate::domain::agent::{Agent, AgentState, Credential};
use crate::domain::ids::AgentId;
use crate::domain::password::Password;
use crate::services::agents;
use crate::services::error::{Refusal, ServiceError};

pub fn router() -> Router<App> {
    Router::new().route("/integrations/helpdesk/agents/{agent}/password", get(new).post(set))
}

#[derive(Template)]
#[template(path = "helpdesk/password.html")]
pub(super) struct PasswordPage {
    pub layout: Layout,
    pub agent: Agent,
    pub password: PasswordChoice,
    pub summary: Option<ErrorSummary>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PasswordForm {
    mode: String,
    password: String,
}

async fn new(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, agent, false, None).await?).into_response())
}

async fn set(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
    sent: PageForm<PasswordForm>,
) -> Result<Response, HtmlError> {
    let (form, fault) = sent.into_parts();
    let own = form.mode == "choose";
    let chosen = own.then(|| Password::new(form.password));
    let outcome = match fault {
        None => {
            agents::set_password(
                &app,
                &tenant.actor(),
                agent,
                agents::NewPassword { chosen, idempotency_key: None },
            )
            .await
        }
        Some(refusal) => Err(refusal.into()),
    };
    let created = match outcome {
        Ok(created) => created,
        Err(ServiceError::Refused(refusal)) => {
            let page = page(&app, &tenant, agent, own, Some(&refusal)).await?;
            return Ok(Page(status_of(&refusal), page).into_response());
        }
        Err(other) => return Err(other.into()),
    };
    if let Some(panel) = NewPassword::of(&app, &created) {
        return secret_page(&app, &tenant, agent, panel).await;
    }
    if created.view.agent.credential == Credential::Set {
        return Ok(flash::redirect(&app, &path(agent), Notice::PasswordSet, None));
    }
    Ok(axum::response::Redirect::to(&path(agent)).into_response())
}

async fn page(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    own: bool,
    refusal: Option<&Refusal>,
) -> Result<PasswordPage, ServiceError> {
    let (view, _) = agents::show(app, tenant.tenant(), agent).await?;
    let layout = Layout::new(tenant, format!("New password for {}", view.agent.name), Active::Helpdesk);
    Ok(PasswordPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        agent: view.agent,
        password: PasswordChoice::new(own, refusal),
        summary: refusal.map(ErrorSummary::of),
    })
}

fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    }
}

impl PasswordPage {
    fn is_ready(&self) -> bool {
        self.agent.state == AgentState::Ready
    }

    fn has_password(&self) -> bool {
        self.agent.credential == Credential::Set
    }
}
