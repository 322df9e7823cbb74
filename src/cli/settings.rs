//! Every setting as an environment variable and as a flag of the same name.

use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// One setting: its variable, its flag and what help says of it; without help it is not listed.
struct Setting {
    variable: &'static str,
    flag: &'static str,
    help: Option<&'static str>,
}

const fn listed(variable: &'static str, flag: &'static str, help: &'static str) -> Setting {
    Setting { variable, flag, help: Some(help) }
}

const fn unlisted(variable: &'static str, flag: &'static str) -> Setting {
    Setting { variable, flag, help: None }
}

/// A `_FILE` variant is described with its secret; the others are for tests.
const SETTINGS: [Setting; 28] = [
    listed(
        "DATABASE_URL",
        "database-url",
        "sqlite://path?mode=rwc or postgres://user:password@host/name, or DATABASE_URL_FILE \
         [default: sqlite://data/localboxs.db?mode=rwc]",
    ),
    listed("HOST", "host", "Address to listen on [default: 127.0.0.1]"),
    listed("PORT", "port", "Port to listen on [default: 3000]"),
    listed("APP_BASE_URL", "app-base-url", "Address that browsers use; https makes cookies secure"),
    listed("CHATWOOT_BASE_URL", "chatwoot-base-url", "Chatwoot's address: scheme, host and port"),
    listed("CHATWOOT_ACCOUNT_ID", "chatwoot-account-id", "Number of the Chatwoot account"),
    listed(
        "CHATWOOT_API_KEY",
        "chatwoot-api-key",
        "Access token of an administrator of that account, or CHATWOOT_API_KEY_FILE",
    ),
    listed(
        "CHATWOOT_PLATFORM_API_KEY",
        "chatwoot-platform-api-key",
        "Access token of a platform app, or CHATWOOT_PLATFORM_API_KEY_FILE",
    ),
    listed("DATA_DIR", "data-dir", "Folder of the default database [default: data]"),
    listed(
        "PUBLIC_DIR",
        "public-dir",
        "Folder with demos, knowledge-bases and system_messages [default: public]",
    ),
    listed("RUST_LOG", "rust-log", "What to log [default: info,sqlx=warn]"),
    listed("LOG_FORMAT", "log-format", "text or json [default: text]"),
    listed(
        "TRUSTED_PROXIES",
        "trusted-proxies",
        "Addresses or networks, by commas, whose X-Forwarded-For is believed",
    ),
    listed(
        "DRAIN_SECONDS",
        "drain-seconds",
        "Seconds to go on serving after the first signal, until load balancers notice [default: 0]",
    ),
    listed("METRICS_ADDR", "metrics-addr", "Address and port of Prometheus' metrics [default: off]"),
    listed(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "otel-exporter-otlp-endpoint",
        "Collector of traces (OpenTelemetry over HTTP), without /v1/traces [default: off]",
    ),
    listed(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "otel-exporter-otlp-headers",
        "Headers for the collector, name=value by commas, or OTEL_EXPORTER_OTLP_HEADERS_FILE",
    ),
    listed("OTEL_SERVICE_NAME", "otel-service-name", "Name in the traces [default: localboxs]"),
    listed(
        "INTEGRATION_ENCRYPTION_KEY",
        "integration-encryption-key",
        "Encrypts secrets at rest: 64 hex digits, or INTEGRATION_ENCRYPTION_KEY_FILE \
         [default with SQLite: made in DATA_DIR/secret.key]",
    ),
    listed(
        "ADMIN_SECOND_FACTOR",
        "admin-second-factor",
        "Whether administrators must have a second factor: required or optional [default: required]",
    ),
    listed(
        "SIGN_IN_LINKS",
        "sign-in-links",
        "Whether tenants may make links that sign an agent in to Chatwoot: on or off [default: on]",
    ),
    unlisted("DATABASE_URL_FILE", "database-url-file"),
    unlisted("CHATWOOT_API_KEY_FILE", "chatwoot-api-key-file"),
    unlisted("CHATWOOT_PLATFORM_API_KEY_FILE", "chatwoot-platform-api-key-file"),
    unlisted("INTEGRATION_ENCRYPTION_KEY_FILE", "integration-encryption-key-file"),
    unlisted("OTEL_EXPORTER_OTLP_HEADERS_FILE", "otel-exporter-otlp-headers-file"),
    unlisted("LEASE_SECONDS", "lease-seconds"),
    unlisted("CHECK_SECONDS", "check-seconds"),
];

/// What was given for each setting, unchecked.
#[derive(Clone)]
pub struct Settings(Vec<Given>);

#[derive(Clone)]
struct Given {
    variable: &'static str,
    flag: &'static str,
    value: String,
    /// On the command line, not from the environment.
    typed: bool,
}

impl Settings {
    /// The value of this variable; an empty one counts as none.
    pub fn get(&self, variable: &str) -> Option<String> {
        let given = self.0.iter().find(|given| given.variable == variable)?;
        (!given.value.trim().is_empty()).then(|| given.value.clone())
    }

    /// Only what was typed as a flag; or a typed flag that is none of `flags`.
    pub fn typed(&self, flags: &[(&str, &str)]) -> Result<Self, &'static str> {
        let typed: Vec<Given> = self.0.iter().filter(|given| given.typed).cloned().collect();
        match typed.iter().find(|given| flags.iter().all(|(variable, _)| *variable != given.variable)) {
            Some(other) => Err(other.flag),
            None => Ok(Self(typed)),
        }
    }
}

/// Leaves out of a command's help, and of its subcommands', every setting but these.
pub fn list_only(command: Command, listed: &[&str]) -> Command {
    SETTINGS
        .iter()
        .filter(|setting| !listed.contains(&setting.variable))
        .fold(command, |command, setting| command.arg(argument(setting).hide(true)))
}

/// For a command that reads no environment: lists these settings, as flags with a help of their own.
pub fn flags_only(command: Command, flags: &[(&'static str, &'static str)]) -> Command {
    let listed: Vec<&str> = flags.iter().map(|(variable, _)| *variable).collect();
    let own = SETTINGS.iter().filter_map(|setting| {
        let (_, help) = flags.iter().find(|(variable, _)| *variable == setting.variable)?;
        Some(argument(setting).env(Resettable::Reset).help(*help))
    });
    list_only(command.args(own), &listed)
}

fn argument(setting: &Setting) -> Arg {
    let argument = Arg::new(setting.variable)
        .long(setting.flag)
        .env(setting.variable)
        .hide_env_values(true)
        .global(true)
        .action(ArgAction::Set)
        .value_name("VALUE")
        .help_heading("Settings");
    match setting.help {
        Some(help) => argument.help(help),
        None => argument.hide(true),
    }
}

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        SETTINGS.iter().fold(command, |command, setting| command.arg(argument(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = SETTINGS.iter().filter_map(|setting| {
            let value: &String = matches.get_one(setting.variable)?;
            let typed = matches.value_source(setting.variable) == Some(ValueSource::CommandLine);
            Some(Given { variable: setting.variable, flag: setting.flag, value: value.clone(), typed })
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
