//! What the operator does with the people who sign in. Every change is in the audit log.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Account, passwords};
use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::db::audit::Event;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::domain::user::{Role, User};
use crate::services::error::{Refusal, ServiceError};

const MAX_EMAIL_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_NAME_CHARACTERS: usize = 100;

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
    let email = address(&new.email)?;
    let name = person_name(&new.name)?;
    let password_hash = passwords::hash_password(app, new.password).await?;
    let id = UserId(Uuid::now_v7());
    let tx = app.db.write().await?;
    let tier = existing_tier(&tx, &new.tier).await?;
    if db::users::find_by_email(&*tx, &email).await?.is_some() {
        return Err(Refusal::field("email", "Somebody with this e-mail exists already").into());
    }
    let row = db::users::NewUser {
        id,
        email: &email,
        name: &name,
        password_hash: &password_hash,
        role: new.role,
        tier: &tier,
        now: app.now(),
    };
    db::users::insert(&*tx, row).await?;
    let after = json!({ "role": new.role.key(), "tier": tier });
    record(app, &tx, id, "user.created", None, Some(after)).await?;
    let created = db::users::find(&*tx, id).await?.ok_or(ServiceError::NotFound)?;
    tx.commit().await?;
    Ok(created.user)
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
    let hash = passwords::hash_password(app, password).await?;
    let (tx, user) = begin(app, email).await?;
    db::users::set_password_hash(&*tx, user.id, &hash, app.now()).await?;
    db::sessions::delete_of_user(&*tx, user.id).await?;
    record(app, &tx, user.id, "user.password_set", None, None).await?;
    Ok(tx.commit().await?)
}

/// Moves somebody to another tier.
pub async fn set_tier(app: &App, email: &str, tier: &str) -> Result<(), ServiceError> {
    let (tx, user) = begin(app, email).await?;
    let tier = existing_tier(&tx, tier).await?;
    db::users::set_tier(&*tx, user.id, &tier, app.now()).await?;
    let (before, after) = (json!({ "tier": user.tier.key }), json!({ "tier": tier }));
    record(app, &tx, user.id, "user.tier_set", Some(before), Some(after)).await?;
    Ok(tx.commit().await?)
}

/// Gives another role and ends every session, so that the old rights are nowhere in use.
pub async fn set_role(app: &App, email: &str, role: Role) -> Result<(), ServiceError> {
    let (tx, user) = begin(app, email).await?;
    db::users::set_role(&*tx, user.id, role, app.now()).await?;
    db::sessions::delete_of_user(&*tx, user.id).await?;
    let (before, after) = (json!({ "role": user.role.key() }), json!({ "role": role.key() }));
    record(app, &tx, user.id, "user.role_set", Some(before), Some(after)).await?;
    Ok(tx.commit().await?)
}

/// Shuts somebody out from the next request on.
///
/// Open sessions stay known until then, so that they can say why they ended; [`enable`] ends the rest.
pub async fn disable(app: &App, email: &str) -> Result<(), ServiceError> {
    let (tx, user) = begin(app, email).await?;
    db::users::set_disabled(&*tx, user.id, Some(app.now()), app.now()).await?;
    record(app, &tx, user.id, "user.disabled", None, None).await?;
    Ok(tx.commit().await?)
}

/// Lets somebody sign in again; sessions from before stay ended.
pub async fn enable(app: &App, email: &str) -> Result<(), ServiceError> {
    let (tx, user) = begin(app, email).await?;
    db::users::set_disabled(&*tx, user.id, None, app.now()).await?;
    db::sessions::delete_of_user(&*tx, user.id).await?;
    record(app, &tx, user.id, "user.enabled", None, None).await?;
    Ok(tx.commit().await?)
}

async fn begin(app: &App, email: &str) -> Result<(WriteTx, User), ServiceError> {
    let tx = app.db.write().await?;
    let found = db::users::find_by_email(&*tx, email).await?;
    let account = found.ok_or_else(|| Refusal::field("email", "Nobody has this e-mail"))?;
    Ok((tx, account.user))
}

async fn existing_tier(tx: &WriteTx, tier: &str) -> Result<String, ServiceError> {
    let tiers = db::tier_limits::list(&**tx).await?;
    let found = tiers.iter().find(|known| known.tier.eq_ignore_ascii_case(tier));
    if let Some(found) = found {
        return Ok(found.tier.clone());
    }
    let known: Vec<&str> = tiers.iter().map(|known| known.tier.as_str()).collect();
    Err(Refusal::field("tier", format!("There is no such tier; use {}", known.join(", "))).into())
}

async fn record(
    app: &App,
    tx: &WriteTx,
    user: UserId,
    action: &'static str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), ServiceError> {
    let event = Event {
        at: app.now(),
        tenant: Some(user),
        actor: "operator",
        actor_id: None,
        action,
        object: "user",
        object_id: user.to_string(),
        before,
        after,
        reason: None,
        request_id: None,
    };
    Ok(db::audit::insert(&**tx, event).await?)
}

fn address(typed: &str) -> Result<String, Refusal> {
    let email = typed.trim().to_lowercase();
    let usable = email.split_once('@').is_some_and(|(local, domain)| {
        (1..=MAX_LOCAL_BYTES).contains(&local.len())
            && !domain.is_empty()
            && !domain.contains('@')
            && email.len() <= MAX_EMAIL_BYTES
            && email.chars().all(|c| !c.is_whitespace() && !c.is_control())
    });
    if usable {
        Ok(email)
    } else {
        Err(Refusal::field("email", "Enter an e-mail address, such as ana@example.com"))
    }
}

fn person_name(typed: &str) -> Result<String, Refusal> {
    let name = typed.trim();
    let usable =
        (1..=MAX_NAME_CHARACTERS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if usable {
        Ok(name.to_owned())
    } else {
        Err(Refusal::field("name", "Enter a name of 1 to 100 characters"))
    }
}
