//! Which of its own inboxes an agent answers.

use crate::app::App;
use crate::db;
use crate::domain::ids::{AgentId, InboxId, TenantId};
use crate::domain::inbox::Inbox;
use crate::services::agents::{Actor, AgentView};
use crate::services::error::ServiceError;

/// The inboxes of the tenant's own demos, by name.
pub async fn list(app: &App, tenant: TenantId) -> Result<Vec<Inbox>, ServiceError> {
    Ok(db::demos::inboxes(app.db.read(), tenant).await?)
}

/// Gives or takes one inbox; waits up to the configured patience for Chatwoot and answers with what is then true.
///
/// Refuses an inbox that is not the tenant's own exactly like one that does not exist ([`ServiceError::NotFound`]).
pub async fn assign(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    inbox: InboxId,
    wanted: bool,
) -> Result<AgentView, ServiceError> {
    let _ = (app, actor, agent, inbox, wanted);
    unimplemented!()
}

/// Sets the whole list of inboxes an agent shall answer.
pub async fn assign_all(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    inboxes: &[InboxId],
) -> Result<AgentView, ServiceError> {
    let _ = (app, actor, agent, inboxes);
    unimplemented!()
}
