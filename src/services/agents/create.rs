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
use crate::domain::ids::{AgentId, InboxId, TenantId};
use crate::domain::inbox::InboxMapping;
use crate::domain::password::{self, Password};
use crate::domain::person_name::PersonName;
use crate::services::agents::{Actor, AgentView, CreatedAgent, NewAgent, seat};
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::provisioning::{self, Waiting};
use crate::services::{audit, passwords};

/// How long a key makes a repeat harmless.
pub(super) const KEY_LIFE_MS: i64 = 48 * 60 * 60 * 1000;
/// How long the address of somebody who is gone from Chatwoot is not given to anybody else: a call that comes late
/// must not meet another person there.
pub(super) const TOMBSTONE_MS: i64 = 24 * 60 * 60 * 1000;
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
    free_address(app, conn, &owner.user.email, &name).await
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
    let key = new.idempotency_key.as_deref().map_or(Ok(()), check_key);
    if let Err(Refusal::Fields(more)) = key {
        faults.extend(more);
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

/// Whether this can be a key that makes repeats harmless.
pub(super) fn check_key(key: &str) -> Result<(), Refusal> {
    if (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let words = "Use 1 to 128 visible ASCII characters without spaces as the key.";
    Err(Refusal::field("idempotencyKey", words))
}

/// Reserves, and once more when another tenant took the same address in the same moment.
async fn reserve_again(app: &App, actor: &Actor, checked: &Checked) -> Result<Reserved, ServiceError> {
    let reserved = match reserve(app, actor, checked).await {
        Err(ServiceError::Database(fault))
            if matches!(fault.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) =>
        {
            reserve(app, actor, checked).await
        }
        other => other,
    };
    seat::note_refused(app, actor.tenant, Some(actor), reserved).await
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
    let newcomer = Newcomer {
        name: &checked.name,
        inboxes: &checked.inboxes,
        owner: Some((app.owner.as_str(), app.lease_ms())),
        password_shown_at: checked.generated.then(|| app.now_ms()),
    };
    let placed = place(app, &tx, actor, newcomer).await?;
    if let Some((key, hash)) = &checked.key {
        let earlier = Earlier { body_hash: hash.clone(), agent: placed.0 };
        db::idempotency::insert(&*tx, actor.tenant, key, &earlier, app.now_ms() + KEY_LIFE_MS).await?;
    }
    tx.commit().await?;
    Ok(Reserved::New(placed.0, placed.1))
}

/// An agent to be made.
pub struct Newcomer<'a> {
    pub name: &'a PersonName,
    pub inboxes: &'a [InboxId],
    /// Who works on it at once and for how long (ms); the worker otherwise.
    pub owner: Option<(&'a str, i64)>,
    /// When its generated password is shown (ms since 1970), if one is.
    pub password_shown_at: Option<i64>,
}

/// Takes a seat for an agent, within the caller's transaction that has locked the tenant; it writes
/// nothing when it refuses. The worker provisions it, unless it is leased to `owner`.
pub async fn place(
    app: &App,
    tx: &WriteTx,
    actor: &Actor,
    newcomer: Newcomer<'_>,
) -> Result<(AgentId, Option<Lease>), ServiceError> {
    let Newcomer { name, inboxes, owner, password_shown_at } = newcomer;
    let account = db::users::find(&**tx, actor.tenant).await?.ok_or(ServiceError::NotFound)?;
    let free = seat::free(app, tx, &account.user).await?;
    let email = free_address(app, &**tx, &account.user.email, name).await?;
    let agent = Agent {
        name: name.as_str().to_owned(),
        email,
        password_shown_at,
        tag: Uuid::new_v4().simple().to_string(),
        ..Agent::wished(AgentId(Uuid::now_v7()), actor.tenant, app.now())
    };
    let lease = insert(app, tx, &agent, free, inboxes, owner).await?;
    let numbers: Vec<i64> = inboxes.iter().map(|inbox| inbox.0).collect();
    let after = json!({ "name": agent.name, "inboxes": numbers });
    db::audit::insert(&**tx, audit::asked(app, actor, &agent, "agent.created", after)).await?;
    Ok((agent.id, lease))
}

/// Stores an agent with its seat, its inboxes and the operation that makes Chatwoot agree.
pub(super) async fn insert(
    app: &App,
    tx: &WriteTx,
    agent: &Agent,
    seat: i64,
    inboxes: &[InboxId],
    owner: Option<(&str, i64)>,
) -> Result<Option<Lease>, ServiceError> {
    db::agents::insert(&**tx, agent, seat).await?;
    for inbox in inboxes {
        db::agents::store_mapping(&**tx, agent.id, &InboxMapping::wished(*inbox, true, None)).await?;
    }
    Ok(db::operations::open(&**tx, agent.tenant, agent.id, "create", owner, app.now()).await?)
}

async fn free_address(
    app: &App,
    conn: &impl sea_orm::ConnectionTrait,
    owner: &str,
    name: &PersonName,
) -> Result<String, ServiceError> {
    let mut candidates = agent_email::candidates(owner, name.as_str());
    loop {
        let some: Vec<String> = candidates.by_ref().take(ADDRESSES_AT_ONCE).collect();
        let taken = db::agents::taken_addresses(conn, &some, app.now_ms() - TOMBSTONE_MS).await?;
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
