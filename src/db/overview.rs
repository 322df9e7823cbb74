//! A tenant's seats, inboxes and agents in one query, because every page needs all of them.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

use super::drift;
use super::drift_looks::Looks;
use super::entitlements::overrides_in_force;
use super::entity::{helpdesk_user, operation};
use super::operations::Operation;
use crate::domain::agent::Agent;
use crate::domain::drift::Drifted;
use crate::domain::entitlement::Entitlement;
use crate::domain::ids::{AgentId, InboxId, TenantId};
use crate::domain::inbox::{Inbox, InboxMapping};
use crate::domain::limits::LimitName;
use crate::domain::search;
use crate::domain::tier::{Limit, Seats};

/// Which agents to read.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    None,
    One(AgentId),
    /// Those whose name or address contains `filter`: who needs attention first, then the newest.
    Page {
        filter: &'a str,
        offset: u64,
        count: u64,
    },
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Slice {
    pub seats: Seats,
    /// By name.
    pub inboxes: Vec<Inbox>,
    pub agents: Vec<Row>,
    /// How many agents there are beside the page.
    pub matching: u64,
    pub total: u64,
    pub looks: Looks,
}

/// An agent with its mappings to the tenant's own inboxes and its open operation.
#[derive(Clone, Debug)]
pub struct Row {
    pub agent: Agent,
    pub mappings: Vec<InboxMapping>,
    pub operation: Option<Operation>,
    pub drift: Vec<Drifted>,
}

#[derive(FromQueryResult)]
struct Joined {
    seat_limit: i64,
    own_seat_limit: Option<i64>,
    seats_used: i64,
    total: i64,
    matching: i64,
    looked_at_ms: Option<i64>,
    drift_looked_at_ms: Option<i64>,
    paused_at_ms: Option<i64>,
    missing: Option<i64>,
    own_inbox: Option<i64>,
    own_inbox_name: Option<String>,
    wanted: Option<bool>,
    present: Option<bool>,
    unsettled_until_ms: Option<i64>,
    drift: Option<String>,
    #[sea_orm(nested(prefix = "a_"))]
    agent: Option<helpdesk_user::Model>,
    #[sea_orm(nested(prefix = "o_"))]
    operation: Option<operation::Model>,
}

/// Reads the slice as it is `now`; a tenant that does not exist is an error.
pub async fn read(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    which: Which<'_>,
    now: DateTime<Utc>,
) -> Result<Slice, DbErr> {
    let (condition, order, values) = selection(tenant, which, now);
    let sql = sql(condition, &order, &drift::column(conn, "h"));
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = Joined::find_by_statement(statement).all(conn).await?;
    let first = rows.first().ok_or_else(|| DbErr::RecordNotFound("users".into()))?;
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    let own = first.own_seat_limit.map(Limit::from_stored);
    let Entitlement { limit, adjusted } = Entitlement::of(Limit::from_stored(first.seat_limit), own);
    let seats = Seats { used: count(first.seats_used), limit, adjusted };
    let (matching, total) = (count(first.matching), count(first.total));
    let looked_at = first.looked_at_ms.max(first.drift_looked_at_ms);
    let looks = Looks::shown(looked_at, first.paused_at_ms, first.missing);
    let (inboxes, agents) = gather(rows);
    Ok(Slice { seats, inboxes, agents, matching, total, looks })
}

/// Condition, order and values. A bare parameter after LIKE or LIMIT would make SQLite compile the whole statement
/// again each time it is used.
fn selection(tenant: TenantId, which: Which<'_>, now: DateTime<Utc>) -> (&'static str, String, Vec<Value>) {
    let (tenant, now): (Value, Value) = (tenant.0.into(), now.into());
    match which {
        Which::None => ("FALSE", String::new(), vec![tenant, now]),
        Which::One(agent) => ("h.id = $3", String::new(), vec![tenant, now, agent.0.into()]),
        Which::Page { filter, offset, count } => {
            let pattern = format!("%{}%", escaped(&search::folded(filter)));
            let offset = i64::try_from(offset).unwrap_or(i64::MAX);
            (
                "h.search LIKE ('' || $3) ESCAPE '!'",
                format!("ORDER BY {PLACE}, h.id DESC LIMIT {count} OFFSET $4"),
                vec![tenant, now, pattern.into(), offset.into()],
            )
        }
    }
}

