//! People who sign in.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use uuid::Uuid;

use super::entity::{demo, helpdesk_user, session, user};
use super::installation::connection_of;
use super::sessions::StoredSession;
use crate::domain::agent::AgentState;
use crate::domain::connection::Connection;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::tier::Tier;
use crate::domain::user::{Role, User};

/// A user with the stored form of its password and the installation's state: all a signed-in request starts from.
#[derive(Clone)]
pub struct Account {
    pub user: User,
    /// A PHC string (`$argon2id$…`).
    pub password_hash: String,
    pub connection: Connection,
}

/// A user to be stored.
pub struct NewUser<'a> {
    pub id: UserId,
    /// Lower case.
    pub email: &'a str,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub role: Role,
    pub tier: &'a str,
    pub now: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct AccountRow {
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
    role: String,
    tier: String,
    disabled_at: Option<DateTime<Utc>>,
    second_factor_since: Option<DateTime<Utc>>,
    label: String,
    health: String,
    route: Option<String>,
    version: Option<String>,
    since: Option<DateTime<Utc>>,
    checked_at: Option<DateTime<Utc>>,
    inboxes_seen_at: Option<DateTime<Utc>>,
    paused_until_ms: Option<i64>,
}

const COLUMNS: &str = "u.id, u.email, u.name, u.password_hash, u.role, u.tier, u.disabled_at, \
     u.second_factor_since, t.label, i.health, i.route, i.version, i.since, i.checked_at, i.inboxes_seen_at, \
     i.paused_until_ms";
const TABLES: &str = "users u JOIN tier_limits t ON t.tier = u.tier JOIN installations i ON i.id = 1";

#[derive(FromQueryResult)]
struct SessionRow {
    #[sea_orm(nested(prefix = "s_"))]
    session: session::Model,
    #[sea_orm(nested)]
    account: AccountRow,
}

const SESSION_COLUMNS: &str = "s.id_hash AS s_id_hash, s.user_id AS s_user_id, s.data AS s_data, \
     s.created_at_ms AS s_created_at_ms, s.expires_at_ms AS s_expires_at_ms, \
     s.signed_in_at_ms AS s_signed_in_at_ms, s.last_used_ms AS s_last_used_ms, s.browser AS s_browser, \
     s.network AS s_network";

/// The session with this hash and its account in one query, unless it has expired at `now_ms`.
pub async fn find_by_session(
    conn: &impl ConnectionTrait,
    id_hash: &str,
    now_ms: i64,
) -> Result<Option<(StoredSession, Account)>, DbErr> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, {COLUMNS} FROM {TABLES} \
         JOIN sessions s ON s.user_id = u.id WHERE s.id_hash = $1 AND s.expires_at_ms > $2"
    );
    let statement =
        Statement::from_sql_and_values(conn.get_database_backend(), sql, [id_hash.into(), now_ms.into()]);
    let row = SessionRow::find_by_statement(statement).one(conn).await?;
    Ok(row.map(|row| (row.session.into(), row.account.into())))
}

/// The account with this id.
pub async fn find(conn: &impl ConnectionTrait, id: UserId) -> Result<Option<Account>, DbErr> {
    account(conn, "WHERE u.id = $1", id.0.into()).await
}

/// The account with this address, whatever its letter case.
pub async fn find_by_email(conn: &impl ConnectionTrait, email: &str) -> Result<Option<Account>, DbErr> {
    account(conn, "WHERE u.email = $1", email.trim().to_lowercase().into()).await
}

/// Every account, by address.
pub async fn list(conn: &impl ConnectionTrait) -> Result<Vec<Account>, DbErr> {
    let statement = Statement::from_string(
        conn.get_database_backend(),
        format!("SELECT {COLUMNS} FROM {TABLES} ORDER BY u.email"),
    );
    Ok(AccountRow::find_by_statement(statement).all(conn).await?.into_iter().map(Account::from).collect())
}

/// Stores a new user; the address must be free.
pub async fn insert(conn: &impl ConnectionTrait, new: NewUser<'_>) -> Result<(), DbErr> {
    let row = user::ActiveModel {
        id: Set(new.id.0),
        email: Set(new.email.to_owned()),
        name: Set(new.name.to_owned()),
        password_hash: Set(new.password_hash.to_owned()),
        role: Set(new.role.key().to_owned()),
        tier: Set(new.tier.to_owned()),
        seat_version: Set(0),
        disabled_at: Set(None),
        last_sign_in_at: Set(None),
        search_text: Set(search_text(new.name, new.email)),
        second_factor_secret: Set(None),
        second_factor_since: Set(None),
        second_factor_step: Set(None),
        created_at: Set(new.now),
        updated_at: Set(new.now),
    };
    user::Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// What a user is found and sorted by: lower case whatever the script, the name before the address.
pub fn search_text(name: &str, email: &str) -> String {
    format!("{}\n{email}", name.to_lowercase())
}

/// Changes the name, and with it what the user is found by.
pub async fn set_name(
    conn: &impl ConnectionTrait,
    id: UserId,
    name: &str,
    email: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::Name, Expr::value(name))
        .col_expr(user::Column::SearchText, Expr::value(search_text(name, email)))
        .col_expr(user::Column::UpdatedAt, Expr::value(now))
        .filter(user::Column::Id.eq(id.0))
        .exec(conn)
        .await
        .map(drop)
}

