//! Closes the way round the append-only audit log that SQLite leaves: `INSERT OR REPLACE` fires no delete trigger.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Whatever a new entry could take the place of: SQLite replaces by each unique key, the hidden one too.
const WALL: &str = "CREATE TRIGGER audit_events_no_replace BEFORE INSERT ON audit_events \
     WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id) \
     OR EXISTS (SELECT 1 FROM audit_events WHERE rowid = NEW.rowid) \
     OR EXISTS (SELECT 1 FROM audit_events WHERE tenant_id = NEW.tenant_id AND seq = NEW.seq) \
     OR (NEW.tenant_id IS NULL AND EXISTS (SELECT 1 FROM audit_events WHERE tenant_id IS NULL AND seq = NEW.seq)) \
     BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run_on_sqlite(manager, WALL).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run_on_sqlite(manager, "DROP TRIGGER audit_events_no_replace").await
    }
}

/// PostgreSQL has no `REPLACE`: there a row only goes by a delete, which has its trigger.
async fn run_on_sqlite(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    let conn = manager.get_connection();
    match conn.get_database_backend() {
        DbBackend::Sqlite => conn.execute_unprepared(statement).await.map(drop),
        _ => Ok(()),
    }
}
