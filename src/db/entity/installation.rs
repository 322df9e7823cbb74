use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub origin: Option<String>,
    pub chatwoot_account_id: Option<i64>,
    pub health: String,
    pub route: Option<String>,
    pub version: Option<String>,
    pub since: Option<ChronoDateTimeUtc>,
    pub checked_at: Option<ChronoDateTimeUtc>,
    pub inboxes_seen_at: Option<ChronoDateTimeUtc>,
    pub paused_until_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
