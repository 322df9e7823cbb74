//! Changing an agent that exists: name, new password, retry.

use super::lifecycle::not_now;
use super::wish::{Change, Wish, Wished, Work, wish};
use crate::app::App;
use crate::db;
use crate::db::idempotency::Earlier;
use crate::domain::agent::{Agent, AgentState, Credential, Failure};
use crate::domain::ids::AgentId;
use crate::domain::password::{Password, unmet_rules};
use crate::domain::person_name::PersonName;
use crate::services::accounts::{self, Proof};
use crate::services::agents::create::check_key;
use crate::services::agents::{Actor, AgentView, CreatedAgent, show};
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::provisioning::{self, SETTLE_MS, Waiting};
use crate::services::{health, passwords};

const NO_USE: &str = "Trying again can't help: Chatwoot doesn't let this address be used. Remove this agent and create it under another name.";

/// A new password as somebody asks for it.
pub struct NewPassword {
    /// `None` asks for a generated one.
    pub chosen: Option<Password>,
    /// Makes a repeat harmless, as at creation.
    pub idempotency_key: Option<String>,
}

/// Sets a new password, chosen or generated, for somebody whose sign-in is fresh; waits like [`super::create`].
pub async fn set_password(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    new: NewPassword,
    proof: Proof,
) -> Result<CreatedAgent, ServiceError> {
    let generated = new.chosen.is_none();
    let password = new.chosen.unwrap_or_else(passwords::generate);
    let messages: Vec<String> = unmet_rules(password.reveal()).iter().map(ToString::to_string).collect();
    if !messages.is_empty() {
        return Err(Refusal::Fields(vec![FieldError { field: "password", messages }]).into());
    }
    if let Some(key) = &new.idempotency_key {
        check_key(key)?;
        if is_repeat(app, actor, agent, key, generated).await? {
            let (view, _) = show(app, actor.tenant, agent).await?;
            return Ok(CreatedAgent { view, generated_password: None, repeated: true });
        }
    }
    accounts::prove(app, actor.user, proof).await?;
    let key = new.idempotency_key.map(|key| (key, body_hash(agent, generated)));
    let wanted = Wish { only_now: true, key, ..Wish::now(actor, agent, "password") };
    hand_on(app, wanted, password, generated, |_| Ok(())).await
}

/// Sets the first password of somebody who never had one that anybody knows, which needs no fresh sign-in as creating
/// an agent needs none.
pub async fn set_first_password(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    password: Password,
) -> Result<CreatedAgent, ServiceError> {
    let wanted = Wish { only_now: true, ..Wish::now(actor, agent, "password") };
    hand_on(app, wanted, password, true, |agent| match agent.credential {
        Credential::Unset => Ok(()),
        Credential::Set => Err(Refusal::State("This agent has a password already.")),
    })
    .await
}

/// Has this password set while whoever asks waits.
async fn hand_on(
    app: &App,
    wanted: Wish<'_>,
    password: Password,
    generated: bool,
    check: impl FnOnce(&Agent) -> Result<(), Refusal>,
) -> Result<CreatedAgent, ServiceError> {
    let waiting = Waiting::new(app, password.clone())?;
    let (tenant, agent) = (wanted.actor.tenant, wanted.agent);
    let (now, shown) = (app.now_ms(), generated);
    let wished = wish(app, wanted, |agent, _| {
        if agent.state != AgentState::Ready {
            return Err(not_now(agent.state));
        }
        check(agent)?;
        (agent.credential, agent.failure) = (Credential::Unset, None);
        if shown {
            agent.password_shown_at = Some(now);
        }
        Ok(Change::Asked("agent.password_asked"))
    })
    .await?;
    let Wished::Ours(lease) = wished else {
        return Err(Refusal::State("We are still working on this agent. Try again in a moment.").into());
    };
    provisioning::drive_for_a_while(app, lease, Some(waiting)).await;
    let (view, _) = show(app, tenant, agent).await?;
    Ok(CreatedAgent { view, generated_password: generated.then_some(password), repeated: false })
}

