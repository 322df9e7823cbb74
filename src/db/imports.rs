//! Imports and their rows: what was asked for, and what came of it.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};
use uuid::Uuid;

use super::entity::{import, import_row};
use crate::domain::agent::{AgentState, Failure};
use crate::domain::ids::{AgentId, ImportId, InboxId, TenantId, UserId};
use crate::domain::import::{ImportState, Known, RowStatus, TypedRow, folded};

/// An import without its rows.
#[derive(Clone, Debug)]
pub struct Import {
    pub id: ImportId,
    pub tenant: TenantId,
    pub state: ImportState,
    /// Who asked, for the audit log.
    pub request_id: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// A row to be stored.
#[derive(Clone, Debug)]
pub struct NewRow {
    pub typed: TypedRow,
    pub status: RowStatus,
    pub inboxes: Vec<InboxId>,
    pub detail: Option<String>,
    pub agent: Option<AgentId>,
}

/// A row as it is, with what is known of its agent.
#[derive(Clone, Debug)]
pub struct Row {
    pub number: u32,
    pub name: String,
    pub email: String,
    /// As typed.
    pub inboxes: String,
    pub status: RowStatus,
    pub detail: Option<String>,
    pub agent: Option<RowAgent>,
}

/// The agent a row made or found.
#[derive(Clone, Debug)]
pub struct RowAgent {
    pub id: AgentId,
    pub name: String,
    pub email: String,
    pub state: AgentState,
    pub failure: Option<Failure>,
    pub password_set: bool,
    /// Whether work on it goes on by itself.
    pub working: bool,
}

/// A row whose turn it is.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub number: i32,
    pub name: String,
    pub inboxes: Vec<InboxId>,
}

#[derive(FromQueryResult)]
struct Joined {
    row_number: i32,
    name: String,
    email: String,
    inboxes: String,
    status: String,
    detail: Option<String>,
    agent_id: Option<Uuid>,
    agent_name: Option<String>,
    agent_email: Option<String>,
    agent_state: Option<String>,
    agent_failure: Option<String>,
    password_set: Option<bool>,
    operation: Option<String>,
}

#[derive(FromQueryResult)]
struct Named {
    id: Uuid,
    name: String,
    email: String,
}

/// Stores an import with its rows.
pub async fn insert(conn: &impl ConnectionTrait, new: &Import, rows: &[NewRow]) -> Result<(), DbErr> {
    let running = new.state == ImportState::Running;
    let row = import::ActiveModel {
        id: Set(new.id.0),
        user_id: Set(new.tenant.0),
        status: Set(new.state.key().to_owned()),
        request_id: Set(new.request_id.clone()),
        created_at: Set(new.created_at),
        started_at: Set(running.then_some(new.created_at)),
        finished_at: Set(None),
    };
    import::Entity::insert(row).exec_without_returning(conn).await?;
    // SQLite takes at most 32,766 values in one statement.
    for some in rows.chunks(500) {
        let models = some.iter().map(|row| model(new.id, row));
        import_row::Entity::insert_many(models).exec_without_returning(conn).await?;
    }
    Ok(())
}

fn model(import: ImportId, row: &NewRow) -> import_row::ActiveModel {
    let inboxes: Vec<String> = row.inboxes.iter().map(ToString::to_string).collect();
    import_row::ActiveModel {
        import_id: Set(import.0),
        row_number: Set(i32::try_from(row.typed.number).unwrap_or(i32::MAX)),
        name: Set(row.typed.name.clone()),
        email: Set(row.typed.email.clone()),
        inboxes: Set(row.typed.inboxes.clone()),
        inbox_ids: Set(inboxes.join(",")),
        status: Set(row.status.key().to_owned()),
        detail: Set(row.detail.clone()),
        agent_id: Set(row.agent.map(|agent| agent.0)),
    }
}

/// The tenant's import with this id; another tenant's is not there.
pub async fn find(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    id: ImportId,
) -> Result<Option<Import>, DbErr> {
    let query = import::Entity::find_by_id(id.0).filter(import::Column::UserId.eq(tenant.0));
    Ok(query.one(conn).await?.map(Import::from))
}

