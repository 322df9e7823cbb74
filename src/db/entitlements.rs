//! The one reading of what a tenant may do now; every query that needs it joins the same words.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};

use crate::domain::entitlement::Entitlement;
use crate::domain::ids::TenantId;
use crate::domain::limits::LimitName;
use crate::domain::tier::Limit;

/// What is joined to a tenant `u` as `v`: its overrides in force, where the parameter `now` is the time.
///
/// `name` restricts it to one limit, so that there is at most one row per tenant.
pub(super) fn overrides_in_force(name: Option<LimitName>, now: &str) -> String {
    let name = name.map_or_else(String::new, |name| format!(" AND v.limit_name = '{}'", name.key()));
    format!("tenant_overrides v ON v.user_id = u.id{name} AND {}", in_force(now))
}

/// What is true of an override `v` that is in force.
pub(super) fn in_force(now: &str) -> String {
    format!("(v.expires_at IS NULL OR v.expires_at > {now})")
}

#[derive(FromQueryResult)]
struct Row {
    value: i64,
    own: Option<i64>,
}

/// One limit of this tenant as it holds now, kept from changing until the transaction ends; administrators have none.
///
/// On PostgreSQL the tier's row is locked for others' changes, not for others' seats; SQLite has one writer anyway.
/// The tenant itself must be locked before, so that its tier and overrides stay as they are too.
pub async fn hold(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    name: LimitName,
    now: DateTime<Utc>,
) -> Result<Option<Entitlement>, DbErr> {
    let lock = if conn.get_database_backend() == DbBackend::Sqlite { "" } else { " FOR SHARE OF t" };
    let sql = format!(
        "SELECT t.{} AS value, v.value AS own FROM users u JOIN tier_limits t ON t.tier = u.tier LEFT JOIN {} \
         WHERE u.id = $1 AND u.role = 'USER'{lock}",
        name.column(),
        overrides_in_force(Some(name), "$2")
    );
    let values = [tenant.0.into(), now.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let row = Row::find_by_statement(statement).one(conn).await?;
    Ok(row.map(|row| Entitlement::of(Limit::from_stored(row.value), row.own.map(Limit::from_stored))))
}
