//! What each tier's limits were, version by version.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};

use super::entity::tier_limit_version;
use crate::domain::ids::UserId;
use crate::domain::limit_change::ChangeKind;
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::TierLimits;

/// How a version came to be.
pub struct Origin<'a> {
    pub at: DateTime<Utc>,
    pub actor: Option<UserId>,
    pub reason: Option<&'a str>,
    pub kind: ChangeKind,
}

/// A version as it was.
#[derive(Clone, Debug)]
pub struct Version {
    pub version: i64,
    pub at: DateTime<Utc>,
    /// The name of who made it; `None` for the first ones and for somebody who is gone.
    pub actor: Option<String>,
    pub actor_id: Option<UserId>,
    pub reason: Option<String>,
    pub kind: ChangeKind,
    pub limits: Limits,
}

#[derive(FromQueryResult)]
struct Named {
    #[sea_orm(nested)]
    version: tier_limit_version::Model,
    actor: Option<String>,
}

/// Adds what this tier's limits are now to its history.
pub async fn insert(
    conn: &impl ConnectionTrait,
    tier: &TierLimits,
    origin: &Origin<'_>,
) -> Result<(), DbErr> {
    let limit = |name| Set(tier.limits.stored(name));
    let (kind, from) = origin.kind.stored();
    let row = tier_limit_version::ActiveModel {
        tier: Set(tier.tier.clone()),
        version: Set(tier.version),
        label: Set(tier.label.clone()),
        at: Set(origin.at),
        actor_id: Set(origin.actor.map(|actor| actor.0)),
        reason: Set(origin.reason.map(str::to_owned)),
        kind: Set(kind.to_owned()),
        from_version: Set(from),
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
    };
    tier_limit_version::Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// This version of this tier.
pub async fn find(conn: &impl ConnectionTrait, tier: &str, version: i64) -> Result<Option<Version>, DbErr> {
    Ok(read(conn, tier, "= $2 ORDER BY v.version DESC", version).await?.pop())
}

/// At most `count` versions older than `before`, newest first.
pub async fn list(
    conn: &impl ConnectionTrait,
    tier: &str,
    before: i64,
    count: u64,
) -> Result<Vec<Version>, DbErr> {
    read(conn, tier, &format!("< $2 ORDER BY v.version DESC LIMIT {count}"), before).await
}

/// The highest version any tier of this key ever had; 0 when there never was one.
pub async fn highest(conn: &impl ConnectionTrait, tier: &str) -> Result<i64, DbErr> {
    let highest: Option<i64> = tier_limit_version::Entity::find()
        .select_only()
        .column(tier_limit_version::Column::Version)
        .filter(tier_limit_version::Column::Tier.eq(tier))
        .order_by_desc(tier_limit_version::Column::Version)
        .limit(1)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(highest.unwrap_or(0))
}

async fn read(
    conn: &impl ConnectionTrait,
    tier: &str,
    condition: &str,
    version: i64,
) -> Result<Vec<Version>, DbErr> {
    let sql = format!(
        "SELECT v.*, u.name AS actor FROM tier_limit_versions v LEFT JOIN users u ON u.id = v.actor_id \
         WHERE v.tier = $1 AND v.version {condition}"
    );
    let values = [tier.into(), version.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(Named::find_by_statement(statement).all(conn).await?.into_iter().map(Version::from).collect())
}

impl From<Named> for Version {
    fn from(row: Named) -> Self {
        let Named { version, actor } = row;
        let limits = Limits::new([
            version.max_demos,
            version.max_workflows,
            version.max_knowledge_bases,
            version.max_documents,
            version.max_integrations,
            version.max_helpdesk_agents,
            version.api_calls_per_month,
            version.document_size_limit,
            version.chunk_size,
            version.max_chunks_per_document,
        ]);
        let kind = ChangeKind::from_stored(&version.kind, version.from_version);
        Self {
            version: version.version,
            at: version.at,
            actor,
            actor_id: version.actor_id.map(UserId),
            reason: version.reason,
            kind,
            limits,
        }
    }
}
