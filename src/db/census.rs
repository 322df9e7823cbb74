//! Counts for those who watch the installation.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::{Db, now_ms};
use crate::domain::agent::{AgentState, Failure};

/// Operations that are not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Under somebody's lease.
    pub running: i64,
    /// Due, and nobody has them yet.
    pub due: i64,
    /// To be tried later.
    pub later: i64,
    /// Waiting for the operator or for the end of a pause.
    pub parked: i64,
    /// Stopped until somebody decides.
    pub failed: i64,
    /// For how many ms the one due first has been waiting.
    pub oldest_due_ms: i64,
}

/// Counts them in one query.
pub async fn operations(conn: &impl ConnectionTrait) -> Result<Operations, DbErr> {
    let now = now_ms(conn);
    let parked: Vec<String> = Failure::ALL
        .into_iter()
        .filter(|failure| !failure.counts_as_try())
        .map(|failure| format!("'{}'", failure.key()))
        .collect();
    let parked = parked.join(", ");
    // A wish is due since ever (0), so what waits is counted from its last change.
    let due = format!("status = 'due' AND due_at_ms <= {now}");
    let free = format!("(lease_until_ms IS NULL OR lease_until_ms < {now})");
    let since = match conn.get_database_backend() {
        DbBackend::Sqlite => "CAST(unixepoch(updated_at, 'subsec') * 1000 AS INTEGER)",
        _ => "CAST(extract(epoch FROM updated_at) * 1000 AS bigint)",
    };
    let count = |condition: String| format!("count(CASE WHEN {condition} THEN 1 END)");
    let sql = format!(
        "SELECT {} AS running, {} AS due, {} AS later, {} AS parked, {} AS failed, \
         COALESCE(max(CASE WHEN {due} AND {free} THEN {now} - CASE WHEN due_at_ms > 0 THEN due_at_ms ELSE {since} END END), 0) \
         AS oldest FROM operations WHERE status <> 'done'",
        count(format!("status = 'due' AND lease_until_ms >= {now}")),
        count(format!("{due} AND {free}")),
        count(format!(
            "status = 'due' AND due_at_ms > {now} AND {free} AND (last_error IS NULL OR last_error NOT IN ({parked}))"
        )),
        count(format!("status = 'due' AND due_at_ms > {now} AND {free} AND last_error IN ({parked})")),
        count("status = 'failed'".to_owned()),
    );
    let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("operations".into()))?;
    let number = |name: &str| row.try_get::<i64>("", name);
    Ok(Operations {
        running: number("running")?,
        due: number("due")?,
        later: number("later")?,
        parked: number("parked")?,
        failed: number("failed")?,
        oldest_due_ms: number("oldest")?.max(0),
    })
}

/// How many agents are in each state but removed.
pub async fn agents(conn: &impl ConnectionTrait) -> Result<Vec<(AgentState, i64)>, DbErr> {
    let sql = "SELECT state, count(*) AS n FROM helpdesk_users WHERE state <> 'removed' GROUP BY state";
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    let counted = rows.iter().map(|row| Ok((row.try_get::<String>("", "state")?, row.try_get("", "n")?)));
    let counted: Result<Vec<(String, i64)>, DbErr> = counted.collect();
    Ok(counted?.into_iter().filter_map(|(state, count)| Some((AgentState::parse(&state)?, count))).collect())
}

/// How many differences between what is set here and Chatwoot there are of each kind.
pub async fn drift(conn: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    let sql = "SELECT kind, count(*) AS n FROM drift GROUP BY kind";
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "kind")?, row.try_get("", "n")?))).collect()
}

impl Db {
    /// How many connections are open, and how many of them are idle.
    pub fn pool(&self) -> (u32, usize) {
        if self.connection.get_database_backend() == DbBackend::Sqlite {
            let pool = self.connection.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        } else {
            let pool = self.connection.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        }
    }
}
