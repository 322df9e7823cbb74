//! Accounts and inboxes.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Object, status, timestamp};
use crate::model::{self, Inbox};
use crate::state::State;

pub(crate) fn platform_account(account: &model::Account) -> Object {
    Object(vec![
        ("id", json!(account.id)),
        ("name", json!(account.name)),
        ("locale", json!(account.locale)),
        ("domain", json!(account.domain)),
        ("support_email", json!(account.support_email)),
        ("features", json!(account.features)),
        ("custom_attributes", json!(account.custom_attributes)),
        ("limits", json!(account.limits)),
        ("status", json!(status(account))),
    ])
}

#[derive(Serialize)]
pub(crate) struct Account<'a> {
    settings: Map<String, Value>,
    created_at: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    custom_attributes: &'a Map<String, Value>,
    domain: Option<&'a str>,
    features: &'a Map<String, Value>,
    id: u64,
    locale: &'a str,
    name: &'a str,
    support_email: Option<&'a str>,
    status: &'static str,
    cache_keys: CacheKeys,
    latest_chatwoot_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscribed_features: Option<[&'a str; 0]>,
}

#[derive(Serialize)]
struct CacheKeys {
    label: &'static str,
    inbox: &'static str,
    team: &'static str,
}

impl<'a> Account<'a> {
    pub(crate) fn of(state: &State, account: &'a model::Account) -> Self {
        let unset = "0000000000";
        Self {
            settings: Map::new(),
            created_at: timestamp(account.created_at),
            custom_attributes: &account.custom_attributes,
            domain: account.domain.as_deref(),
            features: &account.features,
            id: account.id,
            locale: &account.locale,
            name: &account.name,
            support_email: account.support_email.as_deref(),
            status: status(account),
            cache_keys: CacheKeys { label: unset, inbox: unset, team: unset },
            latest_chatwoot_version: None,
            subscribed_features: state.settings.enterprise.then_some([]),
        }
    }
}

/// The keys recorded for an inbox; only an administrator is shown the channel's secret.
pub(crate) fn inbox(inbox: &Inbox, for_administrator: bool) -> Object {
    let mut keys = vec![
        ("id", json!(inbox.id)),
        ("avatar_url", json!("")),
        ("channel_id", json!(inbox.id)),
        ("name", json!(inbox.name)),
        ("channel_type", json!(inbox.channel_type)),
        ("greeting_enabled", json!(false)),
        ("greeting_message", Value::Null),
        ("working_hours_enabled", json!(false)),
        ("enable_email_collect", json!(true)),
        ("csat_survey_enabled", json!(false)),
        ("csat_config", json!({})),
        ("enable_auto_assignment", json!(true)),
        ("auto_assignment_config", json!({})),
        ("out_of_office_message", Value::Null),
        ("working_hours", json!([])),
        ("timezone", json!("UTC")),
        ("callback_webhook_url", Value::Null),
        ("allow_messages_after_resolved", json!(true)),
        ("lock_to_single_conversation", json!(false)),
        ("sender_name_type", json!("friendly")),
        ("business_name", Value::Null),
        ("allowed_domains", Value::Null),
        ("widget_color", Value::Null),
        ("website_url", json!(inbox.website_url)),
    ];
    let nulls = |names: &[&'static str]| names.iter().map(|n| (*n, Value::Null)).collect::<Vec<_>>();
    keys.extend(nulls(&[
        "hmac_mandatory",
        "welcome_title",
        "welcome_tagline",
        "web_widget_script",
        "website_token",
        "selected_feature_flags",
        "reply_time",
        "messaging_service_sid",
        "phone_number",
    ]));
    if for_administrator {
        keys.push(("hmac_token", json!(inbox.secret)));
    }
    keys.extend(nulls(&["webhook_url", "inbox_identifier", "additional_attributes", "provider"]));
    Object(keys)
}
