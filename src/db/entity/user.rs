use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub role: String,
    pub tier: String,
    pub seat_version: i64,
    pub disabled_at: Option<ChronoDateTimeUtc>,
    pub last_sign_in_at: Option<ChronoDateTimeUtc>,
    pub search_text: String,
    pub second_factor_secret: Option<String>,
    pub second_factor_since: Option<ChronoDateTimeUtc>,
    pub second_factor_step: Option<i64>,
    pub created_at: ChronoDateTimeUtc,
    pub updated_at: ChronoDateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
