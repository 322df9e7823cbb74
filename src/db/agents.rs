//! Agents and their inbox mappings.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QuerySelect, Statement, Value,
};

use super::entity::{helpdesk_user, helpdesk_user_inbox};
use crate::domain::agent::{Agent, AgentState, Credential, Failure};
use crate::domain::ids::{AgentId, ChatwootUserId, InboxId, TenantId, UserId};
use crate::domain::inbox::InboxMapping;
use crate::domain::search;

/// An agent with all its mappings.
#[derive(Clone, Debug)]
pub struct AgentWithInboxes {
    pub agent: Agent,
    pub mappings: Vec<InboxMapping>,
}

#[derive(FromQueryResult)]
struct RowWithMappings {
    #[sea_orm(nested)]
    agent: helpdesk_user::Model,
    /// `inbox wanted present unsettled_until_ms` of each, separated by commas.
    mappings: Option<String>,
}

/// One row per agent: a row per mapping would bring the agent's every column again.
const WITH_MAPPINGS: &str = "SELECT a.*, (SELECT string_agg(m.inbox_id || ' ' || CAST(m.wanted AS INTEGER) || ' ' || \
     CAST(m.present AS INTEGER) || ' ' || COALESCE(m.unsettled_until_ms, -1), ',') \
     FROM helpdesk_user_inboxes m WHERE m.helpdesk_user_id = a.id) AS mappings FROM helpdesk_users a";

/// The tenant's agent with this id, unless it is removed; another tenant's is not there.
pub async fn find(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    id: AgentId,
) -> Result<Option<AgentWithInboxes>, DbErr> {
    let sql = format!("{WITH_MAPPINGS} WHERE a.id = $1 AND a.user_id = $2 AND a.state <> 'removed'");
    Ok(read(conn, sql, vec![id.0.into(), tenant.0.into()]).await?.pop())
}

/// The agent with this id whoever owns it and whatever its state, for provisioning.
pub async fn find_any(conn: &impl ConnectionTrait, id: AgentId) -> Result<Option<AgentWithInboxes>, DbErr> {
    let sql = format!("{WITH_MAPPINGS} WHERE a.id = $1");
    Ok(read(conn, sql, vec![id.0.into()]).await?.pop())
}

/// At most `count` of the tenant's agents, newest first, those older than `after` when given.
pub async fn list(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    after: Option<AgentId>,
    count: u64,
) -> Result<Vec<AgentWithInboxes>, DbErr> {
    let (older, values): (&str, Vec<Value>) = match after {
        Some(after) => ("AND a.id < $2", vec![tenant.0.into(), after.0.into()]),
        None => ("", vec![tenant.0.into()]),
    };
    let sql = format!(
        "{WITH_MAPPINGS} WHERE a.user_id = $1 AND a.state <> 'removed' {older} ORDER BY a.id DESC LIMIT {count}"
    );
    read(conn, sql, values).await
}

/// The addresses among `candidates` that some agent has, or had when it was seen gone after this moment.
pub async fn taken_addresses(
    conn: &impl ConnectionTrait,
    candidates: &[String],
    gone_after_ms: i64,
) -> Result<Vec<String>, DbErr> {
    let not_gone = Condition::any()
        .add(helpdesk_user::Column::State.ne(AgentState::Removed.key()))
        .add(helpdesk_user::Column::GoneAtMs.gt(gone_after_ms));
    helpdesk_user::Entity::find()
        .select_only()
        .column(helpdesk_user::Column::Email)
        .filter(helpdesk_user::Column::Email.is_in(candidates))
        .filter(not_gone)
        .into_tuple()
        .all(conn)
        .await
}

/// The state of the agent with this mark, whoever owns it and however long it is gone.
pub async fn state_of_tag(conn: &impl ConnectionTrait, tag: &str) -> Result<Option<AgentState>, DbErr> {
    let found = helpdesk_user::Entity::find()
        .select_only()
        .column(helpdesk_user::Column::State)
        .filter(helpdesk_user::Column::Tag.eq(tag));
    let state: Option<String> = found.into_tuple().one(conn).await?;
    Ok(state.and_then(|state| AgentState::parse(&state)))
}

