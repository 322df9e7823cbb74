//! Finding people and things by the beginning of their name or address, for administrators' filters.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement,
    Value,
};
use uuid::Uuid;

use super::beginning::{begins, bounds, folded_bounds};
use super::entity::user;
use crate::domain::ids::UserId;
use crate::domain::user::Role;

/// What is typed into the filters; what is empty is not looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought<'a> {
    pub actor: &'a str,
    pub tenant: &'a str,
    /// An agent, a demo or a user.
    pub object: &'a str,
}

/// Who and what was found, at most as many each as asked for.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    pub actors: Vec<UserId>,
    pub tenants: Vec<UserId>,
    pub objects: Vec<Uuid>,
}

#[derive(FromQueryResult)]
struct Match {
    what: String,
    id: Uuid,
}

/// Everybody and everything whose name or address begins like this, in one query.
pub async fn find(conn: &impl ConnectionTrait, sought: Sought<'_>, most: u64) -> Result<Matches, DbErr> {
    let mut values: Vec<Value> = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    let mut look = |what: &str, typed: &str, table: &str, texts: &[&str]| {
        if typed.is_empty() {
            return;
        }
        let first = values.len() + 1;
        let in_lower = texts.iter().all(|text| text.starts_with("lower("));
        values.extend(if in_lower { bounds(conn, typed) } else { folded_bounds(typed) });
        // One part per text: an OR over both would read the whole table on SQLite when it is small.
        for text in texts {
            let condition = begins(conn, text, first);
            let rows = format!("SELECT '{what}' AS what, id FROM {table} WHERE {condition} LIMIT {most}");
            parts.push(format!("SELECT what, id FROM ({rows}) AS part{}", parts.len()));
        }
    };
    let person: [&str; 2] = ["email", "search_text"];
    look("actor", sought.actor, "users", &person);
    look("tenant", sought.tenant, "users", &person);
    look("object", sought.object, "users", &person);
    look("object", sought.object, "helpdesk_users", &["email", "search"]);
    look("object", sought.object, "demos", &["lower(business_name)"]);
    let mut matches = Matches::default();
    if parts.is_empty() {
        return Ok(matches);
    }
    let statement =
        Statement::from_sql_and_values(conn.get_database_backend(), parts.join(" UNION "), values);
    for Match { what, id } in Match::find_by_statement(statement).all(conn).await? {
        match what.as_str() {
            "actor" => matches.actors.push(UserId(id)),
            "tenant" => matches.tenants.push(UserId(id)),
            _ => matches.objects.push(id),
        }
    }
    Ok(matches)
}

/// A tenant as administrators speak of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTenant {
    pub id: UserId,
    pub email: String,
    pub name: String,
}

/// The tenants that sign in with one of these addresses.
pub async fn tenants_with(
    conn: &impl ConnectionTrait,
    addresses: &[String],
) -> Result<Vec<NamedTenant>, DbErr> {
    let found: Vec<(Uuid, String, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Email, user::Column::Name])
        .filter(user::Column::Email.is_in(addresses))
        .filter(user::Column::Role.eq(Role::User.key()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().map(|(id, email, name)| NamedTenant { id: UserId(id), email, name }).collect())
}
