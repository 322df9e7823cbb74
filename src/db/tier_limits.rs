//! Tiers and their ten limits.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, Statement, Value,
};

use super::entitlements::overrides_in_force;
use super::entity::tier_limit;
use crate::domain::entitlement::effective;
use crate::domain::ids::TenantId;
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::{Limit, TierLimits, Usage};

const OF_KEY: &str = "WHERE t.tier = $1";
const NO_VERSION: &str = "CAST(0 AS BIGINT)";

/// What a tenant sees of a tier.
pub struct Shown {
    /// For the tenant's own tier: as they hold for this tenant now.
    pub limits: TierLimits,
    pub usage: Usage,
    /// The limits that an override of this tenant's replaces.
    pub overridden: Vec<LimitName>,
}

/// A tier and how many tenants have it.
#[derive(Clone, Debug)]
pub struct TierWithTenants {
    pub tier: TierLimits,
    pub tenants: u64,
}

#[derive(FromQueryResult)]
struct WithUsage {
    #[sea_orm(nested)]
    limits: tier_limit::Model,
    own_tier: String,
    limit_name: Option<String>,
    value: Option<i64>,
    seats_used: i64,
    demos_used: i64,
}

#[derive(FromQueryResult)]
struct WithTenants {
    #[sea_orm(nested)]
    limits: tier_limit::Model,
    tenants: i64,
    is_version: i64,
}

