//! What each tier's limits were before, limits of single tenants, and how much every tenant uses.
//!
//! The usage is counted by the database itself, so that looking at the effect of a lower limit costs an index range
//! and not a count of everybody's agents.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, string, string_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

const LIMITS: [&str; 10] = [
    "max_demos",
    "max_workflows",
    "max_knowledge_bases",
    "max_documents",
    "max_integrations",
    "max_helpdesk_agents",
    "api_calls_per_month",
    "document_size_limit",
    "chunk_size",
    "max_chunks_per_document",
];

/// What is counted per tenant.
struct Counted {
    table: &'static str,
    /// The column of `users` that holds the number.
    column: &'static str,
    /// Which rows count, of the table or trigger row named in place of `{}`.
    rows: &'static str,
    /// The columns that decide whether and for whom a row counts.
    watched: &'static str,
}

const COUNTED: [Counted; 2] = [
    Counted {
        table: "helpdesk_users",
        column: "seats_used",
        rows: "{}.seat IS NOT NULL",
        watched: "seat, user_id",
    },
    Counted { table: "demos", column: "demos_used", rows: "{}.id IS NOT NULL", watched: "user_id" },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(versions()).await?;
        manager.create_table(overrides()).await?;
        let limits = LIMITS.join(", ");
        let seed = format!(
            "INSERT INTO tier_limit_versions (tier, version, label, at, kind, {limits}) \
             SELECT tier, version, label, CURRENT_TIMESTAMP, 'added', {limits} FROM tier_limits"
        );
        manager.get_connection().execute_unprepared(&seed).await?;
        for counted in COUNTED {
            count(manager, &counted).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for Counted { table, column, .. } in COUNTED {
            for part in ["added", "removed", "changed"] {
                let on = if is_sqlite(manager) { String::new() } else { format!(" ON {table}") };
                conn.execute_unprepared(&format!("DROP TRIGGER IF EXISTS {column}_{part}{on}")).await?;
            }
            if !is_sqlite(manager) {
                conn.execute_unprepared(&format!("DROP FUNCTION count_{column}()")).await?;
            }
            conn.execute_unprepared(&format!("DROP INDEX users_tier_{column}")).await?;
            conn.execute_unprepared(&format!("ALTER TABLE users DROP COLUMN {column}")).await?;
        }
        for table in ["tenant_overrides", "tier_limit_versions"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn versions() -> TableCreateStatement {
    let mut table = Table::create()
        .table("tier_limit_versions")
        // Without a foreign key: what a retired tier allowed stays known.
        .col(string("tier"))
        .col(big_integer("version"))
        .col(string("label"))
        .col(timestamp_with_time_zone("at"))
        .col(uuid_null("actor_id"))
        .col(string_null("reason"))
        .col(string("kind"))
        .col(big_integer_null("from_version"))
        .primary_key(Index::create().col("tier").col("version"))
        .to_owned();
    for limit in LIMITS {
        table.col(big_integer(limit));
    }
    table
}

fn overrides() -> TableCreateStatement {
    Table::create()
        .table("tenant_overrides")
        .col(uuid("user_id"))
        .col(string("limit_name"))
        .col(big_integer("value"))
        .col(string("reason"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(uuid_null("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("user_id").col("limit_name"))
        .foreign_key(
            ForeignKey::create()
                .from("tenant_overrides", "user_id")
                .to("users", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// Adds a column that counts, what keeps it right, and the index that finds those who use more than some number.
async fn count(manager: &SchemaManager<'_>, counted: &Counted) -> Result<(), DbErr> {
    let Counted { table, column, rows, watched } = counted;
    let conn = manager.get_connection();
    let (here, old, new) = (rows.replace("{}", table), rows.replace("{}", "OLD"), rows.replace("{}", "NEW"));
    for statement in [
        format!("ALTER TABLE users ADD COLUMN {column} bigint NOT NULL DEFAULT 0"),
        format!(
            "UPDATE users SET {column} = (SELECT count(*) FROM {table} WHERE user_id = users.id AND {here})"
        ),
        format!("CREATE INDEX users_tier_{column} ON users (tier, {column}, id) WHERE role = 'USER'"),
    ] {
        conn.execute_unprepared(&statement).await?;
    }
    let less = format!("UPDATE users SET {column} = {column} - 1 WHERE id = OLD.user_id AND {old}");
    let more = format!("UPDATE users SET {column} = {column} + 1 WHERE id = NEW.user_id AND {new}");
    let triggers = if is_sqlite(manager) {
        vec![
            format!("CREATE TRIGGER {column}_added AFTER INSERT ON {table} BEGIN {more}; END"),
            format!("CREATE TRIGGER {column}_removed AFTER DELETE ON {table} BEGIN {less}; END"),
            format!(
                "CREATE TRIGGER {column}_changed AFTER UPDATE OF {watched} ON {table} BEGIN {less}; {more}; END"
            ),
        ]
    } else {
        vec![
            format!(
                "CREATE FUNCTION count_{column}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF TG_OP <> 'INSERT' THEN {less}; END IF; \
                 IF TG_OP <> 'DELETE' THEN {more}; END IF; \
                 RETURN NULL; END $$"
            ),
            format!(
                "CREATE TRIGGER {column}_changed AFTER INSERT OR DELETE OR UPDATE OF {watched} ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION count_{column}()"
            ),
        ]
    };
    for trigger in triggers {
        conn.execute_unprepared(&trigger).await?;
    }
    Ok(())
}

fn is_sqlite(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Sqlite
}
