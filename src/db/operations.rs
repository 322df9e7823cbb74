//! Operations: the queue of wishes that Chatwoot does not agree with yet.

mod due;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

pub use self::due::{any_due, claim_due};
use super::entity::operation;
use super::now_ms;
use crate::domain::agent::Failure;
use crate::domain::ids::{AgentId, OperationId, TenantId, UserId};
use crate::trace::{Origin, Place};

/// An operation that is not done, as people may follow it.
#[derive(Clone, Debug)]
pub struct Operation {
    pub id: OperationId,
    pub agent: AgentId,
    /// `create`, `inboxes`, `password` or `remove`.
    pub kind: String,
    /// Whether it stopped and waits for somebody.
    pub failed: bool,
    pub step: Option<String>,
    pub last_error: Option<Failure>,
    pub last_status: Option<i32>,
    pub last_request_id: Option<String>,
    pub attempts: i32,
    pub due_at_ms: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The right to work on an operation: results are stored only while nobody else has taken it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub operation: OperationId,
    pub agent: AgentId,
    pub tenant: TenantId,
    pub fence: i64,
    /// The request that wished it.
    pub origin: Origin,
}

/// What came of the latest call.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub step: Option<&'static str>,
    pub failure: Option<Failure>,
    pub tries: Tries,
    pub status: Option<u16>,
    pub request_id: Option<String>,
}

/// What becomes of the count of failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tries {
    /// It went well.
    #[default]
    None,
    One,
    /// Nothing was tried, or nothing that says something about the operation.
    Same,
}

/// How an operation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Still being worked on under the same lease.
    Running,
    /// Given back; due again after so many ms.
    DueIn(i64),
    /// Stopped until somebody retries or removes.
    Failed,
    Done,
}

/// The agent's operation that is not done.
pub async fn find_open(conn: &impl ConnectionTrait, agent: AgentId) -> Result<Option<Operation>, DbErr> {
    let query = operation::Entity::find()
        .filter(operation::Column::HelpdeskUserId.eq(agent.0))
        .filter(operation::Column::Status.ne("done"));
    Ok(query.one(conn).await?.map(Operation::from))
}

/// What was last done about the agent, and whether that is over.
pub async fn find_latest(
    conn: &impl ConnectionTrait,
    agent: AgentId,
) -> Result<Option<(Operation, bool)>, DbErr> {
    let query = operation::Entity::find()
        .filter(operation::Column::HelpdeskUserId.eq(agent.0))
        .order_by_desc(operation::Column::Id);
    let row = query.one(conn).await?;
    Ok(row.map(|row| {
        let done = row.status == "done";
        (Operation::from(row), done)
    }))
}

/// Opens an operation for this agent, or wakes the open one up, and leases it to `owner` when given.
///
/// An open operation that somebody works on right now stays with them: they will see the new wish.
pub async fn open(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    agent: AgentId,
    kind: &str,
    owner: Option<(&str, i64)>,
    now: DateTime<Utc>,
) -> Result<Option<Lease>, DbErr> {
    let id = match find_open(conn, agent).await? {
        Some(open) => {
            wake(conn, open.id, kind, now).await?;
            open.id
        }
        None => insert(conn, tenant, agent, kind, now).await?,
    };
    match owner {
        Some((owner, lease_ms)) => claim(conn, id, owner, lease_ms).await,
        None => Ok(None),
    }
}

