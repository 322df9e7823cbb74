//! Creating an agent: everything is checked, then the wish is stored in one commit, then Chatwoot is asked.

use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::App;
use crate::db::WriteTx;
use crate::db::idempotency::Earlier;
use crate::db::operations::Lease;
use crate::db::{self, agents::AgentWithInboxes};
use crate::domain::agent::Agent;
use crate::domain::agent_email;
use crate::domain::entitlement::Entitlement;
use crate::domain::ids::{AgentId, InboxId, TenantId};
use crate::domain::inbox::InboxMapping;
use crate::domain::limits::LimitName;
use crate::domain::password::{self, Password};
use crate::domain::person_name::PersonName;
use crate::domain::tier::{Seats, smallest_free_seat};
use crate::services::agents::{Actor, AgentView, CreatedAgent, NewAgent};
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::provisioning::{self, Waiting};
use crate::services::{audit, passwords};

/// How long a key makes a repeat harmless.
const KEY_LIFE_MS: i64 = 48 * 60 * 60 * 1000;
/// Addresses looked up at once when the first ones are taken.
const ADDRESSES_AT_ONCE: usize = 20;

/// A wish that passed every check which needs no database.
struct Checked {
    name: PersonName,
    inboxes: Vec<InboxId>,
    password: Password,
    generated: bool,
    key: Option<(String, String)>,
}

enum Reserved {
    New(AgentId, Option<Lease>),
    Repeated(AgentId),
}

/// Creates an agent within the tenant's tier limit and starts provisioning it in Chatwoot.
///
/// Everything typed is checked and all refusals come back together, one per field.
/// Once the wish is stored the answer is the agent as it is after at most the configured patience.
pub async fn create(app: &App, actor: &Actor, new: NewAgent) -> Result<CreatedAgent, ServiceError> {
    if !app.config.chatwoot.can_create() {
        return Err(Refusal::NotConfigured.into());
    }
    let checked = check(app, actor, new).await?;
    let waiting = Waiting::new(app, checked.password.clone())?;
    let (agent, generated_password, repeated) = match reserve_again(app, actor, &checked).await? {
        Reserved::New(agent, lease) => {
            if let Some(lease) = lease {
                provisioning::drive_for_a_while(app, lease, Some(waiting)).await;
            }
            (agent, checked.generated.then_some(checked.password), false)
        }
        Reserved::Repeated(agent) => (agent, None, true),
    };
    let known = db::agents::find_any(app.db.read(), agent).await?.ok_or(ServiceError::NotFound)?;
    let operation = db::operations::find_open(app.db.read(), agent).await?;
    let AgentWithInboxes { agent, mappings } = known;
    let view = AgentView::from(db::overview::Row { agent, mappings, operation, drift: Vec::new() });
    Ok(CreatedAgent { view, generated_password, repeated })
}

/// The address an agent of this name would get now.
pub async fn preview_address(app: &App, tenant: TenantId, name: &str) -> Result<String, ServiceError> {
    let name = PersonName::parse(name).map_err(|fault| Refusal::field("name", fault.to_string()))?;
    let conn = app.db.read();
    let owner = db::users::find(conn, tenant).await?.ok_or(ServiceError::NotFound)?;
    free_address(conn, &owner.user.email, &name).await
}

