//! The list of users for administrators: searched, filtered and sorted over indexes that hold all it looks at.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::entitlements::overrides_in_force;
use crate::domain::entitlement::Entitlement;
use crate::domain::ids::UserId;
use crate::domain::limits::LimitName;
use crate::domain::tier::Limit;
use crate::domain::user::{Role, Sort, UserFilter};

/// A user as a line of the list.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// The tier's key and label.
    pub tier: String,
    pub tier_label: String,
    pub disabled: bool,
    pub has_second_factor: bool,
    pub created_at: DateTime<Utc>,
    pub agents: u64,
    /// What the user may have: the tier's limit or an override.
    pub entitlement: Entitlement,
    /// Whether an override is in force, whatever the tier.
    pub overridden: bool,
    pub demos: Demos,
    pub last_sign_in: Option<DateTime<Utc>>,
}

/// The demos that a user has.
#[derive(Clone, Copy, Debug)]
pub struct Demos {
    pub used: u64,
    /// Whether an override of their limit is in force, whatever the tier.
    pub overridden: bool,
}

/// A tier, and how many users of it a filter finds.
#[derive(Clone, Debug)]
pub struct TierCount {
    pub key: String,
    pub label: String,
    pub max_agents: Limit,
    pub max_demos: Limit,
    pub matching: u64,
}

#[derive(FromQueryResult)]
struct LineRow {
    id: Uuid,
    name: String,
    email: String,
    role: String,
    tier: String,
    label: String,
    disabled_at: Option<DateTime<Utc>>,
    second_factor_since: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    agents: i64,
    max_helpdesk_agents: i64,
    own: Option<i64>,
    demos: i64,
    own_demos: i64,
    last_sign_in_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct TierRow {
    tier: String,
    label: String,
    max_helpdesk_agents: i64,
    max_demos: i64,
    matching: i64,
}

/// The agents of `u` that hold a seat, as triggers count them.
const AGENTS: &str = "u.seats_used";

/// Every tier, lowest first, with how many users the filter finds there: their sum is the total.
pub async fn count(conn: &impl ConnectionTrait, filter: &UserFilter) -> Result<Vec<TierCount>, DbErr> {
    let mut values = Vec::new();
    let condition = condition(filter, &mut values);
    let sql = format!(
        "SELECT t.tier, t.label, t.max_helpdesk_agents, t.max_demos, \
         (SELECT count(*) FROM users u WHERE u.tier = t.tier{condition}) AS matching \
         FROM tier_limits t ORDER BY t.rank, t.tier"
    );
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = TierRow::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(TierCount::from).collect())
}

/// `count` users from `offset` on, in this order; `tiers` are those that [`count`] found.
pub async fn page(
    conn: &impl ConnectionTrait,
    filter: &UserFilter,
    tiers: &[TierCount],
    (offset, count): (u64, u64),
    now: DateTime<Utc>,
) -> Result<Vec<Line>, DbErr> {
    let mut values = vec![now.into()];
    let sql = page_sql(filter, tiers, offset, count, &mut values);
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = LineRow::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// The user with this id.
pub async fn find(
    conn: &impl ConnectionTrait,
    id: UserId,
    now: DateTime<Utc>,
) -> Result<Option<Line>, DbErr> {
    let sql = format!("{} FROM users u {} WHERE u.id = $2", selected(), joined());
    let statement =
        Statement::from_sql_and_values(conn.get_database_backend(), sql, [now.into(), id.0.into()]);
    Ok(LineRow::find_by_statement(statement).one(conn).await?.map(Line::from))
}

/// What the database says about how it would read that page.
pub async fn explain(
    conn: &impl ConnectionTrait,
    filter: &UserFilter,
    tiers: &[TierCount],
    explain: &str,
    now: DateTime<Utc>,
) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    let mut values = vec![now.into()];
    let sql = format!("{explain} {}", page_sql(filter, tiers, 0, 50, &mut values));
    conn.query_all_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await
}

/// First which users (from an index alone), then what the page shows of those few.
fn page_sql(
    filter: &UserFilter,
    tiers: &[TierCount],
    offset: u64,
    count: u64,
    values: &mut Vec<Value>,
) -> String {
    let order = order(filter);
    let chosen = if filter.sort == Sort::Tier {
        by_tier(filter, tiers, offset, count, values)
    } else {
        let condition = condition(filter, values);
        format!(
            "SELECT u.id, 0 AS place FROM users u WHERE TRUE{condition} ORDER BY {order} LIMIT {count} OFFSET {offset}"
        )
    };
    format!(
        "{} FROM ({chosen}) c JOIN users u ON u.id = c.id {} ORDER BY c.place, {order}",
        selected(),
        joined()
    )
}

