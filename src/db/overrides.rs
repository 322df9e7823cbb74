//! Limits for single tenants that differ from their tier's.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Statement, sea_query::OnConflict,
};

use super::entity::{tenant_override, tier_limit};
use crate::domain::entitlement::Override;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::limits::LimitName;
use crate::domain::tier::{Limit, TierLimits, Usage};

/// An override to be stored.
pub struct NewOverride<'a> {
    pub tenant: TenantId,
    pub name: LimitName,
    pub limit: Limit,
    pub reason: &'a str,
    pub expires_at: Option<DateTime<Utc>>,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
}

/// A tenant with its tier and what it uses.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    pub email: String,
    pub tier: TierLimits,
    pub usage: Usage,
}

#[derive(FromQueryResult)]
struct TenantRow {
    #[sea_orm(nested)]
    tier: tier_limit::Model,
    user_name: String,
    user_email: String,
    seats_used: i64,
    demos_used: i64,
}

#[derive(FromQueryResult)]
struct Named {
    #[sea_orm(nested)]
    row: tenant_override::Model,
    creator: Option<String>,
    in_force: i32,
}

/// The tenant with this id; administrators are no tenants.
pub async fn find_tenant(conn: &impl ConnectionTrait, id: TenantId) -> Result<Option<Tenant>, DbErr> {
    let sql = "SELECT t.*, u.name AS user_name, u.email AS user_email, u.seats_used, u.demos_used \
               FROM users u JOIN tier_limits t ON t.tier = u.tier WHERE u.id = $1 AND u.role = 'USER'";
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [id.0.into()]);
    Ok(TenantRow::find_by_statement(statement).one(conn).await?.map(|row| Tenant {
        id,
        name: row.user_name,
        email: row.user_email,
        tier: row.tier.into(),
        usage: Usage {
            helpdesk_agents: u64::try_from(row.seats_used).unwrap_or(0),
            demos: u64::try_from(row.demos_used).unwrap_or(0),
        },
    }))
}

/// Every override of this tenant, also those that have ended, by the limits' names.
pub async fn list(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<Vec<Override>, DbErr> {
    let sql = format!(
        "SELECT o.*, c.name AS creator, CASE WHEN v.user_id IS NULL THEN 0 ELSE 1 END AS in_force \
         FROM tenant_overrides o JOIN users u ON u.id = o.user_id LEFT JOIN users c ON c.id = o.created_by LEFT JOIN {} \
         AND v.limit_name = o.limit_name WHERE o.user_id = $1 ORDER BY o.limit_name",
        super::entitlements::overrides_in_force(None, "$2")
    );
    let values = [tenant.0.into(), now.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = Named::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Stores an override instead of the one there may be.
pub async fn set(conn: &impl ConnectionTrait, new: &NewOverride<'_>) -> Result<(), DbErr> {
    use tenant_override::Column;
    let row = tenant_override::ActiveModel {
        user_id: Set(new.tenant.0),
        limit_name: Set(new.name.key().to_owned()),
        value: Set(new.limit.stored()),
        reason: Set(new.reason.to_owned()),
        expires_at: Set(new.expires_at),
        created_by: Set(Some(new.created_by.0)),
        created_at: Set(new.created_at),
    };
    let replace = OnConflict::columns([Column::UserId, Column::LimitName])
        .update_columns([
            Column::Value,
            Column::Reason,
            Column::ExpiresAt,
            Column::CreatedBy,
            Column::CreatedAt,
        ])
        .to_owned();
    tenant_override::Entity::insert(row).on_conflict(replace).exec_without_returning(conn).await.map(drop)
}

/// Removes an override; `false` if there is none.
pub async fn delete(conn: &impl ConnectionTrait, tenant: TenantId, name: LimitName) -> Result<bool, DbErr> {
    let key = (tenant.0, name.key().to_owned());
    Ok(tenant_override::Entity::delete_by_id(key).exec(conn).await?.rows_affected == 1)
}

fn read(named: Named) -> Option<Override> {
    let Named { row, creator, in_force } = named;
    Some(Override {
        tenant: UserId(row.user_id),
        name: LimitName::parse(&row.limit_name)?,
        limit: Limit::from_stored(row.value),
        reason: row.reason,
        expires_at: row.expires_at,
        in_force: in_force == 1,
        created_by: creator,
        created_by_id: row.created_by.map(UserId),
        created_at: row.created_at,
    })
}