/// The rows of an import in their order, with their agents.
pub async fn rows(conn: &impl ConnectionTrait, id: ImportId) -> Result<Vec<Row>, DbErr> {
    let sql = "SELECT r.row_number, r.name, r.email, r.inboxes, r.status, r.detail, r.agent_id, \
               a.name AS agent_name, a.email AS agent_email, a.state AS agent_state, a.failure AS agent_failure, \
               a.password_set, o.status AS operation \
               FROM import_rows r LEFT JOIN helpdesk_users a ON a.id = r.agent_id \
               LEFT JOIN operations o ON o.helpdesk_user_id = a.id AND o.status <> 'done' \
               WHERE r.import_id = $1 ORDER BY r.row_number";
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [id.0.into()]);
    Ok(Joined::find_by_statement(statement).all(conn).await?.into_iter().map(Row::from).collect())
}

/// The tenant's newest import of all, if it is newer than this one.
pub async fn newer(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    id: ImportId,
) -> Result<Option<ImportId>, DbErr> {
    let query = import::Entity::find()
        .filter(import::Column::UserId.eq(tenant.0))
        .filter(import::Column::Id.gt(id.0))
        .order_by_desc(import::Column::Id);
    Ok(query.one(conn).await?.map(|row| ImportId(row.id)))
}

/// The tenant's latest imports that were started, newest first.
pub async fn latest(conn: &impl ConnectionTrait, tenant: TenantId, count: u64) -> Result<Vec<Import>, DbErr> {
    let query = import::Entity::find()
        .filter(import::Column::UserId.eq(tenant.0))
        .filter(import::Column::Status.ne(ImportState::Draft.key()))
        .order_by_desc(import::Column::CreatedAt)
        .limit(count);
    Ok(query.all(conn).await?.into_iter().map(Import::from).collect())
}

/// Every import that is being worked on, oldest first.
pub async fn running(conn: &impl ConnectionTrait) -> Result<Vec<Import>, DbErr> {
    let query = import::Entity::find()
        .filter(import::Column::Status.eq(ImportState::Running.key()))
        .order_by_asc(import::Column::CreatedAt);
    Ok(query.all(conn).await?.into_iter().map(Import::from).collect())
}

/// Whether the tenant has an import that is being worked on.
pub async fn has_running(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, DbErr> {
    let query = import::Entity::find()
        .filter(import::Column::UserId.eq(tenant.0))
        .filter(import::Column::Status.eq(ImportState::Running.key()));
    Ok(query.count(conn).await? > 0)
}

/// Begins the work on a draft.
pub async fn start(
    conn: &impl ConnectionTrait,
    id: ImportId,
    request_id: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    import::Entity::update_many()
        .col_expr(import::Column::Status, Expr::value(ImportState::Running.key()))
        .col_expr(import::Column::RequestId, Expr::value(request_id))
        .col_expr(import::Column::StartedAt, Expr::value(now))
        .filter(import::Column::Id.eq(id.0))
        .exec(conn)
        .await
        .map(drop)
}

/// Ends the work on an import; `false` when somebody did so first.
pub async fn finish(conn: &impl ConnectionTrait, id: ImportId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let result = import::Entity::update_many()
        .col_expr(import::Column::Status, Expr::value(ImportState::Finished.key()))
        .col_expr(import::Column::FinishedAt, Expr::value(now))
        .filter(import::Column::Id.eq(id.0))
        .filter(import::Column::Status.eq(ImportState::Running.key()))
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// How many rows of the import have this status.
pub async fn count(conn: &impl ConnectionTrait, id: ImportId, status: RowStatus) -> Result<u64, DbErr> {
    import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(id.0))
        .filter(import_row::Column::Status.eq(status.key()))
        .count(conn)
        .await
}

/// The first row that waits for its turn.
pub async fn next_waiting(conn: &impl ConnectionTrait, id: ImportId) -> Result<Option<Waiting>, DbErr> {
    let query = import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(id.0))
        .filter(import_row::Column::Status.eq(RowStatus::Waiting.key()))
        .order_by_asc(import_row::Column::RowNumber);
    Ok(query.one(conn).await?.map(|row| Waiting {
        number: row.row_number,
        name: row.name,
        inboxes: row.inbox_ids.split(',').filter_map(|id| id.parse().ok().map(InboxId)).collect(),
    }))
}