fn selected() -> String {
    let own_demos = overrides_in_force(Some(LimitName::Demos), "$1").replacen(" ON ", " WHERE ", 1);
    format!(
        "SELECT u.id, u.name, u.email, u.role, u.tier, t.label, u.disabled_at, u.second_factor_since, \
         {AGENTS} AS agents, t.max_helpdesk_agents, v.value AS own, u.last_sign_in_at, u.created_at, \
         u.demos_used AS demos, (SELECT count(*) FROM {own_demos}) AS own_demos"
    )
}

/// Brings the tier `t` and the override `v` that is in force at the first parameter.
fn joined() -> String {
    let overrides = overrides_in_force(Some(LimitName::HelpdeskAgents), "$1");
    format!("JOIN tier_limits t ON t.tier = u.tier LEFT JOIN {overrides}")
}

/// One piece for each tier that the page reaches into: only so does an index give the order.
fn by_tier(
    filter: &UserFilter,
    tiers: &[TierCount],
    offset: u64,
    count: u64,
    values: &mut Vec<Value>,
) -> String {
    let mut ordered: Vec<&TierCount> = tiers.iter().collect();
    if filter.descending {
        ordered.reverse();
    }
    let (mut skip, mut left, mut pieces) = (offset, count, Vec::new());
    for (place, tier) in ordered.into_iter().enumerate() {
        let here = tier.matching.saturating_sub(skip).min(left);
        if here > 0 {
            values.push(tier.key.as_str().into());
            let key = values.len();
            let condition = condition(filter, values);
            pieces.push(format!(
                "SELECT * FROM (SELECT u.id, {place} AS place FROM users u WHERE u.tier = ${key}{condition} \
                 ORDER BY u.search_text LIMIT {here} OFFSET {skip}) p{place}"
            ));
            left -= here;
        }
        skip = skip.saturating_sub(tier.matching);
    }
    if pieces.is_empty() {
        return "SELECT u.id, 0 AS place FROM users u WHERE FALSE".to_owned();
    }
    pieces.join(" UNION ALL ")
}

fn order(filter: &UserFilter) -> String {
    let (way, nulls) = if filter.descending { ("DESC", "LAST") } else { ("ASC", "FIRST") };
    match filter.sort {
        Sort::Name => format!("u.search_text {way}"),
        Sort::Email => format!("u.email {way}"),
        Sort::Tier => "u.search_text".to_owned(),
        Sort::LastSignIn => format!("u.last_sign_in_at {way} NULLS {nulls}, u.id {way}"),
        Sort::Agents => format!("{AGENTS} {way}, u.search_text {way}"),
    }
}

/// What the filter asks beyond the tier's own join. A bare parameter after LIKE would make SQLite compile the whole
/// statement again each time it is used.
fn condition(filter: &UserFilter, values: &mut Vec<Value>) -> String {
    let mut conditions = Vec::new();
    let mut and = |text: &str, value: Option<Value>| {
        values.extend(value);
        conditions.push(format!(" AND {}", text.replace('?', &format!("${}", values.len()))));
    };
    if !filter.search.is_empty() {
        and("u.search_text LIKE ('' || ?) ESCAPE '!'", Some(pattern(&filter.search).into()));
    }
    if let Some(role) = filter.role {
        and("u.role = ?", Some(role.key().into()));
    }
    if let Some(tier) = &filter.tier {
        and("u.tier = ?", Some(tier.as_str().into()));
    }
    match filter.suspended {
        Some(true) => and("u.disabled_at IS NOT NULL", None),
        Some(false) => and("u.disabled_at IS NULL", None),
        None => {}
    }
    conditions.concat()
}

fn pattern(search: &str) -> String {
    let escaped = search.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

impl From<TierRow> for TierCount {
    fn from(row: TierRow) -> Self {
        Self {
            key: row.tier,
            label: row.label,
            max_agents: Limit::from_stored(row.max_helpdesk_agents),
            max_demos: Limit::from_stored(row.max_demos),
            matching: number(row.matching),
        }
    }
}

impl From<LineRow> for Line {
    fn from(row: LineRow) -> Self {
        Self {
            id: UserId(row.id),
            name: row.name,
            email: row.email,
            role: Role::parse(&row.role).unwrap_or(Role::User),
            tier: row.tier,
            tier_label: row.label,
            disabled: row.disabled_at.is_some(),
            has_second_factor: row.second_factor_since.is_some(),
            created_at: row.created_at,
            agents: number(row.agents),
            overridden: row.own.is_some(),
            demos: Demos { used: number(row.demos), overridden: row.own_demos > 0 },
            entitlement: Entitlement::of(
                Limit::from_stored(row.max_helpdesk_agents),
                row.own.map(Limit::from_stored),
            ),
            last_sign_in: row.last_sign_in_at,
        }
    }
}
