//! Events for the audit log, without secrets.

mod verify;

use serde_json::json;

use crate::app::App;
use crate::db::audit::{Entry, Event};
use crate::domain::agent::{Agent, AgentState, Credential, Failure};
use crate::domain::ids::UserId;
use crate::services::agents::Actor;

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
        actor_id: Some(actor.tenant),
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

/// The event as one sentence a person reads.
pub fn sentence(entry: &Entry) -> String {
    let text =
        |key: &str| entry.after.as_ref().and_then(|after| after.get(key)).and_then(|value| value.as_str());
    let name = text("name").unwrap_or("An agent");
    match entry.action.as_str() {
        "agent.created" => format!("You created {name}"),
        "agent.ready" => format!("{name} is ready"),
        "agent.needs_attention" => format!("{name} needs attention"),
        "agent.conflict" => format!("{name} could not be created: the address is taken in Chatwoot"),
        "agent.retried" => format!("You tried again to set up {name}"),
        "agent.password_asked" => format!("You asked for a new password for {name}"),
        "agent.password_set" => format!("{name} has a new password"),
        "inbox.gone" => format!("An inbox of {name} no longer exists in Chatwoot"),
        "inbox.withdrawn" => format!("{name} lost an inbox because its demo was removed"),
        "agent.removal_asked" => format!("You removed {name}"),
        "agent.removed" => format!("{name} is gone from Chatwoot"),
        "demo.added" => format!("The demo {name} was added"),
        "demo.removed" => format!("The demo {name} was removed"),
        "inbox.given" => format!("You gave {name} an inbox"),
        "inbox.taken" => format!("You took an inbox from {name}"),
        "user.created" => "Your account was created".to_owned(),
        "user.password_set" => "Your password was changed".to_owned(),
        "user.tier_set" => "Your plan was changed".to_owned(),
        "user.role_set" => "Your role was changed".to_owned(),
        "user.disabled" => "Your account was suspended".to_owned(),
        "user.enabled" => "Your account was opened again".to_owned(),
        other => format!("{name}: {}", other.replace(['.', '_'], " ")),
    }
}