/// Keeps a lease for another `lease_ms`; `false` when somebody else has it.
pub async fn renew(conn: &impl ConnectionTrait, lease: &Lease, lease_ms: i64) -> Result<bool, DbErr> {
    let until = Expr::cust(format!("{} + {lease_ms}", now_ms(conn)));
    let result = operation::Entity::update_many()
        .col_expr(operation::Column::LeaseUntilMs, until)
        .filter(held(lease))
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Stores how an operation goes on; `false`, and nothing stored, when somebody else has the lease.
pub async fn store(
    conn: &impl ConnectionTrait,
    lease: &Lease,
    outcome: &Outcome,
    standing: Standing,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use operation::Column;
    let status = match standing {
        Standing::Running | Standing::DueIn(_) => "due",
        Standing::Failed => "failed",
        Standing::Done => "done",
    };
    let mut update = operation::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Step, Expr::value(outcome.step))
        .col_expr(Column::LastError, Expr::value(outcome.failure.map(Failure::key)))
        .col_expr(Column::LastStatus, Expr::value(outcome.status.map(i32::from)))
        .col_expr(Column::LastRequestId, Expr::value(outcome.request_id.clone()))
        .col_expr(Column::Attempts, Expr::cust(attempts_after(outcome.tries)))
        .col_expr(Column::UpdatedAt, Expr::value(now));
    if standing != Standing::Running {
        update = update
            .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
            .col_expr(Column::LeaseUntilMs, Expr::value(Option::<i64>::None));
    }
    if let Standing::DueIn(ms) = standing {
        update = update.col_expr(Column::DueAtMs, Expr::cust(format!("{} + {ms}", now_ms(conn))));
    }
    Ok(update.filter(held(lease)).exec(conn).await?.rows_affected == 1)
}

fn attempts_after(tries: Tries) -> &'static str {
    match tries {
        Tries::None => "0",
        Tries::One => "attempts + 1",
        Tries::Same => "attempts",
    }
}

/// Locks the operation until the transaction ends; `false` when somebody else has the lease.
pub async fn hold(conn: &impl ConnectionTrait, lease: &Lease) -> Result<bool, DbErr> {
    let result = operation::Entity::update_many()
        .col_expr(operation::Column::Fence, Expr::value(lease.fence))
        .filter(held(lease))
        .exec(conn)
        .await?;
    Ok(result.rows_affected == 1)
}

/// How many calls of this operation failed in a row.
pub async fn attempts(conn: &impl ConnectionTrait, lease: &Lease) -> Result<i32, DbErr> {
    let row = operation::Entity::find_by_id(lease.operation.0).one(conn).await?;
    Ok(row.map_or(0, |row| row.attempts))
}

/// Ends the agent's open operation, whoever holds it: there is nothing left to do.
pub async fn close(conn: &impl ConnectionTrait, agent: AgentId) -> Result<(), DbErr> {
    operation::Entity::update_many()
        .col_expr(operation::Column::Status, Expr::value("done"))
        .col_expr(operation::Column::Fence, Expr::col(operation::Column::Fence).add(1))
        .filter(operation::Column::HelpdeskUserId.eq(agent.0))
        .filter(operation::Column::Status.ne("done"))
        .exec(conn)
        .await
        .map(drop)
}

/// Makes every operation that waits for Chatwoot to be there due at once, also one that gave up on its errors;
/// not one that Chatwoot itself told to wait.
pub async fn wake_waiting(conn: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let gave_up = Condition::all()
        .add(operation::Column::Status.eq("failed"))
        .add(operation::Column::LastError.eq(Failure::Broken.key()));
    let waits = Condition::all()
        .add(operation::Column::Status.eq("due"))
        .add(operation::Column::LastError.is_not_null())
        .add(operation::Column::LastError.ne(Failure::Busy.key()));
    let result = operation::Entity::update_many()
        .col_expr(operation::Column::Status, Expr::value("due"))
        .col_expr(operation::Column::DueAtMs, Expr::cust(now_ms(conn)))
        .filter(Condition::any().add(gave_up).add(waits))
        .exec(conn)
        .await?;
    Ok(result.rows_affected)
}

/// Forgets operations that were done before this moment.
pub async fn delete_done(conn: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    operation::Entity::delete_many()
        .filter(operation::Column::Status.eq("done"))
        .filter(operation::Column::UpdatedAt.lt(before))
        .exec(conn)
        .await
        .map(drop)
}

/// Frees every lease: for a process that knows itself alone, right after its start.
pub async fn release_all(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    release(operation::Entity::update_many().filter(operation::Column::LeaseOwner.is_not_null()), conn).await
}

/// Frees the leases of `owner`, when it stops.
pub async fn release_of(conn: &impl ConnectionTrait, owner: &str) -> Result<(), DbErr> {
    release(operation::Entity::update_many().filter(operation::Column::LeaseOwner.eq(owner)), conn).await
}