/// The limits of the tier with this key and how much this tenant uses, in one query.
pub async fn find(
    conn: &impl ConnectionTrait,
    tier: &str,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<Option<Shown>, DbErr> {
    let sql = format!(
        "SELECT t.*, u.tier AS own_tier, v.limit_name, v.value, \
         (SELECT count(*) FROM helpdesk_users WHERE user_id = $2 AND seat IS NOT NULL) AS seats_used, \
         (SELECT count(*) FROM demos WHERE user_id = $2) AS demos_used \
         FROM tier_limits t JOIN users u ON u.id = $2 LEFT JOIN {} WHERE t.tier = $1",
        overrides_in_force(None, "$3")
    );
    let values = [tier.into(), tenant.0.into(), now.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = WithUsage::find_by_statement(statement).all(conn).await?;
    let overrides: Vec<(LimitName, Limit)> = rows
        .iter()
        .filter(|row| row.limits.tier == row.own_tier)
        .filter_map(|row| {
            Some((LimitName::parse(row.limit_name.as_deref()?)?, Limit::from_stored(row.value?)))
        })
        .collect();
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let usage = Usage { helpdesk_agents: number(row.seats_used), demos: number(row.demos_used) };
    let tier = TierLimits::from(row.limits);
    let limits = TierLimits { limits: effective(&tier.limits, overrides.iter().copied()), ..tier };
    let overridden = overrides.into_iter().map(|(name, _)| name).collect();
    Ok(Some(Shown { limits, usage, overridden }))
}

/// Every tier, lowest rank first.
pub async fn list(conn: &impl ConnectionTrait) -> Result<Vec<TierLimits>, DbErr> {
    let query = tier_limit::Entity::find().order_by_asc(tier_limit::Column::Rank);
    let rows = query.order_by_asc(tier_limit::Column::Tier).all(conn).await?;
    Ok(rows.into_iter().map(TierLimits::from).collect())
}

/// Every tier with its tenants counted, lowest rank first, in one query.
pub async fn list_with_tenants(conn: &impl ConnectionTrait) -> Result<Vec<TierWithTenants>, DbErr> {
    let all = with_tenants(conn, NO_VERSION, "", Vec::new()).await?;
    Ok(all.into_iter().map(|(tier, _)| tier).collect())
}

/// The tier with this key and how many tenants have it, in one query.
pub async fn find_with_tenants(
    conn: &impl ConnectionTrait,
    tier: &str,
) -> Result<Option<TierWithTenants>, DbErr> {
    Ok(with_tenants(conn, NO_VERSION, OF_KEY, vec![tier.into()]).await?.pop().map(|(tier, _)| tier))
}

/// The same, and whether its limits with these in place of its own are those of that version, in one query.
pub async fn find_with_version(
    conn: &impl ConnectionTrait,
    tier: &str,
    version: i64,
    wanted: &[(LimitName, Limit)],
) -> Result<Option<(TierWithTenants, bool)>, DbErr> {
    let is_same = LimitName::ALL.map(|name| {
        let column = name.column();
        match wanted.iter().find(|(wanted, _)| *wanted == name) {
            Some((_, limit)) => format!("v.{column} = {}", limit.stored()),
            None => format!("v.{column} = t.{column}"),
        }
    });
    let is_version = format!(
        "(SELECT count(*) FROM tier_limit_versions v WHERE v.tier = t.tier AND v.version = $2 AND {})",
        is_same.join(" AND ")
    );
    Ok(with_tenants(conn, &is_version, OF_KEY, vec![tier.into(), version.into()]).await?.pop())
}

/// Moves the administrators of a tier to another; they need none, but have one as everybody.
pub async fn move_administrators(conn: &impl ConnectionTrait, from: &str, to: &str) -> Result<(), DbErr> {
    let sql = "UPDATE users SET tier = $2 WHERE tier = $1 AND role <> 'USER'";
    let statement =
        Statement::from_sql_and_values(conn.get_database_backend(), sql, [from.into(), to.into()]);
    conn.execute_raw(statement).await.map(drop)
}

/// The tier as it is now, kept from changing until the transaction ends.
pub async fn lock(conn: &impl ConnectionTrait, tier: &str) -> Result<Option<TierLimits>, DbErr> {
    tier_limit::Entity::update_many()
        .col_expr(tier_limit::Column::Version, Expr::col(tier_limit::Column::Version))
        .filter(tier_limit::Column::Tier.eq(tier))
        .exec(conn)
        .await?;
    Ok(tier_limit::Entity::find_by_id(tier).one(conn).await?.map(TierLimits::from))
}

/// Every tier as it is now, lowest rank first, kept from changing until the transaction ends.
pub async fn lock_all(conn: &impl ConnectionTrait) -> Result<Vec<TierLimits>, DbErr> {
    tier_limit::Entity::update_many()
        .col_expr(tier_limit::Column::Version, Expr::col(tier_limit::Column::Version))
        .exec(conn)
        .await?;
    list(conn).await
}

/// Stores a new tier.
pub async fn insert(conn: &impl ConnectionTrait, new: &TierLimits) -> Result<(), DbErr> {
    let limit = |name| Set(new.limits.stored(name));
    let row = tier_limit::ActiveModel {
        tier: Set(new.tier.clone()),
        label: Set(new.label.clone()),
        rank: Set(new.rank),
        max_demos: limit(LimitName::Demos),
        max_workflows: limit(LimitName::Workflows),
        max_knowledge_bases: limit(LimitName::KnowledgeBases),
        max_documents: limit(LimitName::Documents),
        max_integrations: limit(LimitName::Integrations),
        max_helpdesk_agents: limit(LimitName::HelpdeskAgents),
        api_calls_per_month: limit(LimitName::ApiCalls),
        document_size_limit: limit(LimitName::DocumentSize),
        chunk_size: limit(LimitName::ChunkSize),
        max_chunks_per_document: limit(LimitName::ChunksPerDocument),
        version: Set(new.version),
    };
    tier_limit::Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// Stores a locked tier's label, rank, limits and version.
pub async fn update(conn: &impl ConnectionTrait, tier: &TierLimits) -> Result<(), DbErr> {
    use tier_limit::Column;
    let mut update = tier_limit::Entity::update_many()
        .col_expr(Column::Label, Expr::value(tier.label.clone()))
        .col_expr(Column::Rank, Expr::value(tier.rank))
        .col_expr(Column::Version, Expr::value(tier.version));
    for name in LimitName::ALL {
        update = update.col_expr(column(name), Expr::value(tier.limits.stored(name)));
    }
    update.filter(Column::Tier.eq(&tier.tier)).exec(conn).await.map(drop)
}

/// Removes a tier that nobody has.
pub async fn delete(conn: &impl ConnectionTrait, tier: &str) -> Result<(), DbErr> {
    tier_limit::Entity::delete_by_id(tier).exec(conn).await.map(drop)
}

async fn with_tenants(
    conn: &impl ConnectionTrait,
    is_version: &str,
    filter: &str,
    values: Vec<Value>,
) -> Result<Vec<(TierWithTenants, bool)>, DbErr> {
    let sql = format!(
        "SELECT t.*, (SELECT count(*) FROM users u WHERE u.tier = t.tier AND u.role = 'USER') AS tenants, \
         {is_version} AS is_version FROM tier_limits t {filter} ORDER BY t.rank, t.tier"
    );
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = WithTenants::find_by_statement(statement).all(conn).await?;
    let read = |row: WithTenants| {
        let tier = TierWithTenants { tier: row.limits.into(), tenants: number(row.tenants) };
        (tier, row.is_version > 0)
    };
    Ok(rows.into_iter().map(read).collect())
}

fn column(name: LimitName) -> tier_limit::Column {
    use tier_limit::Column;
    match name {
        LimitName::Demos => Column::MaxDemos,
        LimitName::Workflows => Column::MaxWorkflows,
        LimitName::KnowledgeBases => Column::MaxKnowledgeBases,
        LimitName::Documents => Column::MaxDocuments,
        LimitName::Integrations => Column::MaxIntegrations,
        LimitName::HelpdeskAgents => Column::MaxHelpdeskAgents,
        LimitName::ApiCalls => Column::ApiCallsPerMonth,
        LimitName::DocumentSize => Column::DocumentSizeLimit,
        LimitName::ChunkSize => Column::ChunkSize,
        LimitName::ChunksPerDocument => Column::MaxChunksPerDocument,
    }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl From<tier_limit::Model> for TierLimits {
    fn from(row: tier_limit::Model) -> Self {
        let limits = Limits::new([
            row.max_demos,
            row.max_workflows,
            row.max_knowledge_bases,
            row.max_documents,
            row.max_integrations,
            row.max_helpdesk_agents,
            row.api_calls_per_month,
            row.document_size_limit,
            row.chunk_size,
            row.max_chunks_per_document,
        ]);
        Self { tier: row.tier, label: row.label, rank: row.rank, version: row.version, limits }
    }
}
