//! Tiers and their ten limits.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryOrder, Statement};

use super::entity::tier_limit;
use crate::domain::ids::TenantId;
use crate::domain::tier::{TierLimits, Usage};

#[derive(FromQueryResult)]
struct WithUsage {
    #[sea_orm(nested)]
    limits: tier_limit::Model,
    seats_used: i64,
    demos_used: i64,
}

/// The limits of the tier with this key and how much this tenant uses, in one query.
pub async fn find(
    conn: &impl ConnectionTrait,
    tier: &str,
    tenant: TenantId,
) -> Result<Option<(TierLimits, Usage)>, DbErr> {
    let sql = "SELECT t.*, \
               (SELECT count(*) FROM helpdesk_users WHERE user_id = $2 AND seat IS NOT NULL) AS seats_used, \
               (SELECT count(*) FROM demos WHERE user_id = $2) AS demos_used \
               FROM tier_limits t WHERE t.tier = $1";
    let values = [tier.into(), tenant.0.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let Some(row) = WithUsage::find_by_statement(statement).one(conn).await? else { return Ok(None) };
    let count = |count| u64::try_from(count).unwrap_or(0);
    let usage = Usage { helpdesk_agents: count(row.seats_used), demos: count(row.demos_used) };
    Ok(Some((row.limits.into(), usage)))
}

/// Every tier, lowest rank first.
pub async fn list(conn: &impl ConnectionTrait) -> Result<Vec<TierLimits>, DbErr> {
    let rows = tier_limit::Entity::find().order_by_asc(tier_limit::Column::Rank).all(conn).await?;
    Ok(rows.into_iter().map(TierLimits::from).collect())
}

impl From<tier_limit::Model> for TierLimits {
    fn from(row: tier_limit::Model) -> Self {
        Self {
            tier: row.tier,
            label: row.label,
            max_demos: row.max_demos,
            max_workflows: row.max_workflows,
            max_knowledge_bases: row.max_knowledge_bases,
            max_documents: row.max_documents,
            max_integrations: row.max_integrations,
            max_helpdesk_agents: row.max_helpdesk_agents,
            api_calls_per_month: row.api_calls_per_month,
            document_size_limit: row.document_size_limit,
            chunk_size: row.chunk_size,
            max_chunks_per_document: row.max_chunks_per_document,
        }
    }
}
