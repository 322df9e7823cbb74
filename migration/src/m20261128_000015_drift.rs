//! Where Chatwoot differs from what was asked for, and when it was last compared: one row for the installation.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, string, string_null, text_null, uuid_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// One row for one difference; the same words on both databases.
const UNIQUE: [&str; 2] = [
    "CREATE UNIQUE INDEX drift_of_agent ON drift (helpdesk_user_id, kind, subject) WHERE helpdesk_user_id IS NOT NULL",
    "CREATE UNIQUE INDEX drift_of_nobody ON drift (kind, subject) WHERE helpdesk_user_id IS NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("drift")
                    .col(string("id").primary_key())
                    .col(uuid_null("user_id"))
                    .col(uuid_null("helpdesk_user_id"))
                    .col(string("kind"))
                    .col(big_integer("subject"))
                    .col(text_null("ours"))
                    .col(text_null("theirs"))
                    .col(big_integer("version"))
                    .col(big_integer("first_seen_ms"))
                    .col(big_integer("last_seen_ms"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("drift", "helpdesk_user_id")
                            .to("helpdesk_users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        for index in UNIQUE {
            manager.get_connection().execute_unprepared(index).await?;
        }
        manager
            .create_index(Index::create().name("drift_of_tenant").table("drift").col("user_id").to_owned())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("drift_looks")
                    .col(integer("id").primary_key())
                    .col(big_integer_null("looked_at_ms"))
                    .col(big_integer_null("due_at_ms"))
                    .col(string_null("lease_owner"))
                    .col(big_integer_null("lease_until_ms"))
                    .col(big_integer_null("changes_until_ms"))
                    .col(big_integer_null("paused_at_ms"))
                    .col(big_integer_null("missing"))
                    .to_owned(),
            )
            .await?;
        let row = Query::insert()
            .into_table("drift_looks")
            .columns(["id"])
            .values_panic([Expr::from(1)])
            .to_owned();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["drift_looks", "drift"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
