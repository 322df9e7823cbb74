use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tier_limit_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tier: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    pub label: String,
    pub at: ChronoDateTimeUtc,
    pub actor_id: Option<Uuid>,
    pub reason: Option<String>,
    pub kind: String,
    pub from_version: Option<i64>,
    pub max_demos: i64,
    pub max_workflows: i64,
    pub max_knowledge_bases: i64,
    pub max_documents: i64,
    pub max_integrations: i64,
    pub max_helpdesk_agents: i64,
    pub api_calls_per_month: i64,
    pub document_size_limit: i64,
    pub chunk_size: i64,
    pub max_chunks_per_document: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
