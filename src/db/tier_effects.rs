//! Whom a lower limit of a tier would leave above it.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::entitlements::{in_force, overrides_in_force};
use crate::domain::ids::{TenantId, UserId};
use crate::domain::limits::LimitName;

/// Tenants named beside a number of them.
pub const NAMED: usize = 20;

/// What a change of one limit of a tier means for its tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    pub name: LimitName,
    /// How many tenants of the tier have an override of this limit in force, and so are not affected.
    pub own: u64,
    /// Whom it leaves above it, if it is lowered and what tenants have is counted.
    pub over: Option<Over>,
}

/// The tenants of a tier that have more of something than a limit allows.
///
/// Those with an override in force are not among them: the tier's limit is not theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    pub name: LimitName,
    pub limit: u64,
    pub total: u64,
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

/// Whom these changes of a tier's limits affect, in one query; a limit that is not lowered comes without its value.
pub async fn affected(
    conn: &impl ConnectionTrait,
    tier: &str,
    changes: &[(LimitName, Option<u64>)],
    now: DateTime<Utc>,
) -> Result<Vec<Affected>, DbErr> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let lowered = |(name, limit): &(LimitName, Option<u64>)| Some((*name, (*limit)?));
    let counted: Vec<(LimitName, u64)> =
        changes.iter().filter_map(lowered).filter(|(name, _)| used_column(*name).is_some()).collect();
    let is_counted = |name| counted.iter().any(|(known, _)| *known == name);
    let others: Vec<LimitName> =
        changes.iter().map(|(name, _)| *name).filter(|name| !is_counted(*name)).collect();
    let mut arms = arms(&counted, over_one);
    if !others.is_empty() {
        arms.push(own_only(&others));
    }
    let statement = Statement::from_sql_and_values(
        conn.get_database_backend(),
        format!(
            "SELECT * FROM ({}) e ORDER BY e.limit_name, e.used DESC, e.name, e.id",
            arms.join(" UNION ALL ")
        ),
        values(tier, &counted, now),
    );
    let rows = Row::find_by_statement(statement).all(conn).await?;
    let limit = |name| counted.iter().find(|(known, _)| *known == name).map(|(_, limit)| *limit);
    Ok(changes.iter().map(|(name, _)| gather(*name, limit(*name), &rows)).collect())
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
    let arms = arms(&counted, |name, column, at| {
        format!("SELECT u.id {}", who(name, &format!("u.{column} > ${at} AND v.user_id IS NULL")))
    });
    let statement = Statement::from_sql_and_values(
        conn.get_database_backend(),
        format!("SELECT count(*) AS total FROM ({}) e", arms.join(" UNION ")),
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

fn arms(counted: &[(LimitName, u64)], arm: impl Fn(LimitName, &'static str, usize) -> String) -> Vec<String> {
    let arm = |(nth, (name, _)): (usize, &(LimitName, u64))| {
        used_column(*name).map(|column| arm(*name, column, nth + 3))
    };
    counted.iter().enumerate().filter_map(arm).collect()
}

/// Who is over one limit, beside how many are. Counting everybody and then the few with overrides costs half of
/// joining them for each tenant.
fn over_one(name: LimitName, column: &'static str, at: usize) -> String {
    format!(
        "SELECT c.limit_name, c.total, c.own, n.id, n.name, n.used FROM \
         (SELECT '{key}' AS limit_name, (SELECT count(*) FROM users u {OF_TIER} AND {more}) \
         - (SELECT count(*) {own} AND {more}) AS total, (SELECT count(*) {own}) AS own) c \
         LEFT JOIN (SELECT u.id, u.name, u.{column} AS used {over} \
         ORDER BY u.{column} DESC, u.id DESC LIMIT {NAMED}) n ON TRUE",
        key = name.key(),
        more = format_args!("u.{column} > ${at}"),
        over = who(name, &format!("u.{column} > ${at} AND v.user_id IS NULL")),
        own = own(name),
    )
}

/// How many have an override of each of these limits: the overrides are read once, and each one's tenant looked up.
fn own_only(names: &[LimitName]) -> String {
    let keys: Vec<String> = names.iter().map(|name| format!("'{}'", name.key())).collect();
    format!(
        "SELECT v.limit_name, CAST(0 AS bigint) AS total, count(*) AS own, CAST(NULL AS uuid) AS id, \
         CAST(NULL AS text) AS name, CAST(NULL AS bigint) AS used FROM tenant_overrides v \
         WHERE v.limit_name IN ({}) AND {} AND EXISTS \
         (SELECT 1 FROM users u WHERE u.id = v.user_id AND (u.tier || '') = $1 AND u.role = 'USER') \
         GROUP BY v.limit_name",
        keys.join(", "),
        in_force("$2")
    )
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

fn gather(name: LimitName, limit: Option<u64>, rows: &[Row]) -> Affected {
    let mine = || rows.iter().filter(|row| row.limit_name == name.key());
    let tenant = |row: &Row| {
        Some(OverTenant { id: UserId(row.id?), name: row.name.clone()?, used: number(row.used?) })
    };
    let first = mine().next();
    let over = |limit| Over {
        name,
        limit,
        total: first.map_or(0, |row| number(row.total)),
        tenants: mine().filter_map(tenant).collect(),
    };
    Affected { name, own: first.map_or(0, |row| number(row.own)), over: limit.map(over) }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
