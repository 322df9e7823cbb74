//! What the last look at the operator's Chatwoot found: one row.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer_null, integer, string, string_null, timestamp_with_time_zone_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("installations")
                    .col(integer("id").primary_key())
                    .col(string_null("origin"))
                    .col(big_integer_null("chatwoot_account_id"))
                    .col(string("health"))
                    .col(string_null("route"))
                    .col(string_null("version"))
                    .col(timestamp_with_time_zone_null("since"))
                    .col(timestamp_with_time_zone_null("checked_at"))
                    .col(timestamp_with_time_zone_null("inboxes_seen_at"))
                    .to_owned(),
            )
            .await?;
        let row = Query::insert()
            .into_table("installations")
            .columns(["id", "health"])
            .values_panic([Expr::from(1), Expr::from("unchecked")])
            .to_owned();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("installations").to_owned()).await
    }
}
