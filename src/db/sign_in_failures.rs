//! The brakes on guessing passwords, kept here so that every replica and restart feels them.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, Statement,
    Value,
};

use super::entity::sign_in_failure;

/// Failures in a row of one subject (an account or an address), times in ms since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failures {
    /// SHA-256 over the subject, 64 hex digits: nobody's address is stored.
    pub subject_hash: String,
    pub failures: i64,
    pub last_failed_at_ms: i64,
    pub blocked_until_ms: i64,
}

/// What is known of these subjects.
pub async fn find(conn: &impl ConnectionTrait, subjects: &[String]) -> Result<Vec<Failures>, DbErr> {
    let rows = sign_in_failure::Entity::find()
        .filter(sign_in_failure::Column::SubjectHash.is_in(subjects))
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Failures {
            subject_hash: row.subject_hash,
            failures: row.failures,
            last_failed_at_ms: row.last_failed_at_ms,
            blocked_until_ms: row.blocked_until_ms,
        })
        .collect())
}

/// Counts one failure more at `now_ms` and locks the subject until the transaction ends.
///
/// Starts again from one when the last failure is older than `since_ms`.
pub async fn count_one(
    conn: &impl ConnectionTrait,
    subject: &str,
    now_ms: i64,
    since_ms: i64,
) -> Result<(), DbErr> {
    const COUNT: &str = "INSERT INTO sign_in_failures (subject_hash, failures, last_failed_at_ms, blocked_until_ms) \
         VALUES ($1, 1, $2, 0) ON CONFLICT (subject_hash) DO UPDATE SET \
         failures = CASE WHEN sign_in_failures.last_failed_at_ms < $3 THEN 1 ELSE sign_in_failures.failures + 1 END, \
         last_failed_at_ms = excluded.last_failed_at_ms";
    let values: [Value; 3] = [subject.into(), now_ms.into(), since_ms.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), COUNT, values);
    conn.execute_raw(statement).await.map(drop)
}

/// Takes one counted failure back.
pub async fn take_back(conn: &impl ConnectionTrait, subject: &str) -> Result<(), DbErr> {
    sign_in_failure::Entity::update_many()
        .col_expr(sign_in_failure::Column::Failures, Expr::col(sign_in_failure::Column::Failures).sub(1))
        .filter(sign_in_failure::Column::SubjectHash.eq(subject))
        .exec(conn)
        .await
        .map(drop)
}

/// Stores what is known of a subject now.
pub async fn store(conn: &impl ConnectionTrait, failures: &Failures) -> Result<(), DbErr> {
    let row = sign_in_failure::ActiveModel {
        subject_hash: Set(failures.subject_hash.clone()),
        failures: Set(failures.failures),
        last_failed_at_ms: Set(failures.last_failed_at_ms),
        blocked_until_ms: Set(failures.blocked_until_ms),
    };
    let replace = OnConflict::column(sign_in_failure::Column::SubjectHash)
        .update_columns([
            sign_in_failure::Column::Failures,
            sign_in_failure::Column::LastFailedAtMs,
            sign_in_failure::Column::BlockedUntilMs,
        ])
        .to_owned();
    sign_in_failure::Entity::insert(row).on_conflict(replace).exec_without_returning(conn).await.map(drop)
}

/// Forgets these subjects.
pub async fn clear(conn: &impl ConnectionTrait, subjects: &[String]) -> Result<(), DbErr> {
    sign_in_failure::Entity::delete_many()
        .filter(sign_in_failure::Column::SubjectHash.is_in(subjects))
        .exec(conn)
        .await
        .map(drop)
}

/// Forgets subjects whose last failure is older than `before_ms`.
pub async fn delete_older(conn: &impl ConnectionTrait, before_ms: i64) -> Result<(), DbErr> {
    sign_in_failure::Entity::delete_many()
        .filter(sign_in_failure::Column::LastFailedAtMs.lt(before_ms))
        .exec(conn)
        .await
        .map(drop)
}
