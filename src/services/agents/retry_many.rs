//! Trying again for many agents of any tenants, as an administrator.

use crate::app::App;
use crate::db;
use crate::db::across::{Filter, Part};
use crate::domain::agent::{AgentState, Failure};
use crate::domain::ids::AgentId;
use crate::services::agents::across::Across;
use crate::services::agents::{Actor, AgentView, change};
use crate::services::audit::By;
use crate::services::error::{Refusal, ServiceError};

/// Agents that can be chosen at once.
pub const MOST_AT_ONCE: usize = 50;

const GONE: &str = "It is no longer there.";

/// What came of one agent that was chosen.
#[derive(Clone, Debug)]
pub struct Retried {
    /// `None` for an agent that is no longer there.
    pub agent: Option<Across>,
    /// Why nothing was started.
    pub skipped: Option<&'static str>,
}

/// Starts again what stopped with each of these agents, and leaves the work to the worker.
///
/// Each agent is a transaction of its own: one that cannot be started keeps none of the others from it.
pub async fn retry_many(app: &App, by: &By, chosen: &[AgentId]) -> Result<Vec<Retried>, ServiceError> {
    if chosen.is_empty() {
        return Err(Refusal::field("agents", "Choose at least one agent.").into());
    }
    let mut ids = chosen.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST_AT_ONCE {
        let many = format!("Choose at most {MOST_AT_ONCE} agents at once.");
        return Err(Refusal::field("agents", many).into());
    }
    let count = u64::try_from(ids.len()).unwrap_or(u64::MAX);
    let filter = Filter { ids: Some(ids.clone()), ..Filter::default() };
    let known = db::across::list(app.db.read(), &filter, Part::Newest, count).await?.rows;
    let missing = ids.len() - known.len();
    let mut all = Vec::with_capacity(ids.len());
    for agent in known.into_iter().map(Across::from) {
        let skipped = start(app, by, &agent).await?;
        all.push(Retried { agent: Some(agent), skipped });
    }
    app.work.notify_one();
    all.extend((0..missing).map(|_| Retried { agent: None, skipped: Some(GONE) }));
    Ok(all)
}

/// Why trying again would not help this agent.
pub(super) fn why_not(view: &AgentView) -> Option<&'static str> {
    match (view.agent.state, &view.operation) {
        (AgentState::Removed, _) => Some(GONE),
        (AgentState::Conflict, _) => Some(
            "Its address belongs to somebody else in Chatwoot. Its tenant can remove it and use another name.",
        ),
        (AgentState::NeedsAttention, _) if view.agent.failure.is_some_and(Failure::is_for_good) => {
            Some("Chatwoot refused it for good. Its tenant can remove it and use another name.")
        }
        (_, Some(operation)) if operation.failed => None,
        (_, Some(_)) => Some("It is being worked on already."),
        (AgentState::Ready, None) if view.lacks_password() => {
            Some("It lacks a password, which only its tenant can set.")
        }
        (AgentState::Ready, None) => Some("It is ready."),
        (AgentState::Suspended, None) => Some("It is suspended."),
        (
            AgentState::SettingUp
            | AgentState::NeedsAttention
            | AgentState::Suspending
            | AgentState::Resuming
            | AgentState::Removing,
            None,
        ) => None,
    }
}

async fn start(app: &App, by: &By, agent: &Across) -> Result<Option<&'static str>, ServiceError> {
    if let Some(reason) = why_not(&agent.view) {
        return Ok(Some(reason));
    }
    let actor = Actor { tenant: agent.tenant, user: by.user, request_id: by.request_id.clone() };
    match change::retry_later(app, &actor, agent.view.agent.id).await {
        Ok(()) => Ok(None),
        Err(ServiceError::NotFound) => Ok(Some(GONE)),
        Err(ServiceError::Refused(Refusal::State(reason))) => Ok(Some(reason)),
        Err(other) => Err(other),
    }
}