/// How many agents of this import are still being set up.
pub async fn being_set_up(conn: &impl ConnectionTrait, id: ImportId) -> Result<u64, DbErr> {
    #[derive(FromQueryResult)]
    struct Count {
        agents: i64,
    }
    let sql = "SELECT count(*) AS agents FROM import_rows r \
               JOIN operations o ON o.helpdesk_user_id = r.agent_id AND o.status = 'due' \
               WHERE r.import_id = $1 AND r.status = 'created'";
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [id.0.into()]);
    let found = Count::find_by_statement(statement).one(conn).await?;
    Ok(found.and_then(|count| u64::try_from(count.agents).ok()).unwrap_or(0))
}

/// Stores what came of a row.
pub async fn conclude(
    conn: &impl ConnectionTrait,
    id: ImportId,
    row: i32,
    status: RowStatus,
    agent: Option<AgentId>,
    detail: Option<String>,
) -> Result<(), DbErr> {
    import_row::Entity::update_many()
        .col_expr(import_row::Column::Status, Expr::value(status.key()))
        .col_expr(import_row::Column::AgentId, Expr::value(agent.map(|agent| agent.0)))
        .col_expr(import_row::Column::Detail, Expr::value(detail))
        .filter(import_row::Column::ImportId.eq(id.0))
        .filter(import_row::Column::RowNumber.eq(row))
        .exec(conn)
        .await
        .map(drop)
}

/// The tenant's agents that are there, by the names and addresses that rows are compared with.
pub async fn known_agents(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Known>, DbErr> {
    let sql = "SELECT id, name, email FROM helpdesk_users WHERE user_id = $1 AND state <> 'removed'";
    named(conn, sql, vec![tenant.0.into()]).await
}

/// The tenant's agent of this name, in any letter case, if it has one.
pub async fn agent_called(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    name: &str,
) -> Result<Option<AgentId>, DbErr> {
    // What is searched begins with the folded name on a line of its own.
    let sql = "SELECT id, name, email FROM helpdesk_users \
               WHERE user_id = $1 AND state <> 'removed' AND substr(search, 1, length($2)) = $2 LIMIT 1";
    let line = format!("{}\n", folded(name));
    Ok(named(conn, sql, vec![tenant.0.into(), line.into()]).await?.pop().map(|agent| agent.id))
}

async fn named(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<Known>, DbErr> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let agents = Named::find_by_statement(statement).all(conn).await?;
    Ok(agents
        .into_iter()
        .map(|agent| Known { id: AgentId(agent.id), name: agent.name, email: agent.email })
        .collect())
}

/// Forgets what the tenant only looked at.
pub async fn delete_drafts(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<(), DbErr> {
    import::Entity::delete_many()
        .filter(import::Column::UserId.eq(tenant.0))
        .filter(import::Column::Status.eq(ImportState::Draft.key()))
        .exec(conn)
        .await
        .map(drop)
}

/// Forgets imports of this state from before `before`.
pub async fn delete_older(
    conn: &impl ConnectionTrait,
    state: ImportState,
    before: DateTime<Utc>,
) -> Result<(), DbErr> {
    import::Entity::delete_many()
        .filter(import::Column::Status.eq(state.key()))
        .filter(import::Column::CreatedAt.lt(before))
        .exec(conn)
        .await
        .map(drop)
}

impl From<import::Model> for Import {
    fn from(row: import::Model) -> Self {
        Self {
            id: ImportId(row.id),
            tenant: UserId(row.user_id),
            state: ImportState::parse(&row.status).unwrap_or(ImportState::Finished),
            request_id: row.request_id,
            created_at: row.created_at,
        }
    }
}

impl From<Joined> for Row {
    fn from(row: Joined) -> Self {
        let agent = row.agent_id.zip(row.agent_state).map(|(id, state)| RowAgent {
            id: AgentId(id),
            name: row.agent_name.unwrap_or_default(),
            email: row.agent_email.unwrap_or_default(),
            state: AgentState::parse(&state).unwrap_or(AgentState::NeedsAttention),
            failure: row.agent_failure.as_deref().and_then(Failure::parse),
            password_set: row.password_set.unwrap_or(false),
            working: row.operation.as_deref() == Some("due"),
        });
        Self {
            number: u32::try_from(row.row_number).unwrap_or(0),
            name: row.name,
            email: row.email,
            inboxes: row.inboxes,
            status: RowStatus::parse(&row.status).unwrap_or(RowStatus::Failed),
            detail: row.detail,
            agent,
        }
    }
}
