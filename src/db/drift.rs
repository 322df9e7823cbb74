//! Differences between what was asked for and what Chatwoot shows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};
use serde::Deserialize;
use uuid::Uuid;

use super::entity::{drift, helpdesk_user, operation};
use crate::domain::drift::{Difference, Drifted, Kind};
use crate::domain::ids::{AgentId, ChatwootUserId, TenantId, UserId};

/// What our own work on an agent was, as far as it is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub is_open: bool,
    /// When the last change that somebody asked for was done.
    pub changed_at: Option<DateTime<Utc>>,
    /// When we last repaired something by ourselves.
    pub repaired_at: Option<DateTime<Utc>>,
}

/// One of ours that should be in the account.
#[derive(Clone, Debug)]
pub struct Watched {
    pub agent: AgentId,
    pub tenant: TenantId,
    pub user: ChatwootUserId,
    pub tag: String,
    /// Whether its absence has been noticed already.
    pub known_absent: bool,
}

/// A difference with the agent and tenant it is about.
#[derive(Clone, Debug)]
pub struct Told {
    pub drifted: Drifted,
    /// Nobody's for somebody unregistered.
    pub tenant: Option<TenantId>,
    pub agent_name: Option<String>,
    pub tenant_name: Option<String>,
    pub tenant_email: Option<String>,
}

/// A repair that this program began by itself.
pub const REPAIR: &str = "repair";

#[derive(FromQueryResult)]
struct WatchedRow {
    id: Uuid,
    user_id: Uuid,
    chatwoot_user_id: i64,
    tag: String,
    known_absent: i32,
}

#[derive(FromQueryResult)]
struct ToldRow {
    #[sea_orm(nested)]
    drift: drift::Model,
    agent_name: Option<String>,
    tenant_name: Option<String>,
    tenant_email: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    kind: String,
    subject: i64,
    ours: Option<String>,
    theirs: Option<String>,
    version: i64,
    first: i64,
}

/// The differences of the agent in this row of a query, as text for [`read_column`].
pub(super) fn column(conn: &impl ConnectionTrait, agent: &str) -> String {
    const PAIRS: &str = "'id', x.id, 'kind', x.kind, 'subject', x.subject, 'ours', x.ours, 'theirs', x.theirs, \
         'version', x.version, 'first', x.first_seen_ms";
    let list = match conn.get_database_backend() {
        DbBackend::Sqlite => format!("json_group_array(json_object({PAIRS}))"),
        _ => format!("CAST(json_agg(json_build_object({PAIRS})) AS text)"),
    };
    format!("(SELECT {list} FROM drift x WHERE x.helpdesk_user_id = {agent}.id)")
}

/// Reads what [`column`] found about this agent, in a fixed order.
pub(super) fn read_column(agent: AgentId, text: Option<&str>) -> Vec<Drifted> {
    let listed: Vec<Listed> = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let read = |one: Listed| {
        let difference = Difference {
            agent: Some(agent),
            kind: Kind::parse(&one.kind)?,
            subject: one.subject,
            ours: one.ours,
            theirs: one.theirs,
        };
        Some(Drifted { id: one.id, difference, version: one.version, first_seen: one.first })
    };
    let mut all: Vec<Drifted> = listed.into_iter().filter_map(read).collect();
    all.sort_by(|one, other| one.difference.cmp(&other.difference));
    all
}

/// What is stored about the tenant's agents.
pub async fn of_tenant(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Drifted>, DbErr> {
    let rows = drift::Entity::find().filter(drift::Column::UserId.eq(tenant.0)).all(conn).await?;
    Ok(in_order(rows))
}

/// What is stored about this agent.
pub async fn of_agent(conn: &impl ConnectionTrait, agent: AgentId) -> Result<Vec<Drifted>, DbErr> {
    let rows = drift::Entity::find().filter(drift::Column::HelpdeskUserId.eq(agent.0)).all(conn).await?;
    Ok(in_order(rows))
}

/// Those who carry a mark of ours without being an agent.
pub async fn unregistered(conn: &impl ConnectionTrait) -> Result<Vec<Drifted>, DbErr> {
    let rows = drift::Entity::find().filter(drift::Column::HelpdeskUserId.is_null()).all(conn).await?;
    Ok(in_order(rows))
}

/// One difference about somebody unregistered.
pub async fn find_unregistered(conn: &impl ConnectionTrait, id: &str) -> Result<Option<Drifted>, DbErr> {
    let found = drift::Entity::find_by_id(id).filter(drift::Column::HelpdeskUserId.is_null());
    Ok(found.one(conn).await?.and_then(read))
}

/// One difference about an agent of this tenant.
pub async fn find(conn: &impl ConnectionTrait, tenant: TenantId, id: &str) -> Result<Option<Drifted>, DbErr> {
    let found = drift::Entity::find_by_id(id).filter(drift::Column::UserId.eq(tenant.0));
    Ok(found.one(conn).await?.and_then(read))
}

/// At most `count` differences of all tenants, the newest first, or only these tenants'.
pub async fn list(
    conn: &impl ConnectionTrait,
    tenant: Option<TenantId>,
    count: u64,
) -> Result<Vec<Told>, DbErr> {
    let only = if tenant.is_some() { "AND d.user_id = $1" } else { "" };
    let sql = format!(
        "SELECT d.*, h.name AS agent_name, u.name AS tenant_name, u.email AS tenant_email FROM drift d \
         LEFT JOIN helpdesk_users h ON h.id = d.helpdesk_user_id LEFT JOIN users u ON u.id = d.user_id \
         WHERE (h.id IS NULL OR h.state NOT IN ('removing', 'removed')) {only} \
         ORDER BY d.first_seen_ms DESC, d.kind, d.id LIMIT {count}"
    );
    let values = tenant.map(|tenant| tenant.0.into());
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = ToldRow::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().filter_map(told).collect())
}

