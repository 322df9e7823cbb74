//! A user as its own profile and the platform API show it.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{account_name, status};
use crate::model::{AccountUser, Availability, Role, User};
use crate::state::State;

#[derive(Serialize)]
pub(crate) struct PlatformUser<'a> {
    access_token: &'a str,
    account_id: Option<u64>,
    available_name: &'a str,
    avatar_url: &'static str,
    confirmed: bool,
    display_name: Option<&'a str>,
    message_signature: Option<&'a str>,
    email: &'a str,
    id: u64,
    name: &'a str,
    provider: &'static str,
    pubsub_token: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    custom_attributes: &'a Map<String, Value>,
    role: Option<Role>,
    ui_settings: &'a Map<String, Value>,
    uid: &'a str,
    accounts: Vec<UserAccount<'a>>,
}

#[derive(Serialize)]
struct UserAccount<'a> {
    id: u64,
    name: &'a str,
    active_at: Option<&'a str>,
    role: Option<Role>,
}

impl<'a> PlatformUser<'a> {
    pub(crate) fn of(state: &'a State, user: &'a User) -> Self {
        let memberships = state.memberships_of(user.id);
        let current = memberships.first();
        Self {
            access_token: &user.access_token,
            account_id: current.map(|member| member.account_id),
            available_name: user.available_name(),
            avatar_url: "",
            confirmed: user.confirmed,
            display_name: user.display_name.as_deref(),
            message_signature: None,
            email: &user.email,
            id: user.id,
            name: &user.name,
            provider: "email",
            pubsub_token: &user.pubsub_token,
            custom_attributes: &user.custom_attributes,
            role: current.and_then(|member| member.role),
            ui_settings: &user.ui_settings,
            uid: &user.email,
            accounts: memberships
                .iter()
                .map(|member| UserAccount {
                    id: member.account_id,
                    name: account_name(state, member.account_id),
                    active_at: None,
                    role: member.role,
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Profile<'a> {
    access_token: &'a str,
    account_id: Option<u64>,
    available_name: &'a str,
    avatar_url: &'static str,
    confirmed: bool,
    display_name: Option<&'a str>,
    message_signature: Option<&'a str>,
    email: &'a str,
    id: u64,
    inviter_id: Option<u64>,
    name: &'a str,
    provider: &'static str,
    pubsub_token: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    custom_attributes: &'a Map<String, Value>,
    role: Option<Role>,
    ui_settings: &'a Map<String, Value>,
    uid: &'a str,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    accounts: Vec<ProfileAccount<'a>>,
}

#[derive(Serialize)]
struct ProfileAccount<'a> {
    id: u64,
    name: &'a str,
    status: &'static str,
    active_at: Option<&'a str>,
    role: Option<Role>,
    permissions: [&'static str; 1],
    availability: Availability,
    availability_status: Availability,
    auto_offline: bool,
}

impl<'a> Profile<'a> {
    pub(crate) fn of(state: &'a State, user: &'a User) -> Self {
        let memberships = state.memberships_of(user.id);
        let current = memberships.first();
        Self {
            access_token: &user.access_token,
            account_id: current.map(|member| member.account_id),
            available_name: user.available_name(),
            avatar_url: "",
            confirmed: user.confirmed,
            display_name: user.display_name.as_deref(),
            message_signature: None,
            email: &user.email,
            id: user.id,
            inviter_id: current.and_then(|member| member.inviter_id),
            name: &user.name,
            provider: "email",
            pubsub_token: &user.pubsub_token,
            custom_attributes: &user.custom_attributes,
            role: current.and_then(|member| member.role),
            ui_settings: &user.ui_settings,
            uid: &user.email,
            kind: user.kind.as_deref(),
            accounts: memberships.iter().map(|member| ProfileAccount::of(state, member)).collect(),
        }
    }
}

impl<'a> ProfileAccount<'a> {
    fn of(state: &'a State, member: &AccountUser) -> Self {
        let account = state.accounts.get(&member.account_id);
        let administrator = member.role == Some(Role::Administrator);
        Self {
            id: member.account_id,
            name: account_name(state, member.account_id),
            status: account.map_or("active", status),
            active_at: None,
            role: member.role,
            permissions: [if administrator { "administrator" } else { "agent" }],
            availability: member.availability,
            availability_status: member.presence(),
            auto_offline: member.auto_offline,
        }
    }
}
