//! Lists of agents to create: what was asked for row by row, and what came of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, pk_uuid, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [&str; 4] = [
    "CREATE INDEX imports_user ON imports (user_id, created_at)",
    "CREATE UNIQUE INDEX imports_one_running ON imports (user_id) WHERE status = 'running'",
    "CREATE INDEX import_rows_waiting ON import_rows (import_id, row_number) WHERE status = 'waiting'",
    "CREATE INDEX import_rows_agent ON import_rows (agent_id) WHERE agent_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let imports = Table::create()
            .table("imports")
            .col(pk_uuid("id"))
            .col(uuid("user_id"))
            .col(string("status"))
            .col(string_null("request_id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("started_at"))
            .col(timestamp_with_time_zone_null("finished_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("imports", "user_id")
                    .to("users", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        let rows = Table::create()
            .table("import_rows")
            .col(uuid("import_id"))
            .col(integer("row_number"))
            .col(text("name"))
            .col(text("email"))
            .col(text("inboxes"))
            .col(text("inbox_ids"))
            .col(string("status"))
            .col(text_null("detail"))
            .col(uuid_null("agent_id"))
            .primary_key(Index::create().col("import_id").col("row_number"))
            .foreign_key(
                ForeignKey::create()
                    .from("import_rows", "import_id")
                    .to("imports", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(imports).await?;
        manager.create_table(rows).await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["import_rows", "imports"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