async fn release(
    update: sea_orm::UpdateMany<operation::Entity>,
    conn: &impl ConnectionTrait,
) -> Result<(), DbErr> {
    update
        .col_expr(operation::Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(operation::Column::LeaseUntilMs, Expr::value(Option::<i64>::None))
        .exec(conn)
        .await
        .map(drop)
}

async fn insert(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    agent: AgentId,
    kind: &str,
    now: DateTime<Utc>,
) -> Result<OperationId, DbErr> {
    let id = Uuid::now_v7();
    let origin = Origin::current();
    let row = operation::ActiveModel {
        id: Set(id),
        user_id: Set(tenant.0),
        helpdesk_user_id: Set(agent.0),
        kind: Set(kind.to_owned()),
        status: Set("due".to_owned()),
        step: Set(None),
        last_error: Set(None),
        last_status: Set(None),
        last_request_id: Set(None),
        attempts: Set(0),
        // Due since ever: leases and due times are compared by the database's clock, not ours.
        due_at_ms: Set(0),
        lease_owner: Set(None),
        lease_until_ms: Set(None),
        fence: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        request_id: Set(origin.request),
        trace_id: Set(origin.trace.map(|place| place.to_string())),
    };
    operation::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(OperationId(id))
}

async fn wake(
    conn: &impl ConnectionTrait,
    id: OperationId,
    kind: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let origin = Origin::current();
    operation::Entity::update_many()
        .col_expr(operation::Column::Kind, Expr::value(kind))
        .col_expr(operation::Column::Status, Expr::value("due"))
        .col_expr(operation::Column::DueAtMs, Expr::value(0_i64))
        .col_expr(operation::Column::Attempts, Expr::value(0))
        .col_expr(operation::Column::UpdatedAt, Expr::value(now))
        .col_expr(operation::Column::RequestId, Expr::value(origin.request))
        .col_expr(operation::Column::TraceId, Expr::value(origin.trace.map(|place| place.to_string())))
        .filter(operation::Column::Id.eq(id.0))
        .exec(conn)
        .await
        .map(drop)
}

async fn claim(
    conn: &impl ConnectionTrait,
    id: OperationId,
    owner: &str,
    lease_ms: i64,
) -> Result<Option<Lease>, DbErr> {
    let claimed = operation::Entity::update_many()
        .col_expr(operation::Column::LeaseOwner, Expr::value(owner))
        .col_expr(operation::Column::LeaseUntilMs, Expr::cust(format!("{} + {lease_ms}", now_ms(conn))))
        .col_expr(operation::Column::Fence, Expr::col(operation::Column::Fence).add(1))
        .filter(operation::Column::Id.eq(id.0))
        .filter(operation::Column::Status.eq("due"))
        .filter(free(conn))
        .exec(conn)
        .await?;
    if claimed.rows_affected == 0 {
        return Ok(None);
    }
    let row = operation::Entity::find_by_id(id.0).one(conn).await?;
    Ok(row.map(|row| Lease {
        operation: id,
        agent: AgentId(row.helpdesk_user_id),
        tenant: UserId(row.user_id),
        fence: row.fence,
        origin: Origin {
            request: row.request_id,
            trace: row.trace_id.as_deref().and_then(Place::parse),
            ip: None,
        },
    }))
}

fn free(conn: &impl ConnectionTrait) -> Expr {
    Expr::cust(format!("(lease_until_ms IS NULL OR lease_until_ms < {})", now_ms(conn)))
}

fn held(lease: &Lease) -> Condition {
    Condition::all()
        .add(operation::Column::Id.eq(lease.operation.0))
        .add(operation::Column::Fence.eq(lease.fence))
}

impl From<operation::Model> for Operation {
    fn from(row: operation::Model) -> Self {
        Self {
            id: OperationId(row.id),
            agent: AgentId(row.helpdesk_user_id),
            failed: row.status == "failed",
            kind: row.kind,
            step: row.step,
            last_error: row.last_error.as_deref().and_then(Failure::parse),
            last_status: row.last_status,
            last_request_id: row.last_request_id,
            attempts: row.attempts,
            due_at_ms: row.due_at_ms,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
