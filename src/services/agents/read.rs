//! Showing agents.

use chrono::DateTime;

use crate::app::App;
use crate::db;
use crate::db::overview::{Slice, Which};
use crate::domain::connection::Connection;
use crate::domain::ids::{AgentId, TenantId};
use crate::domain::inbox::Inbox;
use crate::services::agents::{AgentView, Draft, HistoryLine, OperationView, Overview};
use crate::services::audit;
use crate::services::error::ServiceError;

/// Agents on one page of Helpdesk Setup.
const PER_PAGE: u64 = 25;
/// Changes shown where the latest are.
const HISTORY: u64 = 10;

/// The Helpdesk Setup page: `filter` matches names and addresses, `page` counts from 1, 25 agents each.
///
/// Costs one query.
pub async fn overview(
    app: &App,
    tenant: TenantId,
    filter: &str,
    page: u64,
) -> Result<Overview, ServiceError> {
    let page = page.max(1);
    let which = Which::Page { filter, offset: (page - 1).saturating_mul(PER_PAGE), count: PER_PAGE };
    let slice = db::overview::read(app.db.read(), tenant, which, app.now()).await?;
    Ok(Overview {
        seats: slice.seats,
        inboxes: slice.inboxes,
        agents: slice.agents.into_iter().map(AgentView::from).collect(),
        matching: slice.matching,
        total: slice.total,
        looks: slice.looks,
        page,
        pages: slice.matching.div_ceil(PER_PAGE).max(1),
    })
}

/// One agent and the tenant's inboxes; another tenant's agent is not found. Costs one query.
pub async fn show(
    app: &App,
    tenant: TenantId,
    agent: AgentId,
) -> Result<(AgentView, Vec<Inbox>), ServiceError> {
    let mut slice = db::overview::read(app.db.read(), tenant, Which::One(agent), app.now()).await?;
    let view = slice.agents.pop().map(AgentView::from).ok_or(ServiceError::NotFound)?;
    Ok((view, slice.inboxes))
}

/// At most `count` (1 to 1,000) agents, newest first, after the one a `cursor` names; and the next cursor.
pub async fn list(
    app: &App,
    tenant: TenantId,
    cursor: Option<AgentId>,
    count: u64,
) -> Result<(Vec<AgentView>, Option<AgentId>), ServiceError> {
    let count = count.clamp(1, 1_000);
    let mut agents = db::agents::list(app.db.read(), tenant, cursor, count + 1).await?;
    let more = u64::try_from(agents.len()).unwrap_or(0) > count;
    if more {
        agents.pop();
    }
    let next = agents.last().filter(|_| more).map(|last| last.agent.id);
    let views = agents
        .into_iter()
        .map(|known| AgentView {
            agent: known.agent,
            mappings: known.mappings,
            operation: None,
            drift: Vec::new(),
        })
        .collect();
    Ok((views, next))
}

/// What the create form shows before anything is typed.
pub async fn draft(app: &App, tenant: TenantId) -> Result<Draft, ServiceError> {
    let Slice { seats, inboxes, .. } =
        db::overview::read(app.db.read(), tenant, Which::None, app.now()).await?;
    Ok(Draft { seats, inboxes })
}

/// The tenant's last ten changes, newest first; only those about one agent when given.
pub async fn history(
    app: &App,
    tenant: TenantId,
    agent: Option<AgentId>,
) -> Result<Vec<HistoryLine>, ServiceError> {
    let object = agent.map(|agent| agent.to_string());
    let entries = db::audit::latest(app.db.read(), tenant, object.as_deref(), HISTORY).await?;
    Ok(entries
        .iter()
        .map(|entry| HistoryLine { at: entry.at, sentence: audit::sentence(entry, audit::Reader::Tenant) })
        .collect())
}

/// What is known of the installation.
pub async fn connection(app: &App) -> Result<Connection, ServiceError> {
    Ok(db::installation::find(app.db.read()).await?)
}

impl From<db::overview::Row> for AgentView {
    fn from(row: db::overview::Row) -> Self {
        let operation = row.operation.map(|operation| OperationView {
            kind: operation.kind,
            failed: operation.failed,
            failure: operation.last_error,
            step: operation.step,
            status: operation.last_status,
            request_id: operation.last_request_id,
            attempts: operation.attempts,
            due_at: DateTime::from_timestamp_millis(operation.due_at_ms),
            started_at: operation.created_at,
            updated_at: operation.updated_at,
        });
        Self { agent: row.agent, mappings: row.mappings, operation, drift: row.drift }
    }
}
