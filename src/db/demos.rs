//! Demos and the inboxes they bring: the only source of inbox ids.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, Statement,
};

use super::entity::demo;
use crate::domain::ids::{DemoId, InboxId, TenantId, UserId};
use crate::domain::inbox::Inbox;

/// A demo as stored.
#[derive(Clone, Debug)]
pub struct Demo {
    pub id: DemoId,
    pub tenant: TenantId,
    pub business_name: String,
    pub business_url: String,
    pub inbox: Option<InboxId>,
    pub created_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct SeenInbox {
    inboxes_seen_at: Option<DateTime<Utc>>,
    inbox_id: Option<i64>,
    name: Option<String>,
}

/// The inboxes of the tenant's own demos, by name.
pub async fn inboxes(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Inbox>, DbErr> {
    let rows = demo::Entity::find()
        .filter(demo::Column::UserId.eq(tenant.0))
        .filter(demo::Column::InboxId.is_not_null())
        .all(conn)
        .await?;
    let mut inboxes: Vec<Inbox> = rows
        .into_iter()
        .filter_map(|row| {
            let name = row.inbox_name.unwrap_or(row.business_name);
            row.inbox_id.map(|id| Inbox { id: InboxId(id), name })
        })
        .collect();
    inboxes.sort_by_key(Inbox::place);
    Ok(inboxes)
}

/// As [`inboxes`], and when their names were last read from Chatwoot; in one query.
pub async fn inboxes_as_of(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<(Vec<Inbox>, Option<DateTime<Utc>>), DbErr> {
    let sql = "SELECT i.inboxes_seen_at, d.inbox_id, COALESCE(d.inbox_name, d.business_name) AS name \
               FROM installations i LEFT JOIN demos d ON d.user_id = $1 AND d.inbox_id IS NOT NULL";
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [tenant.0.into()]);
    let rows = SeenInbox::find_by_statement(statement).all(conn).await?;
    let seen_at = rows.first().and_then(|row| row.inboxes_seen_at);
    let mut inboxes: Vec<Inbox> = rows
        .into_iter()
        .filter_map(|row| Some(Inbox { id: InboxId(row.inbox_id?), name: row.name? }))
        .collect();
    inboxes.sort_by_key(Inbox::place);
    Ok((inboxes, seen_at))
}

/// Every demo of this tenant, newest first.
pub async fn list(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Demo>, DbErr> {
    let query = demo::Entity::find().filter(demo::Column::UserId.eq(tenant.0));
    let rows = query.order_by_desc(demo::Column::Id).all(conn).await?;
    Ok(rows.into_iter().map(Demo::from).collect())
}

/// The demo this inbox belongs to, whoever owns it.
pub async fn find_by_inbox(conn: &impl ConnectionTrait, inbox: InboxId) -> Result<Option<Demo>, DbErr> {
    Ok(demo::Entity::find().filter(demo::Column::InboxId.eq(inbox.0)).one(conn).await?.map(Demo::from))
}

/// Stores a demo; its inbox must not belong to another.
pub async fn insert(conn: &impl ConnectionTrait, new: &Demo) -> Result<(), DbErr> {
    let row = demo::ActiveModel {
        id: Set(new.id.0),
        user_id: Set(new.tenant.0),
        business_name: Set(new.business_name.clone()),
        business_url: Set(new.business_url.clone()),
        inbox_id: Set(new.inbox.map(|inbox| inbox.0)),
        inbox_name: Set(None),
        created_at: Set(new.created_at),
    };
    demo::Entity::insert(row).exec_without_returning(conn).await.map(drop)
}

/// Removes the tenant's demo; `false` if it has none with this id.
pub async fn delete(conn: &impl ConnectionTrait, tenant: TenantId, id: DemoId) -> Result<bool, DbErr> {
    let filter = demo::Entity::delete_many()
        .filter(demo::Column::Id.eq(id.0))
        .filter(demo::Column::UserId.eq(tenant.0));
    Ok(filter.exec(conn).await?.rows_affected == 1)
}

/// Takes over the name Chatwoot shows for this inbox.
pub async fn name_inbox(conn: &impl ConnectionTrait, inbox: &Inbox) -> Result<(), DbErr> {
    demo::Entity::update_many()
        .col_expr(demo::Column::InboxName, Expr::value(inbox.name.clone()))
        .filter(demo::Column::InboxId.eq(inbox.id.0))
        .exec(conn)
        .await
        .map(drop)
}

/// Every demo's inbox with the name last seen, for comparing with Chatwoot.
pub async fn all_inboxes(conn: &impl ConnectionTrait) -> Result<Vec<(InboxId, Option<String>)>, DbErr> {
    let rows = demo::Entity::find().filter(demo::Column::InboxId.is_not_null()).all(conn).await?;
    Ok(rows.into_iter().filter_map(|row| row.inbox_id.map(|id| (InboxId(id), row.inbox_name))).collect())
}

impl From<demo::Model> for Demo {
    fn from(row: demo::Model) -> Self {
        Self {
            id: DemoId(row.id),
            tenant: UserId(row.user_id),
            business_name: row.business_name,
            business_url: row.business_url,
            inbox: row.inbox_id.map(InboxId),
            created_at: row.created_at,
        }
    }
}
