//! Ending a difference: Chatwoot becomes as asked for here, or what is asked for becomes as it is in Chatwoot.

use super::record::{Who, event};
use super::{changed_meanwhile, look, schedule};
use crate::app::App;
use crate::chatwoot::{Inspection, OwnedUser};
use crate::db::agents::AgentWithInboxes;
use crate::db::operations::Lease;
use crate::db::{self, WriteTx};
use crate::domain::agent::{Agent, AgentState, Credential, Failure};
use crate::domain::drift::{Drifted, Kind};
use crate::domain::ids::{AgentId, InboxId, TenantId};
use crate::domain::inbox::InboxMapping;
use crate::domain::person_name::PersonName;
use crate::services::agents::{self, Actor, AgentView};
use crate::services::error::{Refusal, ServiceError};
use crate::services::provisioning;

const WORKING: Refusal = Refusal::State("We are still working on this agent. Try again in a moment.");
const NOT_TO_ACCEPT: Refusal = Refusal::State(
    "An administrator in Chatwoot sees every inbox of the account, so this can't be kept here. Use ours, or ask your administrator.",
);
const FOREIGN: Refusal = Refusal::State("This inbox isn't one of yours, so it can only be taken away again.");

/// Which difference, as whoever asks has seen it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whose it must be, where the address names one.
    pub agent: Option<AgentId>,
    pub id: String,
    /// The version that was shown; any when left out.
    pub version: Option<i64>,
}

/// Makes Chatwoot as it was asked for here; waits like [`agents::create`].
pub async fn use_ours(app: &App, actor: &Actor, asked: &Asked) -> Result<AgentView, ServiceError> {
    ours(app, Who::Person(actor), actor.tenant, asked).await
}

/// The same for the operator, without anybody signed in.
pub async fn repair(app: &App, tenant: TenantId, id: &str) -> Result<AgentView, ServiceError> {
    let asked = Asked { agent: None, id: id.to_owned(), version: None };
    ours(app, Who::Operator, tenant, &asked).await
}

/// Makes what is asked for here as Chatwoot shows it; `None` when the agent is gone with that.
pub async fn use_theirs(app: &App, actor: &Actor, asked: &Asked) -> Result<Option<AgentView>, ServiceError> {
    let tx = app.db.write().await?;
    let (drifted, known) = locked(&tx, actor.tenant, asked).await?;
    if drifted.difference.kind == Kind::JoinedAccount {
        drop(tx);
        return resumed(app, actor, &known.agent, &drifted).await.map(Some);
    }
    let AgentWithInboxes { mut agent, mappings } = known;
    let inbox = InboxId(drifted.difference.subject);
    let settled = mappings.iter().find(|mapping| mapping.inbox == inbox);
    let unsettled_until = settled.and_then(|mapping| mapping.unsettled_until);
    match drifted.difference.kind {
        Kind::PersonGone | Kind::LeftAccount | Kind::JoinedAccount => {}
        Kind::LeftInbox => db::agents::delete_mapping(&*tx, agent.id, inbox).await?,
        Kind::JoinedInbox => {
            let own = db::demos::inboxes(&*tx, actor.tenant).await?;
            if !own.iter().any(|own| own.id == inbox) {
                return Err(FOREIGN.into());
            }
            let kept = InboxMapping { inbox, wanted: true, present: true, unsettled_until };
            db::agents::store_mapping(&*tx, agent.id, &kept).await?;
        }
        Kind::Renamed => {
            let theirs = drifted.difference.theirs.as_deref().unwrap_or_default();
            let name = PersonName::parse(theirs).map_err(|fault| Refusal::conflict(format!("{fault}.")))?;
            name.as_str().clone_into(&mut agent.name);
            agent.confirmed_name = Some(agent.name.clone());
        }
        Kind::RoleChanged | Kind::Unregistered => return Err(NOT_TO_ACCEPT.into()),
    }
    db::agents::update(&*tx, &agent, app.now()).await?;
    db::drift::delete(&*tx, &drifted.id).await?;
    let told = event(app, Who::Person(actor), &agent, "drift.theirs_used", &drifted.difference);
    db::audit::insert(&*tx, told).await?;
    tx.commit().await?;
    if drifted.difference.kind.is_absence() {
        return agents::remove(app, actor, agent.id).await;
    }
    Ok(Some(agents::show(app, actor.tenant, agent.id).await?.0))
}

