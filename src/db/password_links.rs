//! Links with which somebody sets a password. Only hashes are stored, and each works once.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    Statement,
};

use super::entity::password_link::{ActiveModel, Column, Entity};
use crate::domain::ids::UserId;

#[derive(FromQueryResult)]
struct StandingRow {
    password_hash: String,
    open_links: i64,
}

/// Stores a link in place of whatever links the user had.
pub async fn replace(
    conn: &impl ConnectionTrait,
    user: UserId,
    token_hash: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    delete_of_user(conn, user).await?;
    let row = ActiveModel {
        token_hash: Set(token_hash.to_owned()),
        user_id: Set(user.0),
        expires_at: Set(expires_at),
        used_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// Whose link this is, if it works at `now`.
pub async fn find(
    conn: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<UserId>, DbErr> {
    let link = Entity::find_by_id(token_hash).one(conn).await?;
    Ok(link.filter(|link| link.used_at.is_none() && link.expires_at > now).map(|link| UserId(link.user_id)))
}

/// Uses up a link; `false` when somebody did so first.
pub async fn use_up(
    conn: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let result = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::TokenHash.eq(token_hash))
        .filter(Column::UsedAt.is_null())
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// The stored form of the user's password, and whether a link to set another works at `now`.
pub async fn standing(
    conn: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Option<(String, bool)>, DbErr> {
    let sql = "SELECT u.password_hash, (SELECT COUNT(*) FROM password_links l WHERE l.user_id = u.id \
               AND l.used_at IS NULL AND l.expires_at > $2) AS open_links FROM users u WHERE u.id = $1";
    let values = [user.0.into(), now.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let row = StandingRow::find_by_statement(statement).one(conn).await?;
    Ok(row.map(|row| (row.password_hash, row.open_links > 0)))
}

/// Forgets whatever links the user had.
pub async fn delete_of_user(conn: &impl ConnectionTrait, user: UserId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(conn).await.map(drop)
}

/// Forgets links that stopped working before `before`.
pub async fn delete_expired(conn: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::ExpiresAt.lt(before)).exec(conn).await.map(drop)
}
