//! The agents of all tenants, those that need attention first of all.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::SecondsFormat;
use serde::Deserialize;

use crate::app::App;
use crate::domain::agent::AgentState;
use crate::domain::ids::AgentId;
use crate::services::agents::across::{self, Across, Found, SHOWN};
use crate::services::audit::MATCHES;
use crate::services::error::{Refusal, ServiceError};
use crate::web::auth::CurrentAdmin;
use crate::web::csv;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{AgentBadge, ErrorSummary, Moment, icon};

pub(super) const AGENTS: &str = "/admin/agents";
const CSV: &str = "/admin/agents.csv";

pub fn router() -> Router<App> {
    Router::new().route(AGENTS, get(list)).route(CSV, get(export))
}

#[derive(Template)]
#[template(path = "admin/agents/list.html")]
struct AgentsPage {
    layout: Layout,
    asked: Asked,
    summary: Option<ErrorSummary>,
    rows: Vec<Row>,
    found: Found,
    newer: Option<AgentId>,
    older: Option<AgentId>,
    too_many: bool,
}

struct Row {
    agent: Across,
    badge: AgentBadge,
    changed: Moment,
    chosen: bool,
}

/// The filter, the place in the list and the chosen agents, as addresses and forms have them.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub show: String,
    pub tenant: String,
    pub q: String,
    pub older: String,
    pub newer: String,
    pub agents: Vec<String>,
}

async fn list(
    State(app): State<App>,
    admin: CurrentAdmin,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    page(&app, &admin, asked, None).await
}

/// The list, with what is wrong with what was chosen in it.
pub(super) async fn page(
    app: &App,
    admin: &CurrentAdmin,
    asked: Asked,
    refusal: Option<&Refusal>,
) -> Result<Response, HtmlError> {
    let across::Page { agents, found, newer, older, too_many } = across::list(app, &asked.typed()).await?;
    let row = |agent: Across| Row {
        badge: AgentBadge::of(&agent.view),
        changed: Moment { at: agent.view.changed_at(), now: app.now() },
        chosen: asked.agents.contains(&agent.view.agent.id.to_string()),
        agent,
    };
    let rows = agents.into_iter().map(row).collect();
    let layout = Layout::new(admin, "Agents", Active::Agents);
    let layout = if refusal.is_some() { layout.with_error() } else { layout };
    let summary = refusal.map(ErrorSummary::of);
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = AgentsPage { layout, asked, summary, rows, found, newer, older, too_many };
    Ok(Page(status, page).into_response())
}

const HEADS: [&str; 10] =
    ["agent", "address", "tenant", "tenant name", "tier", "state", "step", "cause", "last change", "id"];

async fn export(
    State(app): State<App>,
    _admin: CurrentAdmin,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    let (filter, _) = across::filter(&app, &asked.typed()).await?;
    let filter = Arc::new(filter);
    let name = format!("agents-{}.csv", app.now().format("%Y-%m-%d"));
    let batches = csv::batches(move |after| {
        let (app, filter) = (app.clone(), Arc::clone(&filter));
        async move {
            let (agents, next) = across::export(&app, &filter, after).await?;
            Ok::<_, ServiceError>((agents.into_iter().map(cells).collect(), next))
        }
    });
    Ok(csv::file(&name, HEADS, batches))
}

fn cells(across: Across) -> [String; 10] {
    let (step, cause) = (across.view.step().unwrap_or_default(), across.view.cause().unwrap_or_default());
    let changed = across.view.changed_at().to_rfc3339_opts(SecondsFormat::Secs, true);
    let (step, cause, agent) = (step.to_owned(), cause.to_owned(), across.view.agent);
    [
        agent.name,
        agent.email,
        across.tenant_email,
        across.tenant_name,
        across.tier,
        agent.state.key().to_owned(),
        step,
        cause,
        changed,
        agent.id.to_string(),
    ]
}

impl AgentsPage {
    /// How many agents there are on all pages.
    fn headline(&self) -> String {
        let need = self.asked.shown() == "attention";
        let verb = |one| match (need, one) {
            (true, true) => " needs attention",
            (true, false) => " need attention",
            (false, _) => "",
        };
        match self.found {
            Found::Exactly(0) if self.is_off_the_list() => "No agents on this page".to_owned(),
            Found::Exactly(0) => format!("No agents{}", verb(false)),
            Found::Exactly(1) => format!("1 agent{}", verb(true)),
            Found::Exactly(many) => format!("{many} agents{}", verb(false)),
            Found::MoreThan(many) => format!("More than {many} agents{}", verb(false)),
        }
    }

    /// Whether only some of those whose name begins as typed are on the pages.
    fn is_vague(&self) -> bool {
        !self.asked.q.trim().is_empty() && matches!(self.found, Found::MoreThan(_))
    }

    fn is_off_the_list(&self) -> bool {
        self.rows.is_empty() && !(self.asked.older.is_empty() && self.asked.newer.is_empty())
    }

    fn can_choose(&self) -> bool {
        self.rows.iter().any(Row::can_be_chosen)
    }

    fn older_path(&self, id: &AgentId) -> String {
        self.asked.path(AGENTS, &[("older", &id.to_string())])
    }

    fn newer_path(&self, id: &AgentId) -> String {
        self.asked.path(AGENTS, &[("newer", &id.to_string())])
    }

    fn export_path(&self) -> String {
        self.asked.path(CSV, &[])
    }
}

impl Row {
    /// Whether trying again can help, or there is something to compare with Chatwoot.
    fn can_be_chosen(&self) -> bool {
        let is_settled = self.agent.view.agent.state == AgentState::Ready && !self.agent.view.is_working();
        self.agent.can_be_retried() || is_settled
    }
}

impl Asked {
    fn typed(&self) -> across::Asked {
        across::Asked {
            show: self.show.clone(),
            tenant: self.tenant.clone(),
            agent: self.q.clone(),
            older: self.older.clone(),
            newer: self.newer.clone(),
        }
    }

    /// The key of what is shown.
    fn shown(&self) -> &'static str {
        let known = SHOWN.iter().find(|(key, _)| *key == self.show);
        known.unwrap_or(&SHOWN[0]).0
    }

    fn is_filtered(&self) -> bool {
        !self.path("", &[]).is_empty()
    }

    /// Where this part of the list is.
    pub fn here(&self) -> String {
        self.path(AGENTS, &[("older", &self.older), ("newer", &self.newer)])
    }

    /// `page` with this filter and these more.
    fn path(&self, page: &str, more: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let show = if self.shown() == SHOWN[0].0 { "" } else { self.shown() };
        let typed = [("show", show), ("tenant", self.tenant.trim()), ("q", self.q.trim())];
        query.extend_pairs(typed.iter().chain(more).filter(|(_, value)| !value.is_empty()));
        let query = query.finish();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
    }
}
