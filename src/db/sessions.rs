//! Sessions of signed-in people. Only hashes of their ids are stored.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::entity::session;
use crate::domain::ids::UserId;

/// A session as stored; times are ms since 1970.
#[derive(Clone, Debug)]
pub struct StoredSession {
    /// SHA-256 of the id in the cookie, 64 hex digits.
    pub id_hash: String,
    pub user: Option<UserId>,
    /// JSON.
    pub data: String,
    pub created_at_ms: i64,
    pub expires_at_ms: i64,
    /// `None` while the second factor is still to come.
    pub signed_in_at_ms: Option<i64>,
    pub last_used_ms: i64,
    /// Such as `Firefox on Linux`.
    pub browser: String,
    /// The network it was begun from, never the whole address.
    pub network: Option<String>,
}

/// The session with this hash, unless it has expired at `now_ms`.
pub async fn find(
    conn: &impl ConnectionTrait,
    id_hash: &str,
    now_ms: i64,
) -> Result<Option<StoredSession>, DbErr> {
    let row = session::Entity::find_by_id(id_hash)
        .filter(session::Column::ExpiresAtMs.gt(now_ms))
        .one(conn)
        .await?;
    Ok(row.map(StoredSession::from))
}

/// The sessions in which this user is signed in at `now_ms`, the one used last first.
pub async fn list_of_user(
    conn: &impl ConnectionTrait,
    user: UserId,
    now_ms: i64,
) -> Result<Vec<StoredSession>, DbErr> {
    let rows = session::Entity::find()
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::ExpiresAtMs.gt(now_ms))
        .filter(session::Column::SignedInAtMs.is_not_null())
        .order_by_desc(session::Column::LastUsedMs)
        .order_by_asc(session::Column::IdHash)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(StoredSession::from).collect())
}

/// Stores a new session; answers `false` if the id is taken.
pub async fn insert(conn: &impl ConnectionTrait, new: &StoredSession) -> Result<bool, DbErr> {
    let row = session::ActiveModel {
        id_hash: Set(new.id_hash.clone()),
        user_id: Set(new.user.map(|user| user.0)),
        data: Set(new.data.clone()),
        created_at_ms: Set(new.created_at_ms),
        expires_at_ms: Set(new.expires_at_ms),
        signed_in_at_ms: Set(new.signed_in_at_ms),
        last_used_ms: Set(new.last_used_ms),
        browser: Set(new.browser.clone()),
        network: Set(new.network.clone()),
    };
    let conflict = sea_orm::sea_query::OnConflict::column(session::Column::IdHash).do_nothing().to_owned();
    Ok(session::Entity::insert(row).on_conflict(conflict).exec_without_returning(conn).await? == 1)
}

/// Changes a session that is still there; one that was ended meanwhile stays ended.
pub async fn update(conn: &impl ConnectionTrait, changed: &StoredSession) -> Result<bool, DbErr> {
    let result = session::Entity::update_many()
        .col_expr(session::Column::UserId, Expr::value(changed.user.map(|user| user.0)))
        .col_expr(session::Column::Data, Expr::value(changed.data.clone()))
        .col_expr(session::Column::ExpiresAtMs, Expr::value(changed.expires_at_ms))
        .col_expr(session::Column::SignedInAtMs, Expr::value(changed.signed_in_at_ms))
        .col_expr(session::Column::LastUsedMs, Expr::value(changed.last_used_ms))
        .filter(session::Column::IdHash.eq(&changed.id_hash))
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Notes that a session that is still there was used at `now_ms`, and moves its end.
pub async fn extend(
    conn: &impl ConnectionTrait,
    id_hash: &str,
    now_ms: i64,
    expires_at_ms: i64,
) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedMs, Expr::value(now_ms))
        .col_expr(session::Column::ExpiresAtMs, Expr::value(expires_at_ms))
        .filter(session::Column::IdHash.eq(id_hash))
        .exec(conn)
        .await
        .map(drop)
}

pub async fn delete(conn: &impl ConnectionTrait, id_hash: &str) -> Result<(), DbErr> {
    session::Entity::delete_by_id(id_hash).exec(conn).await.map(drop)
}

/// Ends this session if it is this user's; `false` when it is not there.
pub async fn delete_one_of_user(
    conn: &impl ConnectionTrait,
    user: UserId,
    id_hash: &str,
) -> Result<bool, DbErr> {
    let filter = session::Entity::delete_by_id(id_hash).filter(session::Column::UserId.eq(user.0));
    Ok(filter.exec(conn).await?.rows_affected == 1)
}

/// Ends every session of this user but this one.
pub async fn delete_others_of_user(
    conn: &impl ConnectionTrait,
    user: UserId,
    kept: &str,
) -> Result<u64, DbErr> {
    let filter = session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::IdHash.ne(kept));
    Ok(filter.exec(conn).await?.rows_affected)
}

/// Ends every session of this user.
pub async fn delete_of_user(conn: &impl ConnectionTrait, user: UserId) -> Result<u64, DbErr> {
    let filter = session::Entity::delete_many().filter(session::Column::UserId.eq(user.0));
    Ok(filter.exec(conn).await?.rows_affected)
}

/// Forgets sessions that expired before `now_ms`.
pub async fn delete_expired(conn: &impl ConnectionTrait, now_ms: i64) -> Result<u64, DbErr> {
    let filter = session::Entity::delete_many().filter(session::Column::ExpiresAtMs.lte(now_ms));
    Ok(filter.exec(conn).await?.rows_affected)
}

impl From<session::Model> for StoredSession {
    fn from(row: session::Model) -> Self {
        Self {
            id_hash: row.id_hash,
            user: row.user_id.map(UserId),
            data: row.data,
            created_at_ms: row.created_at_ms,
            expires_at_ms: row.expires_at_ms,
            signed_in_at_ms: row.signed_in_at_ms,
            last_used_ms: row.last_used_ms,
            browser: row.browser,
            network: row.network,
        }
    }
}
