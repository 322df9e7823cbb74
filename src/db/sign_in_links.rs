//! Links with which agents sign in to Chatwoot. Only hashes are stored, and each works once.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};

use super::entity::sign_in_link::{ActiveModel, Column, Entity, Model};
use crate::domain::ids::AgentId;
use crate::domain::sign_in_link::SignInLink;

/// Stores a new link under the hash of what stands in it.
pub async fn insert(conn: &impl ConnectionTrait, hash: &str, link: &SignInLink) -> Result<(), DbErr> {
    let row = ActiveModel {
        token_hash: Set(hash.to_owned()),
        helpdesk_user_id: Set(link.agent.0),
        created_at: Set(link.created_at),
        expires_at: Set(link.expires_at),
        used_at: Set(link.used_at),
        revoked_at: Set(link.revoked_at),
    };
    Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// The link with this hash.
pub async fn find(conn: &impl ConnectionTrait, hash: &str) -> Result<Option<SignInLink>, DbErr> {
    Ok(Entity::find_by_id(hash).one(conn).await?.map(SignInLink::from))
}

/// The agent's newest link.
pub async fn latest(conn: &impl ConnectionTrait, agent: AgentId) -> Result<Option<SignInLink>, DbErr> {
    let query = Entity::find().filter(Column::HelpdeskUserId.eq(agent.0)).order_by_desc(Column::CreatedAt);
    Ok(query.one(conn).await?.map(SignInLink::from))
}

/// How many links were made for the agent after `since`, and when the first of them was.
pub async fn made_since(
    conn: &impl ConnectionTrait,
    agent: AgentId,
    since: DateTime<Utc>,
) -> Result<(u64, Option<DateTime<Utc>>), DbErr> {
    let query = Entity::find().filter(Column::HelpdeskUserId.eq(agent.0)).filter(Column::CreatedAt.gt(since));
    let first = query.clone().order_by_asc(Column::CreatedAt).one(conn).await?;
    Ok((query.count(conn).await?, first.map(|link| link.created_at)))
}

/// Uses up a link that works at `now`; `false` when it does not, such as when somebody was first.
pub async fn use_up(conn: &impl ConnectionTrait, hash: &str, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let result = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::TokenHash.eq(hash))
        .filter(Column::UsedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Revokes whatever links of the agent work at `now`; whether there was one.
pub async fn revoke(conn: &impl ConnectionTrait, agent: AgentId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let result = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .filter(Column::HelpdeskUserId.eq(agent.0))
        .filter(Column::UsedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(conn)
        .await?;
    Ok(result.rows_affected > 0)
}

/// Forgets links that expired before `before`; until then they say why they do not work.
pub async fn delete_expired(conn: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::ExpiresAt.lt(before)).exec(conn).await.map(drop)
}

impl From<Model> for SignInLink {
    fn from(row: Model) -> Self {
        Self {
            agent: AgentId(row.helpdesk_user_id),
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        }
    }
}