/// Somebody put a suspended agent back in Chatwoot: to keep that is to resume it, which needs a seat.
async fn resumed(
    app: &App,
    actor: &Actor,
    agent: &Agent,
    drifted: &Drifted,
) -> Result<AgentView, ServiceError> {
    let view = agents::resume(app, actor, agent.id).await?;
    let tx = app.db.write().await?;
    db::users::lock(&*tx, actor.tenant).await?;
    db::drift::delete(&*tx, &drifted.id).await?;
    let told = event(app, Who::Person(actor), agent, "drift.theirs_used", &drifted.difference);
    db::audit::insert(&*tx, told).await?;
    tx.commit().await?;
    Ok(view)
}

async fn ours(app: &App, who: Who<'_>, tenant: TenantId, asked: &Asked) -> Result<AgentView, ServiceError> {
    let tx = app.db.write().await?;
    let (drifted, mut known) = locked(&tx, tenant, asked).await?;
    let agent = known.agent.id;
    if matches!(drifted.difference.kind, Kind::RoleChanged | Kind::Renamed) {
        drop(tx);
        call(app, &known.agent, drifted.difference.kind).await?;
        let tx = app.db.write().await?;
        db::users::lock(&*tx, tenant).await?;
        if let Some(known) = db::agents::find(&*tx, tenant, agent).await? {
            finish(app, &tx, who, &known.agent, &drifted).await?;
        }
        tx.commit().await?;
        return Ok(agents::show(app, tenant, agent).await?.0);
    }
    let wished = wish_again(&mut known, &drifted);
    for mapping in &wished {
        db::agents::store_mapping(&*tx, agent, mapping).await?;
    }
    finish(app, &tx, who, &known.agent, &drifted).await?;
    let kind = match drifted.difference.kind {
        Kind::PersonGone | Kind::LeftAccount => "retry",
        Kind::JoinedAccount => "suspend",
        _ => "inboxes",
    };
    let lease: Option<Lease> = {
        let owner = Some((app.owner.as_str(), app.lease_ms()));
        db::operations::open(&*tx, tenant, agent, kind, owner, app.now()).await?
    };
    tx.commit().await?;
    if let Some(lease) = lease {
        provisioning::drive_for_a_while(app, lease, None).await;
    }
    Ok(agents::show(app, tenant, agent).await?.0)
}

/// Ends what was said of somebody who is not there any more: a new person or a new membership has no such difference.
pub(in crate::services) async fn end_outdated(
    tx: &WriteTx,
    agent: &Agent,
    before: &Agent,
) -> Result<(), ServiceError> {
    let other_person = agent.chatwoot_user.is_some() && agent.chatwoot_user != before.chatwoot_user;
    if !other_person && (before.linked || !agent.linked) {
        return Ok(());
    }
    for drifted in db::drift::of_agent(&**tx, agent.id).await? {
        if other_person || drifted.difference.kind.is_absence() {
            db::drift::delete(&**tx, &drifted.id).await?;
        }
    }
    Ok(())
}

