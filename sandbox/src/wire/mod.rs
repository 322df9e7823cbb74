//! Records as the replies show them, keys in the recorded order.

mod account;
mod member;
mod user;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::model;
use crate::state::State;

pub(crate) use account::{Account, inbox, platform_account};
pub(crate) use member::{Agent, account_user};
pub(crate) use user::{PlatformUser, Profile};

/// An object whose keys keep their order.
pub(crate) struct Object(Vec<(&'static str, Value)>);

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

pub(crate) fn status(account: &model::Account) -> &'static str {
    if account.suspended { "suspended" } else { "active" }
}

pub(crate) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn account_name(state: &State, id: u64) -> &str {
    state.accounts.get(&id).map_or("", |account| &account.name)
}
