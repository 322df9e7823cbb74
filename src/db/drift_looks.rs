//! When the account was last compared with Chatwoot, who compares now, and whether that is paused: one row.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement,
};
use uuid::Uuid;

use super::entity::{drift_look, operation};
use super::now_ms;
use crate::domain::ids::{TenantId, UserId};

/// The one row.
const ID: i32 = 1;

/// What is known of the comparing; times in ms since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// When the whole account was last compared.
    pub looked_at: Option<i64>,
    /// Up to when our own changes have been looked at again.
    pub changes_until: Option<i64>,
    /// Whether a look at the whole account is due by the database's clock and nobody looks.
    pub is_due: bool,
    pub paused: Option<Paused>,
}

/// Very many agents were missing at once, so nothing was stored and no work goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paused {
    pub at: i64,
    pub missing: i64,
}

/// What only administrators can decide about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub paused: Option<Paused>,
    /// People in Chatwoot with a mark of ours who are no agents.
    pub strangers: u64,
}

#[derive(FromQueryResult)]
struct StandingRow {
    paused_at_ms: Option<i64>,
    missing: Option<i64>,
    strangers: i64,
}

#[derive(FromQueryResult)]
struct OwnLook {
    id: Uuid,
    drift_looked_at_ms: i64,
}

impl Looks {
    /// What pages show.
    pub(super) fn shown(looked_at: Option<i64>, paused_at: Option<i64>, missing: Option<i64>) -> Self {
        let paused = paused_at.map(|at| Paused { at, missing: missing.unwrap_or(0) });
        Self { looked_at, paused, ..Self::default() }
    }
}

#[derive(FromQueryResult)]
struct Row {
    looked_at_ms: Option<i64>,
    changes_until_ms: Option<i64>,
    paused_at_ms: Option<i64>,
    missing: Option<i64>,
    due: i32,
}

/// What is known.
pub async fn find(conn: &impl ConnectionTrait) -> Result<Looks, DbErr> {
    let now = now_ms(conn);
    let sql = format!(
        "SELECT looked_at_ms, changes_until_ms, paused_at_ms, missing, \
         CASE WHEN (due_at_ms IS NULL OR due_at_ms <= {now}) \
         AND (lease_until_ms IS NULL OR lease_until_ms < {now}) THEN 1 ELSE 0 END AS due \
         FROM drift_looks WHERE id = {ID}"
    );
    let statement = Statement::from_string(conn.get_database_backend(), sql);
    let row = Row::find_by_statement(statement).one(conn).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("drift_looks".into()))?;
    let shown = Looks::shown(row.looked_at_ms, row.paused_at_ms, row.missing);
    Ok(Looks { changes_until: row.changes_until_ms, is_due: row.due == 1, ..shown })
}

/// What only administrators can decide about, in one query.
pub async fn standing(conn: &impl ConnectionTrait) -> Result<Standing, DbErr> {
    let sql = format!(
        "SELECT paused_at_ms, missing, \
         (SELECT count(*) FROM drift WHERE helpdesk_user_id IS NULL) AS strangers FROM drift_looks WHERE id = {ID}"
    );
    let statement = Statement::from_string(conn.get_database_backend(), sql);
    let row = StandingRow::find_by_statement(statement).one(conn).await?;
    Ok(row.map_or_else(Standing::default, |row| Standing {
        paused: Looks::shown(None, row.paused_at_ms, row.missing).paused,
        strangers: u64::try_from(row.strangers).unwrap_or(0),
    }))
}

/// Takes the right to look for `lease_ms` if a look is due by the database's clock and nobody else looks.
///
/// An installation that was never looked at becomes due after `first_ms`.
pub async fn claim_due(
    conn: &impl ConnectionTrait,
    owner: &str,
    lease_ms: i64,
    first_ms: i64,
) -> Result<bool, DbErr> {
    let now = now_ms(conn);
    drift_look::Entity::update_many()
        .col_expr(drift_look::Column::DueAtMs, Expr::cust(format!("{now} + {first_ms}")))
        .filter(drift_look::Column::DueAtMs.is_null())
        .exec(conn)
        .await?;
    claim(conn, owner, lease_ms, Some(Expr::cust(format!("due_at_ms <= {now}")))).await
}

/// Takes the right to look whether or not a look is due, unless somebody else looks.
pub async fn claim_now(conn: &impl ConnectionTrait, owner: &str, lease_ms: i64) -> Result<bool, DbErr> {
    claim(conn, owner, lease_ms, None).await
}

/// Keeps the right for another `lease_ms`; `false` when somebody else has it.
pub async fn renew(conn: &impl ConnectionTrait, owner: &str, lease_ms: i64) -> Result<bool, DbErr> {
    let until = Expr::cust(format!("{} + {lease_ms}", now_ms(conn)));
    let renewed = drift_look::Entity::update_many()
        .col_expr(drift_look::Column::LeaseUntilMs, until)
        .filter(drift_look::Column::LeaseOwner.eq(owner))
        .exec(conn)
        .await?;
    Ok(renewed.rows_affected == 1)
}

