//! Turning text into settings, and saying everything that is wrong with it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use url::Url;

use super::{ChatwootSettings, Config, LOG_FILTER};
use crate::chatwoot::Installation;
use crate::domain::ids::ChatwootAccountId;
use crate::seal::Key;
use crate::trace::Export;

/// Whoever takes over has ten more of the promised 35 seconds to notice and to come to each operation.
const LEASE: Duration = Duration::from_secs(25);
const CHECK: Duration = Duration::from_mins(1);
/// Leaves half a second of the promised five for the rest of the request.
const PATIENCE: Duration = Duration::from_millis(4_500);
const WHERE_FROM: &str = "make one with: openssl rand -hex 32";

/// Everything that is wrong with the settings; displays as one sentence a line, without any value.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Faults {}

/// Collects values and faults.
struct Reader<'a> {
    given: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<String>,
}

pub(super) fn config(given: &dyn Fn(&str) -> Option<String>) -> Result<Config, Faults> {
    let mut reader = Reader { given, faults: Vec::new() };
    let data_dir = PathBuf::from(reader.text("DATA_DIR").unwrap_or_else(|| "data".into()));
    let config = Config {
        database_url: reader.database_url(&data_dir),
        host: reader
            .parsed("HOST", ip_address, "must be an IP address, such as 127.0.0.1 or 0.0.0.0")
            .unwrap_or(Ipv4Addr::LOCALHOST.into()),
        port: reader.parsed("PORT", |text| text.parse().ok(), PORT).unwrap_or(3000),
        base_url: reader.parsed("APP_BASE_URL", origin, BASE_URL),
        chatwoot: reader.chatwoot(),
        data_dir,
        public_dir: PathBuf::from(reader.text("PUBLIC_DIR").unwrap_or_else(|| "public".into())),
        log_filter: reader.parsed("RUST_LOG", filter, FILTER).unwrap_or_else(|| LOG_FILTER.into()),
        log_json: reader.parsed("LOG_FORMAT", log_json, "must be text or json").unwrap_or(false),
        metrics_address: reader.parsed("METRICS_ADDR", |text| text.parse().ok(), METRICS),
        traces: reader.traces(),
        trusted_proxies: reader.parsed("TRUSTED_PROXIES", networks, NETWORKS).unwrap_or_default(),
        encryption_key: reader.encryption_key(),
        admin_second_factor: reader.parsed("ADMIN_SECOND_FACTOR", is_required, FACTOR).unwrap_or(true),
        sign_in_links: reader.parsed("SIGN_IN_LINKS", is_on, "must be on or off").unwrap_or(true),
        lease: reader
            .parsed("LEASE_SECONDS", seconds, "must be a number of seconds from 1 up")
            .map_or(LEASE, Duration::from_secs),
        drain: reader.parsed("DRAIN_SECONDS", drain, DRAIN).unwrap_or_default(),
        check: reader
            .parsed("CHECK_SECONDS", seconds, "must be a number of seconds from 1 up")
            .map_or(CHECK, Duration::from_secs),
        patience: PATIENCE,
    };
    if reader.faults.is_empty() { Ok(config) } else { Err(Faults(reader.faults)) }
}

