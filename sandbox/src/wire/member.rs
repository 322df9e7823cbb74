//! A membership: as an agent of the application API, and as the platform API's row.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Object, timestamp};
use crate::model::{AccountUser, Availability, Role};
use crate::state::State;

#[derive(Serialize)]
pub(crate) struct Agent<'a> {
    id: u64,
    account_id: u64,
    availability_status: Availability,
    auto_offline: bool,
    confirmed: bool,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    available_name: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    custom_attributes: &'a Map<String, Value>,
    name: &'a str,
    role: Option<Role>,
    thumbnail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_role_id: Option<Value>,
}

impl<'a> Agent<'a> {
    pub(crate) fn of(state: &'a State, member: &AccountUser) -> Option<Self> {
        let user = state.users.get(&member.user_id)?;
        Some(Self {
            id: user.id,
            account_id: member.account_id,
            availability_status: member.presence(),
            auto_offline: member.auto_offline,
            confirmed: user.confirmed,
            email: &user.email,
            provider: state.at_least(4, 7).then_some("email"),
            available_name: user.available_name(),
            custom_attributes: &user.custom_attributes,
            name: &user.name,
            role: member.role,
            thumbnail: "",
            custom_role_id: state.settings.enterprise.then_some(Value::Null),
        })
    }
}

pub(crate) fn account_user(member: &AccountUser) -> Object {
    Object(vec![
        ("id", json!(member.id)),
        ("account_id", json!(member.account_id)),
        ("user_id", json!(member.user_id)),
        ("role", json!(member.role)),
        ("inviter_id", json!(member.inviter_id)),
        ("created_at", json!(timestamp(member.created_at))),
        ("updated_at", json!(timestamp(member.updated_at))),
        ("active_at", Value::Null),
        ("availability", json!(member.availability)),
        ("auto_offline", json!(member.auto_offline)),
        ("custom_role_id", Value::Null),
        ("agent_capacity_policy_id", Value::Null),
    ])
}
