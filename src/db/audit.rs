//! The audit log: one row per change, written in the transaction that makes the change, each holding the hash of
//! the one before it.

pub mod chain;
pub mod search;

use chrono::{DateTime, SubsecRound as _, Utc};
use migration::audit_chain::{self, Link};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};
use serde_json::Value;
use uuid::Uuid;

use super::entity::audit_event;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::network::network_of;
use crate::trace::Origin;

/// One change: who did what to what. `before` and `after` hold no secret.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: DateTime<Utc>,
    /// The tenant whose chain it belongs to; without one it belongs to the installation's.
    pub tenant: Option<TenantId>,
    /// `user`, `system` or `operator` (the command line).
    pub actor: &'static str,
    pub actor_id: Option<UserId>,
    /// Such as `agent.created`.
    pub action: &'static str,
    /// The kind of thing, such as `agent`.
    pub object: &'static str,
    pub object_id: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
}

/// An event as read back, with its place in its chain.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: Uuid,
    pub seq: i64,
    pub hash: String,
    pub at: DateTime<Utc>,
    pub tenant: Option<TenantId>,
    pub actor: String,
    pub actor_id: Option<UserId>,
    pub action: String,
    pub object: String,
    pub object_id: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
    /// From which network, for what people did on pages and through the API.
    pub network: Option<String>,
}

#[derive(FromQueryResult)]
struct Head {
    seq: i64,
    hash: String,
}

/// Adds an event to the end of its chain.
///
/// Others who add to the same chain wait until the transaction ends; whoever also locks a tenant does that first.
pub async fn insert(conn: &impl ConnectionTrait, event: Event) -> Result<(), DbErr> {
    let chain = audit_chain::name(event.tenant.map(|tenant| tenant.0));
    let Head { seq, hash: prev_hash } = take_place(conn, &chain).await?;
    let link = Link {
        seq,
        prev_hash,
        id: Uuid::now_v7(),
        // What PostgreSQL keeps of it.
        at: event.at.trunc_subsecs(6),
        tenant: event.tenant.map(|tenant| tenant.0),
        actor: event.actor.to_owned(),
        actor_id: event.actor_id.map(|user| user.0),
        action: event.action.to_owned(),
        object: event.object.to_owned(),
        object_id: event.object_id,
        before: event.before,
        after: event.after,
        reason: event.reason,
        request_id: event.request_id,
        network: Origin::current().ip.filter(|_| event.actor == "user").map(network_of),
    };
    let hash = link.hash();
    audit_event::Entity::insert(row(link, &hash)).exec_without_returning(conn).await?;
    let end = "UPDATE audit_heads SET hash = $2 WHERE chain = $1";
    let end = Statement::from_sql_and_values(conn.get_database_backend(), end, [chain.into(), hash.into()]);
    conn.execute_raw(end).await.map(drop)
}

/// The tenant's latest events, newest first; only those about `object_id` when given.
pub async fn latest(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    object_id: Option<&str>,
    count: u64,
) -> Result<Vec<Entry>, DbErr> {
    let mut query = audit_event::Entity::find().filter(audit_event::Column::TenantId.eq(tenant.0));
    if let Some(object_id) = object_id {
        query = query.filter(audit_event::Column::ObjectId.eq(object_id));
    }
    let rows = query.order_by_desc(audit_event::Column::Seq).limit(count).all(conn).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// The last event of a tenant's chain, or of the installation's.
pub async fn last(conn: &impl ConnectionTrait, tenant: Option<TenantId>) -> Result<Option<Entry>, DbErr> {
    let of_chain = match tenant {
        Some(tenant) => audit_event::Column::TenantId.eq(tenant.0),
        None => audit_event::Column::TenantId.is_null(),
    };
    let query = audit_event::Entity::find().filter(of_chain).order_by_desc(audit_event::Column::Seq);
    Ok(query.one(conn).await?.map(Entry::from))
}

/// The next place of a chain and the hash of the entry before it; its head stays locked.
async fn take_place(conn: &impl ConnectionTrait, chain: &str) -> Result<Head, DbErr> {
    let sql = "INSERT INTO audit_heads (chain, seq, hash) VALUES ($1, 1, '') \
               ON CONFLICT (chain) DO UPDATE SET seq = audit_heads.seq + 1 RETURNING seq, hash";
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [chain.into()]);
    let head = Head::find_by_statement(statement).one(conn).await?;
    head.ok_or_else(|| DbErr::RecordNotFound("audit_heads".into()))
}

fn row(link: Link, hash: &str) -> audit_event::ActiveModel {
    audit_event::ActiveModel {
        id: Set(link.id),
        at: Set(link.at),
        tenant_id: Set(link.tenant),
        actor: Set(link.actor),
        actor_id: Set(link.actor_id),
        action: Set(link.action),
        object: Set(link.object),
        object_id: Set(link.object_id),
        before: Set(link.before),
        after: Set(link.after),
        reason: Set(link.reason),
        request_id: Set(link.request_id),
        network: Set(link.network),
        seq: Set(link.seq),
        prev_hash: Set(link.prev_hash),
        hash: Set(hash.to_owned()),
    }
}

impl From<audit_event::Model> for Entry {
    fn from(row: audit_event::Model) -> Self {
        Self {
            id: row.id,
            seq: row.seq,
            hash: row.hash,
            at: row.at,
            tenant: row.tenant_id.map(UserId),
            actor: row.actor,
            actor_id: row.actor_id.map(UserId),
            action: row.action,
            object: row.object,
            object_id: row.object_id,
            before: row.before,
            after: row.after,
            reason: row.reason,
            request_id: row.request_id,
            network: row.network,
        }
    }
}
