//! What the operator and administrators change about the people who sign in.
//!
//! Who may do what is decided in the transaction that does it, from the database: an administrator whose role
//! was taken away a moment ago changes nothing any more.

use std::net::IpAddr;

use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::own::confirm_password;
use super::record::{Author, event, record};
use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::domain::agent_email::is_usable_address;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::domain::person_name::is_invisible;
use crate::domain::tier::TierLimits;
use crate::domain::user::{Role, User};
use crate::services::audit::{self, By};
use crate::services::error::{Refusal, ServiceError};

const MAX_EMAIL_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_NAME_CHARACTERS: usize = 100;
/// Why an admin is refused at an administrator's account.
pub const OTHERS_BUSINESS: &str = "Only a super admin can change an administrator's account.";
/// Why an admin is refused where roles are changed.
pub const ROLES: &str = "Only a super admin can change roles.";
const OWN_ROLE: &str = "You can't change your own role";
const OWN_ACCOUNT: &str = "You can't suspend your own account";
const LAST_ONE: &str = "At least one super admin must remain";

/// Whose account it is about.
#[derive(Clone, Copy, Debug)]
pub enum Person<'a> {
    Email(&'a str),
    Id(UserId),
}

/// An account to be made.
pub struct NewAccount {
    pub email: String,
    pub name: String,
    pub role: Role,
    /// The tier's key.
    pub tier: String,
}

/// A new account with an address and a name that can be used.
pub(super) struct Checked(NewAccount);

