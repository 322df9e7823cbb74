//! Links with which somebody sets a password: shown once, good for a day and for one use.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::letting_in;
use super::manage::{self, NewAccount};
use super::own::{OwnPassword, confirm_password};
use super::passwords;
use super::record::{Author, event, record};
use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::db::audit::Event;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::domain::user::{Role, User};
use crate::services::audit::{self, By};
use crate::services::error::{Refusal, ServiceError};
use crate::services::link_token::hash;

pub use crate::services::link_token::LinkToken;

const LIFE: TimeDelta = TimeDelta::hours(24);
const TENANTS_ONLY: &str = "Only a super admin can add administrators.";

/// A link to hand over.
pub struct PasswordLink {
    pub token: LinkToken,
    pub expires_at: DateTime<Utc>,
}

/// How somebody gets in, a second factor apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WayIn {
    /// `false` for somebody invited who has set none yet.
    pub has_password: bool,
    /// Whether a link to set a password is open.
    pub has_link: bool,
}

/// Adds somebody who sets the password with the link that comes back; an administrator costs the own password.
pub async fn invite(
    app: &App,
    by: &By,
    new: NewAccount,
    own: OwnPassword,
) -> Result<(User, PasswordLink), ServiceError> {
    let role = new.role;
    let plain = manage::plain_address(&new.email);
    let checked = new.checked()?;
    plain?;
    let author = Author::from(by.clone());
    // The role first, so that nobody's password is asked for in vain.
    if let Err(refused) = may_add(app.db.read(), by, role).await {
        note_refused(app, by).await?;
        return Err(refused);
    }
    if role.is_administrator() {
        confirm_password(app, by.user, "password", own.typed, own.ip).await?;
    }
    let tx = app.db.write().await?;
    may_add(&*tx, by, role).await?;
    let user = manage::insert(app, &tx, &author, checked, passwords::NOBODY).await?;
    let link = make(app, &tx, user.id).await?;
    tx.commit().await?;
    Ok((user, link))
}

/// Makes a new link for somebody else who is not suspended; links from before stop working.
pub async fn make_password_link(
    app: &App,
    by: &By,
    user: UserId,
    own: OwnPassword,
) -> Result<(User, PasswordLink), ServiceError> {
    let confirmed = letting_in::confirm(app, by, user, own).await?;
    let author = Author::from(by.clone());
    let tx = app.db.write().await?;
    // A role that is changed at the same time waits for the link, and voids it.
    db::users::lock(&*tx, user).await?;
    let (tx, user) = letting_in::begin(app, tx, by, user, confirmed).await?;
    if user.disabled {
        let name = &user.name;
        let sentence = format!("{name} is suspended, so no link would work. Open the account again first");
        return Err(Refusal::conflict(sentence).into());
    }
    let link = make(app, &tx, user.id).await?;
    record(app, &tx, &author, user.id, "user.password_link_made", (None, None)).await?;
    tx.commit().await?;
    Ok((user, link))
}

/// With what somebody can sign in now, or set a password first.
pub async fn way_in(app: &App, user: UserId) -> Result<WayIn, ServiceError> {
    let standing = db::password_links::standing(app.db.read(), user, app.now()).await?;
    let (stored, has_link) = standing.ok_or(ServiceError::NotFound)?;
    Ok(WayIn { has_password: stored != passwords::NOBODY, has_link })
}

/// Whose link this is; `None` for one that is used, expired or unknown or of a suspended account, without saying which.
pub async fn open_password_link(app: &App, token: &str) -> Result<Option<User>, ServiceError> {
    owner(app.db.read(), &hash(token), app.now()).await
}

/// Sets a password with a link, which is used up; every session of that person ends.
pub async fn use_password_link(app: &App, token: &str, password: Password) -> Result<(), ServiceError> {
    let link = hash(token);
    // Before the hash, so that a link that does not work costs nothing.
    let user = owner(app.db.read(), &link, app.now()).await?.ok_or(ServiceError::NotFound)?;
    let password_hash = passwords::hash_chosen(app, password, user.into()).await?;
    let tx = app.db.write().await?;
    let user = owner(&*tx, &link, app.now()).await?.ok_or(ServiceError::NotFound)?.id;
    if !db::password_links::use_up(&*tx, &link, app.now()).await? {
        return Err(ServiceError::NotFound);
    }
    db::users::set_password_hash(&*tx, user, &password_hash, app.now()).await?;
    db::sessions::delete_of_user(&*tx, user).await?;
    let author = Author::from(By { user, request_id: None });
    record(app, &tx, &author, user, "user.password_set", (None, None)).await?;
    Ok(tx.commit().await?)
}

async fn note_refused(app: &App, by: &By) -> Result<(), ServiceError> {
    let why = (None, Some(json!({ "why": TENANTS_ONLY })));
    let event = event(app, &by.clone().into(), by.user, "user.change_refused", why);
    // About somebody who is not there yet.
    let event = Event { tenant: None, object_id: "new".to_owned(), ..event };
    audit::note_refused(app, event).await
}

async fn may_add(conn: &impl ConnectionTrait, by: &By, role: Role) -> Result<(), ServiceError> {
    let allowed = manage::actor_role(conn, by.user).await?;
    if !allowed.may_manage(role) || (role.is_administrator() && allowed != Role::SuperAdmin) {
        return Err(Refusal::NotAllowed(TENANTS_ONLY).into());
    }
    Ok(())
}

async fn owner(
    conn: &impl ConnectionTrait,
    link: &str,
    now: DateTime<Utc>,
) -> Result<Option<User>, ServiceError> {
    let Some(user) = db::password_links::find(conn, link, now).await? else { return Ok(None) };
    let user = db::users::find(conn, user).await?.map(|account| account.user);
    Ok(user.filter(|user| !user.disabled))
}

async fn make(app: &App, tx: &WriteTx, user: UserId) -> Result<PasswordLink, ServiceError> {
    let token = LinkToken::generate();
    let expires_at = app.now() + LIFE;
    db::password_links::replace(&**tx, user, &token.hash(), expires_at).await?;
    Ok(PasswordLink { token, expires_at })
}
