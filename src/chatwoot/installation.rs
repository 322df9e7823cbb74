//! What the operator configured and how long a call may take.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::domain::ids::ChatwootAccountId;

/// One Chatwoot installation, the account in it and the keys for both.
pub struct Installation {
    /// Scheme, host and port only.
    pub origin: Url,
    pub account: ChatwootAccountId,
    /// The access token of an administrator of the account.
    pub account_key: SecretString,
    /// The access token of a platform app; without it nobody can be created.
    pub platform_key: Option<SecretString>,
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installation")
            .field("origin", &self.origin.origin().ascii_serialization())
            .field("account", &self.account)
            .field("has_platform_key", &self.platform_key.is_some())
            .finish_non_exhaustive()
    }
}

/// The longest each part of a call may take; `connect` is the shortest, so that running out of it means nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Waiting for one of the installation's calls to finish, when all are in use.
    pub turn: Duration,
    /// Name look-up, TCP and TLS together.
    pub connect: Duration,
    /// A whole call that asks whether Chatwoot is there.
    pub probe: Duration,
    /// A whole call that changes nothing.
    pub read: Duration,
    /// A whole call that changes something.
    pub write: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            turn: Duration::from_secs(5),
            connect: Duration::from_secs(2),
            probe: Duration::from_secs(3),
            read: Duration::from_secs(5),
            write: Duration::from_secs(6),
        }
    }
}

/// Why a client cannot be built from the configuration.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the Chatwoot address must be only scheme, host and port, such as https://chat.example.com")]
    Origin,
    #[error("the account key cannot be sent: it is empty or holds characters that no header may hold")]
    AccountKey,
    #[error("the platform key cannot be sent: it is empty or holds characters that no header may hold")]
    PlatformKey,
    #[error("the HTTP client cannot be prepared")]
    Client(#[source] reqwest::Error),
}
