//! One agent's page, and following it while it is set up.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::agent_path::{AgentPath, HELPDESK, path};
use super::auth::CurrentTenant;
use super::error::{HtmlError, Problem};
use super::flash::{self, Notice};
use super::fragment::Fragment;
use super::hx::{self, Htmx};
use super::page::{Active, Layout, Page};
use super::parts::{AgentBody, ErrorSummary, Moment, NewPassword, Watch};
use crate::app::App;
use crate::domain::agent::AgentState;
use crate::domain::ids::AgentId;
use crate::services::agents::{self, AgentView, HistoryLine};
use crate::services::error::{Refusal, ServiceError};

pub fn router() -> Router<App> {
    Router::new()
        .route("/integrations/helpdesk/agents/{agent}", get(show))
        .route("/integrations/helpdesk/agents/{agent}/status", get(status))
        .route("/integrations/helpdesk/agents/{agent}/retry", post(retry))
}

#[derive(Template)]
#[template(path = "helpdesk/agent.html")]
pub(super) struct AgentPage {
    pub layout: Layout,
    pub summary: Option<ErrorSummary>,
    pub body: AgentBody,
    /// A password that only this answer shows.
    pub password: Option<NewPassword>,
    pub history: Vec<HistoryEntry>,
}

/// A change and when it was.
pub(super) struct HistoryEntry {
    pub sentence: String,
    pub moment: Moment,
}

async fn show(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    let page = load(&app, &tenant, agent, None).await?;
    Ok(Page::ok(page).into_response())
}

/// What the page knew when it asked.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Seen {
    v: i64,
    since: i64,
    every: u32,
}

async fn status(
    State(app): State<App>,
    tenant: CurrentTenant,
    htmx: Htmx,
    AgentPath(agent): AgentPath,
    Query(seen): Query<Seen>,
) -> Result<Response, HtmlError> {
    if let Some(back) = hx::unless_htmx(htmx, &path(agent)) {
        return Ok(back);
    }
    let (view, inboxes) = match agents::show(&app, tenant.tenant(), agent).await {
        Err(ServiceError::NotFound) => return Ok(gone()),
        other => other?,
    };
    let watch = Watch::resume(seen.since, app.now());
    if view.version() == seen.v && watch.every() == Some(seen.every) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let body = AgentBody::new(&app, &view, &inboxes, watch);
    if view.is_working() {
        return Ok(Fragment::quiet(body).into_response());
    }
    Ok(Fragment::telling(body, standing(&view)).into_response())
}

async fn retry(
    State(app): State<App>,
    tenant: CurrentTenant,
    htmx: Htmx,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    let tried = agents::retry(&app, &tenant.actor(), agent).await;
    if !htmx.0 {
        return match tried {
            Ok(_) => Ok(flash::redirect(&app, &path(agent), Notice::TryingAgain, None)),
            Err(ServiceError::Refused(refusal)) => refused(&app, &tenant, agent, &refusal).await,
            Err(other) => Err(other.into()),
        };
    }
    let view = tried?;
    let (_, inboxes) = agents::show(&app, tenant.tenant(), agent).await?;
    let body = AgentBody::new(&app, &view, &inboxes, Watch::start(app.now())).focused();
    Ok(Fragment::telling(body, standing(&view)).into_response())
}

/// The agent's page as it is now, with what kept a press from doing anything.
pub(super) async fn refused(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    refusal: &Refusal,
) -> Result<Response, HtmlError> {
    let mut page = load(app, tenant, agent, None).await?;
    page.layout = page.layout.with_error();
    page.summary = Some(ErrorSummary::of(refusal));
    Ok(Page(StatusCode::CONFLICT, page).into_response())
}

/// The page of an agent, with a password to show once when there is one.
pub(super) async fn load(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    password: Option<NewPassword>,
) -> Result<AgentPage, ServiceError> {
    let (view, inboxes) = agents::show(app, tenant.tenant(), agent).await?;
    let now = app.now();
    let history = agents::history(app, tenant.tenant(), Some(agent)).await?;
    Ok(AgentPage {
        layout: Layout::new(tenant, view.agent.name.clone(), Active::Helpdesk),
        summary: None,
        body: AgentBody::new(app, &view, &inboxes, Watch::start(now)),
        password,
        history: history.into_iter().map(|line| HistoryEntry::of(line, now)).collect(),
    })
}

impl HistoryEntry {
    pub fn of(line: HistoryLine, now: chrono::DateTime<chrono::Utc>) -> Self {
        Self { sentence: line.sentence, moment: Moment { at: line.at, now } }
    }
}

/// A page that follows an agent which is no longer there goes back to the list.
fn gone() -> Response {
    let mut response = Problem::of_status(StatusCode::NOT_FOUND).into_response();
    response.headers_mut().insert(hx::REDIRECT, HeaderValue::from_static(HELPDESK));
    response
}

fn standing(view: &AgentView) -> String {
    let name = &view.agent.name;
    match view.agent.state {
        AgentState::Ready => format!("{name} is ready."),
        AgentState::SettingUp => format!("{name} is being set up."),
        AgentState::NeedsAttention | AgentState::Conflict => format!("{name} needs attention."),
        AgentState::Suspending => format!("{name} is being suspended."),
        AgentState::Suspended => format!("{name} is suspended."),
        AgentState::Resuming => format!("{name} is being resumed."),
        AgentState::Removing => format!("{name} is being removed."),
        AgentState::Removed => format!("{name} is removed."),
    }
}