async fn check(app: &App, actor: &Actor, new: NewAgent) -> Result<Checked, ServiceError> {
    let mut faults = Vec::new();
    let mut fault = |field, messages: Vec<String>| {
        if !messages.is_empty() {
            faults.push(FieldError { field, messages });
        }
    };
    let name = PersonName::parse(&new.name);
    fault("name", name.as_ref().err().map(ToString::to_string).into_iter().collect());
    let generated = new.password.is_none();
    let password = new.password.unwrap_or_else(passwords::generate);
    fault("password", password::unmet_rules(password.reveal()).iter().map(ToString::to_string).collect());
    let own = db::demos::inboxes(app.db.read(), actor.tenant).await?;
    if new.inboxes.iter().any(|asked| own.iter().all(|inbox| inbox.id != *asked)) {
        fault("inboxIds", vec!["One of these inboxes isn't yours. Choose from your own inboxes.".into()]);
    }
    let key_ok = new
        .idempotency_key
        .as_ref()
        .is_none_or(|key| (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
    if !key_ok {
        fault(
            "idempotencyKey",
            vec!["Use 1 to 128 visible ASCII characters without spaces as the key.".into()],
        );
    }
    let Ok(name) = name else { return Err(Refusal::Fields(faults).into()) };
    if !faults.is_empty() {
        return Err(Refusal::Fields(faults).into());
    }
    let mut inboxes = new.inboxes;
    inboxes.sort_unstable();
    inboxes.dedup();
    let hash = body_hash(&name, &inboxes, generated);
    Ok(Checked { name, inboxes, password, generated, key: new.idempotency_key.map(|key| (key, hash)) })
}

/// Reserves, and once more when another tenant took the same address in the same moment.
async fn reserve_again(app: &App, actor: &Actor, checked: &Checked) -> Result<Reserved, ServiceError> {
    match reserve(app, actor, checked).await {
        Err(ServiceError::Database(fault))
            if matches!(fault.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) =>
        {
            reserve(app, actor, checked).await
        }
        other => other,
    }
}

/// Takes a seat and stores agent, wishes, operation, key and audit event, or nothing.
async fn reserve(app: &App, actor: &Actor, checked: &Checked) -> Result<Reserved, ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock(&*tx, actor.tenant).await?;
    if let Some((key, hash)) = &checked.key
        && let Some(earlier) = db::idempotency::find(&*tx, actor.tenant, key, app.now_ms()).await?
    {
        let same = earlier.body_hash == *hash;
        return if same { Ok(Reserved::Repeated(earlier.agent)) } else { Err(Refusal::KeyReused.into()) };
    }
    let owner = db::users::find(&*tx, actor.tenant).await?.ok_or(ServiceError::NotFound)?;
    let taken = db::agents::seats_taken(&*tx, actor.tenant).await?;
    let held = db::entitlements::hold(&*tx, actor.tenant, LimitName::HelpdeskAgents, app.now()).await?;
    let Entitlement { limit, adjusted } = held.ok_or(ServiceError::NotFound)?;
    let seats = Seats { used: u64::try_from(taken.len()).unwrap_or(u64::MAX), limit, adjusted };
    if !seats.admit_one_more() {
        return Err(limit_reached(owner.user.tier.label, seats).into());
    }
    let email = free_address(&*tx, &owner.user.email, &checked.name).await?;
    let agent = new_agent(app, actor.tenant, &checked.name, email);
    db::agents::insert(&*tx, &agent, smallest_free_seat(&taken)).await?;
    let lease = store_wishes(app, &tx, actor, &agent, checked).await?;
    tx.commit().await?;
    Ok(Reserved::New(agent.id, lease))
}

async fn store_wishes(
    app: &App,
    tx: &WriteTx,
    actor: &Actor,
    agent: &Agent,
    checked: &Checked,
) -> Result<Option<Lease>, ServiceError> {
    for inbox in &checked.inboxes {
        db::agents::store_mapping(&**tx, agent.id, &InboxMapping::wished(*inbox, true, None)).await?;
    }
    let lease = db::operations::open(
        &**tx,
        actor.tenant,
        agent.id,
        "create",
        Some((&app.owner, app.lease_ms())),
        app.now(),
    )
    .await?;
    if let Some((key, hash)) = &checked.key {
        let earlier = Earlier { body_hash: hash.clone(), agent: agent.id };
        db::idempotency::insert(&**tx, actor.tenant, key, &earlier, app.now_ms() + KEY_LIFE_MS).await?;
    }
    let inboxes: Vec<i64> = checked.inboxes.iter().map(|inbox| inbox.0).collect();
    let after = json!({ "name": agent.name, "inboxes": inboxes });
    db::audit::insert(&**tx, audit::asked(app, actor, agent, "agent.created", after)).await?;
    Ok(lease)
}

fn new_agent(app: &App, tenant: TenantId, name: &PersonName, email: String) -> Agent {
    Agent {
        name: name.as_str().to_owned(),
        email,
        tag: Uuid::new_v4().simple().to_string(),
        ..Agent::wished(AgentId(Uuid::now_v7()), tenant, app.now())
    }
}

fn limit_reached(tier: String, seats: Seats) -> Refusal {
    let limit = seats.left().map_or(u64::MAX, |left| seats.used + left - seats.over());
    Refusal::TierLimitReached { tier, limit, used: seats.used, adjusted: seats.adjusted }
}

async fn free_address(
    conn: &impl sea_orm::ConnectionTrait,
    owner: &str,
    name: &PersonName,
) -> Result<String, ServiceError> {
    let mut candidates = agent_email::candidates(owner, name.as_str());
    loop {
        let some: Vec<String> = candidates.by_ref().take(ADDRESSES_AT_ONCE).collect();
        let taken = db::agents::taken_addresses(conn, &some).await?;
        if let Some(free) = some.into_iter().find(|address| !taken.contains(address)) {
            return Ok(free);
        }
    }
}

/// A digest of everything asked for but the password, which must leave no trace.
fn body_hash(name: &PersonName, inboxes: &[InboxId], generated: bool) -> String {
    let ids: Vec<i64> = inboxes.iter().map(|inbox| inbox.0).collect();
    let body = json!([name.as_str(), ids, generated]).to_string();
    Sha256::digest(body).iter().fold(String::new(), |hex, byte| hex + format!("{byte:02x}").as_str())
}
