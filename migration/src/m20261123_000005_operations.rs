//! The durable record of each wish, of keys that make a repeat harmless, and of every change.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, integer_null, json_binary_null, pk_uuid, string, string_null,
    timestamp_with_time_zone, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [&str; 3] = [
    "CREATE UNIQUE INDEX operations_one_open ON operations (helpdesk_user_id) WHERE status <> 'done'",
    "CREATE INDEX operations_due ON operations (due_at_ms) WHERE status = 'due'",
    "CREATE INDEX audit_events_tenant ON audit_events (tenant_id, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(operations()).await?;
        manager
            .create_table(
                Table::create()
                    .table("idempotency_keys")
                    .col(uuid("user_id"))
                    .col(string("key"))
                    .col(string("body_hash"))
                    .col(uuid("helpdesk_user_id"))
                    .col(big_integer("expires_at_ms"))
                    .primary_key(Index::create().col("user_id").col("key"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("audit_events")
                    .col(pk_uuid("id"))
                    .col(timestamp_with_time_zone("at"))
                    .col(uuid_null("tenant_id"))
                    .col(string("actor"))
                    .col(uuid_null("actor_id"))
                    .col(string("action"))
                    .col(string("object"))
                    .col(string("object_id"))
                    .col(json_binary_null("before"))
                    .col(json_binary_null("after"))
                    .col(string_null("reason"))
                    .col(string_null("request_id"))
                    .to_owned(),
            )
            .await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["audit_events", "idempotency_keys", "operations"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn operations() -> TableCreateStatement {
    Table::create()
        .table("operations")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(uuid("helpdesk_user_id"))
        .col(string("kind"))
        .col(string("status"))
        .col(string_null("step"))
        .col(string_null("last_error"))
        .col(integer_null("last_status"))
        .col(string_null("last_request_id"))
        .col(integer("attempts").default(0))
        .col(big_integer("due_at_ms"))
        .col(string_null("lease_owner"))
        .col(big_integer_null("lease_until_ms"))
        .col(big_integer("fence").default(0))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(
            ForeignKey::create()
                .from("operations", "helpdesk_user_id")
                .to("helpdesk_users", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
