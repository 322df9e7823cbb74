//! Signing in and the people who may.

mod attempts;
mod passwords;
mod people;
mod sessions;

use std::net::IpAddr;

pub use crate::db::users::Account;
pub use passwords::{DIGEST_BYTES, digest, hash_password};
pub use people::{
    NewPerson, create_user, disable, enable, find_by_email, list, set_password, set_role, set_tier,
};
pub use sessions::{SessionId, begin_session, change_session, end_session, find_session};

use crate::app::App;
use crate::db;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::services::error::{Refusal, ServiceError};

/// Checks an address and a password, and counts against both account and `ip` when they do not match.
///
/// Unknown addresses cost the same time and give the same answer; a suspended account is told so only
/// after the right password.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: Password,
    ip: Option<IpAddr>,
) -> Result<Account, ServiceError> {
    let attempt = attempts::begin(app, email, ip).await?;
    let account = find_by_email(app, email).await?;
    let checked = passwords::check(app, account.as_ref(), password).await?;
    let (Some(account), Some(checked)) = (account, checked) else {
        tracing::info!("a sign-in did not match");
        return Err(Refusal::SignIn.into());
    };
    attempt.forget(app).await?;
    if let Some(stronger) = checked.stronger_hash {
        passwords::replace(app, &account, stronger).await?;
        return current(app, account.user.id).await;
    }
    admitted(account)
}

/// The account with this id as it is now.
pub async fn find(app: &App, id: UserId) -> Result<Option<Account>, ServiceError> {
    Ok(db::users::find(app.db.read(), id).await?)
}

async fn current(app: &App, id: UserId) -> Result<Account, ServiceError> {
    admitted(find(app, id).await?.ok_or(Refusal::SignIn)?)
}

fn admitted(account: Account) -> Result<Account, ServiceError> {
    if account.user.disabled {
        return Err(Refusal::Suspended.into());
    }
    tracing::info!(user.id = %account.user.id, "signed in");
    Ok(account)
}
