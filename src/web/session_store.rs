//! Lets the session layer keep its sessions through our services.

use std::fmt;

use axum_login::tower_sessions::SessionStore;
use axum_login::tower_sessions::session::{Id, Record};
use axum_login::tower_sessions::session_store::{Error, Result};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::auth::{self, DATA_KEY, PENDING_KEY};
use crate::app::App;
use crate::domain::ids::UserId;
use crate::services::accounts::{self, SessionId, SessionOwner};
use crate::services::error::ServiceError;

/// Sessions in the database, known by the hash of their id.
#[derive(Clone)]
pub struct Store {
    pub app: App,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

#[async_trait::async_trait]
impl SessionStore for Store {
    /// Always under a new id: the one the record brings may be that of an ended session.
    async fn create(&self, record: &mut Record) -> Result<()> {
        let data = encode(record)?;
        let (owner, visitor) = (owner_of(record), auth::visitor());
        loop {
            record.id = Id::default();
            if accounts::begin_session(&self.app, &id(&record.id), owner, &visitor, data.clone())
                .await
                .map_err(|fault| unavailable(&fault))?
            {
                return Ok(());
            }
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = encode(record)?;
        accounts::change_session(&self.app, &id(&record.id), owner_of(record), data)
            .await
            .map_err(|fault| unavailable(&fault))
    }

    async fn load(&self, session: &Id) -> Result<Option<Record>> {
        let Some((data, account)) =
            accounts::find_session(&self.app, &id(session)).await.map_err(|fault| unavailable(&fault))?
        else {
            return Ok(None);
        };
        auth::remember(account);
        let data = serde_json::from_str(&data).map_err(|fault| Error::Decode(fault.to_string()))?;
        // The services decide when a session ends; the layer never looks at this.
        Ok(Some(Record { id: *session, data, expiry_date: OffsetDateTime::UNIX_EPOCH }))
    }

    async fn delete(&self, session: &Id) -> Result<()> {
        accounts::end_session(&self.app, &id(session)).await.map_err(|fault| unavailable(&fault))
    }
}

/// The secret that our services know a session by.
pub(super) fn id(id: &Id) -> SessionId {
    SessionId(id.0.to_le_bytes())
}

/// Who is signed in, or has still to show a second factor.
fn owner_of(record: &Record) -> SessionOwner {
    let user = |key: &str| {
        let user = record.data.get(key)?.get("user_id").and_then(Value::as_str)?;
        Uuid::try_parse(user).ok().map(UserId)
    };
    let signed_in = user(DATA_KEY);
    SessionOwner { user: signed_in.or_else(|| user(PENDING_KEY)), signed_in: signed_in.is_some() }
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|fault| Error::Encode(fault.to_string()))
}

fn unavailable(fault: &ServiceError) -> Error {
    auth::store_failed();
    Error::Backend(fault.to_string())
}
