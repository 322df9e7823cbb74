//! Reading the chains of the audit log as they are stored, also when somebody has meddled with them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use migration::audit_chain::{self, Link};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, TryGetable, Value};
use uuid::Uuid;

use crate::domain::ids::{TenantId, UserId};

/// Where a chain ends according to its head.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    pub seq: i64,
    pub hash: String,
}

/// An entry as it is stored, and what its hash should be.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: Uuid,
    pub tenant: Option<TenantId>,
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub prev_hash: String,
    pub hash: String,
    /// `None` when a column holds what was never written there.
    pub should_be: Option<String>,
}

/// A stretch of the walk: first the installation's chain, then every tenant's, one after another.
#[derive(Clone, Copy, Debug)]
pub enum After {
    Installation(i64, Uuid),
    Tenant(Uuid, i64, Uuid),
}

/// Where every chain ends, by the chain's name.
pub async fn ends(conn: &impl ConnectionTrait) -> Result<HashMap<String, End>, DbErr> {
    let sql = "SELECT chain, seq, hash FROM audit_heads";
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    let end = |row: &QueryResult| {
        Ok((row.try_get("", "chain")?, End { seq: row.try_get("", "seq")?, hash: row.try_get("", "hash")? }))
    };
    rows.iter().map(end).collect()
}

/// The name of the chain of this tenant, or of the installation's.
pub fn name(tenant: Option<TenantId>) -> String {
    audit_chain::name(tenant.map(|tenant| tenant.0))
}

/// At most `count` entries in the order of the walk; fewer when the stretch ends.
pub async fn walk(conn: &impl ConnectionTrait, after: After, count: usize) -> Result<Vec<Stored>, DbErr> {
    let (place, values): (_, Vec<Value>) = match after {
        After::Installation(seq, id) => {
            ("tenant_id IS NULL AND (seq, id) > ($1, $2) ORDER BY seq, id", vec![seq.into(), id.into()])
        }
        After::Tenant(tenant, seq, id) => (
            "tenant_id IS NOT NULL AND (tenant_id, seq, id) > ($1, $2, $3) ORDER BY tenant_id, seq, id",
            vec![tenant.into(), seq.into(), id.into()],
        ),
    };
    let sql = format!(
        "SELECT id, at, tenant_id, actor, actor_id, action, object, object_id, CAST(before AS text) AS before, \
         CAST(after AS text) AS after, reason, request_id, network, seq, prev_hash, hash \
         FROM audit_events WHERE {place} LIMIT {count}"
    );
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_all_raw(statement).await?.iter().map(stored).collect())
}

fn stored(row: &QueryResult) -> Stored {
    let link = link(row).ok();
    Stored {
        id: column(row, "id").unwrap_or_default(),
        tenant: column::<Option<Uuid>>(row, "tenant_id").ok().flatten().map(UserId),
        seq: column(row, "seq").unwrap_or_default(),
        at: column(row, "at").unwrap_or_default(),
        prev_hash: column(row, "prev_hash").unwrap_or_default(),
        hash: column(row, "hash").unwrap_or_default(),
        should_be: link.map(|link| link.hash()),
    }
}

fn link(row: &QueryResult) -> Result<Link, DbErr> {
    Ok(Link {
        seq: column(row, "seq")?,
        prev_hash: column(row, "prev_hash")?,
        id: column(row, "id")?,
        at: column(row, "at")?,
        tenant: column(row, "tenant_id")?,
        actor: column(row, "actor")?,
        actor_id: column(row, "actor_id")?,
        action: column(row, "action")?,
        object: column(row, "object")?,
        object_id: column(row, "object_id")?,
        before: json(row, "before")?,
        after: json(row, "after")?,
        reason: column(row, "reason")?,
        request_id: column(row, "request_id")?,
        network: column(row, "network")?,
    })
}

fn column<T: TryGetable>(row: &QueryResult, name: &str) -> Result<T, DbErr> {
    row.try_get("", name)
}

fn json(row: &QueryResult, name: &str) -> Result<Option<serde_json::Value>, DbErr> {
    let text: Option<String> = column(row, name)?;
    let parsed = text.map(|text| serde_json::from_str(&text)).transpose();
    parsed.map_err(|fault| DbErr::Json(fault.to_string()))
}