/// Notes that the user has just signed in.
pub async fn set_signed_in(conn: &impl ConnectionTrait, id: UserId, now: DateTime<Utc>) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::LastSignInAt, Expr::value(now))
        .filter(user::Column::Id.eq(id.0))
        .exec(conn)
        .await
        .map(drop)
}

/// Changes the tier; the tier must exist.
pub async fn set_tier(
    conn: &impl ConnectionTrait,
    id: UserId,
    tier: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    set(conn, id, user::Column::Tier, tier.into(), now).await
}

pub async fn set_role(
    conn: &impl ConnectionTrait,
    id: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    set(conn, id, user::Column::Role, role.key().into(), now).await
}

/// Replaces the stored password, which ends every session of that user.
pub async fn set_password_hash(
    conn: &impl ConnectionTrait,
    id: UserId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    set(conn, id, user::Column::PasswordHash, hash.into(), now).await
}

/// Shuts a user out, or lets it in again with `None`.
pub async fn set_disabled(
    conn: &impl ConnectionTrait,
    id: UserId,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    set(conn, id, user::Column::DisabledAt, since.into(), now).await
}

/// Makes every other transaction that may take a super admin away wait until this one ends.
///
/// On SQLite there is only one such transaction anyway, and no lock to ask for.
pub async fn lock_super_admins(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    let super_admins = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Role.eq(Role::SuperAdmin.key()))
        .order_by_asc(user::Column::Id)
        .lock_exclusive();
    super_admins.into_tuple::<Uuid>().all(conn).await.map(drop)
}

/// How many agents that are not gone, and how many demos somebody has.
pub async fn belongings(conn: &impl ConnectionTrait, id: UserId) -> Result<(u64, u64), DbErr> {
    let agents = helpdesk_user::Entity::find()
        .filter(helpdesk_user::Column::UserId.eq(id.0))
        .filter(helpdesk_user::Column::State.ne(AgentState::Removed.key()))
        .count(conn)
        .await?;
    let demos = demo::Entity::find().filter(demo::Column::UserId.eq(id.0)).count(conn).await?;
    Ok((agents, demos))
}

/// How many super admins beside this one may sign in.
pub async fn count_other_super_admins(conn: &impl ConnectionTrait, id: UserId) -> Result<u64, DbErr> {
    user::Entity::find()
        .filter(user::Column::Role.eq(Role::SuperAdmin.key()))
        .filter(user::Column::DisabledAt.is_null())
        .filter(user::Column::Id.ne(id.0))
        .count(conn)
        .await
}

/// Makes every other seat-taking transaction of this tenant wait until this one ends.
///
/// Must be the first statement of its transaction.
pub async fn lock(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::SeatVersion, Expr::col(user::Column::SeatVersion).add(1))
        .filter(user::Column::Id.eq(tenant.0))
        .exec(conn)
        .await
        .map(drop)
}

async fn set(
    conn: &impl ConnectionTrait,
    id: UserId,
    column: user::Column,
    value: Value,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(column, Expr::value(value))
        .col_expr(user::Column::UpdatedAt, Expr::value(now))
        .filter(user::Column::Id.eq(id.0))
        .exec(conn)
        .await
        .map(drop)
}

async fn account(conn: &impl ConnectionTrait, filter: &str, value: Value) -> Result<Option<Account>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} {filter}");
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [value]);
    Ok(AccountRow::find_by_statement(statement).one(conn).await?.map(Account::from))
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let connection = connection_of(
            &row.health,
            row.route.as_deref(),
            row.version,
            [row.since, row.checked_at, row.inboxes_seen_at],
            row.paused_until_ms,
        );
        let tier = Tier { key: row.tier, label: row.label };
        let user = User {
            id: UserId(row.id),
            email: row.email,
            name: row.name,
            // An unknown role, as an import might bring, gets the least rights.
            role: Role::parse(&row.role).unwrap_or(Role::User),
            tier,
            disabled: row.disabled_at.is_some(),
            has_second_factor: row.second_factor_since.is_some(),
        };
        Self { user, password_hash: row.password_hash, connection }
    }
}
