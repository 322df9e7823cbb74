//! A tenant's chat demos and the Chatwoot inbox of each.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer_null, pk_uuid, string, string_null, timestamp_with_time_zone, uuid,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("demos")
                    .col(pk_uuid("id"))
                    .col(uuid("user_id"))
                    .col(string("business_name"))
                    .col(string("business_url"))
                    .col(big_integer_null("inbox_id"))
                    .col(string_null("inbox_name"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(ForeignKey::create().from("demos", "user_id").to("users", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("demos_user").table("demos").col("user_id").to_owned())
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("demos_inbox_has_one_owner")
                    .table("demos")
                    .col("inbox_id")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("demos").to_owned()).await
    }
}
