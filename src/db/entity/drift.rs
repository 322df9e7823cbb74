use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "drift")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub user_id: Option<Uuid>,
    pub helpdesk_user_id: Option<Uuid>,
    pub kind: String,
    pub subject: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub ours: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub theirs: Option<String>,
    pub version: i64,
    pub first_seen_ms: i64,
    pub last_seen_ms: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
