//! The records one installation keeps, named as Chatwoot's tables are.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::secret::PasswordDigest;

/// A person of the installation; accounts share one table of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Named "agent id" on the application API.
    pub id: u64,
    pub name: String,
    pub display_name: Option<String>,
    /// Lower-case, unique on the installation.
    pub email: String,
    pub(crate) password: PasswordDigest,
    pub confirmed: bool,
    /// `SuperAdmin` or nothing.
    pub kind: Option<String>,
    pub custom_attributes: Map<String, Value>,
    pub ui_settings: Map<String, Value>,
    pub access_token: String,
    pub pubsub_token: String,
}

impl User {
    /// The name customers see: the display name when it is not blank, else the name.
    pub fn available_name(&self) -> &str {
        self.display_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&self.name)
    }
}

/// A Chatwoot account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    pub id: u64,
    pub name: String,
    pub locale: String,
    pub domain: Option<String>,
    pub support_email: Option<String>,
    pub suspended: bool,
    pub features: Map<String, Value>,
    pub limits: Map<String, Value>,
    pub custom_attributes: Map<String, Value>,
    /// The seats the Agents API allows; nothing means the community's 100,000.
    pub agent_limit: Option<u64>,
    pub created_at: DateTime<Utc>,
}

/// What a member may do in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Agent,
    Administrator,
}

/// What a member set as its availability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    Online,
    Offline,
    Busy,
}

/// A user's membership of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountUser {
    pub id: u64,
    pub account_id: u64,
    pub user_id: u64,
    /// Nothing for a member whose role was stored as null: it is listed, and may do nothing.
    pub role: Option<Role>,
    pub inviter_id: Option<u64>,
    pub availability: Availability,
    pub auto_offline: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl AccountUser {
    /// What others see while nobody is signed in: 4.9.2 shows `offline` unless auto-offline is off.
    pub(crate) fn presence(&self) -> Availability {
        if self.auto_offline { Availability::Offline } else { self.availability }
    }
}

/// An inbox of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inbox {
    pub id: u64,
    pub account_id: u64,
    pub name: String,
    /// `Channel::WebWidget`, `Channel::Api`, `Channel::Email`, …
    pub channel_type: String,
    pub website_url: Option<String>,
    /// The channel's secret, which only an administrator's listing shows (as `hmac_token`).
    pub secret: Option<String>,
}

/// An application that holds a platform token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlatformApp {
    pub id: u64,
    pub name: String,
    pub token: String,
}

/// A platform app's right to one account or user; it outlives the thing itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Permissible {
    pub app_id: u64,
    pub of: Permitted,
}

/// What a platform app was given a right to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Permitted {
    Account(u64),
    User(u64),
}

/// Work that Chatwoot leaves to its background queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub work: Work,
    pub queued_at: DateTime<Utc>,
}

/// What a queued job will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Deletes the user and everything that hangs on it.
    DeleteUser(u64),
    /// Deletes the account, with inboxes and memberships.
    DeleteAccount(u64),
    /// Takes a removed member's inboxes and settings, even of one who was added again meanwhile.
    AgentDestroy { account_id: u64, user_id: u64 },
}

/// A sign-in link's token: five minutes, one use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SsoToken {
    pub user_id: u64,
    pub token: String,
    pub expires_at: DateTime<Utc>,
    pub used: bool,
}

/// An invitation Chatwoot would have sent by e-mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invitation {
    pub user_id: u64,
    pub email: String,
    pub sent_at: DateTime<Utc>,
}
