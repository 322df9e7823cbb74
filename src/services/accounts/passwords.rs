//! Our own users' passwords: argon2id, off the async threads, few at once.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use sha2::{Digest, Sha256};

use super::Account;
use crate::app::App;
use crate::db;
use crate::domain::guessable::is_easy_to_guess;
use crate::domain::password::Password;
use crate::domain::user::User;
use crate::services::error::{Refusal, ServiceError};

/// Memory in KiB, passes and lanes of every new hash.
const COST: (u32, u32, u32) = (19_456, 2, 1);
const EASY: &str = "This password is easy to guess. Choose three or four words that don't belong together, \
     and leave out your name and e-mail";
const MIN_CHARACTERS: usize = 8;
const MAX_CHARACTERS: usize = 128;
/// What an unknown address is compared with, and what somebody has who has set no password yet: the same cost, and
/// no password gives it.
pub(super) const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How long [`digest`] is.
pub const DIGEST_BYTES: usize = 32;

impl From<User> for Owner {
    fn from(user: User) -> Self {
        Self { email: user.email, name: user.name }
    }
}

/// A password that was right.
pub(super) struct Checked {
    /// The same password hashed at today's cost, when the stored hash is weaker.
    pub stronger_hash: Option<String>,
}

/// Whose new password it is, which says what is easily guessed.
pub(super) struct Owner {
    pub email: String,
    pub name: String,
}

/// Hashes a password that meets our rule (8 to 128 characters) or says what it lacks.
pub async fn hash_password(app: &App, password: Password) -> Result<String, ServiceError> {
    check_rule(&password)?;
    hashing(app, move || hash(&password)).await?
}

/// The same of a password that somebody chose, which must not be easy to guess.
pub(super) async fn hash_chosen(app: &App, password: Password, owner: Owner) -> Result<String, ServiceError> {
    check_rule(&password)?;
    hashing(app, move || {
        if is_easy_to_guess(password.reveal(), &owner.email, &owner.name) {
            return Err(Refusal::field("password", EASY).into());
        }
        hash(&password)
    })
    .await?
}

/// Says what a password lacks of our rule.
pub(super) fn check_rule(password: &Password) -> Result<(), Refusal> {
    let length = password.reveal().chars().count();
    if length < MIN_CHARACTERS {
        return Err(Refusal::field("password", "Choose a password with at least 8 characters"));
    }
    if length > MAX_CHARACTERS {
        return Err(Refusal::field("password", "Choose a password with 128 characters at most"));
    }
    Ok(())
}

/// Something that changes with the stored hash and tells nothing about it, to bind sessions to.
pub fn digest(account: &Account) -> [u8; DIGEST_BYTES] {
    Sha256::digest(account.password_hash.as_bytes()).into()
}

/// Compares, taking as long for nobody as for somebody; `None` when it does not match.
pub(super) async fn check(
    app: &App,
    account: Option<&Account>,
    password: Password,
) -> Result<Option<Checked>, ServiceError> {
    let stored = account.map_or_else(|| NOBODY.to_owned(), |account| account.password_hash.clone());
    hashing(app, move || {
        let parsed = PasswordHash::new(&stored).map_err(|_| ServiceError::Internal("unreadable hash"))?;
        if argon2()?.verify_password(password.reveal().as_bytes(), &parsed).is_err() {
            return Ok(None);
        }
        let stronger_hash = if is_weak(&parsed) { Some(hash(&password)?) } else { None };
        Ok(Some(Checked { stronger_hash }))
    })
    .await?
}

/// Stores a stronger hash of the same password, unless the password was changed meanwhile.
pub(super) async fn replace(app: &App, account: &Account, hash: String) -> Result<(), ServiceError> {
    let tx = app.db.write().await?;
    let now = db::users::find(&*tx, account.user.id).await?;
    if now.is_some_and(|now| now.password_hash == account.password_hash) {
        db::users::set_password_hash(&*tx, account.user.id, &hash, app.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn hash(password: &Password) -> Result<String, ServiceError> {
    argon2()?
        .hash_password(password.reveal().as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| ServiceError::Internal("the password could not be hashed"))
}

fn is_weak(hash: &PasswordHash) -> bool {
    Params::try_from(hash).map_or(true, |params| (params.m_cost(), params.t_cost(), params.p_cost()) < COST)
        || hash.algorithm != Algorithm::Argon2id.ident()
}

fn argon2() -> Result<Argon2<'static>, ServiceError> {
    let params = Params::new(COST.0, COST.1, COST.2, None)
        .map_err(|_| ServiceError::Internal("unusable password cost"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn hashing<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    let _turn = app.hashing.acquire().await.map_err(|_| ServiceError::Internal("hashing has ended"))?;
    tokio::task::spawn_blocking(work).await.map_err(|_| ServiceError::Internal("hashing was interrupted"))
}
