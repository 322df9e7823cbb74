//! What keeps every process from calling Chatwoot, and how many processes there are.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::now_ms;
use crate::domain::connection::Health;

/// How long a process counts as alive after its last sign of life.
const ALIVE_MS: i64 = 10_000;

/// What is known before a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// For how many more ms Chatwoot asked not to be called; 0 when it did not.
    pub pause_ms: i64,
    pub health: Health,
}

/// Reads it, by the database's own clock.
pub async fn known(conn: &impl ConnectionTrait) -> Result<Known, DbErr> {
    let now = now_ms(conn);
    let sql = format!("SELECT health, paused_until_ms - {now} AS pause FROM installations WHERE id = 1");
    let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("installations".into()))?;
    let health: String = row.try_get("", "health")?;
    let pause: Option<i64> = row.try_get("", "pause")?;
    Ok(Known {
        pause_ms: pause.unwrap_or(0).max(0),
        health: Health::parse(&health).unwrap_or(Health::Unchecked),
    })
}

/// Keeps every process from calling Chatwoot for so many ms from now; a longer pause that stands already stays.
pub async fn pause(conn: &impl ConnectionTrait, ms: i64) -> Result<(), DbErr> {
    let now = now_ms(conn);
    let sql = format!(
        "UPDATE installations SET paused_until_ms = {now} + {ms} \
         WHERE id = 1 AND (paused_until_ms IS NULL OR paused_until_ms < {now} + {ms})"
    );
    conn.execute_unprepared(&sql).await.map(drop)
}

/// Gives a sign of life of the process `owner`, and counts those that gave one lately.
pub async fn give_sign_of_life(conn: &impl ConnectionTrait, owner: &str) -> Result<u32, DbErr> {
    let (backend, now) = (conn.get_database_backend(), now_ms(conn));
    let sql = format!(
        "INSERT INTO replicas (owner, seen_ms) VALUES ($1, {now}) ON CONFLICT (owner) DO UPDATE SET seen_ms = {now}"
    );
    conn.execute_raw(Statement::from_sql_and_values(backend, sql, [owner.into()])).await?;
    Ok(alive(conn).await?.max(1))
}

/// How many processes gave a sign of life lately; none does where one has the database for itself.
pub async fn alive(conn: &impl ConnectionTrait) -> Result<u32, DbErr> {
    let sql = format!("SELECT count(*) AS alive FROM replicas WHERE seen_ms > {} - {ALIVE_MS}", now_ms(conn));
    let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    let alive: i64 = row.map_or(Ok(0), |row| row.try_get("", "alive"))?;
    Ok(u32::try_from(alive).unwrap_or(0))
}

/// Forgets the process `owner`, which ends, and those that ended without a word.
pub async fn forget(conn: &impl ConnectionTrait, owner: &str) -> Result<(), DbErr> {
    let sql = format!("DELETE FROM replicas WHERE owner = $1 OR seen_ms < {} - {ALIVE_MS}", now_ms(conn));
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [owner.into()]);
    conn.execute_raw(statement).await.map(drop)
}
