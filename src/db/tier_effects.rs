//! Whom a lower limit of a tier would leave above it.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::entitlements::overrides_in_force;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::limits::LimitName;

/// Tenants named beside a number of them.
pub const NAMED: usize = 20;

/// The tenants of a tier that have more of something than a limit allows.
///
/// Those with an override in force are not among them: the tier's limit is not theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    pub name: LimitName,
    pub limit: u64,
    pub total: u64,
    /// How many tenants of the tier have an override of this limit in force.
    pub own: u64,
    /// Those with the most, at most [`NAMED`].
    pub tenants: Vec<OverTenant>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverTenant {
    pub id: TenantId,
    pub name: String,
    pub used: u64,
}

const OF_TIER: &str = "WHERE u.tier = $1 AND u.role = 'USER'";

#[derive(FromQueryResult)]
struct Row {
    limit_name: String,
    total: i64,
    own: i64,
    id: Option<Uuid>,
    name: Option<String>,
    used: Option<i64>,
}

#[derive(FromQueryResult)]
struct Total {
    total: i64,
}

/// Who would be over each of these limits of a tier, in one query. Limits that are not counted are left out.
pub async fn over(
    conn: &impl ConnectionTrait,
    tier: &str,
    limits: &[(LimitName, u64)],
    now: DateTime<Utc>,
) -> Result<Vec<Over>, DbErr> {
    let counted: Vec<(LimitName, u64)> =
        limits.iter().copied().filter(|(name, _)| used_column(*name).is_some()).collect();
    if counted.is_empty() {
        return Ok(Vec::new());
    }
    // Counting everybody and then the few with overrides costs half of joining them for each tenant.
    let sql = arms(&counted, "UNION ALL", |name, column, at| {
        format!(
            "SELECT c.limit_name, c.total, c.own, n.id, n.name, n.used FROM \
             (SELECT '{key}' AS limit_name, (SELECT count(*) FROM users u {of_tier} AND {more}) \
             - (SELECT count(*) {own} AND {more}) AS total, (SELECT count(*) {own}) AS own) c \
             LEFT JOIN (SELECT u.id, u.name, u.{column} AS used {over} \
             ORDER BY u.{column} DESC, u.id DESC LIMIT {NAMED}) n ON TRUE",
            key = name.key(),
            of_tier = OF_TIER,
            more = format_args!("u.{column} > ${at}"),
            over = who(name, &format!("u.{column} > ${at} AND v.user_id IS NULL")),
            own = own(name),
        )
    });
    let statement = Statement::from_sql_and_values(
        conn.get_database_backend(),
        format!("SELECT * FROM ({sql}) e ORDER BY e.limit_name, e.used DESC, e.name, e.id"),
        values(tier, &counted, now),
    );
    let rows = Row::find_by_statement(statement).all(conn).await?;
    Ok(counted.into_iter().map(|(name, limit)| gather(name, limit, &rows)).collect())
}

/// How many tenants would be over at least one of these limits.
pub async fn over_any(
    conn: &impl ConnectionTrait,
    tier: &str,
    limits: &[(LimitName, u64)],
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let counted: Vec<(LimitName, u64)> =
        limits.iter().copied().filter(|(name, _)| used_column(*name).is_some()).collect();
    if counted.is_empty() {
        return Ok(0);
    }
    let sql = arms(&counted, "UNION", |name, column, at| {
        format!("SELECT u.id {}", who(name, &format!("u.{column} > ${at} AND v.user_id IS NULL")))
    });
    let statement = Statement::from_sql_and_values(
        conn.get_database_backend(),
        format!("SELECT count(*) AS total FROM ({sql}) e"),
        values(tier, &counted, now),
    );
    Ok(Total::find_by_statement(statement).one(conn).await?.map_or(0, |row| number(row.total)))
}

/// The column of `users` that the database keeps equal to the rows a tenant has.
fn used_column(name: LimitName) -> Option<&'static str> {
    match name {
        LimitName::HelpdeskAgents => Some("seats_used"),
        LimitName::Demos => Some("demos_used"),
        _ => None,
    }
}

fn arms(
    counted: &[(LimitName, u64)],
    joint: &str,
    arm: impl Fn(LimitName, &'static str, usize) -> String,
) -> String {
    let arms: Vec<String> = counted
        .iter()
        .enumerate()
        .filter_map(|(nth, (name, _))| used_column(*name).map(|column| arm(*name, column, nth + 3)))
        .collect();
    arms.join(&format!(" {joint} "))
}

fn who(name: LimitName, condition: &str) -> String {
    let overrides = overrides_in_force(Some(name), "$2");
    format!("FROM users u LEFT JOIN {overrides} {OF_TIER} AND {condition}")
}

/// Those of the tier with an override. Its index is kept out of it, so that the few overrides are read first.
fn own(name: LimitName) -> String {
    let overrides = overrides_in_force(Some(name), "$2");
    format!("FROM users u JOIN {overrides} WHERE (u.tier || '') = $1 AND u.role = 'USER'")
}

fn values(tier: &str, counted: &[(LimitName, u64)], now: DateTime<Utc>) -> Vec<Value> {
    let limits = counted.iter().map(|(_, limit)| i64::try_from(*limit).unwrap_or(i64::MAX).into());
    [tier.into(), now.into()].into_iter().chain(limits).collect()
}

fn gather(name: LimitName, limit: u64, rows: &[Row]) -> Over {
    let mine = || rows.iter().filter(|row| row.limit_name == name.key());
    let tenant = |row: &Row| {
        Some(OverTenant { id: UserId(row.id?), name: row.name.clone()?, used: number(row.used?) })
    };
    let first = mine().next();
    Over {
        name,
        limit,
        total: first.map_or(0, |row| number(row.total)),
        own: first.map_or(0, |row| number(row.own)),
        tenants: mine().filter_map(tenant).collect(),
    }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
