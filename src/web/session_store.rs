//! Lets the session layer keep its sessions through our services.

use std::fmt;

use axum_login::tower_sessions::SessionStore;
use axum_login::tower_sessions::session::{Id, Record};
use axum_login::tower_sessions::session_store::{Error, Result};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::auth::{self, DATA_KEY};
use crate::app::App;
use crate::domain::ids::UserId;
use crate::services::accounts::{self, SessionId};
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
        let user = user_of(record);
        loop {
            record.id = Id::default();
            if accounts::begin_session(&self.app, &id(&record.id), user, data.clone())
                .await
                .map_err(|fault| unavailable(&fault))?
            {
                return Ok(());
            }
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = encode(record)?;
        accounts::change_session(&self.app, &id(&record.id), user_of(record), data)
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

fn id(id: &Id) -> SessionId {
    SessionId(id.0.to_le_bytes())
}

fn user_of(record: &Record) -> Option<UserId> {
    let user = record.data.get(DATA_KEY)?.get("user_id").and_then(Value::as_str)?;
    Uuid::try_parse(user).ok().map(UserId)
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|fault| Error::Encode(fault.to_string()))
}

fn unavailable(fault: &ServiceError) -> Error {
    Error::Backend(fault.to_string())
}
