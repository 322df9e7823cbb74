use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub helpdesk_user_id: Uuid,
    pub kind: String,
    pub status: String,
    pub step: Option<String>,
    pub last_error: Option<String>,
    pub last_status: Option<i32>,
    pub last_request_id: Option<String>,
    pub attempts: i32,
    pub due_at_ms: i64,
    pub lease_owner: Option<String>,
    pub lease_until_ms: Option<i64>,
    pub fence: i64,
    pub created_at: ChronoDateTimeUtc,
    pub updated_at: ChronoDateTimeUtc,
    pub request_id: Option<String>,
    /// The place in the trace of whoever wished it, as a W3C `traceparent`.
    pub trace_id: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