/// The seat numbers the tenant's agents hold.
pub async fn seats_taken(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<i64>, DbErr> {
    helpdesk_user::Entity::find()
        .select_only()
        .column(helpdesk_user::Column::Seat)
        .filter(helpdesk_user::Column::UserId.eq(tenant.0))
        .filter(helpdesk_user::Column::Seat.is_not_null())
        .into_tuple()
        .all(conn)
        .await
}

/// The tenant's agents that answer this inbox or shall, with all their mappings.
pub async fn in_inbox(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    inbox: InboxId,
) -> Result<Vec<AgentWithInboxes>, DbErr> {
    let sql = format!(
        "{WITH_MAPPINGS} WHERE a.user_id = $1 AND a.state NOT IN ('removed', 'conflict') \
         AND a.id IN (SELECT helpdesk_user_id FROM helpdesk_user_inboxes WHERE inbox_id = $2)"
    );
    read(conn, sql, vec![tenant.0.into(), inbox.0.into()]).await
}

/// Stores a new agent in this seat.
pub async fn insert(conn: &impl ConnectionTrait, new: &Agent, seat: i64) -> Result<(), DbErr> {
    let row = helpdesk_user::ActiveModel {
        id: Set(new.id.0),
        user_id: Set(new.tenant.0),
        seat: Set(Some(seat)),
        name: Set(new.name.clone()),
        email: Set(new.email.clone()),
        search: Set(search::text_of(&new.name, &new.email)),
        tag: Set(new.tag.clone()),
        state: Set(new.state.key().to_owned()),
        removal_wanted: Set(new.removal_wanted),
        password_set: Set(new.credential == Credential::Set),
        chatwoot_user_id: Set(new.chatwoot_user.map(|user| user.0)),
        linked: Set(new.linked),
        verified: Set(new.verified),
        deletion_asked: Set(new.deletion_asked),
        failure: Set(new.failure.map(|failure| failure.key().to_owned())),
        suspension_wanted: Set(new.suspension_wanted),
        withdrawn: Set(new.withdrawn),
        removal_due_ms: Set(new.removal_due),
        link_unsettled_until_ms: Set(new.link_unsettled),
        confirmed_name: Set(new.confirmed_name.clone()),
        name_unsettled_until_ms: Set(new.name_unsettled),
        gone_at_ms: Set(new.gone_at),
        gone_checks: Set(new.gone_checks),
        password_shown_at_ms: Set(new.password_shown_at),
        version: Set(1),
        created_at: Set(new.created_at),
        updated_at: Set(new.updated_at),
    };
    helpdesk_user::Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// Stores everything about an agent that can change; one that holds no seat gives its seat back.
pub async fn update(conn: &impl ConnectionTrait, agent: &Agent, now: DateTime<Utc>) -> Result<(), DbErr> {
    use helpdesk_user::Column;
    let mut update = helpdesk_user::Entity::update_many()
        .col_expr(Column::State, Expr::value(agent.state.key()))
        .col_expr(Column::RemovalWanted, Expr::value(agent.removal_wanted))
        .col_expr(Column::PasswordSet, Expr::value(agent.credential == Credential::Set))
        .col_expr(Column::ChatwootUserId, Expr::value(agent.chatwoot_user.map(|user| user.0)))
        .col_expr(Column::Linked, Expr::value(agent.linked))
        .col_expr(Column::Verified, Expr::value(agent.verified))
        .col_expr(Column::DeletionAsked, Expr::value(agent.deletion_asked))
        .col_expr(Column::Failure, Expr::value(agent.failure.map(Failure::key)))
        .col_expr(Column::Name, Expr::value(agent.name.as_str()))
        .col_expr(Column::Search, Expr::value(search::text_of(&agent.name, &agent.email)))
        .col_expr(Column::SuspensionWanted, Expr::value(agent.suspension_wanted))
        .col_expr(Column::Withdrawn, Expr::value(agent.withdrawn))
        .col_expr(Column::RemovalDueMs, Expr::value(agent.removal_due))
        .col_expr(Column::LinkUnsettledUntilMs, Expr::value(agent.link_unsettled))
        .col_expr(Column::ConfirmedName, Expr::value(agent.confirmed_name.clone()))
        .col_expr(Column::NameUnsettledUntilMs, Expr::value(agent.name_unsettled))
        .col_expr(Column::GoneAtMs, Expr::value(agent.gone_at))
        .col_expr(Column::GoneChecks, Expr::value(agent.gone_checks))
        .col_expr(Column::PasswordShownAtMs, Expr::value(agent.password_shown_at))
        .col_expr(Column::Version, Expr::cust("version + 1"))
        .col_expr(Column::UpdatedAt, Expr::value(now));
    if !agent.holds_seat {
        update = update.col_expr(Column::Seat, Expr::value(Option::<i64>::None));
    }
    update.filter(Column::Id.eq(agent.id.0)).exec(conn).await.map(drop)
}

/// Gives an agent this seat.
pub async fn take_seat(conn: &impl ConnectionTrait, agent: AgentId, seat: i64) -> Result<(), DbErr> {
    helpdesk_user::Entity::update_many()
        .col_expr(helpdesk_user::Column::Seat, Expr::value(seat))
        .filter(helpdesk_user::Column::Id.eq(agent.0))
        .exec(conn)
        .await
        .map(drop)
}

/// Stores a mapping, new or changed.
pub async fn store_mapping(
    conn: &impl ConnectionTrait,
    agent: AgentId,
    mapping: &InboxMapping,
) -> Result<(), DbErr> {
    use helpdesk_user_inbox::Column;
    let row = helpdesk_user_inbox::ActiveModel {
        helpdesk_user_id: Set(agent.0),
        inbox_id: Set(mapping.inbox.0),
        wanted: Set(mapping.wanted),
        present: Set(mapping.present),
        unsettled_until_ms: Set(mapping.unsettled_until),
    };
    let replace = OnConflict::columns([Column::HelpdeskUserId, Column::InboxId])
        .update_columns([Column::Wanted, Column::Present, Column::UnsettledUntilMs])
        .to_owned();
    helpdesk_user_inbox::Entity::insert(row).on_conflict(replace).exec_without_returning(conn).await.map(drop)
}

/// Forgets a mapping that is neither wanted nor there.
pub async fn delete_mapping(
    conn: &impl ConnectionTrait,
    agent: AgentId,
    inbox: InboxId,
) -> Result<(), DbErr> {
    helpdesk_user_inbox::Entity::delete_by_id((agent.0, inbox.0)).exec(conn).await.map(drop)
}

async fn read(
    conn: &impl ConnectionTrait,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<AgentWithInboxes>, DbErr> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = RowWithMappings::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(AgentWithInboxes::from).collect())
}

impl From<RowWithMappings> for AgentWithInboxes {
    fn from(row: RowWithMappings) -> Self {
        let mut mappings: Vec<InboxMapping> =
            row.mappings.unwrap_or_default().split(',').filter_map(mapping).collect();
        mappings.sort_by_key(|mapping| mapping.inbox);
        Self { agent: row.agent.into(), mappings }
    }
}

fn mapping(text: &str) -> Option<InboxMapping> {
    let mut numbers = text.split(' ').map_while(|number| number.parse::<i64>().ok());
    Some(InboxMapping {
        inbox: InboxId(numbers.next()?),
        wanted: numbers.next()? == 1,
        present: numbers.next()? == 1,
        unsettled_until: numbers.next().filter(|ms| *ms >= 0),
    })
}

impl From<helpdesk_user::Model> for Agent {
    fn from(row: helpdesk_user::Model) -> Self {
        Self {
            id: AgentId(row.id),
            tenant: UserId(row.user_id),
            name: row.name,
            email: row.email,
            tag: row.tag,
            state: AgentState::parse(&row.state).unwrap_or(AgentState::NeedsAttention),
            holds_seat: row.seat.is_some(),
            removal_wanted: row.removal_wanted,
            credential: if row.password_set { Credential::Set } else { Credential::Unset },
            chatwoot_user: row.chatwoot_user_id.map(ChatwootUserId),
            linked: row.linked,
            verified: row.verified,
            deletion_asked: row.deletion_asked,
            failure: row.failure.as_deref().and_then(Failure::parse),
            suspension_wanted: row.suspension_wanted,
            withdrawn: row.withdrawn,
            removal_due: row.removal_due_ms,
            link_unsettled: row.link_unsettled_until_ms,
            confirmed_name: row.confirmed_name,
            name_unsettled: row.name_unsettled_until_ms,
            gone_at: row.gone_at_ms,
            gone_checks: row.gone_checks,
            password_shown_at: row.password_shown_at_ms,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
