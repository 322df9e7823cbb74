//! What we know of the installation: whether Chatwoot answers and whether our keys work.

use chrono::{DateTime, Utc};

/// How an agent gets into the Chatwoot account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The platform key may manage the account's members.
    Platform,
    /// It may not, so the account key adds the person by e-mail.
    Account,
}

impl Route {
    pub fn key(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Account => "account",
        }
    }

    /// Reads [`Route::key`] back.
    pub fn parse(key: &str) -> Option<Self> {
        [Self::Platform, Self::Account].into_iter().find(|route| route.key() == key)
    }
}

/// What the last check of the installation found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The operator has not configured Chatwoot.
    NotConfigured,
    /// No check has finished yet.
    Unchecked,
    Connected,
    Unreachable,
    /// Something answers at the address, but not as Chatwoot does.
    NotChatwoot,
    AccountKeyRejected,
    AccountKeyNotAdministrator,
    AccountMissing,
    AccountSuspended,
    PlatformKeyMissing,
    PlatformKeyRejected,
}

impl Health {
    pub const ALL: [Self; 11] = [
        Self::NotConfigured,
        Self::Unchecked,
        Self::Connected,
        Self::Unreachable,
        Self::NotChatwoot,
        Self::AccountKeyRejected,
        Self::AccountKeyNotAdministrator,
        Self::AccountMissing,
        Self::AccountSuspended,
        Self::PlatformKeyMissing,
        Self::PlatformKeyRejected,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Unchecked => "unchecked",
            Self::Connected => "connected",
            Self::Unreachable => "unreachable",
            Self::NotChatwoot => "not_chatwoot",
            Self::AccountKeyRejected => "account_key_rejected",
            Self::AccountKeyNotAdministrator => "account_key_not_administrator",
            Self::AccountMissing => "account_missing",
            Self::AccountSuspended => "account_suspended",
            Self::PlatformKeyMissing => "platform_key_missing",
            Self::PlatformKeyRejected => "platform_key_rejected",
        }
    }

    /// Reads [`Health::key`] back.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.key() == key)
    }

    /// Whether the operator, not time, must put this right.
    pub fn needs_operator(self) -> bool {
        !matches!(self, Self::Unchecked | Self::Connected | Self::Unreachable | Self::NotChatwoot)
    }
}

/// The last known state of the installation, as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub health: Health,
    /// Since when `health` has been what it is.
    pub since: Option<DateTime<Utc>>,
    pub checked_at: Option<DateTime<Utc>>,
    /// When the inboxes' names were last read from Chatwoot.
    pub inboxes_seen_at: Option<DateTime<Utc>>,
    pub route: Option<Route>,
    pub version: Option<String>,
    /// Until when Chatwoot asked not to be called; may be over.
    pub paused_until: Option<DateTime<Utc>>,
}
