//! The audit log: one row per change, written in the transaction that makes the change.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

use super::entity::audit_event;
use crate::domain::ids::{TenantId, UserId};

/// One change: who did what to what. `before` and `after` hold no secret.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: DateTime<Utc>,
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

/// An event as read back.
#[derive(Clone, Debug)]
pub struct Entry {
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub object_id: String,
    pub after: Option<Value>,
}

/// Adds an event.
pub async fn insert(conn: &impl ConnectionTrait, event: Event) -> Result<(), DbErr> {
    let row = audit_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(event.at),
        tenant_id: Set(event.tenant.map(|tenant| tenant.0)),
        actor: Set(event.actor.to_owned()),
        actor_id: Set(event.actor_id.map(|user| user.0)),
        action: Set(event.action.to_owned()),
        object: Set(event.object.to_owned()),
        object_id: Set(event.object_id),
        before: Set(event.before),
        after: Set(event.after),
        reason: Set(event.reason),
        request_id: Set(event.request_id),
    };
    audit_event::Entity::insert(row).exec_without_returning(conn).await.map(drop)
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
    let rows = query.order_by_desc(audit_event::Column::Id).limit(count).all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            at: row.at,
            actor: row.actor,
            action: row.action,
            object_id: row.object_id,
            after: row.after,
        })
        .collect())
}
