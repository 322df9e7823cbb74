//! What asks for more than an open session: a sign-in of the last minutes, or the own password once more.

use std::net::IpAddr;

use super::own::confirm_password;
use crate::app::App;
use crate::db;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::services::error::{Refusal, ServiceError};

/// How long a sign-in is fresh.
const FRESH_MS: i64 = 15 * 60 * 1000;

/// Proof that whoever asks is still who signed in.
pub struct Proof {
    /// What the session is known by in the list of its owner's sessions.
    pub session: String,
    /// The own password, when it was typed.
    pub typed: Option<Password>,
    /// Where a wrong one is said.
    pub field: &'static str,
    pub ip: Option<IpAddr>,
}

/// Whether this session was begun in the last 15 minutes.
pub async fn is_fresh(app: &App, session: &str) -> Result<bool, ServiceError> {
    let now = app.now_ms();
    let session = db::sessions::find(app.db.read(), session, now).await?;
    let signed_in = session.and_then(|session| session.signed_in_at_ms);
    Ok(signed_in.is_some_and(|at| now - at <= FRESH_MS))
}

/// Goes through when the sign-in is fresh or the own password right.
pub async fn prove(app: &App, user: UserId, proof: Proof) -> Result<(), ServiceError> {
    if is_fresh(app, &proof.session).await? {
        return Ok(());
    }
    let typed = proof.typed.ok_or(Refusal::FreshSignInNeeded)?;
    confirm_password(app, user, proof.field, typed, proof.ip).await
}
