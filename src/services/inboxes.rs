//! Which of its own inboxes an agent answers.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::app::App;
use crate::db::agents::AgentWithInboxes;
use crate::db::{self, WriteTx};
use crate::domain::agent::{Agent, AgentState, Failure};
use crate::domain::ids::{AgentId, InboxId, TenantId};
use crate::domain::inbox::{Inbox, InboxMapping};
use crate::services::agents::{Actor, AgentView, show};
use crate::services::error::{Refusal, ServiceError};
use crate::services::{audit, provisioning};

/// The inboxes of the tenant's own demos, by name, and when Chatwoot last told their names. Costs one query.
pub async fn list(app: &App, tenant: TenantId) -> Result<(Vec<Inbox>, Option<DateTime<Utc>>), ServiceError> {
    Ok(db::demos::inboxes_as_of(app.db.read(), tenant).await?)
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
    wish(app, actor, agent, |own| {
        own.iter().any(|known| known.id == inbox).then(|| vec![(inbox, wanted)]).ok_or(ServiceError::NotFound)
    })
    .await
}

/// Sets the whole list of inboxes an agent shall answer.
pub async fn assign_all(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    inboxes: &[InboxId],
) -> Result<AgentView, ServiceError> {
    wish(app, actor, agent, |own| {
        if inboxes.iter().any(|asked| own.iter().all(|known| known.id != *asked)) {
            return Err(ServiceError::NotFound);
        }
        Ok(own.iter().map(|known| (known.id, inboxes.contains(&known.id))).collect())
    })
    .await
}

/// Takes an inbox that is no longer the tenant's from every agent, in the caller's transaction.
pub async fn withdraw(app: &App, tx: &WriteTx, tenant: TenantId, inbox: InboxId) -> Result<(), ServiceError> {
    for AgentWithInboxes { agent, mappings } in db::agents::in_inbox(&**tx, tenant, inbox).await? {
        let Some(taken) = changed(&mappings, inbox, false, app.now_ms()) else { continue };
        db::agents::store_mapping(&**tx, agent.id, &taken).await?;
        db::audit::insert(&**tx, audit::done(app, &agent, "inbox.withdrawn")).await?;
        db::operations::open(&**tx, tenant, agent.id, "inboxes", None, app.now()).await?;
    }
    Ok(())
}

async fn wish(
    app: &App,
    actor: &Actor,
    agent: AgentId,
    choose: impl FnOnce(&[Inbox]) -> Result<Vec<(InboxId, bool)>, ServiceError>,
) -> Result<AgentView, ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock(&*tx, actor.tenant).await?;
    let known = db::agents::find(&*tx, actor.tenant, agent).await?.ok_or(ServiceError::NotFound)?;
    let chosen = choose(&db::demos::inboxes(&*tx, actor.tenant).await?)?;
    refuse_wrong_state(&known.agent)?;
    let changes: Vec<InboxMapping> = chosen
        .into_iter()
        .filter_map(|(inbox, wanted)| changed(&known.mappings, inbox, wanted, app.now_ms()))
        .collect();
    if changes.is_empty() {
        drop(tx);
        return Ok(show(app, actor.tenant, agent).await?.0);
    }
    if known.agent.failure == Some(Failure::InboxGone) {
        // Whoever chooses anew has read it.
        let agent = Agent { failure: None, ..known.agent.clone() };
        db::agents::update(&*tx, &agent, app.now()).await?;
    }
    for mapping in &changes {
        db::agents::store_mapping(&*tx, agent, mapping).await?;
        let action = if mapping.wanted { "inbox.given" } else { "inbox.taken" };
        let after = json!({ "name": known.agent.name, "inbox": mapping.inbox.0 });
        db::audit::insert(&*tx, audit::asked(app, actor, &known.agent, action, after)).await?;
    }
    let owner = Some((app.owner.as_str(), app.lease_ms()));
    let lease = db::operations::open(&*tx, actor.tenant, agent, "inboxes", owner, app.now()).await?;
    tx.commit().await?;
    match lease {
        Some(lease) => provisioning::drive_for_a_while(app, lease, None).await,
        None => app.work.notify_one(),
    }
    Ok(show(app, actor.tenant, agent).await?.0)
}

/// The mapping to store, unless it is as wished already.
fn changed(mappings: &[InboxMapping], inbox: InboxId, wanted: bool, now: i64) -> Option<InboxMapping> {
    match mappings.iter().find(|mapping| mapping.inbox == inbox) {
        Some(mapping) if mapping.wanted == wanted => None,
        Some(mapping) => {
            // A call for the wish before this one may be on its way, and its outcome is not known here.
            let under_way = (mapping.wanted != mapping.present).then_some(now + provisioning::SETTLE_MS);
            Some(InboxMapping::wished(inbox, wanted, under_way.max(mapping.unsettled_until)))
        }
        None => wanted.then(|| InboxMapping::wished(inbox, wanted, None)),
    }
}

fn refuse_wrong_state(agent: &Agent) -> Result<(), Refusal> {
    match agent.state {
        AgentState::Removing | AgentState::Removed => Err(Refusal::State("This agent is being removed.")),
        AgentState::Conflict => Err(Refusal::State(
            "This agent isn't in Chatwoot, because its address belongs to somebody else there.",
        )),
        AgentState::Suspending | AgentState::Suspended => {
            Err(Refusal::State("This agent is suspended and its inboxes are remembered. Resume it first."))
        }
        AgentState::SettingUp | AgentState::Ready | AgentState::NeedsAttention | AgentState::Resuming => {
            Ok(())
        }
    }
}
