//! `/platform/api/v1/users`.

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Value, json};

use super::Platform;
use crate::answer::{Answer, Faults, Refusal};
use crate::call::{Field, Params};
use crate::form;
use crate::model::{SsoToken, User, Work};
use crate::new::NewUser;
use crate::secret::{self, PasswordDigest};
use crate::state::State;
use crate::validate::{self, Draft};
use crate::wire::PlatformUser;

/// Finds by e-mail or creates; a user that exists is left as it is, confirmed, and given to the app.
pub(super) fn create(platform: Platform<'_>) -> Result<Answer, Refusal> {
    let Platform { state, params, .. } = platform;
    let existing = match params.get("email") {
        Some(Value::String(email)) => state.user_by_email(&email.to_lowercase()).map(|u| u.id),
        Some(Value::Number(_) | Value::Bool(_)) => return Err(Refusal::Exception),
        _ => None,
    };
    let id = match existing {
        Some(id) => id,
        None => insert(state, &params)?,
    };
    if let Some(user) = state.users.get_mut(&id) {
        user.confirmed = true;
    }
    state.permit_user(platform.app_id, id);
    shown(state, id)
}

pub(super) fn show(platform: &Platform<'_>, id: &str) -> Result<Answer, Refusal> {
    shown(platform.state, platform.user(id)?)
}

pub(super) fn update(platform: Platform<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = platform.user(id)?;
    let Platform { state, params, .. } = platform;
    let user = state.users.get(&id).ok_or(Refusal::RailsNotFound)?;
    let draft = changed(user, &params);
    validate::user(state, &draft).check()?;
    let name = draft.name.ok_or(Refusal::Exception)?;
    state.set_email(id, &draft.email.unwrap_or_default());
    if let Some(password) = &draft.password {
        set_password(state, id, password);
    }
    if let Some(user) = state.users.get_mut(&id) {
        user.name = name;
        user.display_name = draft.display_name;
        if let Some(Value::Object(attributes)) = params.get("custom_attributes") {
            user.custom_attributes.extend(attributes.clone());
        }
    }
    shown(state, id)
}

/// Queued: until the job ran, the user is still found by id and by e-mail.
pub(super) fn destroy(platform: &mut Platform<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = platform.user(id)?;
    platform.state.queue(Work::DeleteUser(id));
    Ok(Answer::empty())
}

pub(super) fn login(platform: Platform<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = platform.user(id)?;
    let Platform { state, .. } = platform;
    let token = secret::hex(32);
    let now = state.now();
    state.sso_tokens.retain(|sso| sso.expires_at > now);
    state.sso_tokens.push(SsoToken {
        user_id: id,
        token: token.clone(),
        expires_at: now + TimeDelta::minutes(5),
        used: false,
    });
    state.issued.push(token.clone());
    let frontend = state.settings.frontend_url.as_deref();
    let frontend = frontend.unwrap_or(platform.base_url);
    let user = state.users.get(&id).ok_or(Refusal::RailsNotFound)?;
    let email = form::encode(&user.email);
    let url = format!("{frontend}/app/login?email={email}&sso_auth_token={token}");
    Ok(Answer::json(&json!({ "url": url })))
}

#[derive(Serialize)]
struct TokenBody<'a> {
    access_token: &'a str,
    expiry: Option<&'a str>,
    user: TokenUser<'a>,
}

#[derive(Serialize)]
struct TokenUser<'a> {
    id: u64,
    name: &'a str,
    display_name: Option<&'a str>,
    email: &'a str,
    pubsub_token: &'a str,
}

/// Not a new token: the user's permanent one.
pub(super) fn token(platform: &Platform<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = platform.user(id)?;
    let user = platform.state.users.get(&id);
    let user = user.ok_or(Refusal::RailsNotFound)?;
    Ok(Answer::json(&TokenBody {
        access_token: &user.access_token,
        expiry: None,
        user: TokenUser {
            id,
            name: &user.name,
            display_name: user.display_name.as_deref(),
            email: &user.email,
            pubsub_token: &user.pubsub_token,
        },
    }))
}

fn insert(state: &mut State, params: &Params) -> Result<u64, Refusal> {
    let password = Field::of(params, "password").into_option();
    let password = password.unwrap_or_default();
    let draft = Draft {
        id: None,
        name: Field::of(params, "name").into_option(),
        display_name: Field::of(params, "display_name").into_option(),
        email: Field::of(params, "email").into_option().map(|e| normal(&e)),
        password: Some(password.clone()),
        german: false,
    };
    validate::user(state, &draft).check()?;
    within_user_limit(state)?;
    let name = draft.name.ok_or(Refusal::Exception)?;
    let mut new = NewUser::new(&name, &draft.email.unwrap_or_default()).password(&password);
    new.display_name = draft.display_name;
    if let Some(Value::Object(attributes)) = params.get("custom_attributes") {
        new = new.custom_attributes(attributes.clone());
    }
    Ok(state.user(new).id)
}

fn within_user_limit(state: &State) -> Result<(), Refusal> {
    let message = "User limit reached. Please purchase more licenses from super admin";
    match state.settings.user_limit {
        Some(limit) if state.users.len() >= limit => Err(Refusal::Invalid(Faults::one("base", message))),
        _ => Ok(()),
    }
}

fn changed(user: &User, params: &Params) -> Draft {
    let email = Field::of(params, "email").or_keep(Some(user.email.clone()));
    Draft {
        id: Some(user.id),
        name: Field::of(params, "name").or_keep(Some(user.name.clone())),
        display_name: Field::of(params, "display_name").or_keep(user.display_name.clone()),
        email: email.map(|email| normal(&email)),
        password: Field::of(params, "password").into_option(),
        german: false,
    }
}

/// A changed password gives a new websocket token, and keeps the access token.
fn set_password(state: &mut State, id: u64, password: &str) {
    let pubsub_token = secret::token();
    state.issued.push(pubsub_token.clone());
    if let Some(user) = state.users.get_mut(&id) {
        user.password = PasswordDigest::of(password);
        user.pubsub_token = pubsub_token;
    }
}

fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

fn shown(state: &State, id: u64) -> Result<Answer, Refusal> {
    let user = state.users.get(&id).ok_or(Refusal::RailsNotFound)?;
    Ok(Answer::json(&PlatformUser::of(state, user)))
}
