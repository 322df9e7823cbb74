//! Makes the audit log append-only and chains its entries, those of an older database too.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, QueryResult, Statement};
use uuid::Uuid;

use crate::audit_chain::{Link, name};

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [&str; 3] = ["seq bigint", "prev_hash text", "hash text"];
const AT_ONCE: usize = 1_000;

/// Two indexes, because a NULL differs from every other NULL.
const INDEXES: [&str; 8] = [
    "CREATE UNIQUE INDEX audit_events_tenant_seq ON audit_events (tenant_id, seq) WHERE tenant_id IS NOT NULL",
    "CREATE UNIQUE INDEX audit_events_installation_seq ON audit_events (seq) WHERE tenant_id IS NULL",
    "CREATE INDEX audit_events_at ON audit_events (at, id)",
    "CREATE INDEX audit_events_tenant_at ON audit_events (tenant_id, at, id)",
    "CREATE INDEX audit_events_actor ON audit_events (actor_id, at, id)",
    "CREATE INDEX audit_events_actor_kind ON audit_events (actor, at, id)",
    "CREATE INDEX audit_events_action ON audit_events (action, at, id)",
    "CREATE INDEX audit_events_object ON audit_events (object_id, at, id)",
];
const INDEX_NAMES: [&str; 8] = [
    "audit_events_tenant_seq",
    "audit_events_installation_seq",
    "audit_events_at",
    "audit_events_tenant_at",
    "audit_events_actor",
    "audit_events_actor_kind",
    "audit_events_action",
    "audit_events_object",
];

const SQLITE_WALLS: [&str; 2] = [
    "CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events \
     BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END",
    "CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events \
     BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END",
];
const POSTGRES_WALLS: [&str; 3] = [
    "CREATE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'audit_events is append-only'; END $$",
    "CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events \
     FOR EACH ROW EXECUTE FUNCTION audit_events_append_only()",
    "CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events \
     FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only()",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for column in COLUMNS {
            let nothing = if column.starts_with("seq") { "0" } else { "''" };
            let add = format!("ALTER TABLE audit_events ADD COLUMN {column} NOT NULL DEFAULT {nothing}");
            conn.execute_unprepared(&add).await?;
        }
        conn.execute_unprepared(
            "CREATE TABLE audit_heads (chain text NOT NULL PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL)",
        )
        .await?;
        chain_what_is_there(conn).await?;
        conn.execute_unprepared("DROP INDEX audit_events_tenant").await?;
        let walls: &[&str] = match conn.get_database_backend() {
            DbBackend::Sqlite => &SQLITE_WALLS,
            _ => &POSTGRES_WALLS,
        };
        for statement in INDEXES.iter().chain(walls) {
            conn.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let walls: &[&str] = match conn.get_database_backend() {
            DbBackend::Sqlite => {
                &["DROP TRIGGER audit_events_no_update", "DROP TRIGGER audit_events_no_delete"]
            }
            _ => &["DROP FUNCTION audit_events_append_only() CASCADE"],
        };
        for statement in walls {
            conn.execute_unprepared(statement).await?;
        }
        for index in INDEX_NAMES {
            conn.execute_unprepared(&format!("DROP INDEX {index}")).await?;
        }
        for column in ["seq", "prev_hash", "hash"] {
            conn.execute_unprepared(&format!("ALTER TABLE audit_events DROP COLUMN {column}")).await?;
        }
        conn.execute_unprepared("DROP TABLE audit_heads").await?;
        conn.execute_unprepared("CREATE INDEX audit_events_tenant ON audit_events (tenant_id, id)")
            .await
            .map(drop)
    }
}

/// Gives every entry its place, in the order in which they were written: their ids tell it.
async fn chain_what_is_there(conn: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let mut heads: BTreeMap<Option<Uuid>, (i64, String)> = BTreeMap::new();
    let mut last = Uuid::nil();
    loop {
        let read = format!(
            "SELECT id, at, tenant_id, actor, actor_id, action, object, object_id, CAST(before AS text) AS before, \
             CAST(after AS text) AS after, reason, request_id FROM audit_events WHERE id > $1 ORDER BY id LIMIT {AT_ONCE}"
        );
        let rows = conn.query_all_raw(statement(conn, &read, [last.into()])).await?;
        for row in &rows {
            let tenant: Option<Uuid> = row.try_get("", "tenant_id")?;
            let head = heads.entry(tenant).or_default();
            last = row.try_get("", "id")?;
            let link = link(row, tenant, head)?;
            let hash = link.hash();
            let write = "UPDATE audit_events SET seq = $2, prev_hash = $3, hash = $4 WHERE id = $1";
            let values = [last.into(), link.seq.into(), link.prev_hash.into(), hash.clone().into()];
            conn.execute_raw(statement(conn, write, values)).await?;
            *head = (link.seq, hash);
        }
        if rows.len() < AT_ONCE {
            break;
        }
    }
    for (tenant, (seq, hash)) in heads {
        let write = "INSERT INTO audit_heads (chain, seq, hash) VALUES ($1, $2, $3)";
        let values = [name(tenant).into(), seq.into(), hash.into()];
        conn.execute_raw(statement(conn, write, values)).await?;
    }
    Ok(())
}

fn link(row: &QueryResult, tenant: Option<Uuid>, head: &(i64, String)) -> Result<Link, DbErr> {
    let text = |column| row.try_get::<String>("", column);
    let optional = |column| row.try_get::<Option<String>>("", column);
    let json = |column| optional(column).map(|json| json.and_then(|json| serde_json::from_str(&json).ok()));
    Ok(Link {
        seq: head.0 + 1,
        prev_hash: head.1.clone(),
        id: row.try_get("", "id")?,
        at: row.try_get::<DateTime<Utc>>("", "at")?,
        tenant,
        actor: text("actor")?,
        actor_id: row.try_get("", "actor_id")?,
        action: text("action")?,
        object: text("object")?,
        object_id: text("object_id")?,
        before: json("before")?,
        after: json("after")?,
        reason: optional("reason")?,
        request_id: optional("request_id")?,
        network: None,
    })
}

fn statement<const N: usize>(conn: &SchemaManagerConnection<'_>, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}
