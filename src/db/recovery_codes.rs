//! Recovery codes for whoever has lost the second factor. Only hashes are stored, and each works once.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
};

use super::entity::recovery_code::{ActiveModel, Column, Entity};
use crate::domain::ids::UserId;

/// Puts these codes in place of whatever codes the user had.
pub async fn replace(conn: &impl ConnectionTrait, user: UserId, hashes: &[String]) -> Result<(), DbErr> {
    delete_of_user(conn, user).await?;
    let row = |hash: &String| ActiveModel {
        user_id: Set(user.0),
        code_hash: Set(hash.clone()),
        used_at: Set(None),
    };
    Entity::insert_many(hashes.iter().map(row)).exec_without_returning(conn).await.map(drop)
}

/// Uses up a code; `false` when the user has no such unused code.
pub async fn use_up(
    conn: &impl ConnectionTrait,
    user: UserId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let result = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::UserId.eq(user.0))
        .filter(Column::CodeHash.eq(hash))
        .filter(Column::UsedAt.is_null())
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// How many codes the user can still use.
pub async fn count_left(conn: &impl ConnectionTrait, user: UserId) -> Result<u64, DbErr> {
    Entity::find().filter(Column::UserId.eq(user.0)).filter(Column::UsedAt.is_null()).count(conn).await
}

/// Forgets every code of the user.
pub async fn delete_of_user(conn: &impl ConnectionTrait, user: UserId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(conn).await.map(drop)
}