/// Gives the right back; the next whole look is due after `next_ms`, or as before.
pub async fn release(conn: &impl ConnectionTrait, owner: &str, next_ms: Option<i64>) -> Result<(), DbErr> {
    let mut update = drift_look::Entity::update_many()
        .col_expr(drift_look::Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(drift_look::Column::LeaseUntilMs, Expr::value(Option::<i64>::None));
    if let Some(ms) = next_ms {
        update = update.col_expr(drift_look::Column::DueAtMs, Expr::cust(format!("{} + {ms}", now_ms(conn))));
    }
    update.filter(drift_look::Column::LeaseOwner.eq(owner)).exec(conn).await.map(drop)
}

/// Notes a look at the whole account.
pub async fn looked(conn: &impl ConnectionTrait, at: i64) -> Result<(), DbErr> {
    set(conn, [(drift_look::Column::LookedAtMs, Some(at))]).await
}

/// Notes up to when our own changes have been looked at again.
pub async fn changes_seen(conn: &impl ConnectionTrait, until: i64) -> Result<(), DbErr> {
    set(conn, [(drift_look::Column::ChangesUntilMs, Some(until))]).await
}

/// Notes that very many agents were missing at once, or that this is over.
pub async fn pause(conn: &impl ConnectionTrait, paused: Option<Paused>) -> Result<(), DbErr> {
    let (at, missing) = (paused.map(|paused| paused.at), paused.map(|paused| paused.missing));
    set(conn, [(drift_look::Column::PausedAtMs, at), (drift_look::Column::Missing, missing)]).await
}

/// The tenants about whose agents something of ours was done after `from` and up to `until` (ms since 1970), and when
/// it last was.
pub async fn changed_tenants(
    conn: &impl ConnectionTrait,
    from: i64,
    until: i64,
) -> Result<Vec<(TenantId, i64)>, DbErr> {
    let at = |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let tenants: Vec<(Uuid, DateTime<Utc>)> = operation::Entity::find()
        .select_only()
        .column(operation::Column::UserId)
        .column_as(operation::Column::UpdatedAt.max(), "changed_at")
        .filter(operation::Column::Status.eq("done"))
        .filter(operation::Column::UpdatedAt.gt(at(from)))
        .filter(operation::Column::UpdatedAt.lte(at(until)))
        .group_by(operation::Column::UserId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(tenants.into_iter().map(|(tenant, at)| (UserId(tenant), at.timestamp_millis())).collect())
}

/// Notes looks at these tenants' agents alone, which somebody asked for.
pub async fn looked_at(conn: &impl ConnectionTrait, tenants: &[TenantId], at: i64) -> Result<(), DbErr> {
    let sql = "UPDATE users SET drift_looked_at_ms = $1 WHERE id = $2";
    for tenant in tenants {
        let values = [at.into(), tenant.0.into()];
        let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
        conn.execute_raw(statement).await?;
    }
    Ok(())
}

/// The tenants at whose agents alone somebody has looked after `from` (ms since 1970), and when.
pub async fn own_looks(conn: &impl ConnectionTrait, from: i64) -> Result<BTreeMap<TenantId, i64>, DbErr> {
    let sql = "SELECT id, drift_looked_at_ms FROM users WHERE drift_looked_at_ms > $1";
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [from.into()]);
    let rows = OwnLook::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(|row| (UserId(row.id), row.drift_looked_at_ms)).collect())
}

async fn claim(
    conn: &impl ConnectionTrait,
    owner: &str,
    lease_ms: i64,
    due: Option<Expr>,
) -> Result<bool, DbErr> {
    let now = now_ms(conn);
    let mut update = drift_look::Entity::update_many()
        .col_expr(drift_look::Column::LeaseOwner, Expr::value(owner))
        .col_expr(drift_look::Column::LeaseUntilMs, Expr::cust(format!("{now} + {lease_ms}")))
        .filter(drift_look::Column::Id.eq(ID))
        .filter(Expr::cust(format!("(lease_until_ms IS NULL OR lease_until_ms < {now})")));
    if let Some(due) = due {
        update = update.filter(due);
    }
    Ok(update.exec(conn).await?.rows_affected == 1)
}

async fn set<const N: usize>(
    conn: &impl ConnectionTrait,
    values: [(drift_look::Column, Option<i64>); N],
) -> Result<(), DbErr> {
    let update = drift_look::Entity::update_many().filter(drift_look::Column::Id.eq(ID));
    let set = values
        .into_iter()
        .fold(update, |update, (column, value)| update.col_expr(column, Expr::value(value)));
    set.exec(conn).await.map(drop)
}
