//! An agent's life after its setup: suspended, resumed, removed, and brought back while that can be undone.

use super::wish::{Change, Wish, Wished, Work, wish};
use super::{Actor, AgentView, show};
use crate::app::App;
use crate::domain::agent::{Agent, AgentState, Failure};
use crate::domain::ids::AgentId;
use crate::domain::provisioning::HOLD_MS;
use crate::services::error::{Refusal, ServiceError};
use crate::services::provisioning::{self, SETTLE_MS};

/// What somebody may ask for after an agent's setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Suspend,
    Resume,
    Remove,
    UndoRemoval,
}

const TOO_LATE: &str = "The ten minutes are over, so this removal can't be undone any more.";

/// Takes the agent out of the account and remembers its inboxes; the seat is free once it is out.
///
/// Waits like [`super::create`]. Suspending who is suspended changes nothing.
pub async fn suspend(app: &App, actor: &Actor, agent: AgentId) -> Result<AgentView, ServiceError> {
    let now = app.now_ms();
    carry_out(app, Wish::now(actor, agent, "suspend"), |agent, _| suspended(agent, now)).await?;
    Ok(show(app, actor.tenant, agent).await?.0)
}

/// Takes a seat again and puts the agent back into the account and the remembered inboxes that are still the tenant's.
///
/// Waits like [`super::create`]. Resuming who was resumed a moment ago changes nothing.
pub async fn resume(app: &App, actor: &Actor, agent: AgentId) -> Result<AgentView, ServiceError> {
    let now = app.now_ms();
    carry_out(app, Wish::now(actor, agent, "resume"), |agent, work| resumed(agent, work, now)).await?;
    Ok(show(app, actor.tenant, agent).await?.0)
}

