//! Helpdesk Setup: the plan, the connection and the agents with their inboxes.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::agent_path::HELPDESK;
use super::auth::{CurrentTenant, CurrentUser};
use super::error::HtmlError;
use super::fragment::Fragment;
use super::hx::Htmx;
use super::page::{Active, Layout, Page};
use super::parts::{AgentCard, ConnectionLine, DriftLine, PlanMeter, icon};
use crate::app::App;
use crate::domain::connection::Health;
use crate::domain::entitlement::Adjusted;
use crate::domain::tier::Limit;
use crate::services::agents::{self, Overview};
use crate::services::health;

/// With more agents than this the page offers a filter.
const FILTER_FROM: u64 = 10;
/// With at most this many agents their inboxes are open at once.
const OPEN_UP_TO: u64 = 3;
const LAST_PAGE: u64 = 100_000;

pub fn router() -> Router<App> {
    Router::new().route(HELPDESK, get(show)).route("/integrations/helpdesk/health", post(check).get(back))
}

#[derive(Template)]
#[template(path = "helpdesk/page.html")]
pub(super) struct HelpdeskPage {
    pub layout: Layout,
    pub plan: PlanMeter,
    pub connection: ConnectionLine,
    /// Nobody to compare is no line.
    pub compared: Option<DriftLine>,
    pub overview: Overview,
    pub cards: Vec<AgentCard>,
    pub filter: String,
    pub can_create: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
}

async fn show(
    State(app): State<App>,
    tenant: CurrentTenant,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    let page = asked.page.parse().unwrap_or(1).clamp(1, LAST_PAGE);
    let overview = agents::overview(&app, tenant.tenant(), &asked.q, page).await?;
    let page = HelpdeskPage::new(&app, &tenant, overview, asked.q.trim());
    Ok(Page::ok(page).into_response())
}

async fn check(State(app): State<App>, current: CurrentUser, htmx: Htmx) -> Result<Response, HtmlError> {
    let connection = health::check_for_a_while(&app).await?;
    if !htmx.0 {
        return Ok(Redirect::to(home_of(&current)).into_response());
    }
    let line = ConnectionLine::new(connection, app.now(), current.user.role.is_administrator());
    let told = line.words();
    Ok(Fragment::telling(line, told).into_response())
}

async fn back(current: CurrentUser) -> Redirect {
    Redirect::to(home_of(&current))
}

/// The page with the connection line.
fn home_of(current: &CurrentUser) -> &'static str {
    if current.user.role.is_administrator() { "/" } else { HELPDESK }
}

impl HelpdeskPage {
    pub fn new(app: &App, tenant: &CurrentTenant, overview: Overview, filter: &str) -> Self {
        let (open, now) = (overview.total <= OPEN_UP_TO, app.now());
        let cards =
            overview.agents.iter().map(|view| AgentCard::new(view, &overview.inboxes, open, now)).collect();
        let plan = tenant.user.tier.label.clone();
        Self {
            layout: Layout::new(tenant, "Helpdesk Setup", Active::Helpdesk),
            plan: PlanMeter { seats: overview.seats, plan, elsewhere: false },
            connection: ConnectionLine::new(tenant.connection.clone(), app.now(), false),
            compared: (overview.total > 0).then(|| DriftLine::new(overview.looks, app.now())),
            can_create: can_create(tenant.connection.health),
            cards,
            filter: filter.to_owned(),
            overview,
        }
    }

    /// What the plan has for somebody without agents.
    fn included(&self) -> String {
        let plan = &self.plan.plan;
        let own = match self.overview.seats.adjusted {
            None => "",
            Some(Adjusted::Raised) => " (Override, raised for you)",
            Some(Adjusted::Lowered) => " (Override, lowered for you)",
        };
        match self.overview.seats.limit {
            Limit::Unlimited => format!("Your {plan} plan has no limit on them{own}."),
            Limit::AtMost(0) => format!("Your {plan} plan includes none{own}."),
            Limit::AtMost(limit) => format!("Your {plan} plan includes {limit}{own}."),
        }
    }

    fn found(&self) -> String {
        match self.overview.matching {
            0 => "No agents found".to_owned(),
            1 => "1 agent found".to_owned(),
            more => format!("{more} agents found"),
        }
    }

    fn page_path(&self, page: u64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.filter.is_empty() {
            query.append_pair("q", &self.filter);
        }
        query.append_pair("page", &page.to_string());
        format!("{HELPDESK}?{}", query.finish())
    }
}

/// Whether this server can make agents at all.
pub fn can_create(health: Health) -> bool {
    !matches!(health, Health::NotConfigured | Health::PlatformKeyMissing)
}
