//! Creating, showing and removing agents.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::agent::{Agent, Failure};
use crate::domain::connection::Connection;
use crate::domain::ids::{AgentId, InboxId, TenantId};
use crate::domain::inbox::{Inbox, InboxMapping};
use crate::domain::password::Password;
use crate::domain::steps::SetupStep;
use crate::domain::tier::Seats;
use crate::services::error::ServiceError;

/// Who asks, for the audit log.
#[derive(Clone, Debug)]
pub struct Actor {
    pub tenant: TenantId,
    pub request_id: Option<String>,
}

/// What a tenant typed for a new agent.
pub struct NewAgent {
    pub name: String,
    /// `None` asks for a generated one.
    pub password: Option<Password>,
    pub inboxes: Vec<InboxId>,
    pub idempotency_key: Option<String>,
}

/// A created agent, and its generated password to show once.
pub struct CreatedAgent {
    pub view: AgentView,
    pub generated_password: Option<Password>,
    /// Whether the same request had been made before and nothing new was made.
    pub repeated: bool,
}

/// An agent as shown: what is stored, its open operation, and the tenant's inboxes with this agent's access.
#[derive(Clone, Debug)]
pub struct AgentView {
    pub agent: Agent,
    /// Every mapping, also to inboxes whose demo is gone.
    pub mappings: Vec<InboxMapping>,
    pub operation: Option<OperationView>,
}

/// An operation that is not done.
#[derive(Clone, Debug)]
pub struct OperationView {
    /// `create`, `inboxes`, `password` or `remove`.
    pub kind: String,
    /// Stopped, waiting for Retry or Remove.
    pub failed: bool,
    pub failure: Option<Failure>,
    /// The step it is at, such as `join_inbox`.
    pub step: Option<String>,
    /// For the technical detail: what Chatwoot answered last.
    pub status: Option<i32>,
    pub request_id: Option<String>,
    pub attempts: i32,
    pub started_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// One inbox of the tenant and how an agent stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxAccess {
    pub inbox: Inbox,
    pub wanted: bool,
    pub present: bool,
}

/// The Helpdesk Setup page.
#[derive(Clone, Debug)]
pub struct Overview {
    pub seats: Seats,
    pub inboxes: Vec<Inbox>,
    /// Those that need attention first, then newest first.
    pub agents: Vec<AgentView>,
    /// How many agents the filter matches, over all pages.
    pub matching: u64,
    /// How many agents there are in all.
    pub total: u64,
    pub page: u64,
    pub pages: u64,
}

/// What the create form needs to know.
#[derive(Clone, Debug)]
pub struct Draft {
    pub seats: Seats,
    pub inboxes: Vec<Inbox>,
}

impl AgentView {
    /// The setup as people follow it.
    pub fn steps(&self) -> Vec<SetupStep> {
        crate::domain::steps::setup_steps(&self.agent, &self.mappings)
    }

    /// How the agent stands to each of these inboxes.
    pub fn access(&self, inboxes: &[Inbox]) -> Vec<InboxAccess> {
        inboxes
            .iter()
            .map(|inbox| {
                let mapping = self.mappings.iter().find(|mapping| mapping.inbox == inbox.id);
                InboxAccess {
                    inbox: inbox.clone(),
                    wanted: mapping.is_some_and(|mapping| mapping.wanted),
                    present: mapping.is_some_and(|mapping| mapping.present),
                }
            })
            .collect()
    }

    /// Changes whenever what a page shows of this agent changes: for the poller's `v`.
    pub fn version(&self) -> i64 {
        let operation =
            self.operation.as_ref().map_or(0, |operation| operation.updated_at.timestamp_millis());
        self.agent.updated_at.timestamp_millis().max(operation)
    }

    /// Whether something is still being done by itself.
    pub fn is_working(&self) -> bool {
        self.operation.as_ref().is_some_and(|operation| !operation.failed)
    }

    /// The inboxes the agent shall answer, in order.
    pub fn wanted_inboxes(&self) -> Vec<InboxId> {
        self.mappings.iter().filter(|mapping| mapping.wanted).map(|mapping| mapping.inbox).collect()
    }
}

/// The Helpdesk Setup page: `filter` matches names and addresses, `page` counts from 1, 25 agents each.
///
/// Costs one query.
pub async fn overview(
    app: &App,
    tenant: TenantId,
    filter: &str,
    page: u64,
) -> Result<Overview, ServiceError> {
    let _ = (app, tenant, filter, page);
    unimplemented!()
}

/// One agent and the tenant's inboxes; another tenant's agent is not found. Costs one query.
pub async fn show(
    app: &App,
    tenant: TenantId,
    agent: AgentId,
) -> Result<(AgentView, Vec<Inbox>), ServiceError> {
    let _ = (app, tenant, agent);
    unimplemented!()
}

/// At most `count` (1 to 1,000) agents, newest first, after the one a `cursor` names; and the next cursor.
pub async fn list(
    app: &App,
    tenant: TenantId,
    cursor: Option<AgentId>,
    count: u64,
) -> Result<(Vec<AgentView>, Option<AgentId>), ServiceError> {
    let _ = (app, tenant, cursor, count);
    unimplemented!()
}

/// What the create form shows before anything is typed.
pub async fn draft(app: &App, tenant: TenantId) -> Result<Draft, ServiceError> {
    let _ = (app, tenant);
    unimplemented!()
}

/// The address an agent of this name would get now.
pub async fn preview_address(app: &App, tenant: TenantId, name: &str) -> Result<String, ServiceError> {
    let _ = (app, tenant, name);
    unimplemented!()
}

/// Creates an agent within the tenant's tier limit and starts provisioning it in Chatwoot.
///
/// Everything typed is checked and all refusals come back together, one per field.
/// Once the wish is stored the answer is the agent as it is after at most the configured patience.
pub async fn create(app: &App, actor: &Actor, new: NewAgent) -> Result<CreatedAgent, ServiceError> {
    let _ = (app, actor, new);
    unimplemented!()
}

/// Sets a new password, chosen or generated; waits like [`create`].
pub async fn set_password(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    chosen: Option<Password>,
) -> Result<CreatedAgent, ServiceError> {
    let _ = (app, actor, agent, chosen);
    unimplemented!()
}

/// Tries again what stopped or waits; waits like [`create`].
pub async fn retry(app: &App, actor: &Actor, agent: AgentId) -> Result<AgentView, ServiceError> {
    let _ = (app, actor, agent);
    unimplemented!()
}

/// Takes the agent out of Chatwoot and then out of our lists; waits like [`create`].
///
/// `None` when it is gone; the agent as it is when that takes longer.
pub async fn remove(app: &App, actor: &Actor, agent: AgentId) -> Result<Option<AgentView>, ServiceError> {
    let _ = (app, actor, agent);
    unimplemented!()
}

/// The tenant's last changes, newest first; only those about one agent when given.
pub async fn history(
    app: &App,
    tenant: TenantId,
    agent: Option<AgentId>,
) -> Result<Vec<String>, ServiceError> {
    let _ = (app, tenant, agent);
    unimplemented!()
}

/// What is known of the installation.
pub async fn connection(app: &App) -> Result<Connection, ServiceError> {
    Ok(crate::db::installation::find(app.db.read()).await?)
}
