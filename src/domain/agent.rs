//! An agent of a tenant and why it may not be ready.

use chrono::{DateTime, Utc};

use super::ids::{AgentId, ChatwootUserId, TenantId};

/// Where an agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentState {
    /// Asked for; being made in Chatwoot.
    SettingUp,
    /// Chatwoot agrees with what was asked for.
    Ready,
    /// Stopped: somebody must decide (retry or remove).
    NeedsAttention,
    /// Its address belongs to somebody else in Chatwoot; holds no seat.
    Conflict,
    /// Being taken out of the account; holds its seat until it is out.
    Suspending,
    /// Out of the account, its inboxes remembered; holds no seat.
    Suspended,
    /// Being put back into the account and its inboxes.
    Resuming,
    /// Out at once, deleted later; holds the seat it has until seen gone.
    Removing,
    /// Gone. Only the audit log still shows it.
    Removed,
}

impl AgentState {
    pub const ALL: [Self; 9] = [
        Self::SettingUp,
        Self::Ready,
        Self::NeedsAttention,
        Self::Conflict,
        Self::Suspending,
        Self::Suspended,
        Self::Resuming,
        Self::Removing,
        Self::Removed,
    ];

    /// The spelling in the database and the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::SettingUp => "setting_up",
            Self::Ready => "ready",
            Self::NeedsAttention => "needs_attention",
            Self::Conflict => "conflict",
            Self::Suspending => "suspending",
            Self::Suspended => "suspended",
            Self::Resuming => "resuming",
            Self::Removing => "removing",
            Self::Removed => "removed",
        }
    }

    /// Reads [`AgentState::key`] back.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// The badge word on pages.
    pub fn words(self) -> &'static str {
        match self {
            Self::SettingUp => "Setting up",
            Self::Ready => "Ready",
            Self::NeedsAttention | Self::Conflict => "Needs attention",
            Self::Suspending => "Suspending",
            Self::Suspended => "Suspended",
            Self::Resuming => "Resuming",
            Self::Removing => "Removing",
            Self::Removed => "Removed",
        }
    }
}

/// Whether the agent's Chatwoot password is one that somebody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Chatwoot holds a throw-away password; a new one must be set.
    Unset,
    Set,
}

