//! What creating an agent costs at least: its queries, transactions and calls, one after the other, and no decisions.

use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use localboxs::db::audit::Event;
use localboxs::db::operations::{Lease, Outcome, Standing};
use localboxs::db::{self, Db, WriteTx};
use localboxs::domain::agent::{Agent, AgentState, Credential};
use localboxs::domain::ids::{AgentId, TenantId};
use localboxs::domain::inbox::{Inbox, InboxMapping};
use localboxs::domain::limits::LimitName;
use serde_json::json;
use uuid::Uuid;

use crate::bare::{Bare, Failed};
use crate::rows::MAKERS;

/// Calls to Chatwoot: make the person, join account and inbox, set the password, look at the result.
const CALLS: usize = 5;
const LEASE_MS: i64 = 30_000;

/// Stores an agent and everything that creating it stores.
pub async fn create(bare: &Bare) -> Result<(), Failed> {
    let number = bare.created.fetch_add(1, Ordering::Relaxed);
    let tenant = bare.signed_in(2 + number % MAKERS).await?;
    let inbox = db::demos::inboxes(bare.db.read(), tenant).await?.pop().ok_or(Failed)?;
    let agent = agent(tenant);
    let lease = reserve(&bare.db, &agent, &inbox).await?;
    for _ in 0..CALLS {
        load(&bare.db, &agent).await?;
        db::gate::known(bare.db.read()).await?;
        bare.http.get(&bare.chatwoot).send().await?.bytes().await?;
        let tx = begin(&bare.db, &agent, &lease).await?;
        db::operations::attempts(&*tx, &lease).await?;
        store(tx, &agent, &inbox, &lease, Standing::Running).await?;
    }
    load(&bare.db, &agent).await?;
    let tx = begin(&bare.db, &agent, &lease).await?;
    db::demos::inboxes(&*tx, tenant).await?;
    db::audit::insert(&*tx, event(&agent, "agent.ready")).await?;
    store(tx, &agent, &inbox, &lease, Standing::Done).await?;
    db::agents::find_any(bare.db.read(), agent.id).await?;
    db::operations::find_open(bare.db.read(), agent.id).await?;
    Ok(())
}

async fn reserve(db: &Db, agent: &Agent, inbox: &Inbox) -> Result<Lease, Failed> {
    let tx = db.write().await?;
    db::users::lock(&*tx, agent.tenant).await?;
    db::users::find(&*tx, agent.tenant).await?;
    db::entitlements::hold(&*tx, agent.tenant, LimitName::HelpdeskAgents, now()).await?;
    let taken = db::agents::seats_taken(&*tx, agent.tenant).await?;
    db::agents::taken_addresses(&*tx, &vec![agent.email.clone(); 20], 0).await?;
    db::agents::insert(&*tx, agent, i64::try_from(taken.len()).map_err(|_| Failed)? + 1).await?;
    db::agents::store_mapping(&*tx, agent.id, &mapping(inbox)).await?;
    let owner = Some(("bare", LEASE_MS));
    let lease = db::operations::open(&*tx, agent.tenant, agent.id, "create", owner, now()).await?;
    db::audit::insert(&*tx, event(agent, "agent.created")).await?;
    tx.commit().await?;
    lease.ok_or(Failed)
}

async fn load(db: &Db, agent: &Agent) -> Result<(), Failed> {
    db::agents::find_any(db.read(), agent.id).await?;
    db::demos::inboxes(db.read(), agent.tenant).await?;
    Ok(())
}

async fn begin(db: &Db, agent: &Agent, lease: &Lease) -> Result<WriteTx, Failed> {
    let tx = db.write().await?;
    db::users::lock(&*tx, agent.tenant).await?;
    db::operations::hold(&*tx, lease).await?;
    db::agents::find_any(&*tx, agent.id).await?;
    Ok(tx)
}

async fn store(
    tx: WriteTx,
    agent: &Agent,
    inbox: &Inbox,
    lease: &Lease,
    standing: Standing,
) -> Result<(), Failed> {
    db::agents::update(&*tx, agent, now()).await?;
    db::agents::store_mapping(&*tx, agent.id, &mapping(inbox)).await?;
    db::operations::store(&*tx, lease, &Outcome::default(), standing, now()).await?;
    Ok(tx.commit().await?)
}

fn mapping(inbox: &Inbox) -> InboxMapping {
    InboxMapping { inbox: inbox.id, wanted: true, present: true, unsettled_until: None }
}

fn agent(tenant: TenantId) -> Agent {
    let id = Uuid::now_v7();
    Agent {
        name: "Bare".to_owned(),
        email: format!("bare+{id}@bench.example"),
        tag: Uuid::new_v4().simple().to_string(),
        state: AgentState::Ready,
        credential: Credential::Set,
        linked: true,
        verified: true,
        ..Agent::wished(AgentId(id), tenant, now())
    }
}

fn event(agent: &Agent, action: &'static str) -> Event {
    Event {
        at: now(),
        tenant: Some(agent.tenant),
        actor: "user",
        actor_id: Some(agent.tenant),
        action,
        object: "agent",
        object_id: agent.id.to_string(),
        before: None,
        after: Some(json!({ "name": agent.name })),
        reason: None,
        request_id: None,
    }
}

#[expect(clippy::disallowed_methods, reason = "there is no clock to hold")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
