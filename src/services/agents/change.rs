//! Changing an agent that exists: new password, retry, removal.

use serde_json::json;

use crate::app::App;
use crate::db::agents::AgentWithInboxes;
use crate::db::operations::Lease;
use crate::db::{self, WriteTx};
use crate::domain::agent::{Agent, AgentState, Credential, Failure};
use crate::domain::ids::AgentId;
use crate::domain::inbox::InboxMapping;
use crate::domain::password::{Password, unmet_rules};
use crate::services::agents::{Actor, AgentView, CreatedAgent, show};
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::provisioning::{self, Waiting};
use crate::services::{audit, health, passwords};

const NO_USE: &str = "Trying again can't help: Chatwoot doesn't let this address be used. Remove this agent and create it under another name.";

/// Sets a new password, chosen or generated; waits like [`super::create`].
pub async fn set_password(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    chosen: Option<Password>,
) -> Result<CreatedAgent, ServiceError> {
    let generated = chosen.is_none();
    let password = chosen.unwrap_or_else(passwords::generate);
    let messages: Vec<String> = unmet_rules(password.reveal()).iter().map(ToString::to_string).collect();
    if !messages.is_empty() {
        return Err(Refusal::Fields(vec![FieldError { field: "password", messages }]).into());
    }
    let waiting = Waiting::new(app, password.clone())?;
    let lease = wish(app, Wish::now(actor, agent, "password"), |agent| {
        if agent.state != AgentState::Ready {
            return Err(Refusal::State("A new password can be set once the agent is ready."));
        }
        agent.credential = Credential::Unset;
        Ok("agent.password_asked")
    })
    .await?
    .ok_or(Refusal::State("We are still working on this agent. Try again in a moment."))?;
    provisioning::drive_for_a_while(app, lease, Some(waiting)).await;
    let (view, _) = show(app, actor.tenant, agent).await?;
    Ok(CreatedAgent { view, generated_password: generated.then_some(password), repeated: false })
}

/// Tries again what stopped or waits; waits like [`super::create`].
pub async fn retry(app: &App, actor: &Actor, agent: AgentId) -> Result<AgentView, ServiceError> {
    if !*app.chatwoot_answers.borrow() && health::probe(app).await {
        provisioning::chatwoot_is_back(app).await?;
    }
    let lease = wish(app, Wish::now(actor, agent, "retry"), try_again).await?;
    match lease {
        Some(lease) => provisioning::drive_for_a_while(app, lease, None).await,
        None => app.hurry.notify_waiters(),
    }
    Ok(show(app, actor.tenant, agent).await?.0)
}

/// Takes the agent out of Chatwoot and then out of our lists; waits like [`super::create`].
///
/// `None` when it is gone; the agent as it is when that takes longer.
pub async fn remove(app: &App, actor: &Actor, agent: AgentId) -> Result<Option<AgentView>, ServiceError> {
    let lease = wish(app, Wish::now(actor, agent, "remove"), |agent| {
        agent.removal_wanted = true;
        agent.state = AgentState::Removing;
        if never_in_chatwoot(agent) {
            (agent.state, agent.holds_seat) = (AgentState::Removed, false);
        }
        Ok("agent.removal_asked")
    })
    .await?;
    if let Some(lease) = lease {
        provisioning::drive_for_a_while(app, lease, None).await;
    }
    match show(app, actor.tenant, agent).await {
        Ok((view, _)) => Ok(Some(view)),
        Err(ServiceError::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Whether Chatwoot said for certain that it made nobody for this agent.
fn never_in_chatwoot(agent: &Agent) -> bool {
    agent.chatwoot_user.is_none() && agent.failure == Some(Failure::AddressTaken)
}

/// Leaves to the worker what [`retry`] would wait for.
pub(super) async fn retry_later(app: &App, actor: &Actor, agent: AgentId) -> Result<(), ServiceError> {
    let wished = Wish { later: true, ..Wish::now(actor, agent, "retry") };
    wish(app, wished, try_again).await.map(drop)
}

fn try_again(agent: &mut Agent) -> Result<&'static str, Refusal> {
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
        _ => {}
    }
    Ok("agent.retried")
}

/// Who wants what of which agent.
struct Wish<'a> {
    actor: &'a Actor,
    agent: AgentId,
    /// The operation's kind.
    kind: &'static str,
    /// Whether the worker does it rather than whoever asks.
    later: bool,
}

impl<'a> Wish<'a> {
    fn now(actor: &'a Actor, agent: AgentId, kind: &'static str) -> Self {
        Self { actor, agent, kind, later: false }
    }
}

/// Stores a change of what is wanted in one commit: agent, operation, audit event.
///
/// `None` when there is nothing to do in Chatwoot or somebody else works on this agent and will see the change.
async fn wish(
    app: &App,
    wish: Wish<'_>,
    change: impl FnOnce(&mut Agent) -> Result<&'static str, Refusal>,
) -> Result<Option<Lease>, ServiceError> {
    let Wish { actor, agent, kind, .. } = wish;
    let tx = app.db.write().await?;
    db::users::lock(&*tx, actor.tenant).await?;
    let known = db::agents::find(&*tx, actor.tenant, agent).await?.ok_or(ServiceError::NotFound)?;
    let AgentWithInboxes { mut agent, mappings } = known;
    if agent.removal_wanted && kind != "retry" && kind != "remove" {
        return Err(Refusal::State("This agent is being removed.").into());
    }
    let before = agent.clone();
    let action = change(&mut agent)?;
    let failure = agent.failure.take();
    db::agents::update(&*tx, &agent, app.now()).await?;
    let after = json!({ "name": agent.name, "failure": failure.map(Failure::key) });
    db::audit::insert(&*tx, audit::asked(app, actor, &agent, action, after)).await?;
    if agent.state == AgentState::Removed {
        db::audit::insert(&*tx, audit::state_changed(app, &agent, before.state)).await?;
        for mapping in &mappings {
            db::agents::delete_mapping(&*tx, agent.id, mapping.inbox).await?;
        }
        db::operations::close(&*tx, agent.id).await?;
        tx.commit().await?;
        return Ok(None);
    }
    if before.linked && !agent.linked {
        // Who is put back into the account is in none of its inboxes any more.
        for mapping in mappings.iter().filter(|mapping| mapping.wanted) {
            let wanted = InboxMapping::wished(mapping.inbox, true, mapping.unsettled_until);
            db::agents::store_mapping(&*tx, agent.id, &wanted).await?;
        }
    }
    let lease = open(app, &tx, &wish).await?;
    if kind == "password" && lease.is_none() {
        // Dropping the transaction leaves the password that holds now.
        return Ok(None);
    }
    tx.commit().await?;
    Ok(lease)
}

async fn open(app: &App, tx: &WriteTx, wish: &Wish<'_>) -> Result<Option<Lease>, ServiceError> {
    let owner = (!wish.later).then_some((app.owner.as_str(), app.lease_ms()));
    let tenant = wish.actor.tenant;
    Ok(db::operations::open(&**tx, tenant, wish.agent, wish.kind, owner, app.now()).await?)
}
