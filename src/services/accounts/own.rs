//! What everybody changes about the own account.

use std::net::IpAddr;

use serde_json::json;

use super::attempts::{self, Guess};
use super::manage::person_name;
use super::record::{Author, record};
use super::{Account, passwords};
use crate::app::App;
use crate::db;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::services::audit::By;
use crate::services::error::{Refusal, ServiceError};

/// What an administrator types once more where an open session is not enough.
pub struct OwnPassword {
    pub typed: Password,
    pub ip: Option<IpAddr>,
}

/// What somebody typed to change the own password.
pub struct NewOwnPassword {
    pub present: Password,
    pub new: Password,
    pub ip: Option<IpAddr>,
}

/// Changes the own name.
pub async fn rename(app: &App, by: &By, name: &str) -> Result<(), ServiceError> {
    let name = person_name(name)?;
    let tx = app.db.write().await?;
    let user = db::users::find(&*tx, by.user).await?.ok_or(ServiceError::NotFound)?.user;
    if user.name == name {
        return Ok(());
    }
    db::users::set_name(&*tx, user.id, &name, &user.email, app.now()).await?;
    let values = (Some(json!({ "name": user.name })), Some(json!({ "name": name })));
    record(app, &tx, &by.clone().into(), user.id, "account.renamed", values).await?;
    Ok(tx.commit().await?)
}

/// Changes the own password and ends every session; the account comes back for a new one.
pub async fn change_password(app: &App, by: &By, typed: NewOwnPassword) -> Result<Account, ServiceError> {
    // The rule first, which costs nothing, so that a present password is not guessed at for nothing.
    passwords::check_rule(&typed.new)?;
    confirm_password(app, by.user, "present_password", typed.present, typed.ip).await?;
    let user = db::users::find(app.db.read(), by.user).await?.ok_or(ServiceError::NotFound)?.user;
    let hash = passwords::hash_chosen(app, typed.new, user.into()).await?;
    let tx = app.db.write().await?;
    db::users::set_password_hash(&*tx, by.user, &hash, app.now()).await?;
    db::sessions::delete_of_user(&*tx, by.user).await?;
    db::password_links::delete_of_user(&*tx, by.user).await?;
    record(app, &tx, &by.clone().into(), by.user, "account.password_changed", (None, None)).await?;
    let account = db::users::find(&*tx, by.user).await?.ok_or(ServiceError::NotFound)?;
    tx.commit().await?;
    Ok(account)
}

/// Ends one of the own sessions; `false` when it had ended already.
pub async fn end_own_session(app: &App, by: &By, id_hash: &str) -> Result<bool, ServiceError> {
    // PostgreSQL takes no zero byte, and no hash has one.
    if id_hash.contains('\0') {
        return Ok(false);
    }
    let tx = app.db.write().await?;
    let ended = db::sessions::delete_one_of_user(&*tx, by.user, id_hash).await?;
    if ended {
        record(app, &tx, &by.clone().into(), by.user, "account.session_ended", (None, None)).await?;
        tx.commit().await?;
    }
    Ok(ended)
}

/// Ends all of the own sessions but the one with this hash.
pub async fn end_other_sessions(app: &App, by: &By, kept: &str) -> Result<(), ServiceError> {
    let tx = app.db.write().await?;
    let ended = db::sessions::delete_others_of_user(&*tx, by.user, kept).await?;
    if ended > 0 {
        let after = Some(json!({ "sessions": ended }));
        record(app, &tx, &Author::from(by.clone()), by.user, "account.session_ended", (None, after)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Asks somebody signed in for the password once more; `field` is where a wrong one is said.
pub(super) async fn confirm_password(
    app: &App,
    user: UserId,
    field: &'static str,
    typed: Password,
    ip: Option<IpAddr>,
) -> Result<(), ServiceError> {
    let attempt = attempts::begin(app, Guess::own_password(user), ip).await?;
    let account = db::users::find(app.db.read(), user).await?;
    if passwords::check(app, account.as_ref(), typed).await?.is_none() {
        attempt.was_wrong(app, Some(user)).await?;
        return Err(Refusal::field(field, "That isn't your password. Type it again").into());
    }
    let tx = app.db.write().await?;
    attempt.forget(&tx).await?;
    Ok(tx.commit().await?)
}
