use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "helpdesk_user_inboxes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub helpdesk_user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub inbox_id: i64,
    pub wanted: bool,
    pub present: bool,
    pub unsettled_until_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
