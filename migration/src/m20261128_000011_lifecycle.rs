//! An agent's life after it is ready: suspended, renamed, held before its removal, remembered when gone.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [(&str, &str); 9] = [
    ("suspension_wanted", "BOOLEAN NOT NULL DEFAULT FALSE"),
    ("withdrawn", "BOOLEAN NOT NULL DEFAULT FALSE"),
    ("removal_due_ms", "BIGINT"),
    ("link_unsettled_until_ms", "BIGINT"),
    ("confirmed_name", "VARCHAR"),
    ("name_unsettled_until_ms", "BIGINT"),
    ("gone_at_ms", "BIGINT"),
    ("gone_checks", "INTEGER NOT NULL DEFAULT 0"),
    ("password_shown_at_ms", "BIGINT"),
];

/// Who is in Chatwoot already bears the name it was created with.
const NAMES: &str = "UPDATE helpdesk_users SET confirmed_name = name WHERE chatwoot_user_id IS NOT NULL";
/// Addresses of the last day stay taken; few rows have the mark.
const TOMBSTONES: &str =
    "CREATE INDEX helpdesk_users_gone ON helpdesk_users (gone_at_ms) WHERE gone_at_ms IS NOT NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for (column, kind) in COLUMNS {
            conn.execute_unprepared(&format!("ALTER TABLE helpdesk_users ADD COLUMN {column} {kind}"))
                .await?;
        }
        for statement in [NAMES, TOMBSTONES] {
            conn.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        conn.execute_unprepared("DROP INDEX helpdesk_users_gone").await?;
        for (column, _) in COLUMNS {
            conn.execute_unprepared(&format!("ALTER TABLE helpdesk_users DROP COLUMN {column}")).await?;
        }
        Ok(())
    }
}
