//! What the last look at the operator's Chatwoot found.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::entity::installation;
use crate::domain::connection::{Connection, Health, Route};

/// The one row.
const ID: i32 = 1;

/// The last known state.
pub async fn find(conn: &impl ConnectionTrait) -> Result<Connection, DbErr> {
    let row = installation::Entity::find_by_id(ID).one(conn).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("installations".into()))?;
    Ok(connection_of(
        &row.health,
        row.route.as_deref(),
        row.version,
        [row.since, row.checked_at, row.inboxes_seen_at],
        row.paused_until_ms,
    ))
}

/// Stores what a check found; `since` moves only when the health changed, route and version only when known.
pub async fn record(
    conn: &impl ConnectionTrait,
    health: Health,
    route: Option<Route>,
    version: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let since = Expr::case(
        Expr::col(installation::Column::Health).eq(health.key()),
        Expr::col(installation::Column::Since),
    )
    .finally(Expr::value(now));
    let mut update = installation::Entity::update_many()
        .col_expr(installation::Column::Since, since.into())
        .col_expr(installation::Column::Health, Expr::value(health.key()))
        .col_expr(installation::Column::CheckedAt, Expr::value(now));
    if let Some(route) = route {
        update = update.col_expr(installation::Column::Route, Expr::value(route.key()));
    }
    if let Some(version) = version {
        update = update.col_expr(installation::Column::Version, Expr::value(version));
    }
    update.filter(installation::Column::Id.eq(ID)).exec(conn).await.map(drop)
}

/// Stores which installation the state belongs to; another one starts unchecked.
pub async fn belongs_to(
    conn: &impl ConnectionTrait,
    origin: Option<&str>,
    account: Option<i64>,
    health: Health,
) -> Result<(), DbErr> {
    let row = installation::Entity::find_by_id(ID).one(conn).await?;
    if row.is_some_and(|row| {
        row.origin.as_deref() == origin
            && row.chatwoot_account_id == account
            && (row.health == Health::NotConfigured.key()) == (health == Health::NotConfigured)
    }) {
        return Ok(());
    }
    let none = Expr::value(Option::<DateTime<Utc>>::None);
    installation::Entity::update_many()
        .col_expr(installation::Column::Origin, Expr::value(origin.map(str::to_owned)))
        .col_expr(installation::Column::ChatwootAccountId, Expr::value(account))
        .col_expr(installation::Column::Health, Expr::value(health.key()))
        .col_expr(installation::Column::Route, Expr::value(Option::<String>::None))
        .col_expr(installation::Column::Version, Expr::value(Option::<String>::None))
        .col_expr(installation::Column::Since, none.clone())
        .col_expr(installation::Column::CheckedAt, none.clone())
        .col_expr(installation::Column::InboxesSeenAt, none)
        .col_expr(installation::Column::PausedUntilMs, Expr::value(Option::<i64>::None))
        .filter(installation::Column::Id.eq(ID))
        .exec(conn)
        .await
        .map(drop)
}

/// Notes that the inboxes' names were read from Chatwoot.
pub async fn inboxes_seen(conn: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    installation::Entity::update_many()
        .col_expr(installation::Column::InboxesSeenAt, Expr::value(now))
        .filter(installation::Column::Id.eq(ID))
        .exec(conn)
        .await
        .map(drop)
}

/// Reads the stored columns; `times` are since, checked and inboxes seen.
pub(super) fn connection_of(
    health: &str,
    route: Option<&str>,
    version: Option<String>,
    times: [Option<DateTime<Utc>>; 3],
    paused_until_ms: Option<i64>,
) -> Connection {
    let [since, checked_at, inboxes_seen_at] = times;
    Connection {
        health: Health::parse(health).unwrap_or(Health::Unchecked),
        since,
        checked_at,
        inboxes_seen_at,
        route: route.and_then(Route::parse),
        version,
        paused_until: paused_until_ms.and_then(DateTime::from_timestamp_millis),
    }
}