/// An agent as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that Chatwoot confirmed or not")]
pub struct Agent {
    pub id: AgentId,
    pub tenant: TenantId,
    pub name: String,
    pub email: String,
    /// Put into Chatwoot's `custom_attributes` at creation; only a user that carries it is ours.
    pub tag: String,
    pub state: AgentState,
    pub holds_seat: bool,
    pub removal_wanted: bool,
    pub credential: Credential,
    pub chatwoot_user: Option<ChatwootUserId>,
    /// Whether Chatwoot said the person is in the account.
    pub linked: bool,
    /// Whether the finished agent was read back from Chatwoot.
    pub verified: bool,
    /// Whether Chatwoot accepted the deletion of the person (it happens later).
    pub deletion_asked: bool,
    pub failure: Option<Failure>,
    /// Whether the agent shall be out of the account until somebody resumes it.
    pub suspension_wanted: bool,
    /// Whether the person was in the account when we took it out, so that putting it back gives nothing back that
    /// somebody else took away.
    pub withdrawn: bool,
    /// Until then (ms since 1970) a removal can be undone and nothing is deleted.
    pub removal_due: Option<i64>,
    /// Until then an earlier call that puts the person into the account or takes it out may still take effect.
    pub link_unsettled: Option<i64>,
    /// The name that Chatwoot confirmed.
    pub confirmed_name: Option<String>,
    /// Until then an earlier renaming may still take effect.
    pub name_unsettled: Option<i64>,
    /// When a deleted person was first seen gone.
    pub gone_at: Option<i64>,
    /// How often somebody gone was looked for again.
    pub gone_checks: i32,
    /// When a generated password was last shown.
    pub password_shown_at: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Agent {
    /// Somebody asked for now, of whom Chatwoot knows nothing yet; name, address and tag are still to be filled in.
    pub fn wished(id: AgentId, tenant: TenantId, now: DateTime<Utc>) -> Self {
        Self {
            id,
            tenant,
            name: String::new(),
            email: String::new(),
            tag: String::new(),
            state: AgentState::SettingUp,
            holds_seat: true,
            removal_wanted: false,
            credential: Credential::Unset,
            chatwoot_user: None,
            linked: false,
            verified: false,
            deletion_asked: false,
            failure: None,
            suspension_wanted: false,
            withdrawn: false,
            removal_due: None,
            link_unsettled: None,
            confirmed_name: None,
            name_unsettled: None,
            gone_at: None,
            gone_checks: 0,
            password_shown_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether Chatwoot still has to take the name that the agent has here.
    pub fn is_being_renamed(&self) -> bool {
        self.chatwoot_user.is_some() && self.confirmed_name.as_deref() != Some(self.name.as_str())
    }

    /// Whether the agent shall have no access to the account.
    pub fn shall_be_out(&self) -> bool {
        self.suspension_wanted || self.removal_wanted
    }

    /// Whether a removal is under way that can still be undone at `now` (ms since 1970).
    pub fn can_come_back(&self, now: i64) -> bool {
        self.removal_wanted && self.removal_due.is_some_and(|due| now < due)
    }
}

/// Why an agent is not where it should be. A closed list: Chatwoot's own text is never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Unreachable,
    TooSlow,
    Busy,
    Broken,
    PlatformKeyMissing,
    PlatformKeyRejected,
    AccountKeyRejected,
    AccountKeyNotAdministrator,
    AccountSuspended,
    AccountMissing,
    NotPermissible,
    AddressTaken,
    AddressRefused,
    PasswordRefused,
    AccountFull,
    InboxGone,
    RemovedInChatwoot,
    DifferentPerson,
    Refused,
}

impl Failure {
    pub const ALL: [Self; 19] = [
        Self::Unreachable,
        Self::TooSlow,
        Self::Busy,
        Self::Broken,
        Self::PlatformKeyMissing,
        Self::PlatformKeyRejected,
        Self::AccountKeyRejected,
        Self::AccountKeyNotAdministrator,
        Self::AccountSuspended,
        Self::AccountMissing,
        Self::NotPermissible,
        Self::AddressTaken,
        Self::AddressRefused,
        Self::PasswordRefused,
        Self::AccountFull,
        Self::InboxGone,
        Self::RemovedInChatwoot,
        Self::DifferentPerson,
        Self::Refused,
    ];

    /// The spelling in the database and the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TooSlow => "too_slow",
            Self::Busy => "busy",
            Self::Broken => "broken",
            Self::PlatformKeyMissing => "platform_key_missing",
            Self::PlatformKeyRejected => "platform_key_rejected",
            Self::AccountKeyRejected => "account_key_rejected",
            Self::AccountKeyNotAdministrator => "account_key_not_administrator",
            Self::AccountSuspended => "account_suspended",
            Self::AccountMissing => "account_missing",
            Self::NotPermissible => "not_permissible",
            Self::AddressTaken => "address_taken",
            Self::AddressRefused => "address_refused",
            Self::PasswordRefused => "password_refused",
            Self::AccountFull => "account_full",
            Self::InboxGone => "inbox_gone",
            Self::RemovedInChatwoot => "removed_in_chatwoot",
            Self::DifferentPerson => "different_person",
            Self::Refused => "refused",
        }
    }

