//! The second factor of a user: an encrypted secret, since when it counts, and the last step that was used.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::user::{Column, Entity};
use crate::domain::ids::UserId;

/// What is stored of a user's second factor.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Encrypted for this user alone.
    pub secret: String,
    /// `None` until the first code has shown that the user's app has the secret.
    pub since: Option<DateTime<Utc>>,
}

/// What is stored, if anything is.
pub async fn find(conn: &impl ConnectionTrait, user: UserId) -> Result<Option<Stored>, DbErr> {
    let row = Entity::find_by_id(user.0).one(conn).await?;
    Ok(row.and_then(|row| Some(Stored { secret: row.second_factor_secret?, since: row.second_factor_since })))
}

/// Stores a secret that is to be confirmed; `false` when one is confirmed already.
pub async fn store_unconfirmed(
    conn: &impl ConnectionTrait,
    user: UserId,
    secret: &str,
) -> Result<bool, DbErr> {
    let result = Entity::update_many()
        .col_expr(Column::SecondFactorSecret, Expr::value(secret))
        .col_expr(Column::SecondFactorStep, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(user.0))
        .filter(Column::SecondFactorSince.is_null())
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Lets the stored secret count from now on; `false` when it does already or is another one meanwhile.
pub async fn confirm(
    conn: &impl ConnectionTrait,
    user: UserId,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let result = Entity::update_many()
        .col_expr(Column::SecondFactorSince, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(user.0))
        .filter(Column::SecondFactorSecret.eq(secret))
        .filter(Column::SecondFactorSince.is_null())
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Uses up a step and all before it; `false` when it was used before.
pub async fn use_up_step(conn: &impl ConnectionTrait, user: UserId, step: i64) -> Result<bool, DbErr> {
    let unused = Condition::any()
        .add(Column::SecondFactorStep.is_null())
        .add(Expr::col(Column::SecondFactorStep).lt(step));
    let result = Entity::update_many()
        .col_expr(Column::SecondFactorStep, Expr::value(step))
        .filter(Column::Id.eq(user.0))
        .filter(unused)
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Forgets the secret.
pub async fn clear(conn: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::SecondFactorSecret, Expr::value(Option::<String>::None))
        .col_expr(Column::SecondFactorSince, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::SecondFactorStep, Expr::value(Option::<i64>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(user.0))
        .exec(conn)
        .await
        .map(drop)
}
