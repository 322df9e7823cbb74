//! Keys that make a repeated create answer with the first one's agent.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::idempotency_key;
use crate::domain::ids::{AgentId, TenantId};

/// What an earlier request under the same key was about.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// SHA-256 over the request without its password, 64 hex digits.
    pub body_hash: String,
    pub agent: AgentId,
}

/// The earlier request under this key, unless it has expired at `now_ms`.
pub async fn find(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    key: &str,
    now_ms: i64,
) -> Result<Option<Earlier>, DbErr> {
    let row = idempotency_key::Entity::find_by_id((tenant.0, key.to_owned()))
        .filter(idempotency_key::Column::ExpiresAtMs.gt(now_ms))
        .one(conn)
        .await?;
    Ok(row.map(|row| Earlier { body_hash: row.body_hash, agent: AgentId(row.helpdesk_user_id) }))
}

/// Remembers a request under its key until `expires_at_ms`.
pub async fn insert(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    key: &str,
    request: &Earlier,
    expires_at_ms: i64,
) -> Result<(), DbErr> {
    let row = idempotency_key::ActiveModel {
        user_id: Set(tenant.0),
        key: Set(key.to_owned()),
        body_hash: Set(request.body_hash.clone()),
        helpdesk_user_id: Set(request.agent.0),
        expires_at_ms: Set(expires_at_ms),
    };
    // An expired key of the same name may still be there.
    idempotency_key::Entity::delete_by_id((tenant.0, key.to_owned())).exec(conn).await?;
    idempotency_key::Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// Forgets keys that expired before `now_ms`.
pub async fn delete_expired(conn: &impl ConnectionTrait, now_ms: i64) -> Result<(), DbErr> {
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::ExpiresAtMs.lte(now_ms))
        .exec(conn)
        .await
        .map(drop)
}
