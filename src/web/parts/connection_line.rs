//! Whether Chatwoot answers and our keys work, and since when.

use std::borrow::Cow;

use askama::Template;
use chrono::{DateTime, Utc};

use crate::domain::connection::{Connection, Health};
use crate::web::parts::{Moment, icon};

/// What is known of the installation, in one line.
#[derive(Template)]
#[template(path = "parts/connection_line.html")]
pub struct ConnectionLine {
    connection: Connection,
    now: DateTime<Utc>,
    /// Whether the reader runs the server, and is told what to do rather than whom to ask.
    administrator: bool,
}

impl ConnectionLine {
    pub fn new(connection: Connection, now: DateTime<Utc>, administrator: bool) -> Self {
        Self { connection, now, administrator }
    }

    /// What stands: a few words for lists and announcements.
    pub fn words(&self) -> &'static str {
        match self.connection.health {
            _ if self.pause().is_some() => "Chatwoot asked us to slow down",
            Health::NotConfigured => "Chatwoot isn't connected yet",
            Health::Unchecked => "Chatwoot hasn't been checked yet",
            Health::Connected => "Chatwoot connected",
            Health::Unreachable => "Can't reach Chatwoot",
            Health::NotChatwoot => "What answers at Chatwoot's address isn't Chatwoot",
            Health::AccountKeyRejected => "Chatwoot rejects this server's account key",
            Health::AccountKeyNotAdministrator => {
                "This server's account key doesn't belong to a Chatwoot administrator"
            }
            Health::AccountMissing => "The Chatwoot account can't be found",
            Health::AccountSuspended => "The Chatwoot account is suspended",
            Health::PlatformKeyMissing => "Creating agents is switched off on this server",
            Health::PlatformKeyRejected => "Chatwoot rejects this server's platform key",
        }
    }

    /// What follows from it and what helps.
    pub fn advice(&self) -> Option<Cow<'static, str>> {
        if let Some(until) = self.pause() {
            let time = until.format("%H:%M:%S");
            return Some(
                format!("We carry on by ourselves at {time} UTC; until then nobody calls it.").into(),
            );
        }
        self.standing_advice().map(Cow::Borrowed)
    }

    fn standing_advice(&self) -> Option<&'static str> {
        let health = self.connection.health;
        Some(match (health, self.administrator) {
            (Health::Connected | Health::Unchecked, _) => return None,
            (Health::Unreachable | Health::NotChatwoot, false) => {
                "You see what we knew then. What you change is kept and carried out when Chatwoot is back."
            }
            (Health::Unreachable, true) => {
                "Check that it runs and that CHATWOOT_BASE_URL is right. Work that waits goes on by itself."
            }
            (Health::NotChatwoot, true) => "Set CHATWOOT_BASE_URL to Chatwoot's address and start again.",
            (Health::NotConfigured, false) => {
                "Your administrator connects it; then you can create agents here."
            }
            (Health::PlatformKeyMissing, false) => "Ask your administrator.",
            (_, false) => {
                "Ask your administrator. What you change is kept and carried out once this is right."
            }
            (Health::NotConfigured, true) => {
                "Set CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_API_KEY and CHATWOOT_PLATFORM_API_KEY, then start again."
            }
            (Health::AccountKeyRejected | Health::AccountKeyNotAdministrator, true) => {
                "Set CHATWOOT_API_KEY to the access token of an administrator of the account and start again."
            }
            (Health::AccountMissing, true) => "Check CHATWOOT_ACCOUNT_ID and start again.",
            (Health::AccountSuspended, true) => "Activate it in Chatwoot; work that waits goes on by itself.",
            (Health::PlatformKeyMissing | Health::PlatformKeyRejected, true) => {
                "Set CHATWOOT_PLATFORM_API_KEY to the access token of a platform app and start again."
            }
        })
    }

    fn picture(&self) -> &'static str {
        match self.connection.health {
            _ if self.pause().is_some() => "clock",
            Health::Connected => "check",
            Health::Unchecked => "clock",
            Health::NotConfigured => "plug",
            _ => "triangle-alert",
        }
    }

    fn tone(&self) -> &'static str {
        match self.connection.health {
            _ if self.pause().is_some() => "info",
            Health::Connected => "ok",
            Health::Unchecked => "quiet",
            Health::NotConfigured => "info",
            _ => "warn",
        }
    }

    /// Whether something is wrong that somebody has to know of.
    pub fn needs_attention(&self) -> bool {
        !self.is_fine()
    }

    fn is_fine(&self) -> bool {
        matches!(self.connection.health, Health::Connected | Health::Unchecked) && self.pause().is_none()
    }

    /// Until when Chatwoot wants to be left alone.
    fn pause(&self) -> Option<DateTime<Utc>> {
        self.connection.paused_until.filter(|until| *until > self.now)
    }

    fn is_configured(&self) -> bool {
        self.connection.health != Health::NotConfigured
    }

    fn noticed(&self) -> Option<Moment> {
        if self.is_fine() || self.pause().is_some() || !self.is_configured() {
            return None;
        }
        // What the last check was the first to find has been known since that check.
        let since = self.connection.since.filter(|since| Some(*since) != self.connection.checked_at);
        since.map(|at| Moment { at, now: self.now })
    }

    fn checked(&self) -> Option<Moment> {
        self.connection.checked_at.map(|at| Moment { at, now: self.now })
    }
}
