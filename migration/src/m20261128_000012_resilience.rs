//! What all processes must agree on: how long Chatwoot asked to wait, who is alive, whose turn it is; and which request
//! wished an operation.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, pk_uuid, string, string_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [(&str, &str); 3] =
    [("installations", "paused_until_ms"), ("operations", "request_id"), ("operations", "trace_id")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in COLUMNS {
            let column =
                if table == "installations" { big_integer_null(column) } else { string_null(column) };
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        let replicas = Table::create()
            .table("replicas")
            .col(string("owner").primary_key())
            .col(big_integer("seen_ms"))
            .to_owned();
        manager.create_table(replicas).await?;
        let turns = Table::create()
            .table("tenant_turns")
            .col(pk_uuid("user_id"))
            .col(big_integer("served_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from("tenant_turns", "user_id")
                    .to("users", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(turns).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["tenant_turns", "replicas"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (table, column) in COLUMNS {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
