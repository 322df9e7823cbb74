//! Agents, the seats they take and the inboxes they answer.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, pk_uuid, string, string_null, text, timestamp_with_time_zone,
    uuid,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Walls that hold even if a caller forgot its lock; the same words on both databases.
const UNIQUE: [&str; 2] = [
    "CREATE UNIQUE INDEX helpdesk_users_seat ON helpdesk_users (user_id, seat) WHERE seat IS NOT NULL",
    "CREATE UNIQUE INDEX helpdesk_users_email ON helpdesk_users (email) WHERE state NOT IN ('removed', 'conflict')",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("helpdesk_users")
                    .col(pk_uuid("id"))
                    .col(uuid("user_id"))
                    .col(big_integer_null("seat"))
                    .col(string("name"))
                    .col(string("email"))
                    .col(text("search"))
                    .col(string("tag"))
                    .col(string("state"))
                    .col(boolean("removal_wanted").default(false))
                    .col(boolean("password_set").default(false))
                    .col(big_integer_null("chatwoot_user_id"))
                    .col(boolean("linked").default(false))
                    .col(boolean("verified").default(false))
                    .col(boolean("deletion_asked").default(false))
                    .col(string_null("failure"))
                    .col(big_integer("version").default(1))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().from("helpdesk_users", "user_id").to("users", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("helpdesk_users_owner")
                    .table("helpdesk_users")
                    .col("user_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("helpdesk_users_address")
                    .table("helpdesk_users")
                    .col("email")
                    .to_owned(),
            )
            .await?;
        for index in UNIQUE {
            manager.get_connection().execute_unprepared(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("helpdesk_user_inboxes")
                    .col(uuid("helpdesk_user_id"))
                    .col(big_integer("inbox_id"))
                    .col(boolean("wanted"))
                    .col(boolean("present").default(false))
                    .col(big_integer_null("unsettled_until_ms"))
                    .primary_key(Index::create().col("helpdesk_user_id").col("inbox_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("helpdesk_user_inboxes", "helpdesk_user_id")
                            .to("helpdesk_users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["helpdesk_user_inboxes", "helpdesk_users"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
