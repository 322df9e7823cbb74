use sea_orm::entity::prelude::*;

#[expect(clippy::struct_excessive_bools, reason = "the columns are facts of their own")]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "helpdesk_users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub seat: Option<i64>,
    pub name: String,
    pub email: String,
    /// See `domain::search`.
    pub search: String,
    pub tag: String,
    pub state: String,
    pub removal_wanted: bool,
    pub password_set: bool,
    pub chatwoot_user_id: Option<i64>,
    pub linked: bool,
    pub verified: bool,
    pub deletion_asked: bool,
    pub failure: Option<String>,
    pub suspension_wanted: bool,
    pub withdrawn: bool,
    pub removal_due_ms: Option<i64>,
    pub link_unsettled_until_ms: Option<i64>,
    pub confirmed_name: Option<String>,
    pub name_unsettled_until_ms: Option<i64>,
    pub gone_at_ms: Option<i64>,
    pub gone_checks: i32,
    pub password_shown_at_ms: Option<i64>,
    pub version: i64,
    pub created_at: ChronoDateTimeUtc,
    pub updated_at: ChronoDateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
