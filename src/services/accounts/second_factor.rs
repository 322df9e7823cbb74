//! The second factor: turning it on and off, signing in with it, and the codes for when it is lost.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use rand::RngExt;
use sha2::{Digest, Sha256};

use super::attempts::{self, Guess};
use super::own::confirm_password;
use super::record::{Author, record};
use super::{Account, passwords};
use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::domain::hex;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::domain::second_factor::{
    RECOVERY_ALPHABET, RECOVERY_CHARACTERS, RECOVERY_CODES, TotpSecret, TypedCode, grouped,
};
use crate::services::audit::By;
use crate::services::error::{Refusal, ServiceError};

const WRONG: &str = "That code doesn't match, or it was used already. Type the one your app shows now";
const NO_KEY: &str = "This server has no key to keep a second factor with. \
     Ask whoever runs it to set INTEGRATION_ENCRYPTION_KEY";
const OTHER_KEY: &str = "This server can't read codes of your app: its INTEGRATION_ENCRYPTION_KEY is missing or another one. \
     Use a recovery code, or ask whoever runs it";
const ON_ALREADY: &str = "Your second factor is on already";
const START_AGAIN: &str = "The setup was begun again elsewhere. Scan the new code";

/// How far somebody is with the own second factor.
pub enum SecondFactor {
    /// `possible` is `false` without a key to keep secrets with.
    Off {
        possible: bool,
    },
    /// The app must still show that it has this secret.
    SettingUp(TotpSecret),
    On {
        since: DateTime<Utc>,
        codes_left: u64,
    },
}

/// Recovery codes, shown once and stored nowhere.
pub struct RecoveryCodes(pub Vec<String>);

/// What was used as the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeUse {
    pub was_recovery_code: bool,
    pub codes_left: u64,
}

/// The own second factor as it is now.
pub async fn second_factor(app: &App, user: UserId) -> Result<SecondFactor, ServiceError> {
    let Some(stored) = db::second_factor::find(app.db.read(), user).await? else {
        return Ok(SecondFactor::Off { possible: app.seal.is_some() });
    };
    if let Some(since) = stored.since {
        return Ok(SecondFactor::On { since, codes_left: recovery_codes_left(app, user).await? });
    }
    // A secret that another key closed was never used: the setup just begins again.
    let secret = open(app, user, &stored.secret);
    Ok(secret.map_or(SecondFactor::Off { possible: app.seal.is_some() }, SecondFactor::SettingUp))
}

/// How many recovery codes somebody can still use.
pub async fn recovery_codes_left(app: &App, user: UserId) -> Result<u64, ServiceError> {
    Ok(db::recovery_codes::count_left(app.db.read(), user).await?)
}

/// Makes a new secret, which counts once [`turn_on_second_factor`] has seen a code of it.
pub async fn set_up_second_factor(app: &App, user: UserId) -> Result<(), ServiceError> {
    let seal = app.seal.as_ref().ok_or(Refusal::State(NO_KEY))?;
    let secret: [u8; crate::domain::second_factor::SECRET_BYTES] = rand::rng().random();
    let sealed = seal.close(&owner(user), &secret).ok_or(ServiceError::Internal("nothing was encrypted"))?;
    let tx = app.db.write().await?;
    if !db::second_factor::store_unconfirmed(&*tx, user, &sealed).await? {
        return Err(Refusal::State(ON_ALREADY).into());
    }
    Ok(tx.commit().await?)
}

