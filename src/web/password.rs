//! A new password for an agent.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::DateTime;
use serde::Deserialize;
use uuid::Uuid;

use super::agent_form::secret_page;
use super::agent_path::{AgentPath, path};
use super::auth::{self, CurrentTenant, Session};
use super::body::PageForm;
use super::client_ip::ClientIp;
use super::error::{FormStatus, HtmlError};
use super::flash::{self, Notice};
use super::page::{Active, Layout, Page};
use super::parts::{ErrorSummary, Moment, NewPassword, PasswordChoice, icon, messages_for};
use crate::app::App;
use crate::domain::agent::{Agent, AgentState, Credential};
use crate::domain::ids::AgentId;
use crate::domain::password::Password;
use crate::services::accounts::{self, Proof};
use crate::services::agents;
use crate::services::error::{Refusal, ServiceError};

/// The field for the own password of who asks.
const OWN: &str = "present_password";
const TYPE_IT: &str = "Type your own password: you signed in more than 15 minutes ago";

pub fn router() -> Router<App> {
    Router::new().route("/integrations/helpdesk/agents/{agent}/password", get(new).post(set))
}

#[derive(Template)]
#[template(path = "helpdesk/password.html")]
struct PasswordPage {
    layout: Layout,
    agent: Agent,
    password: PasswordChoice,
    summary: Option<ErrorSummary>,
    /// Whether the own password is needed, because the sign-in is not fresh.
    asks_own: bool,
    own_errors: Vec<String>,
    /// When a generated password was last shown.
    shown: Option<Moment>,
    idem: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PasswordForm {
    mode: String,
    password: String,
    present_password: String,
    idem: String,
}

async fn new(
    State(app): State<App>,
    tenant: CurrentTenant,
    session: Session,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, &session, agent, false, None).await?).into_response())
}

async fn set(
    State(app): State<App>,
    tenant: CurrentTenant,
    ClientIp(ip): ClientIp,
    session: Session,
    AgentPath(agent): AgentPath,
    sent: PageForm<PasswordForm>,
) -> Result<Response, HtmlError> {
    let (form, fault) = sent.into_parts();
    let own = form.mode == "choose";
    let typed = Some(form.present_password).filter(|typed| !typed.is_empty()).map(Password::new);
    let proof = Proof { session: auth::known_by(&session), typed, field: OWN, ip };
    let wanted = agents::NewPassword {
        chosen: own.then(|| Password::new(form.password)),
        idempotency_key: Some(form.idem).filter(|key| !key.is_empty()),
    };
    let outcome = match fault {
        None => agents::set_password(&app, &tenant.actor(), agent, wanted, proof).await,
        Some(refusal) => Err(refusal.into()),
    };
    let created = match outcome {
        Ok(created) => created,
        Err(ServiceError::Refused(refusal)) => {
            let refusal = match refusal {
                Refusal::FreshSignInNeeded => Refusal::field(OWN, TYPE_IT),
                other => other,
            };
            let page = page(&app, &tenant, &session, agent, own, Some(&refusal)).await?;
            return Ok(FormStatus::of(status_of(&refusal), &refusal).page(page));
        }
        Err(other) => return Err(other.into()),
    };
    let panel = if own { None } else { NewPassword::of(&app, &created) };
    if let Some(panel) = panel {
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
    session: &Session,
    agent: AgentId,
    own: bool,
    refusal: Option<&Refusal>,
) -> Result<PasswordPage, ServiceError> {
    let (view, _) = agents::show(app, tenant.tenant(), agent).await?;
    let layout = Layout::new(tenant, format!("New password for {}", view.agent.name), Active::Helpdesk);
    let now = app.now();
    let shown = view.agent.password_shown_at.and_then(DateTime::from_timestamp_millis);
    Ok(PasswordPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        agent: view.agent,
        password: PasswordChoice::new(own, refusal),
        summary: refusal.map(ErrorSummary::of),
        asks_own: !accounts::is_fresh(app, &auth::known_by(session)).await?,
        own_errors: messages_for(refusal, OWN),
        shown: shown.map(|at| Moment { at, now }),
        idem: Uuid::new_v4().to_string(),
    })
}

fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Fields(_) | Refusal::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::TooManyAttempts(_) => StatusCode::TOO_MANY_REQUESTS,
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