const PORT: &str = "must be a number from 0 to 65535, such as 3000";
const BASE_URL: &str = "must be only scheme, host and port, such as https://helpdesk.example.com";
const ORIGIN: &str = "must be only scheme, host and port, such as https://chat.example.com";
const DRAIN: &str = "must be a number of seconds from 0 to 10";
const METRICS: &str = "must be an address and port, such as 127.0.0.1:9100";
const COLLECTOR: &str = "must be the collector's address, such as http://localhost:4318";
const HEADERS: &str = "must be name=value, several by commas, values percent-encoded";
const SERVICE: &str = "localboxs";
const FACTOR: &str = "must be required or optional";
const FILTER: &str = "must be a filter such as info,sqlx=warn";
const NETWORKS: &str = "must be addresses or networks separated by commas, such as 10.0.0.1,172.16.0.0/12";
const KEY: &str = "must be the token alone, without spaces or other characters around it";

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.given)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The value, unless it is missing or `parse` does not take it; `must` is the rest of the sentence.
    fn parsed<T>(&mut self, name: &str, parse: fn(&str) -> Option<T>, must: &str) -> Option<T> {
        let text = self.text(name)?;
        self.check(name, parse(&text), must)
    }

    fn check<T>(&mut self, name: &str, value: Option<T>, must: &str) -> Option<T> {
        if value.is_none() {
            self.faults.push(format!("{name} {must}."));
        }
        value
    }

    /// The value of the variable, or what stands in the file that its `_FILE` variant names.
    fn secret(&mut self, name: &str, must: &str, is_usable: fn(&str) -> bool) -> Option<SecretString> {
        let file_name = format!("{name}_FILE");
        let text = match (self.text(name), self.text(&file_name)) {
            (Some(_), Some(_)) => {
                self.faults.push(format!("{name} and {file_name} are both set; unset one of them."));
                return None;
            }
            (None, Some(path)) => self.file(&file_name, &path)?,
            (text, None) => text?,
        };
        self.check(name, is_usable(&text).then(|| text.into()), must)
    }

    fn file(&mut self, file_name: &str, path: &str) -> Option<String> {
        let fault = match std::fs::read_to_string(path) {
            Ok(text) if !text.trim().is_empty() => return Some(text.trim().to_owned()),
            Ok(_) => "is empty".to_owned(),
            Err(error) => format!("cannot be read ({error})"),
        };
        self.faults
            .push(format!("{file_name} names {path}, which {fault}; correct it or unset {file_name}."));
        None
    }

    fn database_url(&mut self, data_dir: &std::path::Path) -> String {
        let must = "must be sqlite://path/to/file.db?mode=rwc or postgres://user:password@host/name";
        let url = self.secret("DATABASE_URL", must, is_database_url);
        let default = || format!("sqlite://{}/localboxs.db?mode=rwc", data_dir.display());
        url.map_or_else(default, |url| url.expose_secret().to_owned())
    }

    fn chatwoot(&mut self) -> ChatwootSettings {
        let before = self.faults.len();
        let origin = self.parsed("CHATWOOT_BASE_URL", origin, ORIGIN);
        let account =
            self.parsed("CHATWOOT_ACCOUNT_ID", account_id, "must be the account's number, such as 1");
        let account_key = self.secret("CHATWOOT_API_KEY", KEY, is_token);
        let platform_key = self.secret("CHATWOOT_PLATFORM_API_KEY", KEY, is_token);
        let missing = [
            ("CHATWOOT_BASE_URL", origin.is_none()),
            ("CHATWOOT_ACCOUNT_ID", account.is_none()),
            ("CHATWOOT_API_KEY", account_key.is_none()),
            ("CHATWOOT_PLATFORM_API_KEY", platform_key.is_none()),
        ];
        match (origin, account, account_key) {
            (Some(origin), Some(account), Some(account_key)) if self.faults.len() == before => {
                ChatwootSettings::Complete(Box::new(Installation {
                    origin,
                    account,
                    account_key,
                    platform_key,
                }))
            }
            _ => ChatwootSettings::Missing(
                missing.into_iter().filter_map(|(name, missing)| missing.then_some(name)).collect(),
            ),
        }
    }

    fn traces(&mut self) -> Option<Export> {
        let endpoint = self.parsed("OTEL_EXPORTER_OTLP_ENDPOINT", collector, COLLECTOR);
        let headers = self.secret("OTEL_EXPORTER_OTLP_HEADERS", HEADERS, |text| headers_of(text).is_some());
        let service = self.text("OTEL_SERVICE_NAME").unwrap_or_else(|| SERVICE.to_owned());
        let headers = headers.and_then(|text| headers_of(text.expose_secret())).unwrap_or_default();
        Some(Export { endpoint: endpoint?, headers, service })
    }

    fn encryption_key(&mut self) -> Option<Key> {
        let must = format!("must be 64 hex digits; {WHERE_FROM}");
        let text = self.secret("INTEGRATION_ENCRYPTION_KEY", &must, |text| Key::parse(text).is_some())?;
        Key::parse(text.expose_secret())
    }
}

fn ip_address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let http = matches!(url.scheme(), "http" | "https") && url.has_host();
    let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    (http && bare && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

/// Unlike an origin it may have a path.
fn collector(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let http = matches!(url.scheme(), "http" | "https") && url.has_host();
    let nameless = url.username().is_empty() && url.password().is_none();
    (http && nameless && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

/// Headers as OpenTelemetry writes them: `name=value` by commas, values percent-encoded.
fn headers_of(text: &str) -> Option<HeaderMap> {
    text.split(',').map(header).collect()
}

fn header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once('=')?;
    let value: Vec<u8> = percent_decode_str(value.trim()).collect();
    let mut value = HeaderValue::from_bytes(&value).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

fn account_id(text: &str) -> Option<ChatwootAccountId> {
    text.parse().ok().filter(|id| *id > 0).map(ChatwootAccountId)
}

fn seconds(text: &str) -> Option<u64> {
    text.parse().ok().filter(|seconds| *seconds > 0)
}

fn drain(text: &str) -> Option<Duration> {
    text.parse().ok().filter(|seconds| *seconds <= 10).map(Duration::from_secs)
}

fn filter(text: &str) -> Option<String> {
    EnvFilter::try_new(text).ok().map(|_| text.to_owned())
}

fn is_required(text: &str) -> Option<bool> {
    match text {
        "required" => Some(true),
        "optional" => Some(false),
        _ => None,
    }
}

fn is_on(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

fn log_json(text: &str) -> Option<bool> {
    match text {
        "text" => Some(false),
        "json" => Some(true),
        _ => None,
    }
}

fn networks(text: &str) -> Option<Vec<String>> {
    text.split(',').map(|part| network(part.trim())).collect()
}

fn network(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/').unwrap_or((text, "0"));
    let longest = if ip_address(address)?.is_ipv4() { 32 } else { 128 };
    (bits.parse::<u8>().ok()? <= longest).then(|| text.to_owned())
}

fn is_database_url(text: &str) -> bool {
    matches!(text.split_once("://"), Some(("sqlite" | "postgres" | "postgresql", rest)) if !rest.is_empty())
}

fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}
