//! One tenant's Helpdesk Setup, to look at.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::app::App;
use crate::domain::agent::{Agent, AgentState};
use crate::domain::connection::Connection;
use crate::domain::ids::TenantId;
use crate::domain::tier::{Limit, Seats};
use crate::domain::user::User;
use crate::services::agents::{AgentView, Overview};
use crate::services::error::ServiceError;
use crate::services::tenants::{self, Look};
use crate::web::auth::CurrentAdmin;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{AgentBadge, ConnectionLine, Moment, icon, inbox_words};

const LAST_PAGE: u64 = 100_000;

pub fn router() -> Router<App> {
    Router::new().route("/admin/tenants/{tenant}", get(show))
}

#[derive(Template)]
#[template(path = "admin/tenants/show.html")]
struct TenantPage {
    layout: Layout,
    tenant: User,
    seats: String,
    connection: ConnectionLine,
    checked: Option<Moment>,
    agents: Vec<Seen>,
    page: u64,
    pages: u64,
}

/// An agent with everything in words.
struct Seen {
    agent: Agent,
    badge: AgentBadge,
    cause: Option<&'static str>,
    /// Inboxes it has or shall have, and how that stands.
    access: Vec<(String, &'static str)>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    page: String,
}

async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    Path(tenant): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    let tenant = TenantId::parse(&tenant).ok_or(ServiceError::NotFound)?;
    let page = asked.page.parse().unwrap_or(1).clamp(1, LAST_PAGE);
    let Look { tenant, overview } = tenants::look(&app, &admin.by(), tenant, page).await?;
    let Connection { checked_at, .. } = admin.connection;
    let page = TenantPage {
        layout: Layout::new(&admin, tenant.name.clone(), Active::Agents),
        seats: seats(overview.seats),
        connection: ConnectionLine::new(admin.connection.clone(), app.now(), true),
        checked: checked_at.map(|at| Moment { at, now: app.now() }),
        agents: overview.agents.iter().map(|view| Seen::of(view, &overview)).collect(),
        page: overview.page,
        pages: overview.pages,
        tenant,
    };
    Ok(Page::ok(page).into_response())
}

impl Seen {
    fn of(view: &AgentView, overview: &Overview) -> Self {
        let access = view.access(&overview.inboxes).into_iter();
        let given = access.filter(|access| access.wanted || access.present);
        let state = view.agent.state;
        Self {
            agent: view.agent.clone(),
            badge: AgentBadge::of(view),
            cause: view.cause(),
            access: given
                .map(|access| (access.inbox.name, inbox_words(state, access.wanted, access.present)))
                .collect(),
        }
    }

    /// Whether it may have inboxes at all.
    fn is_ours(&self) -> bool {
        self.agent.state != AgentState::Conflict
    }
}

fn seats(seats: Seats) -> String {
    let used = seats.used;
    let agents = if used == 1 { "agent" } else { "agents" };
    let words = match seats.limit {
        Limit::Unlimited => format!("{used} {agents}, no limit"),
        Limit::AtMost(limit) if used > limit => {
            format!("{used} {agents}, {} over the limit of {limit}", used - limit)
        }
        Limit::AtMost(limit) => format!("{used} of {limit} agents"),
    };
    if seats.adjusted.is_some() { format!("{words} · Override") } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_in_the_words_of_an_administrator() {
        let words = |used, limit| seats(Seats { used, limit, adjusted: None });
        assert_eq!(words(2, Limit::AtMost(3)), "2 of 3 agents");
        assert_eq!(words(5, Limit::AtMost(3)), "5 agents, 2 over the limit of 3");
        assert_eq!(words(1, Limit::Unlimited), "1 agent, no limit");
    }
}