/// Takes the agent out of the account now, and deletes it after ten minutes in which that can be undone.
///
/// Waits like [`super::create`]. `None` when it is gone at once, because Chatwoot never made it.
pub async fn remove(app: &App, actor: &Actor, agent: AgentId) -> Result<Option<AgentView>, ServiceError> {
    let now = app.now_ms();
    carry_out(app, Wish::now(actor, agent, "remove"), |agent, _| Ok(removed(agent, now))).await?;
    match show(app, actor.tenant, agent).await {
        Ok((view, _)) => Ok(Some(view)),
        Err(ServiceError::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Brings back an agent that is being removed, as it was, while its ten minutes last.
///
/// Waits like [`super::create`]. Bringing back who was brought back a moment ago changes nothing.
pub async fn undo_removal(app: &App, actor: &Actor, agent: AgentId) -> Result<AgentView, ServiceError> {
    let now = app.now_ms();
    carry_out(app, Wish::now(actor, agent, "undo"), |agent, work| brought_back(agent, work, now)).await?;
    Ok(show(app, actor.tenant, agent).await?.0)
}

async fn carry_out(
    app: &App,
    wanted: Wish<'_>,
    change: impl FnOnce(&mut Agent, &Work) -> Result<Change, Refusal>,
) -> Result<(), ServiceError> {
    if let Wished::Ours(lease) = wish(app, wanted, change).await? {
        provisioning::drive_for_a_while(app, lease, None).await;
    }
    Ok(())
}

fn suspended(agent: &mut Agent, now: i64) -> Result<Change, Refusal> {
    match agent.state {
        AgentState::Suspending | AgentState::Suspended => return Ok(Change::None),
        AgentState::Ready | AgentState::Resuming => {}
        AgentState::NeedsAttention if agent.verified => {}
        other => return Err(not_now(other)),
    }
    call_may_be_under_way(agent, now);
    (agent.suspension_wanted, agent.state, agent.failure) = (true, AgentState::Suspending, None);
    Ok(Change::Asked("agent.suspension_asked"))
}

fn resumed(agent: &mut Agent, work: &Work, now: i64) -> Result<Change, Refusal> {
    match agent.state {
        AgentState::Suspending | AgentState::Suspended => {}
        AgentState::Resuming => return Ok(Change::None),
        AgentState::Ready if work.was_just("resume") => return Ok(Change::None),
        other => return Err(not_now(other)),
    }
    call_may_be_under_way(agent, now);
    (agent.suspension_wanted, agent.holds_seat) = (false, true);
    (agent.state, agent.failure) = (AgentState::Resuming, None);
    Ok(Change::Asked("agent.resume_asked"))
}

fn removed(agent: &mut Agent, now: i64) -> Change {
    if agent.can_come_back(now) && !agent.linked && agent.failure.is_none() {
        return Change::None;
    }
    if !agent.removal_wanted {
        call_may_be_under_way(agent, now);
        (agent.removal_wanted, agent.removal_due) = (true, Some(now + HOLD_MS));
    }
    agent.state = AgentState::Removing;
    if never_in_chatwoot(agent) {
        (agent.state, agent.holds_seat) = (AgentState::Removed, false);
    }
    agent.failure = None;
    Change::Asked("agent.removal_asked")
}

fn brought_back(agent: &mut Agent, work: &Work, now: i64) -> Result<Change, Refusal> {
    if !agent.removal_wanted {
        return if work.was_just("undo") { Ok(Change::None) } else { Err(not_leaving(agent.state)) };
    }
    if !agent.can_come_back(now) {
        return Err(Refusal::State(TOO_LATE));
    }
    call_may_be_under_way(agent, now);
    agent.state = match (agent.suspension_wanted, agent.verified) {
        (true, _) => AgentState::Suspending,
        (false, true) => AgentState::Resuming,
        (false, false) => AgentState::SettingUp,
    };
    (agent.removal_wanted, agent.removal_due, agent.failure) = (false, None, None);
    Ok(Change::Asked("agent.removal_undone"))
}

/// Why what this asks for can't be asked for now: the words of the refusal, or that it is so already.
pub fn hindrance(deed: Deed, agent: &Agent, now: i64) -> Option<String> {
    let (mut tried, work) = (agent.clone(), Work::default());
    let outcome = match deed {
        Deed::Remove if agent.removal_wanted => Ok(Change::None),
        Deed::Remove => return None,
        Deed::Suspend => suspended(&mut tried, now),
        Deed::Resume => resumed(&mut tried, &work, now),
        Deed::UndoRemoval => brought_back(&mut tried, &work, now),
    };
    match outcome {
        Err(refusal) => Some(refusal.to_string()),
        Ok(Change::None) => Some(already(agent.state).to_owned()),
        Ok(Change::Asked(_)) => None,
    }
}

/// What to say to somebody who asks for what is so already.
fn already(state: AgentState) -> &'static str {
    match state {
        AgentState::Suspending => "This agent is being suspended already.",
        AgentState::Suspended => "This agent is suspended already.",
        AgentState::Resuming => "This agent is being resumed already.",
        _ => "This agent is being removed already.",
    }
}

/// Why there is no removal to undo.
fn not_leaving(state: AgentState) -> Refusal {
    Refusal::State(match state {
        AgentState::Ready => "There is no removal to undo: this agent is ready.",
        AgentState::SettingUp => "There is no removal to undo: this agent is being set up.",
        AgentState::NeedsAttention | AgentState::Conflict => {
            "There is no removal to undo: this agent is still here and needs attention."
        }
        AgentState::Suspending => "There is no removal to undo: this agent is being suspended.",
        AgentState::Suspended => "There is no removal to undo: this agent is suspended.",
        AgentState::Resuming => "There is no removal to undo: this agent is being resumed.",
        AgentState::Removing | AgentState::Removed => "This removal can't be undone any more.",
    })
}

/// Whether Chatwoot said for certain that it made nobody for this agent.
fn never_in_chatwoot(agent: &Agent) -> bool {
    agent.chatwoot_user.is_none() && agent.failure == Some(Failure::AddressTaken)
}

/// What the wish before this one made somebody ask of Chatwoot may still be on its way.
fn call_may_be_under_way(agent: &mut Agent, now: i64) {
    let under_way = match agent.state {
        AgentState::SettingUp | AgentState::Suspending | AgentState::Resuming => true,
        AgentState::Removing => agent.linked,
        _ => false,
    };
    if under_way {
        agent.link_unsettled = agent.link_unsettled.max(Some(now + SETTLE_MS));
    }
}

/// Why an agent in this state cannot be changed as asked, and what helps.
pub(super) fn not_now(state: AgentState) -> Refusal {
    Refusal::State(match state {
        AgentState::SettingUp => "This agent is still being set up. Wait until it is ready, or remove it.",
        AgentState::Ready => "This agent is ready already.",
        AgentState::NeedsAttention => "This agent needs attention. Try its setup again or remove it first.",
        AgentState::Conflict => {
            "This agent isn't in Chatwoot, because its address belongs to somebody else there. Remove it and use another name."
        }
        AgentState::Suspending | AgentState::Suspended => "This agent is suspended. Resume it first.",
        AgentState::Resuming => "This agent is being resumed. Wait until it is ready.",
        AgentState::Removing => "This agent is being removed. Undo that first, while it is possible.",
        AgentState::Removed => "This agent is removed.",
    })
}
