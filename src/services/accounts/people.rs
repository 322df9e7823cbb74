//! What the operator does with the people who sign in, named by their addresses. Every change is in the audit log.

use super::manage::{self, NewAccount, Person};
use super::record::{Author, record};
use super::{Account, passwords};
use crate::app::App;
use crate::db;
use crate::domain::password::Password;
use crate::domain::user::{Role, User};
use crate::services::error::{Refusal, ServiceError};

/// Somebody who shall be able to sign in.
pub struct NewPerson {
    pub email: String,
    pub name: String,
    pub password: Password,
    pub role: Role,
    /// The tier's key, such as `PRO`.
    pub tier: String,
}

/// Adds somebody; refuses an address that is taken or unusable and a tier that does not exist.
pub async fn create_user(app: &App, new: NewPerson) -> Result<User, ServiceError> {
    let NewPerson { email, name, password, role, tier } = new;
    let owner = passwords::Owner { email: email.clone(), name: name.clone() };
    let checked = NewAccount { email, name, role, tier }.checked()?;
    let password_hash = passwords::hash_chosen(app, password, owner).await?;
    let tx = app.db.write().await?;
    let user = manage::insert(app, &tx, &Author::Operator, checked, &password_hash).await?;
    tx.commit().await?;
    Ok(user)
}

/// Everybody, by address.
pub async fn list(app: &App) -> Result<Vec<User>, ServiceError> {
    let accounts = db::users::list(app.db.read()).await?;
    Ok(accounts.into_iter().map(|account| account.user).collect())
}

/// The account with this address, whatever its letter case.
pub async fn find_by_email(app: &App, email: &str) -> Result<Option<Account>, ServiceError> {
    // PostgreSQL takes no zero byte, and no address has one.
    if email.contains('\0') {
        return Ok(None);
    }
    Ok(db::users::find_by_email(app.db.read(), email).await?)
}

/// Gives a new password and ends every session of that person.
pub async fn set_password(app: &App, email: &str, password: Password) -> Result<(), ServiceError> {
    let account = find_by_email(app, email).await?;
    let user = account.ok_or_else(|| Refusal::field("email", "Nobody has this e-mail"))?.user;
    let hash = passwords::hash_chosen(app, password, user.into()).await?;
    let (tx, user) = manage::begin(app, &Author::Operator, Person::Email(email)).await?;
    db::users::set_password_hash(&*tx, user.id, &hash, app.now()).await?;
    db::sessions::delete_of_user(&*tx, user.id).await?;
    db::password_links::delete_of_user(&*tx, user.id).await?;
    record(app, &tx, &Author::Operator, user.id, "user.password_set", (None, None)).await?;
    Ok(tx.commit().await?)
}

/// As [`manage::set_tier`], by the operator.
pub async fn set_tier(app: &App, email: &str, tier: &str) -> Result<bool, ServiceError> {
    manage::set_tier(app, &Author::Operator, Person::Email(email), tier, None).await
}

/// As [`manage::set_role`], by the operator.
pub async fn set_role(app: &App, email: &str, role: Role) -> Result<bool, ServiceError> {
    manage::set_role(app, &Author::Operator, Person::Email(email), role).await
}

/// As [`manage::disable`], by the operator.
pub async fn disable(app: &App, email: &str) -> Result<bool, ServiceError> {
    manage::disable(app, &Author::Operator, Person::Email(email)).await
}

/// As [`manage::enable`], by the operator.
pub async fn enable(app: &App, email: &str) -> Result<bool, ServiceError> {
    manage::enable(app, &Author::Operator, Person::Email(email)).await
}

/// As [`manage::reset_second_factor`], by the operator.
pub async fn reset_second_factor(app: &App, email: &str) -> Result<bool, ServiceError> {
    manage::reset_second_factor(app, &Author::Operator, Person::Email(email)).await
}
