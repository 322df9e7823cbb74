//! Sessions: ended after an hour without use, after twelve in any case, and for good.

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db;
use crate::db::sessions::StoredSession;
use crate::db::users::Account;
use crate::domain::ids::UserId;
use crate::services::error::ServiceError;

const IDLE_MS: i64 = 60 * 60 * 1000;
const TOTAL_MS: i64 = 12 * 60 * 60 * 1000;
/// How much of the idle time must be used up before its end is moved, so that few requests write.
const SLIDE_MS: i64 = 5 * 60 * 1000;

/// The secret in the cookie; only its hash is ever stored.
pub struct SessionId(pub [u8; 16]);

impl SessionId {
    fn hash(&self) -> String {
        hex(&Sha256::digest(self.0))
    }
}

/// The data and account of a session that has not ended, whose end moves as it is used. Costs one query.
pub async fn find_session(app: &App, id: &SessionId) -> Result<Option<(String, Account)>, ServiceError> {
    let now = app.now_ms();
    let Some((session, account)) = db::users::find_by_session(app.db.read(), &id.hash(), now).await? else {
        return Ok(None);
    };
    let end = end_after(now, session.created_at_ms);
    if end - session.expires_at_ms > SLIDE_MS {
        let tx = app.db.write().await?;
        db::sessions::extend(&*tx, &session.id_hash, end).await?;
        tx.commit().await?;
    }
    Ok(Some((session.data, account)))
}

/// Begins a session; `false` when the id is taken and another must be tried.
pub async fn begin_session(
    app: &App,
    id: &SessionId,
    user: Option<UserId>,
    data: String,
) -> Result<bool, ServiceError> {
    let now = app.now_ms();
    let session = StoredSession {
        id_hash: id.hash(),
        user,
        data,
        created_at_ms: now,
        expires_at_ms: end_after(now, now),
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
    user: Option<UserId>,
    data: String,
) -> Result<(), ServiceError> {
    let now = app.now_ms();
    let tx = app.db.write().await?;
    if let Some(session) = db::sessions::find(&*tx, &id.hash(), now).await? {
        let changed =
            StoredSession { user, data, expires_at_ms: end_after(now, session.created_at_ms), ..session };
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

fn end_after(now: i64, created_at: i64) -> i64 {
    (now + IDLE_MS).min(created_at + TOTAL_MS)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