/// Stores a difference that was not there before.
pub async fn insert(
    conn: &impl ConnectionTrait,
    tenant: Option<TenantId>,
    new: &Difference,
    now: i64,
) -> Result<(), DbErr> {
    let row = drift::ActiveModel {
        id: Set(Uuid::now_v7().to_string()),
        user_id: Set(tenant.map(|tenant| tenant.0)),
        helpdesk_user_id: Set(new.agent.map(|agent| agent.0)),
        kind: Set(new.kind.key().to_owned()),
        subject: Set(new.subject),
        ours: Set(new.ours.clone()),
        theirs: Set(new.theirs.clone()),
        version: Set(1),
        first_seen_ms: Set(now),
        last_seen_ms: Set(now),
    };
    drift::Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// Stores that a difference is still there, with what either side is now.
pub async fn seen_again(
    conn: &impl ConnectionTrait,
    known: &Drifted,
    now: &Difference,
    at: i64,
) -> Result<(), DbErr> {
    let mut update = drift::Entity::update_many().col_expr(drift::Column::LastSeenMs, Expr::value(at));
    if known.difference != *now {
        update = update
            .col_expr(drift::Column::Ours, Expr::value(now.ours.clone()))
            .col_expr(drift::Column::Theirs, Expr::value(now.theirs.clone()))
            .col_expr(drift::Column::Version, Expr::cust("version + 1"));
    }
    update.filter(drift::Column::Id.eq(&known.id)).exec(conn).await.map(drop)
}

/// Forgets a difference that is over.
pub async fn delete(conn: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
    drift::Entity::delete_by_id(id).exec(conn).await.map(drop)
}

/// The tenants that have agents which may be in the account, or differences.
pub async fn tenants(conn: &impl ConnectionTrait) -> Result<Vec<TenantId>, DbErr> {
    let mut all: Vec<Uuid> = helpdesk_user::Entity::find()
        .select_only()
        .column(helpdesk_user::Column::UserId)
        .filter(helpdesk_user::Column::State.ne("removed"))
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    let with_drift: Vec<Option<Uuid>> = drift::Entity::find()
        .select_only()
        .column(drift::Column::UserId)
        .filter(drift::Column::UserId.is_not_null())
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    all.extend(with_drift.into_iter().flatten());
    all.sort_unstable();
    all.dedup();
    Ok(all.into_iter().map(UserId).collect())
}

/// What our own work on the tenant's agents was.
pub async fn work(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<BTreeMap<AgentId, Work>, DbErr> {
    let rows = operation::Entity::find().filter(operation::Column::UserId.eq(tenant.0)).all(conn).await?;
    let mut all: BTreeMap<AgentId, Work> = BTreeMap::new();
    for row in rows {
        let work = all.entry(AgentId(row.helpdesk_user_id)).or_default();
        work.is_open |= row.status != "done";
        let at = if row.kind == REPAIR { &mut work.repaired_at } else { &mut work.changed_at };
        *at = (*at).max(Some(row.updated_at));
    }
    Ok(all)
}

/// Every agent that should be in the account and that nobody works on.
pub async fn watched(conn: &impl ConnectionTrait) -> Result<Vec<Watched>, DbErr> {
    let sql = "SELECT h.id, h.user_id, h.chatwoot_user_id, h.tag, \
         CASE WHEN EXISTS (SELECT 1 FROM drift d WHERE d.helpdesk_user_id = h.id \
         AND d.kind IN ('person_gone', 'left_account')) THEN 1 ELSE 0 END AS known_absent FROM helpdesk_users h \
         WHERE h.state = 'ready' AND h.linked AND h.verified AND NOT h.removal_wanted \
         AND h.chatwoot_user_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM operations o WHERE o.helpdesk_user_id = h.id AND o.status <> 'done')";
    let statement = Statement::from_string(conn.get_database_backend(), sql);
    let rows = WatchedRow::find_by_statement(statement).all(conn).await?;
    let watched = |row: WatchedRow| Watched {
        agent: AgentId(row.id),
        tenant: UserId(row.user_id),
        user: ChatwootUserId(row.chatwoot_user_id),
        tag: row.tag,
        known_absent: row.known_absent == 1,
    };
    Ok(rows.into_iter().map(watched).collect())
}

/// The mark of every agent that is not removed.
pub async fn tags(conn: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    helpdesk_user::Entity::find()
        .select_only()
        .column(helpdesk_user::Column::Tag)
        .filter(helpdesk_user::Column::State.ne("removed"))
        .order_by_asc(helpdesk_user::Column::Id)
        .into_tuple()
        .all(conn)
        .await
}

fn in_order(rows: Vec<drift::Model>) -> Vec<Drifted> {
    let mut all: Vec<Drifted> = rows.into_iter().filter_map(read).collect();
    all.sort_by(|one, other| one.difference.cmp(&other.difference));
    all
}

fn read(row: drift::Model) -> Option<Drifted> {
    let difference = Difference {
        agent: row.helpdesk_user_id.map(AgentId),
        kind: Kind::parse(&row.kind)?,
        subject: row.subject,
        ours: row.ours,
        theirs: row.theirs,
    };
    Some(Drifted { id: row.id, difference, version: row.version, first_seen: row.first_seen_ms })
}

fn told(row: ToldRow) -> Option<Told> {
    let tenant = row.drift.user_id.map(UserId);
    let (agent_name, tenant_name, tenant_email) = (row.agent_name, row.tenant_name, row.tenant_email);
    Some(Told { drifted: read(row.drift)?, tenant, agent_name, tenant_name, tenant_email })
}
