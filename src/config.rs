//! What the operator decided: read once, checked whole.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::chatwoot::Installation;

/// The checked configuration.
#[derive(Debug)]
pub struct Config {
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
    /// Proxies whose `X-Forwarded-For` we believe: addresses or networks in CIDR form.
    pub trusted_proxies: Vec<String>,
    /// How long a worker may hold an operation without a sign of life.
    pub lease: Duration,
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
}

impl Config {
    /// Whether browsers reach us over HTTPS.
    pub fn is_https(&self) -> bool {
        self.base_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}