/// The difference and its agent as they are now, under the tenant's lock.
async fn locked(
    tx: &WriteTx,
    tenant: TenantId,
    asked: &Asked,
) -> Result<(Drifted, AgentWithInboxes), ServiceError> {
    db::users::lock(&**tx, tenant).await?;
    let drifted = db::drift::find(&**tx, tenant, &asked.id).await?.ok_or(ServiceError::NotFound)?;
    if asked.agent.is_some() && asked.agent != drifted.difference.agent {
        return Err(ServiceError::NotFound);
    }
    if asked.version.is_some_and(|version| version != drifted.version) {
        return Err(changed_meanwhile(Some(&drifted)));
    }
    let agent = drifted.difference.agent.ok_or(ServiceError::NotFound)?;
    let known = db::agents::find(&**tx, tenant, agent).await?.ok_or(ServiceError::NotFound)?;
    let state = match drifted.difference.kind {
        Kind::JoinedAccount => AgentState::Suspended,
        _ => AgentState::Ready,
    };
    if db::operations::find_open(&**tx, agent).await?.is_some() || known.agent.state != state {
        return Err(WORKING.into());
    }
    Ok((drifted, known))
}

/// Changes what is known of the agent so that its wishes are carried out again; answers the mappings to store.
fn wish_again(known: &mut AgentWithInboxes, drifted: &Drifted) -> Vec<InboxMapping> {
    let AgentWithInboxes { agent, mappings } = known;
    let inbox = InboxId(drifted.difference.subject);
    let unsettled = mappings.iter().find(|mapping| mapping.inbox == inbox);
    let unsettled = unsettled.and_then(|mapping| mapping.unsettled_until);
    match drifted.difference.kind {
        Kind::LeftInbox => return vec![InboxMapping::wished(inbox, true, unsettled)],
        Kind::JoinedInbox => return vec![InboxMapping::wished(inbox, false, unsettled)],
        Kind::JoinedAccount => {
            // Out again: its inboxes stay remembered as they are.
            (agent.linked, agent.state) = (true, AgentState::Suspending);
            return Vec::new();
        }
        Kind::PersonGone => {
            (agent.chatwoot_user, agent.credential, agent.confirmed_name) = (None, Credential::Unset, None);
        }
        _ => {}
    }
    (agent.linked, agent.verified, agent.failure) = (false, false, None);
    agent.state = AgentState::SettingUp;
    let wanted = mappings.iter().filter(|mapping| mapping.wanted);
    wanted.map(|mapping| InboxMapping::wished(mapping.inbox, true, mapping.unsettled_until)).collect()
}

/// Role and name are one call each, made while whoever pressed waits; only for a person proven ours just before.
async fn call(app: &App, agent: &Agent, kind: Kind) -> Result<(), ServiceError> {
    let chatwoot = app.chatwoot.clone().ok_or(Refusal::NotConfigured)?;
    let id = agent.chatwoot_user.ok_or(ServiceError::NotFound)?;
    let (tag, name) = (agent.tag.clone(), agent.name.clone());
    schedule::within_patience(app, async move {
        let failed = |error| look::failed(&error);
        let user: OwnedUser = match chatwoot.inspect_user(id, &tag).await.map_err(failed)? {
            Inspection::Ours { user, in_account: true, .. } => user,
            Inspection::Ours { .. } | Inspection::Gone => {
                return Err(ServiceError::Chatwoot(Failure::RemovedInChatwoot));
            }
            Inspection::SomebodyElse => return Err(ServiceError::Chatwoot(Failure::DifferentPerson)),
        };
        let done = match kind {
            Kind::RoleChanged => chatwoot.make_agent(&user).await,
            _ => chatwoot.rename(&user, &name).await,
        };
        done.map_err(failed)
    })
    .await
}

/// Stores the agent and that the difference is over; with an absence, every other one of this agent.
async fn finish(
    app: &App,
    tx: &WriteTx,
    who: Who<'_>,
    agent: &Agent,
    drifted: &Drifted,
) -> Result<(), ServiceError> {
    db::agents::update(&**tx, agent, app.now()).await?;
    for other in db::drift::of_agent(&**tx, agent.id).await? {
        if other.id == drifted.id || drifted.difference.kind.is_absence() {
            db::drift::delete(&**tx, &other.id).await?;
        }
    }
    let told = event(app, who, agent, "drift.ours_used", &drifted.difference);
    Ok(db::audit::insert(&**tx, told).await?)
}
