//! Links with which an agent signs in to Chatwoot once. Only hashes are stored.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let links = Table::create()
            .table("sign_in_links")
            .col(string("token_hash").primary_key())
            .col(uuid("helpdesk_user_id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("sign_in_links", "helpdesk_user_id")
                    .to("helpdesk_users", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(links).await?;
        let of_agent = "CREATE INDEX sign_in_links_agent ON sign_in_links (helpdesk_user_id, created_at)";
        manager.get_connection().execute_unprepared(of_agent).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("sign_in_links").to_owned()).await
    }
}