impl NewAccount {
    /// Says everything that is wrong with address and name.
    pub(super) fn checked(self) -> Result<Checked, Refusal> {
        let (email, name) = (address(&self.email), person_name(&self.name));
        match (email, name) {
            (Ok(email), Ok(name)) => Ok(Checked(Self { email, name, ..self })),
            (Err(Refusal::Fields(email)), Err(Refusal::Fields(name))) => {
                Err(Refusal::Fields(email.into_iter().chain(name).collect()))
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        }
    }
}

/// Stores a new account; the address must be free and the tier must exist.
pub(super) async fn insert(
    app: &App,
    tx: &WriteTx,
    author: &Author,
    Checked(new): Checked,
    password_hash: &str,
) -> Result<User, ServiceError> {
    let id = UserId(Uuid::now_v7());
    let tier = existing_tier(tx, &new.tier).await?;
    if db::users::find_by_email(&**tx, &new.email).await?.is_some() {
        return Err(Refusal::field("email", "Somebody with this e-mail exists already").into());
    }
    let row = db::users::NewUser {
        id,
        email: &new.email,
        name: &new.name,
        password_hash,
        role: new.role,
        tier: &tier.tier,
        now: app.now(),
    };
    db::users::insert(&**tx, row).await?;
    let after = json!({ "role": new.role.key(), "tier": tier.tier });
    record(app, tx, author, id, "user.created", (None, Some(after))).await?;
    Ok(db::users::find(&**tx, id).await?.ok_or(ServiceError::NotFound)?.user)
}

/// Moves somebody to another tier, unless it is another one by now than `was`; `false` if they have it already.
pub async fn set_tier(
    app: &App,
    author: &Author,
    who: Person<'_>,
    tier: &str,
    was: Option<&str>,
) -> Result<bool, ServiceError> {
    let (tx, user) = begin(app, author, who).await?;
    // Whoever moves the same tenant at this moment waits, and then sees where it is.
    db::users::lock(&*tx, user.id).await?;
    let user = db::users::find(&*tx, user.id).await?.ok_or(ServiceError::NotFound)?.user;
    let tier = existing_tier(&tx, tier).await?;
    if tier.tier == user.tier.key {
        return Ok(false);
    }
    if was.is_some_and(|was| was != user.tier.key) {
        let sentence = format!(
            "The tier of {} was changed meanwhile: it is {} now. Your choice is kept below, but not made yet",
            user.name, user.tier.label
        );
        return Err(Refusal::conflict(sentence).into());
    }
    db::users::set_tier(&*tx, user.id, &tier.tier, app.now()).await?;
    let named = |key: &str, label: &str| Some(json!({ "tier": key, "label": label }));
    let values = (named(&user.tier.key, &user.tier.label), named(&tier.tier, &tier.label));
    record(app, &tx, author, user.id, "user.tier_set", values).await?;
    tx.commit().await?;
    Ok(true)
}

/// Gives another role and ends every session and link, so that the old rights are nowhere in use;
/// `false` if it is the one they have.
pub async fn set_role(app: &App, author: &Author, who: Person<'_>, role: Role) -> Result<bool, ServiceError> {
    let (tx, user) = begin_about_administrators(app, author, who).await?;
    if let Author::Person(by) = author {
        if by.user == user.id {
            return Err(Refusal::State(OWN_ROLE).into());
        }
        if actor_role(&*tx, by.user).await? != Role::SuperAdmin {
            return Err(not_allowed(app, tx, author, user.id, ROLES).await?);
        }
    }
    if role == user.role {
        return Ok(false);
    }
    if role.is_administrator() && user.role == Role::User {
        // Whoever takes a seat at the same time waits, and is no tenant then.
        db::users::lock(&*tx, user.id).await?;
        if let Some(sentence) = belongings(&*tx, user.id).await? {
            return Err(Refusal::conflict(sentence).into());
        }
    }
    keep_one_super_admin(&tx, &user).await?;
    db::users::set_role(&*tx, user.id, role, app.now()).await?;
    db::sessions::delete_of_user(&*tx, user.id).await?;
    db::password_links::delete_of_user(&*tx, user.id).await?;
    let values = (Some(json!({ "role": user.role.key() })), Some(json!({ "role": role.key() })));
    record(app, &tx, author, user.id, "user.role_set", values).await?;
    tx.commit().await?;
    Ok(true)
}

/// What keeps a tenant from becoming an administrator, whose agents no page would show.
pub async fn kept_a_tenant(app: &App, user: UserId) -> Result<Option<String>, ServiceError> {
    belongings(app.db.read(), user).await
}

async fn belongings(conn: &impl ConnectionTrait, user: UserId) -> Result<Option<String>, ServiceError> {
    let counted = |number: u64, noun: &str| match number {
        0 => None,
        1 => Some(format!("1 {noun}")),
        many => Some(format!("{many} {noun}s")),
    };
    let (agents, demos) = db::users::belongings(conn, user).await?;
    let all: Vec<String> = [counted(agents, "agent"), counted(demos, "demo")].into_iter().flatten().collect();
    Ok((!all.is_empty())
        .then(|| format!("Remove its {} first: an administrator has none", all.join(" and "))))
}

/// As [`set_role`], for an administrator who gives the own password once more.
pub async fn change_role(
    app: &App,
    by: &By,
    user: UserId,
    role: Role,
    password: Password,
    ip: Option<IpAddr>,
) -> Result<bool, ServiceError> {
    confirm_password(app, by.user, "password", password, ip).await?;
    set_role(app, &by.clone().into(), Person::Id(user), role).await
}

/// Shuts somebody out from the next request on; `false` if they are out already.
///
/// Open sessions stay known until then, so that they can say why they ended; [`enable`] ends the rest.
pub async fn disable(app: &App, author: &Author, who: Person<'_>) -> Result<bool, ServiceError> {
    let (tx, user) = begin_about_administrators(app, author, who).await?;
    if matches!(author, Author::Person(by) if by.user == user.id) {
        return Err(Refusal::State(OWN_ACCOUNT).into());
    }
    if user.disabled {
        return Ok(false);
    }
    keep_one_super_admin(&tx, &user).await?;
    db::users::set_disabled(&*tx, user.id, Some(app.now()), app.now()).await?;
    db::password_links::delete_of_user(&*tx, user.id).await?;
    record(app, &tx, author, user.id, "user.disabled", (None, None)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets somebody sign in again; sessions from before stay ended. `false` if they could all the time.
pub async fn enable(app: &App, author: &Author, who: Person<'_>) -> Result<bool, ServiceError> {
    let (tx, user) = begin(app, author, who).await?;
    if !user.disabled {
        return Ok(false);
    }
    db::users::set_disabled(&*tx, user.id, None, app.now()).await?;
    db::sessions::delete_of_user(&*tx, user.id).await?;
    record(app, &tx, author, user.id, "user.enabled", (None, None)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends every session of somebody, and the link to set a password if one is open.
pub async fn sign_out(app: &App, author: &Author, who: Person<'_>) -> Result<(), ServiceError> {
    let (tx, user) = begin(app, author, who).await?;
    let ended = db::sessions::delete_of_user(&*tx, user.id).await?;
    db::password_links::delete_of_user(&*tx, user.id).await?;
    let after = Some(json!({ "sessions": ended }));
    record(app, &tx, author, user.id, "user.sessions_ended", (None, after)).await?;
    Ok(tx.commit().await?)
}

/// Takes the second factor and the recovery codes away and ends every session; `false` if there is none.
pub async fn reset_second_factor(app: &App, author: &Author, who: Person<'_>) -> Result<bool, ServiceError> {
    let (tx, user) = begin(app, author, who).await?;
    clear_second_factor(app, tx, author, &user).await
}

pub(super) async fn clear_second_factor(
    app: &App,
    tx: WriteTx,
    author: &Author,
    user: &User,
) -> Result<bool, ServiceError> {
    if !user.has_second_factor {
        return Ok(false);
    }
    db::second_factor::clear(&*tx, user.id, app.now()).await?;
    db::recovery_codes::delete_of_user(&*tx, user.id).await?;
    db::sessions::delete_of_user(&*tx, user.id).await?;
    record(app, &tx, author, user.id, "user.second_factor_reset", (None, None)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Begins a change of somebody's account, if the author may make one.
pub(super) async fn begin(
    app: &App,
    author: &Author,
    who: Person<'_>,
) -> Result<(WriteTx, User), ServiceError> {
    found(app, app.db.write().await?, author, who).await
}

/// The same, one after another: who takes a super admin away must see whom the last one took.
async fn begin_about_administrators(
    app: &App,
    author: &Author,
    who: Person<'_>,
) -> Result<(WriteTx, User), ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock_super_admins(&*tx).await?;
    found(app, tx, author, who).await
}

pub(super) async fn found(
    app: &App,
    tx: WriteTx,
    author: &Author,
    who: Person<'_>,
) -> Result<(WriteTx, User), ServiceError> {
    let user = match who {
        Person::Id(id) => db::users::find(&*tx, id).await?.ok_or(ServiceError::NotFound)?.user,
        Person::Email(email) => {
            let found = db::users::find_by_email(&*tx, email).await?;
            found.ok_or_else(|| Refusal::field("email", "Nobody has this e-mail"))?.user
        }
    };
    if let Author::Person(by) = author
        && !actor_role(&*tx, by.user).await?.may_manage(user.role)
    {
        return Err(not_allowed(app, tx, author, user.id, OTHERS_BUSINESS).await?);
    }
    Ok((tx, user))
}

/// Ends the transaction and notes that its author may not make this change.
async fn not_allowed(
    app: &App,
    tx: WriteTx,
    author: &Author,
    user: UserId,
    sentence: &'static str,
) -> Result<ServiceError, ServiceError> {
    drop(tx);
    let why = Some(json!({ "why": sentence }));
    audit::note_refused(app, event(app, author, user, "user.change_refused", (None, why))).await?;
    Ok(Refusal::NotAllowed(sentence).into())
}

/// The role of whoever asks, as it is now; a suspended administrator has none.
pub(super) async fn actor_role(conn: &impl ConnectionTrait, actor: UserId) -> Result<Role, ServiceError> {
    let actor = db::users::find(conn, actor).await?.map(|account| account.user);
    Ok(actor.filter(|user| !user.disabled).map_or(Role::User, |user| user.role))
}

async fn keep_one_super_admin(tx: &WriteTx, user: &User) -> Result<(), ServiceError> {
    let counts = user.role == Role::SuperAdmin && !user.disabled;
    if counts && db::users::count_other_super_admins(&**tx, user.id).await? == 0 {
        return Err(Refusal::State(LAST_ONE).into());
    }
    Ok(())
}

async fn existing_tier(tx: &WriteTx, tier: &str) -> Result<TierLimits, ServiceError> {
    let tiers = db::tier_limits::list(&**tx).await?;
    let found = tiers.iter().find(|known| known.tier.eq_ignore_ascii_case(tier));
    if let Some(found) = found {
        return Ok(found.clone());
    }
    let known: Vec<&str> = tiers.iter().map(|known| known.tier.as_str()).collect();
    Err(Refusal::field("tier", format!("There is no such tier; use {}", known.join(", "))).into())
}

/// An address that Chatwoot takes too, since agents' addresses are made from it.
pub(super) fn plain_address(typed: &str) -> Result<(), Refusal> {
    if is_usable_address(typed.trim()) {
        return Ok(());
    }
    Err(Refusal::field("email", "Enter a plain e-mail address, such as ana@example.com"))
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

pub(super) fn person_name(typed: &str) -> Result<String, Refusal> {
    let name = typed.trim();
    let usable = (1..=MAX_NAME_CHARACTERS).contains(&name.chars().count()) && !name.chars().any(is_invisible);
    if usable {
        Ok(name.to_owned())
    } else {
        Err(Refusal::field("name", "Enter a name of 1 to 100 characters that can be seen"))
    }
}
