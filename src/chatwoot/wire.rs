//! What we read of Chatwoot's answers: only the keys we need, so that no token in them enters a value of ours.

use std::fmt;
use std::marker::PhantomData;

use reqwest::StatusCode;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{ErrorKind, Version};
use crate::domain::drift::Person;
use crate::domain::ids::{ChatwootUserId, InboxId};
use crate::domain::inbox::Inbox;

#[derive(Deserialize)]
pub(super) struct PlatformUser {
    pub id: i64,
    pub email: String,
    pub name: Option<String>,
    pub accounts: Vec<Membership>,
    /// Left out by Chatwoot when empty.
    custom_attributes: Option<Object<Attributes>>,
}

impl PlatformUser {
    pub fn carries(&self, tag: &str) -> bool {
        let marked = self.custom_attributes.as_ref();
        let marked = marked.and_then(|Object(attributes)| attributes.localboxs_ref.as_ref());
        marked == Some(&Text::Text(tag.to_owned()))
    }
}

/// Somebody in the account's list of agents.
#[derive(Deserialize)]
pub(super) struct ListedAgent {
    id: i64,
    name: Option<String>,
    email: String,
    role: Option<String>,
    /// Left out by Chatwoot when empty.
    custom_attributes: Option<Object<Attributes>>,
}

impl From<ListedAgent> for Person {
    fn from(agent: ListedAgent) -> Self {
        let marked = agent.custom_attributes.and_then(|Object(attributes)| attributes.localboxs_ref);
        Self {
            id: ChatwootUserId(agent.id),
            name: agent.name.unwrap_or_default(),
            email: agent.email,
            role: agent.role,
            tag: match marked {
                Some(Text::Text(tag)) => Some(tag),
                _ => None,
            },
        }
    }
}

#[derive(Deserialize)]
struct Attributes {
    localboxs_ref: Option<Text>,
}

/// Text, or anything else that somebody put where text belongs.
#[derive(Deserialize, PartialEq)]
#[serde(untagged)]
enum Text {
    Text(String),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
pub(super) struct Membership {
    pub id: i64,
    pub role: Option<String>,
    /// Only in the profile.
    pub status: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Profile {
    pub accounts: Vec<Membership>,
}

/// Anything of which only the number matters: an account, a person, an agent.
#[derive(Deserialize)]
pub(super) struct Numbered {
    pub id: i64,
}

#[derive(Deserialize)]
pub(super) struct AccountUser {
    pub account_id: i64,
    pub user_id: i64,
}

#[derive(Deserialize)]
pub(super) struct Payload<T> {
    pub payload: Vec<T>,
}

#[derive(Deserialize)]
pub(super) struct NamedInbox {
    id: i64,
    name: String,
}

impl From<NamedInbox> for Inbox {
    fn from(inbox: NamedInbox) -> Self {
        Self { id: InboxId(inbox.id), name: inbox.name }
    }
}

#[derive(Deserialize)]
struct Health {
    version: String,
    data_services: Option<String>,
    queue_services: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
    errors: Option<IgnoredAny>,
    #[serde(default)]
    attributes: Vec<String>,
}

/// A value written with its keys; serde would take a bare list of its fields as well.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// The JSON object in a body, if it is what we expect.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    // As text first: serde_json does not look at the bytes of what it skips.
    let text = str::from_utf8(body).ok()?;
    serde_json::from_str(text).ok().map(|Object(value)| value)
}

/// The list of JSON objects in a body, if it is what we expect.
pub(super) fn list<T: DeserializeOwned>(body: &[u8]) -> Option<Vec<T>> {
    let text = str::from_utf8(body).ok()?;
    let values: Vec<Object<T>> = serde_json::from_str(text).ok()?;
    Some(values.into_iter().map(|Object(value)| value).collect())
}

/// Success of a call that answers nothing, which Chatwoot 4.9.2 does with zero bytes.
pub(super) fn nothing(body: &[u8]) -> Option<()> {
    body.is_empty().then_some(())
}

/// Success of a call that must answer about the thing with this number.
pub(super) fn about(id: i64, body: &[u8]) -> Option<()> {
    json(body).filter(|answered: &Numbered| answered.id == id).map(|_| ())
}

/// Chatwoot's account of itself; the version is shown to people, so it must look like one.
pub(super) fn version(body: &[u8]) -> Option<Version> {
    let health: Health = json(body)?;
    let plain = health.version.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b));
    let is_ok = |service: Option<String>| service.as_deref() == Some("ok");
    (plain && (1..=32).contains(&health.version.len())).then(|| Version {
        version: health.version,
        data_services_ok: is_ok(health.data_services),
        queue_services_ok: is_ok(health.queue_services),
    })
}

/// The meaning of a refusal in JSON: the status, and for 401 the text, because 4.9.2 has no other mark.
pub(super) fn refusal(status: StatusCode, body: &[u8]) -> ErrorKind {
    let refusal: Option<Refusal> = json(body);
    match (status, refusal) {
        (StatusCode::PAYMENT_REQUIRED, _) => ErrorKind::AccountFull,
        (StatusCode::NOT_FOUND, Some(Refusal { error: Some(text), .. })) => not_found(&text),
        (StatusCode::UNPROCESSABLE_ENTITY, refusal) => {
            ErrorKind::Invalid { attributes: known(&refusal.map_or_else(Vec::new, |said| said.attributes)) }
        }
        (StatusCode::UNAUTHORIZED, Some(Refusal { error: Some(text), .. })) => unauthorized(&text),
        // The text of this one follows the account's language; its shape does not.
        (StatusCode::UNAUTHORIZED, Some(Refusal { errors: Some(_), .. })) => ErrorKind::HeaderStripped,
        (StatusCode::NOT_FOUND, _) => ErrorKind::ServerError,
        _ => ErrorKind::Unexpected,
    }
}

/// Only Chatwoot's own words prove that a thing is gone; a gateway's 404 says nothing about it.
fn not_found(text: &str) -> ErrorKind {
    match text {
        "Not Found" | "Resource could not be found" => ErrorKind::NotFound,
        _ => ErrorKind::ServerError,
    }
}

fn unauthorized(text: &str) -> ErrorKind {
    match text {
        "Invalid access_token" => ErrorKind::PlatformKeyRejected,
        "Non permissible resource" => ErrorKind::NotPermissible,
        "Invalid Access Token" => ErrorKind::AccountKeyRejected,
        "Access to this endpoint is not authorized for bots" => ErrorKind::KeyOfAnotherKind,
        "You are not authorized to access this account" => ErrorKind::NotInAccount,
        "Account is suspended" => ErrorKind::AccountSuspended,
        "You are not authorized to do this action" => ErrorKind::AccountKeyNotAdministrator,
        _ => ErrorKind::Unexpected,
    }
}

fn known(named: &[String]) -> Vec<&'static str> {
    ["email", "password", "name", "display_name", "role", "user", "user_id", "account", "base"]
        .into_iter()
        .filter(|known| named.iter().any(|name| name == known))
        .collect()
}
