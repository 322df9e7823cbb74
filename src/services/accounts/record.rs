//! The audit log's entries about people who sign in.

use serde_json::Value;

use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::db::audit::Event;
use crate::domain::ids::UserId;
use crate::services::audit::By;
use crate::services::error::ServiceError;

/// Who changes an account.
#[derive(Clone, Debug)]
pub enum Author {
    /// Whoever has the server's command line.
    Operator,
    /// Somebody signed in.
    Person(By),
}

impl From<By> for Author {
    fn from(by: By) -> Self {
        Self::Person(by)
    }
}

/// Notes in the transaction that makes a change what was changed about `user`.
pub(super) async fn record(
    app: &App,
    tx: &WriteTx,
    author: &Author,
    user: UserId,
    action: &'static str,
    values: (Option<Value>, Option<Value>),
) -> Result<(), ServiceError> {
    Ok(db::audit::insert(&**tx, event(app, author, user, action, values)).await?)
}

/// What `author` did or wanted to do about `user`.
pub(super) fn event(
    app: &App,
    author: &Author,
    user: UserId,
    action: &'static str,
    (before, after): (Option<Value>, Option<Value>),
) -> Event {
    let (actor, actor_id, request_id) = match author {
        Author::Operator => ("operator", None, None),
        Author::Person(by) => ("user", Some(by.user), by.request_id.clone()),
    };
    Event {
        at: app.now(),
        tenant: Some(user),
        actor,
        actor_id,
        action,
        object: "user",
        object_id: user.to_string(),
        before,
        after,
        reason: None,
        request_id,
    }
}