/// Turns the second factor on once a code shows that the app has the secret.
pub async fn turn_on_second_factor(app: &App, by: &By, typed: &str) -> Result<RecoveryCodes, ServiceError> {
    let stored = db::second_factor::find(app.db.read(), by.user).await?.ok_or(Refusal::State(START_AGAIN))?;
    if stored.since.is_some() {
        return Err(Refusal::State(ON_ALREADY).into());
    }
    let secret = open(app, by.user, &stored.secret).ok_or(Refusal::State(START_AGAIN))?;
    let TypedCode::OneTime(code) = TypedCode::parse(typed) else {
        return Err(Refusal::field("code", "Type the six digits that your app shows").into());
    };
    let step = secret.matching_step(&code, app.now().timestamp());
    let step = step.ok_or_else(|| Refusal::field("code", WRONG))?;
    let tx = app.db.write().await?;
    if !db::second_factor::confirm(&*tx, by.user, &stored.secret, app.now()).await? {
        return Err(Refusal::State(START_AGAIN).into());
    }
    db::second_factor::use_up_step(&*tx, by.user, step).await?;
    let codes = replace_codes(&tx, by.user).await?;
    record(app, &tx, &by.clone().into(), by.user, "account.second_factor_on", (None, None)).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Turns the second factor off, for whoever has both password and code.
pub async fn turn_off_second_factor(
    app: &App,
    by: &By,
    password: Password,
    code: &str,
    ip: Option<IpAddr>,
) -> Result<(), ServiceError> {
    confirm_password(app, by.user, "password", password, ip).await?;
    let (tx, _) = with_code(app, by.user, code, ip).await?;
    db::second_factor::clear(&*tx, by.user, app.now()).await?;
    db::recovery_codes::delete_of_user(&*tx, by.user).await?;
    record(app, &tx, &by.clone().into(), by.user, "account.second_factor_off", (None, None)).await?;
    Ok(tx.commit().await?)
}

/// Makes new recovery codes, for whoever has a code; the old ones stop working.
pub async fn new_recovery_codes(
    app: &App,
    by: &By,
    code: &str,
    ip: Option<IpAddr>,
) -> Result<RecoveryCodes, ServiceError> {
    let (tx, _) = with_code(app, by.user, code, ip).await?;
    let codes = replace_codes(&tx, by.user).await?;
    record(app, &tx, &by.clone().into(), by.user, "account.recovery_codes_made", (None, None)).await?;
    tx.commit().await?;
    Ok(codes)
}

/// The second half of signing in, for whoever gave the right password: `digest` is that of the account then.
pub async fn finish_sign_in(
    app: &App,
    user: UserId,
    digest: &[u8],
    code: &str,
    ip: Option<IpAddr>,
) -> Result<(Account, CodeUse), ServiceError> {
    let (tx, code_use) = with_code(app, user, code, ip).await?;
    let account = db::users::find(&*tx, user).await?.ok_or(Refusal::SignIn)?;
    if account.user.disabled {
        return Err(Refusal::Suspended.into());
    }
    // A password that was changed meanwhile, or a factor that is gone, begins the sign-in anew.
    if passwords::digest(&account) != digest || !account.user.has_second_factor {
        return Err(Refusal::SignIn.into());
    }
    db::users::set_signed_in(&*tx, user, app.now()).await?;
    if code_use.was_recovery_code {
        let author = Author::from(By { user, request_id: None });
        record(app, &tx, &author, user, "account.signed_in_with_recovery_code", (None, None)).await?;
    }
    tx.commit().await?;
    tracing::info!(user.id = %user, "signed in with a second factor");
    Ok((account, code_use))
}

/// A transaction in which what was typed is used up; a wrong code counts as a guess.
async fn with_code(
    app: &App,
    user: UserId,
    typed: &str,
    ip: Option<IpAddr>,
) -> Result<(WriteTx, CodeUse), ServiceError> {
    let attempt = attempts::begin(app, Guess::code(user), ip).await?;
    let tx = app.db.write().await?;
    match use_code(app, &tx, user, typed).await {
        Ok(code_use) => {
            attempt.forget(&tx).await?;
            Ok((tx, code_use))
        }
        Err(refused) => {
            // SQLite has one writer at a time.
            drop(tx);
            attempt.was_wrong(app, Some(user)).await?;
            Err(refused)
        }
    }
}

/// Uses up what was typed; refuses a code that is wrong or was used before.
async fn use_code(app: &App, tx: &WriteTx, user: UserId, typed: &str) -> Result<CodeUse, ServiceError> {
    let wrong = || ServiceError::from(Refusal::field("code", WRONG));
    let was_recovery_code = match TypedCode::parse(typed) {
        TypedCode::Recovery(code) => {
            if !db::recovery_codes::use_up(&**tx, user, &code_hash(user, &code), app.now()).await? {
                return Err(wrong());
            }
            true
        }
        TypedCode::OneTime(code) => {
            let stored = db::second_factor::find(&**tx, user).await?.filter(|stored| stored.since.is_some());
            let stored = stored.ok_or_else(wrong)?;
            let secret = open(app, user, &stored.secret).ok_or_else(|| Refusal::field("code", OTHER_KEY))?;
            let step = secret.matching_step(&code, app.now().timestamp()).ok_or_else(wrong)?;
            if !db::second_factor::use_up_step(&**tx, user, step).await? {
                return Err(wrong());
            }
            false
        }
    };
    let codes_left = db::recovery_codes::count_left(&**tx, user).await?;
    Ok(CodeUse { was_recovery_code, codes_left })
}

async fn replace_codes(tx: &WriteTx, user: UserId) -> Result<RecoveryCodes, ServiceError> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| random_code()).collect();
    let hashes: Vec<String> = codes.iter().map(|code| code_hash(user, code)).collect();
    db::recovery_codes::replace(&**tx, user, &hashes).await?;
    Ok(RecoveryCodes(codes.iter().map(|code| grouped(code, '-')).collect()))
}

fn random_code() -> String {
    let mut random = rand::rng();
    let character = |_| char::from(RECOVERY_ALPHABET[random.random_range(0..RECOVERY_ALPHABET.len())]);
    (0..RECOVERY_CHARACTERS).map(character).collect()
}

fn code_hash(user: UserId, code: &str) -> String {
    hex::encode(&Sha256::new().chain_update(user.0.as_bytes()).chain_update(code).finalize())
}

fn open(app: &App, user: UserId, sealed: &str) -> Option<TotpSecret> {
    let secret = app.seal.as_ref()?.open(&owner(user), sealed)?;
    secret.try_into().ok().map(TotpSecret::new)
}

/// What the secret is bound to, so that nobody else's can be put in its place.
fn owner(user: UserId) -> String {
    format!("second factor of {user}")
}