fn escaped(filter: &str) -> String {
    filter.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Every own inbox beside every chosen agent, so that each row is one switch; one row at least.
fn sql(condition: &str, order: &str, drift: &str) -> String {
    let agent = columns("a", "a", AGENT_COLUMNS);
    let operation = columns("o", "o", OPERATION_COLUMNS);
    let overrides = overrides_in_force(Some(LimitName::HelpdeskAgents), "$2");
    format!(
        "SELECT t.max_helpdesk_agents AS seat_limit, v.value AS own_seat_limit, \
         (SELECT count(*) FROM helpdesk_users WHERE user_id = $1 AND seat IS NOT NULL) AS seats_used, \
         (SELECT count(*) FROM helpdesk_users WHERE user_id = $1 AND state <> 'removed') AS total, \
         (SELECT count(*) FROM helpdesk_users h WHERE h.user_id = $1 AND h.state <> 'removed' AND {condition}) AS matching, l.looked_at_ms, u.drift_looked_at_ms, l.paused_at_ms, l.missing, \
         d.inbox_id AS own_inbox, COALESCE(d.inbox_name, d.business_name) AS own_inbox_name, \
         m.wanted, m.present, m.unsettled_until_ms, a.drift, {agent}, {operation} \
         FROM users u JOIN tier_limits t ON t.tier = u.tier JOIN drift_looks l ON l.id = 1 LEFT JOIN {overrides} \
         LEFT JOIN demos d ON d.user_id = u.id AND d.inbox_id IS NOT NULL \
         LEFT JOIN (SELECT h.*, {PLACE} AS place, {drift} AS drift \
         FROM helpdesk_users h WHERE h.user_id = $1 AND h.state <> 'removed' AND {condition} {order}) a ON a.user_id = u.id \
         LEFT JOIN helpdesk_user_inboxes m ON m.helpdesk_user_id = a.id AND m.inbox_id = d.inbox_id \
         LEFT JOIN operations o ON o.helpdesk_user_id = a.id AND o.status <> 'done' \
         WHERE u.id = $1 ORDER BY a.place, a.id DESC"
    )
}

const PLACE: &str = "CASE WHEN h.state IN ('needs_attention', 'conflict') THEN 0 \
     WHEN h.state = 'ready' AND NOT h.password_set THEN 1 \
     WHEN EXISTS (SELECT 1 FROM drift d WHERE d.helpdesk_user_id = h.id) THEN 1 ELSE 2 END";
pub(super) const AGENT_COLUMNS: &str = "id user_id seat name email search tag state removal_wanted password_set chatwoot_user_id linked \
     verified deletion_asked failure suspension_wanted withdrawn removal_due_ms link_unsettled_until_ms confirmed_name \
     name_unsettled_until_ms gone_at_ms gone_checks password_shown_at_ms version created_at updated_at";
pub(super) const OPERATION_COLUMNS: &str = "id user_id helpdesk_user_id kind status step last_error last_status last_request_id \
     attempts due_at_ms lease_owner lease_until_ms fence created_at updated_at request_id trace_id";

/// The columns of a table under names that [`FromQueryResult`] finds nested.
pub(super) fn columns(table: &str, prefix: &str, names: &str) -> String {
    let listed: Vec<String> =
        names.split_whitespace().map(|name| format!("{table}.{name} AS {prefix}_{name}")).collect();
    listed.join(", ")
}

fn gather(rows: Vec<Joined>) -> (Vec<Inbox>, Vec<Row>) {
    let mut inboxes: Vec<Inbox> = Vec::new();
    let mut agents: Vec<Row> = Vec::new();
    for row in rows {
        let inbox = row.own_inbox.map(InboxId);
        let mapping = inbox.zip(row.wanted).map(|(inbox, wanted)| InboxMapping {
            inbox,
            wanted,
            present: row.present.unwrap_or(false),
            unsettled_until: row.unsettled_until_ms,
        });
        if let Some(id) = inbox
            && inboxes.iter().all(|known| known.id != id)
        {
            inboxes.push(Inbox { id, name: row.own_inbox_name.unwrap_or_default() });
        }
        if let Some(agent) = row.agent.map(Agent::from) {
            if agents.last().is_none_or(|last| last.agent.id != agent.id) {
                let drift = drift::read_column(agent.id, row.drift.as_deref());
                agents.push(Row {
                    agent,
                    drift,
                    mappings: Vec::new(),
                    operation: row.operation.map(Operation::from),
                });
            }
            if let Some(last) = agents.last_mut() {
                last.mappings.extend(mapping);
            }
        }
    }
    inboxes.sort_by_key(Inbox::place);
    (inboxes, agents)
}
