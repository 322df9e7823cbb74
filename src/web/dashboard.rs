//! The dashboard: what needs attention, the plan, the latest changes.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};

use super::agent::HistoryEntry;
use super::agent_path::{HELPDESK, path};
use super::auth::{CurrentTenant, CurrentUser};
use super::error::HtmlError;
use super::page::{Active, Layout, Page};
use super::parts::{AgentNote, ConnectionLine, PlanMeter, icon};
use crate::app::App;
use crate::domain::connection::Health;
use crate::services::agents::across::{self, Found};
use crate::services::agents::{self, AgentView, Overview};
use crate::services::drift;

pub fn router() -> Router<App> {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "dashboard.html")]
pub(super) struct DashboardPage {
    pub layout: Layout,
    pub matters: Vec<Matter>,
    /// What a new tenant does first; none once all is done.
    pub first_steps: Option<Vec<FirstStep>>,
    pub plan: PlanMeter,
    pub history: Vec<HistoryEntry>,
}

#[derive(Template)]
#[template(path = "dashboard_administrator.html")]
pub(super) struct AdministratorPage {
    pub layout: Layout,
    pub connection: ConnectionLine,
    /// What is to be done across tenants; none when nothing is.
    pub attention: Option<String>,
    /// Agents and people in Chatwoot that only an administrator can decide about.
    pub drift: Vec<String>,
}

/// Something that waits for the tenant, and where it is put right.
pub(super) struct Matter {
    pub title: String,
    pub words: String,
    pub path: String,
}

pub(super) struct FirstStep {
    pub title: &'static str,
    pub done: bool,
    /// Where to do it, when the reader can.
    pub path: Option<&'static str>,
}

async fn show(State(app): State<App>, current: CurrentUser) -> Result<Response, HtmlError> {
    if current.user.role.is_administrator() {
        let attention = across::attention(&app).await?;
        let page = AdministratorPage {
            attention: across_tenants(attention),
            drift: drift_across(drift::standing(&app).await?),
            layout: Layout::new(&current, "Dashboard", Active::Dashboard),
            connection: ConnectionLine::new(current.connection, app.now(), true),
        };
        return Ok(Page::ok(page).into_response());
    }
    let tenant = CurrentTenant(current);
    let overview = agents::overview(&app, tenant.tenant(), "", 1).await?;
    let history = agents::history(&app, tenant.tenant(), None).await?;
    let page = DashboardPage {
        layout: Layout::new(&tenant, "Dashboard", Active::Dashboard),
        matters: matters(&app, &tenant, &overview),
        first_steps: first_steps(tenant.connection.health, &overview),
        plan: plan_of(&tenant, &overview),
        history: history.into_iter().map(|line| HistoryEntry::of(line, app.now())).collect(),
    };
    Ok(Page::ok(page).into_response())
}

/// What only administrators can decide about.
fn drift_across(standing: drift::Standing) -> Vec<String> {
    let paused = standing
        .paused
        .map(|paused| format!("Work is paused: {} agents disappeared from Chatwoot at once", paused.missing));
    let strangers = match standing.strangers {
        0 => None,
        1 => Some("1 person in Chatwoot carries our mark, but is no agent".to_owned()),
        many => Some(format!("{many} people in Chatwoot carry our mark, but are no agents")),
    };
    paused.into_iter().chain(strangers).collect()
}

fn across_tenants(attention: Found) -> Option<String> {
    match attention {
        Found::Exactly(0) => None,
        Found::Exactly(1) => Some("1 agent needs attention".to_owned()),
        Found::Exactly(many) => Some(format!("{many} agents need attention")),
        Found::MoreThan(many) => Some(format!("More than {many} agents need attention")),
    }
}

fn matters(app: &App, tenant: &CurrentTenant, overview: &Overview) -> Vec<Matter> {
    let line = ConnectionLine::new(tenant.connection.clone(), app.now(), false);
    let connection = line.needs_attention().then(|| Matter {
        title: line.words().to_owned(),
        words: line.advice().unwrap_or_default().into_owned(),
        path: HELPDESK.to_owned(),
    });
    let plan = plan_of(tenant, overview);
    let limit = (overview.seats.over() > 0).then(|| Matter {
        title: plan.headline(),
        words: "Everyone keeps working. You can't add or resume agents until you're back within it."
            .to_owned(),
        path: HELPDESK.to_owned(),
    });
    let paused = overview.looks.paused.map(|_| Matter {
        title: "Work in Chatwoot is paused".to_owned(),
        words: "Many agents of this server disappeared from Chatwoot at once. Your administrator decides."
            .to_owned(),
        path: HELPDESK.to_owned(),
    });
    let agents = overview.agents.iter().filter_map(|view| matter(view, app.now()));
    connection.into_iter().chain(paused).chain(limit).chain(agents).collect()
}

fn plan_of(tenant: &CurrentTenant, overview: &Overview) -> PlanMeter {
    PlanMeter { seats: overview.seats, plan: tenant.user.tier.label.clone(), elsewhere: true }
}

fn matter(view: &AgentView, now: DateTime<Utc>) -> Option<Matter> {
    let note = AgentNote::of(view, now).filter(AgentNote::needs_somebody)?;
    Some(Matter { title: view.agent.name.clone(), words: note.words().to_owned(), path: path(view.agent.id) })
}

fn first_steps(health: Health, overview: &Overview) -> Option<Vec<FirstStep>> {
    let has_agent = overview.total > 0;
    let has_inbox = overview.agents.iter().any(|view| view.mappings.iter().any(|mapping| mapping.wanted));
    if has_agent && has_inbox {
        return None;
    }
    let connected = !matches!(health, Health::NotConfigured | Health::Unchecked);
    let new = "/integrations/helpdesk/agents/new";
    Some(vec![
        FirstStep { title: "Chatwoot is connected by your administrator", done: connected, path: None },
        FirstStep { title: "Create your first agent", done: has_agent, path: Some(new) },
        FirstStep { title: "Give it an inbox", done: has_inbox, path: has_agent.then_some(HELPDESK) },
    ])
}

impl FirstStep {
    fn link(&self) -> Option<&'static str> {
        self.path.filter(|_| !self.done)
    }
}
