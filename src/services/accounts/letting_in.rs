//! What lets somebody into another's account: a link to set the password, and a second factor taken away.
//!
//! Neither is done to the own account, whose page asks for the password; an administrator's costs the own password
//! once more, so that an open session alone takes no administrator over.

use super::manage::{actor_role, found};
use super::own::{OwnPassword, confirm_password};
use super::record::Author;
use super::{Person, manage};
use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::domain::ids::UserId;
use crate::domain::user::User;
use crate::services::audit::By;
use crate::services::error::{Refusal, ServiceError};

const OWN_ACCOUNT: &str = "This is your own account. You change it under Your account";
const ADMINISTRATOR_NOW: &str = "This is an administrator's account by now. Type your own password";

/// As [`manage::reset_second_factor`], by an administrator.
pub async fn reset_second_factor_of(
    app: &App,
    by: &By,
    user: UserId,
    own: OwnPassword,
) -> Result<bool, ServiceError> {
    let confirmed = confirm(app, by, user, own).await?;
    let tx = app.db.write().await?;
    // A role that is changed at the same time waits, or is seen.
    db::users::lock(&*tx, user).await?;
    let (tx, user) = begin(app, tx, by, user, confirmed).await?;
    manage::clear_second_factor(app, tx, &by.clone().into(), &user).await
}

/// Asks for the own password where it is needed; whether it was.
///
/// Before the transaction, which shall not wait for a hash, and not of somebody who is refused anyway.
pub(super) async fn confirm(
    app: &App,
    by: &By,
    user: UserId,
    own: OwnPassword,
) -> Result<bool, ServiceError> {
    let conn = app.db.read();
    let target = db::users::find(conn, user).await?.ok_or(ServiceError::NotFound)?.user;
    let is_asked = target.role.is_administrator()
        && target.id != by.user
        && actor_role(conn, by.user).await?.may_manage(target.role);
    if is_asked {
        confirm_password(app, by.user, "password", own.typed, own.ip).await?;
    }
    Ok(is_asked)
}

/// Goes on in the transaction, if the account is still one that needs no more than was confirmed.
pub(super) async fn begin(
    app: &App,
    tx: WriteTx,
    by: &By,
    user: UserId,
    confirmed: bool,
) -> Result<(WriteTx, User), ServiceError> {
    let (tx, user) = found(app, tx, &Author::from(by.clone()), Person::Id(user)).await?;
    if user.id == by.user {
        return Err(Refusal::State(OWN_ACCOUNT).into());
    }
    if user.role.is_administrator() && !confirmed {
        return Err(Refusal::field("password", ADMINISTRATOR_NOW).into());
    }
    Ok((tx, user))
}
