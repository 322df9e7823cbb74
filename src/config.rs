//! What the operator decided: read once, checked whole.

mod read;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

pub use self::read::Faults;
use crate::chatwoot::Installation;
use crate::seal::Key;
use crate::trace::Export;

/// What is logged when nobody says otherwise.
pub const LOG_FILTER: &str = "info,sqlx=warn";

/// The checked configuration.
pub struct Config {
    /// May hold a password.
    pub database_url: String,
    pub host: IpAddr,
    pub port: u16,
    /// How browsers reach us; decides cookies and the strict-transport header.
    pub base_url: Option<Url>,
    /// What is configured of Chatwoot.
    pub chatwoot: ChatwootSettings,
    pub data_dir: PathBuf,
    pub public_dir: PathBuf,
    /// A `tracing` filter such as `info,localboxs=debug`.
    pub log_filter: String,
    pub log_json: bool,
    /// Where Prometheus reads; nowhere when left out.
    pub metrics_address: Option<SocketAddr>,
    /// Where traces are exported to; nowhere when left out.
    pub traces: Option<Export>,
    /// Proxies whose `X-Forwarded-For` we believe: addresses or networks in CIDR form.
    pub trusted_proxies: Vec<String>,
    /// Encrypts secrets at rest.
    pub encryption_key: Option<Key>,
    /// Whether administrators must have a second factor.
    pub admin_second_factor: bool,
    /// Whether tenants may hand over links that sign an agent in without a password.
    pub sign_in_links: bool,
    /// How long a worker may hold an operation without a sign of life.
    pub lease: Duration,
    /// How long to go on serving after the first signal, so that a load balancer notices.
    pub drain: Duration,
    /// How often the installation is looked at while it answers.
    pub check: Duration,
    /// How long a request waits for Chatwoot before it answers "still working".
    pub patience: Duration,
}

/// Whether the operator named an installation.
#[derive(Debug)]
pub enum ChatwootSettings {
    Complete(Box<Installation>),
    /// Names of the variables that are missing.
    Missing(Vec<&'static str>),
}

impl ChatwootSettings {
    /// Whether agents can be created: an installation with both its keys.
    pub fn can_create(&self) -> bool {
        matches!(self, Self::Complete(installation) if installation.platform_key.is_some())
    }

    /// A copy of the installation to build a client from.
    pub fn installation(&self) -> Option<Installation> {
        match self {
            Self::Complete(installation) => Some(Installation {
                origin: installation.origin.clone(),
                account: installation.account,
                account_key: installation.account_key.clone(),
                platform_key: installation.platform_key.clone(),
            }),
            Self::Missing(_) => None,
        }
    }
}

impl Config {
    /// Reads every setting and reports every fault at once.
    ///
    /// `given` answers by the variable's name; an empty value counts as none.
    pub fn read(given: &dyn Fn(&str) -> Option<String>) -> Result<Self, Faults> {
        read::config(given)
    }

    /// Whether browsers reach us over HTTPS.
    pub fn is_https(&self) -> bool {
        self.base_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    /// What works differently from what the settings suggest, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.host.is_loopback() && self.base_url.is_none() {
            warnings.push(
                "HOST lets other machines in but APP_BASE_URL is not set, so cookies are not restricted to https; \
                 set APP_BASE_URL to the address that browsers use."
                    .to_owned(),
            );
        }
        if let ChatwootSettings::Missing(names) = &self.chatwoot {
            warnings.push(format!(
                "Chatwoot is not configured: set {}. Until then no agent can be created.",
                names.join(", ")
            ));
        }
        if self.encryption_key.is_none()
            && self.admin_second_factor
            && !self.database_url.starts_with("sqlite:")
        {
            warnings.push(
                "Administrators must have a second factor, and none can be switched on without \
                 INTEGRATION_ENCRYPTION_KEY; set it (make one with: openssl rand -hex 32), or set \
                 ADMIN_SECOND_FACTOR=optional."
                    .to_owned(),
            );
        }
        warnings
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("chatwoot", &self.chatwoot)
            .finish_non_exhaustive()
    }
}
