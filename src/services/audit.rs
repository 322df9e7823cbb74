//! Events for the audit log, without secrets.

pub mod actions;
mod amounts;
mod differences;
mod refused;
mod search;
mod sentence;
mod verify;

use serde_json::json;

use crate::app::App;
use crate::db::audit::Event;
use crate::domain::agent::{Agent, AgentState, Credential, Failure};
use crate::domain::ids::UserId;
use crate::services::agents::Actor;

pub use crate::db::audit::search::{Filter, Person};
pub use amounts::{amount, limit_label};
pub use differences::Difference;
pub use refused::note_refused;
pub use search::{Detail, Found, Line, MATCHES, Mark, Page, Place, Typed, export, filter, find, search};
pub use sentence::{Reader, sentence};
pub use verify::{Break, Fault, Verdict, verify};

/// The signed-in person behind a change, for the audit log.
#[derive(Clone, Debug)]
pub struct By {
    pub user: UserId,
    pub request_id: Option<String>,
}

/// Somebody asked for something about an agent.
pub fn asked(
    app: &App,
    actor: &Actor,
    agent: &Agent,
    action: &'static str,
    after: serde_json::Value,
) -> Event {
    Event {
        at: app.now(),
        tenant: Some(agent.tenant),
        actor: "user",
        actor_id: Some(actor.user),
        action,
        object: "agent",
        object_id: agent.id.to_string(),
        before: None,
        after: Some(after),
        reason: None,
        request_id: actor.request_id.clone(),
    }
}

/// What provisioning changed about an agent that people should read of.
pub fn changes(app: &App, agent: &Agent, before: &Agent) -> Vec<Event> {
    let state = (agent.state != before.state).then(|| state_changed(app, agent, before.state));
    let credential = (agent.credential == Credential::Set && before.credential == Credential::Unset)
        .then(|| done(app, agent, "agent.password_set"));
    let inbox = (agent.failure == Some(Failure::InboxGone) && before.failure != agent.failure)
        .then(|| done(app, agent, "inbox.gone"));
    [state, credential, inbox].into_iter().flatten().collect()
}

/// Something about an agent was done without anybody asking right now.
pub fn done(app: &App, agent: &Agent, action: &'static str) -> Event {
    Event {
        action,
        before: None,
        after: Some(json!({ "name": agent.name })),
        ..state_changed(app, agent, agent.state)
    }
}

/// Provisioning brought an agent into another state.
pub fn state_changed(app: &App, agent: &Agent, before: AgentState) -> Event {
    let action = match agent.state {
        AgentState::SettingUp => "agent.setting_up",
        AgentState::Ready => "agent.ready",
        AgentState::NeedsAttention => "agent.needs_attention",
        AgentState::Conflict => "agent.conflict",
        AgentState::Suspending => "agent.suspending",
        AgentState::Suspended => "agent.suspended",
        AgentState::Resuming => "agent.resuming",
        AgentState::Removing => "agent.removing",
        AgentState::Removed => "agent.removed",
    };
    Event {
        at: app.now(),
        tenant: Some(agent.tenant),
        actor: "system",
        actor_id: None,
        action,
        object: "agent",
        object_id: agent.id.to_string(),
        before: Some(json!({ "state": before.key() })),
        after: Some(json!({
            "state": agent.state.key(),
            "name": agent.name,
            "failure": agent.failure.map(Failure::key),
        })),
        reason: None,
        request_id: None,
    }
}
