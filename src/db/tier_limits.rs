//! Tiers and their ten limits.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder};

use super::entity::tier_limit;
use crate::domain::tier::TierLimits;

/// The limits of the tier with this key.
pub async fn find(conn: &impl ConnectionTrait, tier: &str) -> Result<Option<TierLimits>, DbErr> {
    Ok(tier_limit::Entity::find_by_id(tier).one(conn).await?.map(TierLimits::from))
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
