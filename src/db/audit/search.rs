//! The audit log of everybody, newest first, a page at a time from any entry on.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::Entry;
use crate::db::entity::audit_event;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::user::Role;

/// What is to be shown; of each part that is given, at least one of its values.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// `user`, `system` or `operator`.
    pub actor_kind: Option<&'static str>,
    pub actors: Option<Vec<UserId>>,
    pub tenants: Option<Vec<TenantId>>,
    pub action: Option<String>,
    pub objects: Option<Vec<String>>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// The place of an entry in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

/// Which part of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Newest,
    OlderThan(Cursor),
    NewerThan(Cursor),
}

/// An entry, and who is in it under their names of today.
#[derive(Clone, Debug)]
pub struct Named {
    pub entry: Entry,
    pub actor: Option<Person>,
    pub tenant: Option<Person>,
}

/// What somebody is called.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub email: String,
    /// Whether there is a tenant's page of it; administrators have none.
    pub is_tenant: bool,
}

#[derive(FromQueryResult)]
struct Joined {
    #[sea_orm(nested)]
    event: audit_event::Model,
    actor_name: Option<String>,
    actor_email: Option<String>,
    tenant_name: Option<String>,
    tenant_email: Option<String>,
    tenant_role: Option<String>,
}

const READ: &str = "SELECT e.*, a.name AS actor_name, a.email AS actor_email, t.name AS tenant_name, \
     t.email AS tenant_email, t.role AS tenant_role FROM audit_events e LEFT JOIN users a ON a.id = e.actor_id \
     LEFT JOIN users t ON t.id = e.tenant_id";

/// At most `count` entries of this part, newest first.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    part: Part,
    count: u64,
) -> Result<Vec<Named>, DbErr> {
    let statement = statement(conn.get_database_backend(), filter, part, count);
    let mut rows = Joined::find_by_statement(statement).all(conn).await?;
    if let Part::NewerThan(_) = part {
        rows.reverse();
    }
    Ok(rows.into_iter().map(Named::from).collect())
}

/// The entry with this id.
pub async fn find(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Named>, DbErr> {
    let sql = format!("{READ} WHERE e.id = $1");
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [id.into()]);
    Ok(Joined::find_by_statement(statement).one(conn).await?.map(Named::from))
}

/// What [`list`] asks, nearest to the cursor first.
pub fn statement(backend: DbBackend, filter: &Filter, part: Part, count: u64) -> Statement {
    let mut query = Query::default();
    query.is("e.actor", filter.actor_kind);
    query.among("e.actor_id", filter.actors.as_deref().map(|ids| ids.iter().map(|id| id.0.into())));
    query.among("e.tenant_id", filter.tenants.as_deref().map(|ids| ids.iter().map(|id| id.0.into())));
    query.is("e.action", filter.action.as_deref());
    query.among("e.object_id", filter.objects.as_deref().map(|ids| ids.iter().map(|id| id.as_str().into())));
    query.compare("e.at >=", filter.from);
    query.compare("e.at <", filter.until);
    let order = match part {
        Part::NewerThan(_) => "ASC",
        Part::Newest | Part::OlderThan(_) => "DESC",
    };
    match part {
        Part::Newest => {}
        Part::OlderThan(cursor) => query.beyond("<", cursor),
        Part::NewerThan(cursor) => query.beyond(">", cursor),
    }
    let conditions =
        if query.conditions.is_empty() { "TRUE".to_owned() } else { query.conditions.join(" AND ") };
    let sql = format!("{READ} WHERE {conditions} ORDER BY e.at {order}, e.id {order} LIMIT {count}");
    Statement::from_sql_and_values(backend, sql, query.values)
}

#[derive(Default)]
struct Query {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Query {
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn is(&mut self, column: &str, value: Option<&str>) {
        self.among(column, value.map(|value| std::iter::once(value.into())));
    }

    /// Nothing is among no values.
    fn among(&mut self, column: &str, values: Option<impl Iterator<Item = Value>>) {
        let Some(values) = values else { return };
        let bound: Vec<String> = values.map(|value| self.bind(value)).collect();
        self.conditions.push(match bound.as_slice() {
            [] => "FALSE".to_owned(),
            [one] => format!("{column} = {one}"),
            many => format!("{column} IN ({})", many.join(", ")),
        });
    }

    fn compare(&mut self, side: &str, at: Option<DateTime<Utc>>) {
        if let Some(at) = at {
            let bound = self.bind(at.into());
            self.conditions.push(format!("{side} {bound}"));
        }
    }

    fn beyond(&mut self, side: &str, cursor: Cursor) {
        let (at, id) = (self.bind(cursor.at.into()), self.bind(cursor.id.into()));
        self.conditions.push(format!("(e.at, e.id) {side} ({at}, {id})"));
    }
}

impl Named {
    /// Where this entry is in the list.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.entry.at, id: self.entry.id }
    }
}

impl From<Joined> for Named {
    fn from(row: Joined) -> Self {
        let is_tenant = row.tenant_role.as_deref() == Some(Role::User.key());
        let person = |name: Option<String>, email: Option<String>| {
            name.zip(email).map(|(name, email)| Person { name, email, is_tenant })
        };
        Self {
            entry: row.event.into(),
            actor: person(row.actor_name, row.actor_email),
            tenant: person(row.tenant_name, row.tenant_email),
        }
    }
}
