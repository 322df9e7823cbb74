//! Whose operation is next.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement,
};
use uuid::Uuid;

use super::{Lease, claim, free};
use crate::db::entity::operation;
use crate::db::now_ms;
use crate::domain::ids::OperationId;

/// How many operations of one tenant are worked on at once, by all processes together.
const OF_ONE_TENANT: u32 = 2;

/// Whether an operation is due that nobody works on.
pub async fn any_due(conn: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let due = operation::Entity::find()
        .select_only()
        .column(operation::Column::Id)
        .filter(due(conn))
        .limit(1)
        .into_tuple::<Uuid>()
        .one(conn)
        .await?;
    Ok(due.is_some())
}

/// Leases up to `count` due operations to `owner` for `lease_ms`: at most two of one tenant at once, and of the
/// tenants first those who have waited longest for their turn, however many operations they have.
pub async fn claim_due(
    conn: &impl ConnectionTrait,
    owner: &str,
    lease_ms: i64,
    count: u64,
) -> Result<Vec<Lease>, DbErr> {
    let now = now_ms(conn);
    let sql = format!(
        "SELECT d.id FROM (SELECT id, user_id, due_at_ms, \
         row_number() OVER (PARTITION BY user_id ORDER BY due_at_ms, id) AS place FROM operations \
         WHERE status = 'due' AND due_at_ms <= {now} AND (lease_until_ms IS NULL OR lease_until_ms < {now})) d \
         LEFT JOIN (SELECT user_id, count(*) AS running FROM operations \
         WHERE status = 'due' AND lease_until_ms >= {now} GROUP BY user_id) r ON r.user_id = d.user_id \
         LEFT JOIN tenant_turns t ON t.user_id = d.user_id \
         WHERE d.place + COALESCE(r.running, 0) <= {OF_ONE_TENANT} \
         ORDER BY d.place + COALESCE(r.running, 0), COALESCE(t.served_ms, 0), d.due_at_ms, d.id LIMIT {count}"
    );
    let statement = Statement::from_string(conn.get_database_backend(), sql);
    let mut leases = Vec::new();
    for row in conn.query_all_raw(statement).await? {
        let id: Uuid = row.try_get("", "id")?;
        let Some(lease) = claim(conn, OperationId(id), owner, lease_ms).await? else { continue };
        serve(conn, &lease).await?;
        leases.push(lease);
    }
    Ok(leases)
}

/// Notes that the tenant had its turn.
async fn serve(conn: &impl ConnectionTrait, lease: &Lease) -> Result<(), DbErr> {
    let now = now_ms(conn);
    let sql = format!(
        "INSERT INTO tenant_turns (user_id, served_ms) VALUES ($1, {now}) \
         ON CONFLICT (user_id) DO UPDATE SET served_ms = {now}"
    );
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [lease.tenant.0.into()]);
    conn.execute_raw(statement).await.map(drop)
}

fn due(conn: &impl ConnectionTrait) -> Condition {
    Condition::all()
        .add(operation::Column::Status.eq("due"))
        .add(sea_orm::sea_query::Expr::cust(format!("due_at_ms <= {}", now_ms(conn))))
        .add(free(conn))
}
