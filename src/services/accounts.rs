//! Signing in and the people who may.

mod attempts;
pub mod directory;
mod fresh;
mod letting_in;
mod links;
pub mod manage;
mod own;
mod passwords;
mod people;
mod record;
mod second_factor;
mod sessions;

use std::net::IpAddr;

use serde_json::json;

pub use crate::db::users::Account;
use attempts::Guess;
pub use fresh::{Proof, is_fresh, prove};
pub use letting_in::reset_second_factor_of;
pub use links::{
    LinkToken, PasswordLink, WayIn, invite, make_password_link, open_password_link, use_password_link, way_in,
};
pub use manage::{NewAccount, Person};
pub use own::{NewOwnPassword, OwnPassword, change_password, end_other_sessions, end_own_session, rename};
pub use passwords::{DIGEST_BYTES, digest, hash_password};
pub use people::{
    NewPerson, create_user, disable, enable, find_by_email, list, reset_second_factor, set_password,
    set_role, set_tier,
};
pub use record::Author;
pub use second_factor::{
    CodeUse, RecoveryCodes, SecondFactor, finish_sign_in, new_recovery_codes, recovery_codes_left,
    second_factor, set_up_second_factor, turn_off_second_factor, turn_on_second_factor,
};
pub use sessions::{
    OpenSession, SessionId, SessionOwner, Visitor, begin_session, change_session, end_session, find_session,
    open_sessions,
};

use crate::app::App;
use crate::db;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::services::audit;
use crate::services::error::{Refusal, ServiceError};

/// How far somebody has come with the right password.
pub enum SignIn {
    Done(Account),
    /// The account has a second factor: [`finish_sign_in`] comes next.
    CodeNeeded(Account),
}

/// Checks an address and a password, and counts against both account and `ip` when they do not match.
///
/// Unknown addresses cost the same time and give the same answer; a suspended account is told so only
/// after the right password.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: Password,
    ip: Option<IpAddr>,
) -> Result<SignIn, ServiceError> {
    let attempt = attempts::begin(app, Guess::password(email), ip).await?;
    let account = find_by_email(app, email).await?;
    let checked = passwords::check(app, account.as_ref(), password).await?;
    let about = account.as_ref().map(|account| account.user.id);
    let (Some(account), Some(checked)) = (account, checked) else {
        tracing::info!("a sign-in did not match");
        attempt.was_wrong(app, about).await?;
        return Err(Refusal::SignIn.into());
    };
    let is_done = !account.user.disabled && !account.user.has_second_factor;
    let tx = app.db.write().await?;
    attempt.forget(&tx).await?;
    if is_done {
        db::users::set_signed_in(&*tx, account.user.id, app.now()).await?;
    }
    tx.commit().await?;
    let account = match checked.stronger_hash {
        Some(stronger) => {
            passwords::replace(app, &account, stronger).await?;
            find(app, account.user.id).await?.ok_or(Refusal::SignIn)?
        }
        None => account,
    };
    if account.user.disabled {
        let after = json!({ "why": "suspended" });
        audit::note_refused(app, attempts::refused(app, "account.sign_in_refused", about, after)).await?;
    }
    admitted(account)
}

/// The account with this id as it is now.
pub async fn find(app: &App, id: UserId) -> Result<Option<Account>, ServiceError> {
    Ok(db::users::find(app.db.read(), id).await?)
}

fn admitted(account: Account) -> Result<SignIn, ServiceError> {
    if account.user.disabled {
        return Err(Refusal::Suspended.into());
    }
    if account.user.has_second_factor {
        return Ok(SignIn::CodeNeeded(account));
    }
    tracing::info!(user.id = %account.user.id, "signed in");
    Ok(SignIn::Done(account))
}
