//! Sessions: ended after an hour without use, after twelve in any case, and for good.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db;
use crate::db::sessions::StoredSession;
use crate::db::users::Account;
use crate::domain::browser;
use crate::domain::hex;
use crate::domain::ids::UserId;
use crate::domain::network::network_of;
use crate::services::error::ServiceError;

const IDLE_MS: i64 = 60 * 60 * 1000;
const TOTAL_MS: i64 = 12 * 60 * 60 * 1000;
/// How much of the idle time must be used up before its end is moved, so that few requests write.
const SLIDE_MS: i64 = 5 * 60 * 1000;

/// The secret in the cookie; only its hash is ever stored.
pub struct SessionId(pub [u8; 16]);

/// Where a session is used from.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The browser's own words.
    pub user_agent: String,
    pub ip: Option<IpAddr>,
}

/// Whose a session is.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionOwner {
    pub user: Option<UserId>,
    /// `false` while the second factor is still to come.
    pub signed_in: bool,
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// What to end it by; nobody can use the session with it.
    pub id_hash: String,
    pub browser: String,
    pub network: Option<String>,
    pub signed_in_at: DateTime<Utc>,
    pub last_used: DateTime<Utc>,
}

impl SessionId {
    /// What is stored instead of the secret.
    pub fn hash(&self) -> String {
        hex::encode(&Sha256::digest(self.0))
    }
}

/// The data and account of a session that has not ended, whose end moves as it is used. Costs one query.
pub async fn find_session(app: &App, id: &SessionId) -> Result<Option<(String, Account)>, ServiceError> {
    let now = app.now_ms();
    let Some((session, account)) = db::users::find_by_session(app.db.read(), &id.hash(), now).await? else {
        return Ok(None);
    };
    let end = end_after(now, session.created_at_ms);
    if now - session.last_used_ms > SLIDE_MS {
        let tx = app.db.write().await?;
        db::sessions::extend(&*tx, &session.id_hash, now, end).await?;
        tx.commit().await?;
    }
    Ok(Some((session.data, account)))
}

/// Begins a session; `false` when the id is taken and another must be tried.
pub async fn begin_session(
    app: &App,
    id: &SessionId,
    owner: SessionOwner,
    visitor: &Visitor,
    data: String,
) -> Result<bool, ServiceError> {
    let now = app.now_ms();
    let session = StoredSession {
        id_hash: id.hash(),
        user: owner.user,
        data,
        created_at_ms: now,
        expires_at_ms: end_after(now, now),
        signed_in_at_ms: owner.signed_in.then_some(now),
        last_used_ms: now,
        browser: browser::describe(&visitor.user_agent),
        network: visitor.ip.map(network_of),
    };
    let tx = app.db.write().await?;
    let begun = db::sessions::insert(&*tx, &session).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Changes the data of a session that is still there; one that has ended stays ended.
pub async fn change_session(
    app: &App,
    id: &SessionId,
    owner: SessionOwner,
    data: String,
) -> Result<(), ServiceError> {
    let now = app.now_ms();
    let tx = app.db.write().await?;
    if let Some(session) = db::sessions::find(&*tx, &id.hash(), now).await? {
        let signed_in_at_ms = owner.signed_in.then(|| session.signed_in_at_ms.unwrap_or(now));
        let changed = StoredSession {
            user: owner.user,
            data,
            expires_at_ms: end_after(now, session.created_at_ms),
            signed_in_at_ms,
            last_used_ms: now,
            ..session
        };
        db::sessions::update(&*tx, &changed).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Ends a session at once.
pub async fn end_session(app: &App, id: &SessionId) -> Result<(), ServiceError> {
    let tx = app.db.write().await?;
    db::sessions::delete(&*tx, &id.hash()).await?;
    Ok(tx.commit().await?)
}

/// The sessions in which this user is signed in, the one used last first.
pub async fn open_sessions(app: &App, user: UserId) -> Result<Vec<OpenSession>, ServiceError> {
    let sessions = db::sessions::list_of_user(app.db.read(), user, app.now_ms()).await?;
    let moment = |ms: i64| DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let seen = |session: StoredSession| OpenSession {
        signed_in_at: moment(session.signed_in_at_ms.unwrap_or(session.created_at_ms)),
        last_used: moment(session.last_used_ms),
        id_hash: session.id_hash,
        browser: session.browser,
        network: session.network,
    };
    Ok(sessions.into_iter().map(seen).collect())
}

fn end_after(now: i64, created_at: i64) -> i64 {
    (now + IDLE_MS).min(created_at + TOTAL_MS)
}
