//! Why a call failed, by what the caller can do about it.

use std::time::Duration;

use crate::domain::agent::Failure;

/// A failed call; holds nothing that Chatwoot wrote but the checked request id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", self.reference())]
pub struct ChatwootError {
    pub kind: ErrorKind,
    /// The status of the answer, if one began to arrive.
    pub status: Option<u16>,
    /// Chatwoot's name of the request, to find it in its log.
    pub request_id: Option<String>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// Nothing was sent: all the calls that may run at once were under way for too long.
    #[error("too many calls to Chatwoot are under way")]
    NoTurn,
    /// Nothing was sent: no address, no connection, no TLS.
    #[error("Chatwoot can't be reached")]
    Unreachable,
    /// The request left us and no usable answer came back.
    #[error("no usable answer came back from Chatwoot")]
    Unknown,
    /// 429; wait this long (1 s to 15 min).
    #[error("Chatwoot asked to wait {} s", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// Chatwoot or a proxy before it failed: a 5xx, or a page in place of Chatwoot's JSON refusal.
    #[error("Chatwoot had an error of its own")]
    ServerError,
    /// A 3xx, which is never followed: the key must not leave the configured origin.
    #[error("Chatwoot's address redirects elsewhere")]
    Redirected,
    /// 402: Chatwoot's own limit of agents.
    #[error("Chatwoot's own agent limit is reached")]
    AccountFull,
    /// 422; the attributes we know among those Chatwoot named.
    #[error("Chatwoot refused {attributes:?}")]
    Invalid { attributes: Vec<&'static str> },
    /// 404 in Chatwoot's own words; of account, inbox or person, as the call tells.
    #[error("Chatwoot knows no such thing")]
    NotFound,
    /// No call was made, because the operator configured no platform key.
    #[error("no platform key is configured")]
    PlatformKeyMissing,
    /// Unknown, stripped on the way, or not a platform app's.
    #[error("Chatwoot rejected the platform key")]
    PlatformKeyRejected,
    /// The account or person exists, but not for our platform app.
    #[error("the platform key has no right on this")]
    NotPermissible,
    #[error("Chatwoot rejected the account key")]
    AccountKeyRejected,
    #[error("the account key isn't an administrator's")]
    AccountKeyNotAdministrator,
    /// The account key's owner is not in the account.
    #[error("the account key's owner isn't in the account")]
    NotInAccount,
    #[error("the Chatwoot account is suspended")]
    AccountSuspended,
    /// A platform app's or bot's key stands where an administrator's belongs.
    #[error("the account key is a platform app's or bot's")]
    KeyOfAnotherKind,
    /// The account key never reached Chatwoot, which a proxy dropping headers causes.
    #[error("no key reached Chatwoot")]
    HeaderStripped,
    /// A status Chatwoot 4.9.2 never gives to this call.
    #[error("Chatwoot gave an unexpected answer")]
    Unexpected,
}

impl ErrorKind {
    /// One word for metrics.
    pub fn key(&self) -> &'static str {
        match self {
            Self::NoTurn => "no_turn",
            Self::Unreachable => "unreachable",
            Self::Unknown => "unknown",
            Self::RateLimited { .. } => "rate_limited",
            Self::ServerError => "server_error",
            Self::Redirected => "redirected",
            Self::AccountFull => "account_full",
            Self::Invalid { .. } => "invalid",
            Self::NotFound => "not_found",
            Self::PlatformKeyMissing => "platform_key_missing",
            Self::PlatformKeyRejected => "platform_key_rejected",
            Self::NotPermissible => "not_permissible",
            Self::AccountKeyRejected => "account_key_rejected",
            Self::AccountKeyNotAdministrator => "account_key_not_administrator",
            Self::NotInAccount => "not_in_account",
            Self::AccountSuspended => "account_suspended",
            Self::KeyOfAnotherKind => "key_of_another_kind",
            Self::HeaderStripped => "header_stripped",
            Self::Unexpected => "unexpected",
        }
    }
}

impl ChatwootError {
    /// The reason as an agent keeps it. A 404 counts as the account's unless the caller knows better.
    pub fn failure(&self) -> Failure {
        match &self.kind {
            ErrorKind::Unreachable => Failure::Unreachable,
            ErrorKind::Unknown if self.status.is_none() => Failure::TooSlow,
            ErrorKind::Unknown | ErrorKind::ServerError | ErrorKind::Redirected => Failure::Broken,
            ErrorKind::RateLimited { .. } | ErrorKind::NoTurn => Failure::Busy,
            ErrorKind::AccountFull => Failure::AccountFull,
            ErrorKind::Invalid { attributes } => refused(attributes),
            ErrorKind::NotFound | ErrorKind::NotInAccount => Failure::AccountMissing,
            ErrorKind::PlatformKeyMissing => Failure::PlatformKeyMissing,
            ErrorKind::PlatformKeyRejected => Failure::PlatformKeyRejected,
            ErrorKind::NotPermissible => Failure::NotPermissible,
            ErrorKind::AccountKeyRejected | ErrorKind::KeyOfAnotherKind | ErrorKind::HeaderStripped => {
                Failure::AccountKeyRejected
            }
            ErrorKind::AccountKeyNotAdministrator => Failure::AccountKeyNotAdministrator,
            ErrorKind::AccountSuspended => Failure::AccountSuspended,
            ErrorKind::Unexpected => Failure::Refused,
        }
    }

    /// Whether Chatwoot may have done, or may still do, what was asked; a 500 can follow the change (4.9.2).
    pub fn outcome_unknown(&self) -> bool {
        matches!(self.kind, ErrorKind::Unknown | ErrorKind::ServerError)
    }

    /// Turns the refusal to take away what is gone into success.
    pub(super) fn gone_is_done(self) -> Result<(), Self> {
        if self.kind == ErrorKind::NotFound { Ok(()) } else { Err(self) }
    }

    fn reference(&self) -> String {
        match (self.status, &self.request_id) {
            (Some(status), Some(id)) => format!(" (status {status}, request {id})"),
            (Some(status), None) => format!(" (status {status})"),
            (None, _) => String::new(),
        }
    }
}

impl From<ErrorKind> for ChatwootError {
    /// The failure of a call that got no answer.
    fn from(kind: ErrorKind) -> Self {
        Self { kind, status: None, request_id: None }
    }
}

fn refused(attributes: &[&str]) -> Failure {
    // `user` says the person does not exist; `base` is the licence limit of an enterprise installation.
    [
        // Lost a race against an earlier call of ours: the next try finds what that one made.
        ("user_id", Failure::Broken),
        ("email", Failure::AddressRefused),
        ("password", Failure::PasswordRefused),
        ("user", Failure::RemovedInChatwoot),
        ("base", Failure::AccountFull),
    ]
    .into_iter()
    .find_map(|(attribute, failure)| attributes.contains(&attribute).then_some(failure))
    .unwrap_or(Failure::Refused)
}