    /// Reads [`Failure::key`] back.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.key() == key)
    }

    /// What the tenant reads: what happened and what comes next.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "Chatwoot can't be reached. We carry on by ourselves when it is back.",
            Self::TooSlow => "Chatwoot didn't answer in time. We keep trying.",
            Self::Busy => "Chatwoot asked us to slow down. We carry on in a minute.",
            Self::Broken => {
                "Chatwoot had an error of its own. Try again; if it stays, tell your administrator."
            }
            Self::PlatformKeyMissing => {
                "Creating agents is switched off on this server. Ask your administrator to set the platform key."
            }
            Self::PlatformKeyRejected => {
                "Chatwoot rejected the server's platform key. Ask your administrator; we carry on once it is right."
            }
            Self::AccountKeyRejected => {
                "Chatwoot rejected the server's account key. Ask your administrator; we carry on once it is right."
            }
            Self::AccountKeyNotAdministrator => {
                "The server's account key doesn't belong to a Chatwoot administrator. Ask your administrator; we carry on once it does."
            }
            Self::AccountSuspended => {
                "The Chatwoot account is suspended. We carry on once it is active again."
            }
            Self::AccountMissing => {
                "The Chatwoot account can't be found. Ask your administrator to check its number."
            }
            Self::NotPermissible => {
                "Chatwoot says this person wasn't created by us, so we changed nothing. Remove this agent and use another name."
            }
            Self::AddressTaken => {
                "Somebody else in Chatwoot already uses this address, so we changed nothing. Remove this agent and create it under another name."
            }
            Self::AddressRefused => {
                "Chatwoot refused the address. Remove this agent and create it under another name."
            }
            Self::PasswordRefused => "Chatwoot refused the password. Set a new one.",
            Self::AccountFull => {
                "Chatwoot's own agent limit is reached (your plan here still has room). Ask your administrator to raise it, then try again."
            }
            Self::InboxGone => "An inbox no longer exists in Chatwoot, so its access was taken off the list.",
            Self::RemovedInChatwoot => {
                "This person was taken out of the account in Chatwoot. Try again to put them back, or remove the agent here."
            }
            Self::DifferentPerson => {
                "Chatwoot answered about a different person, so we stopped. Ask your administrator."
            }
            Self::Refused => "Chatwoot refused this. Try again; if it stays, tell your administrator.",
        }
    }

    /// Whether trying again cannot help, because what was asked for is what was refused.
    pub fn is_for_good(self) -> bool {
        matches!(self, Self::NotPermissible | Self::AddressTaken | Self::AddressRefused)
    }

    /// Whether it says something about this one wish, rather than about a time when nothing can be done.
    pub fn counts_as_try(self) -> bool {
        !matches!(
            self,
            Self::Busy
                | Self::PlatformKeyMissing
                | Self::PlatformKeyRejected
                | Self::AccountKeyRejected
                | Self::AccountKeyNotAdministrator
                | Self::AccountSuspended
                | Self::AccountMissing
        )
    }

    /// What happened, for those who run the installation.
    pub fn cause(self) -> &'static str {
        match self {
            Self::Unreachable => "Chatwoot can't be reached",
            Self::TooSlow => "Chatwoot didn't answer in time",
            Self::Busy => "Chatwoot asked to slow down",
            Self::Broken => "Chatwoot had an error of its own",
            Self::PlatformKeyMissing => "No platform key is set",
            Self::PlatformKeyRejected => "Chatwoot rejected the platform key",
            Self::AccountKeyRejected => "Chatwoot rejected the account key",
            Self::AccountKeyNotAdministrator => "The account key doesn't belong to a Chatwoot administrator",
            Self::AccountSuspended => "The Chatwoot account is suspended",
            Self::AccountMissing => "The Chatwoot account can't be found",
            Self::NotPermissible => "Chatwoot says that this server didn't create the person",
            Self::AddressTaken => "The address belongs to somebody else in Chatwoot",
            Self::AddressRefused => "Chatwoot refused the address",
            Self::PasswordRefused => "Chatwoot refused the password",
            Self::AccountFull => "Chatwoot's own agent limit is reached",
            Self::InboxGone => "An inbox no longer exists in Chatwoot",
            Self::RemovedInChatwoot => "The person was taken out of the account in Chatwoot",
            Self::DifferentPerson => "Chatwoot answered about a different person",
            Self::Refused => "Chatwoot refused it",
        }
    }

    /// Whether waiting can put this right, so that we go on by ourselves.
    pub fn passes_by_itself(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::TooSlow
                | Self::Busy
                | Self::Broken
                | Self::PlatformKeyMissing
                | Self::PlatformKeyRejected
                | Self::AccountKeyRejected
                | Self::AccountKeyNotAdministrator
                | Self::AccountSuspended
                | Self::AccountMissing
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_word_reads_back_to_itself() {
        for state in AgentState::ALL {
            assert_eq!(AgentState::parse(state.key()), Some(state));
        }
        for failure in Failure::ALL {
            assert_eq!(Failure::parse(failure.key()), Some(failure));
        }
    }
}