/// Gives the agent another name, here at once and in Chatwoot as soon as it takes it; the address stays.
///
/// Waits like [`super::create`].
pub async fn rename(app: &App, actor: &Actor, agent: AgentId, name: &str) -> Result<AgentView, ServiceError> {
    let name = PersonName::parse(name).map_err(|fault| Refusal::field("name", fault.to_string()))?;
    let now = app.now_ms();
    let wished = wish(app, Wish::now(actor, agent, "rename"), |agent, _| renamed(agent, &name, now)).await?;
    if let Wished::Ours(lease) = wished {
        provisioning::drive_for_a_while(app, lease, None).await;
    }
    Ok(show(app, actor.tenant, agent).await?.0)
}

/// Tries again what stopped or waits; waits like [`super::create`]. Where nothing does, the state says why not.
pub async fn retry(app: &App, actor: &Actor, agent: AgentId) -> Result<AgentView, ServiceError> {
    if !*app.chatwoot_answers.borrow() && health::probe(app).await {
        provisioning::chatwoot_is_back(app).await?;
    }
    let now = app.now_ms();
    let wished = Wish::now(actor, agent, "retry");
    match wish(app, wished, |agent, work| try_again(agent, work, now)).await? {
        Wished::Ours(lease) => provisioning::drive_for_a_while(app, lease, None).await,
        Wished::Stored | Wished::NotNow => app.hurry.notify_waiters(),
    }
    Ok(show(app, actor.tenant, agent).await?.0)
}

/// Leaves to the worker what [`retry`] would wait for.
pub(super) async fn retry_later(app: &App, actor: &Actor, agent: AgentId) -> Result<(), ServiceError> {
    let wished = Wish { later: true, ..Wish::now(actor, agent, "retry") };
    let now = app.now_ms();
    wish(app, wished, |agent, work| try_again(agent, work, now)).await.map(drop)
}

fn renamed(agent: &mut Agent, name: &PersonName, now: i64) -> Result<Change, Refusal> {
    may_be_renamed(agent)?;
    if agent.name == name.as_str() {
        return Ok(Change::None);
    }
    if agent.is_being_renamed() || agent.state == AgentState::SettingUp {
        // A call for the name before this one may be on its way.
        agent.name_unsettled = agent.name_unsettled.max(Some(now + SETTLE_MS));
    }
    name.as_str().clone_into(&mut agent.name);
    Ok(Change::Asked("agent.renamed"))
}

/// Whether the agent's state lets it have another name.
pub fn may_be_renamed(agent: &Agent) -> Result<(), Refusal> {
    match agent.state {
        AgentState::Conflict | AgentState::Removing | AgentState::Removed => Err(not_now(agent.state)),
        _ => Ok(()),
    }
}

fn try_again(agent: &mut Agent, work: &Work, now: i64) -> Result<Change, Refusal> {
    match (agent.state, agent.failure) {
        (AgentState::Conflict, _) => return Err(Refusal::State(NO_USE)),
        (AgentState::NeedsAttention, Some(failure)) if failure.is_for_good() => {
            return Err(Refusal::State(NO_USE));
        }
        (AgentState::NeedsAttention, failure) => {
            agent.state = AgentState::SettingUp;
            if failure == Some(Failure::RemovedInChatwoot) {
                (agent.linked, agent.verified) = (false, false);
            }
        }
        _ if work.stuck || !is_settled(agent, now) => {}
        _ if work.was_just("retry") => return Ok(Change::None),
        (state, _) => return Err(not_now(state)),
    }
    agent.failure = None;
    Ok(Change::Asked("agent.retried"))
}

/// Whether nothing is being done about the agent but waiting for the end of its hold.
fn is_settled(agent: &Agent, now: i64) -> bool {
    match agent.state {
        AgentState::Ready | AgentState::Suspended | AgentState::Removed => true,
        AgentState::Removing => agent.can_come_back(now) && !agent.linked,
        _ => false,
    }
}

async fn is_repeat(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    key: &str,
    generated: bool,
) -> Result<bool, ServiceError> {
    let earlier = db::idempotency::find(app.db.read(), actor.tenant, key, app.now_ms()).await?;
    match earlier {
        Some(Earlier { body_hash: hash, .. }) if hash == body_hash(agent, generated) => Ok(true),
        Some(_) => Err(Refusal::KeyReused.into()),
        None => Ok(false),
    }
}

/// What of a request for a new password must be the same in a repeat; the password leaves no trace.
fn body_hash(agent: AgentId, generated: bool) -> String {
    format!("password:{agent}:{generated}")
}
