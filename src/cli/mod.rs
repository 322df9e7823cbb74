//! The command line: one file per command, and what they share.

mod audit;
mod database;
mod demo;
mod demo_folder;
mod demo_seed;
mod demos;
mod doctor;
mod failure;
mod key_file;
mod migrate;
mod reconcile;
mod sandbox;
mod serve;
mod settings;
mod table;
mod user;

use std::io::{self, ErrorKind, Write};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use self::failure::Failure;
use self::settings::Settings;
use crate::config::Config;
use crate::telemetry;

/// What commands other than `serve` log when nobody says otherwise.
const QUIET: &str = "warn";
/// The settings that the help of commands about the database lists.
const DATABASE: [&str; 2] = ["DATABASE_URL", "DATA_DIR"];

const ABOUT: &str = "Helpdesk Setup for LocalBoxs: tenants create and manage their own Chatwoot agents.";
const LONG_ABOUT: &str = "Helpdesk Setup for LocalBoxs: tenants create and manage their own Chatwoot agents.

Settings come from flags, the environment or a file .env in the working directory, in this order.
A secret can also be read from the file that its NAME_FILE variable names.";

/// What was typed, and the environment for whatever was not.
#[derive(Parser)]
#[command(name = "localboxs", version, about = ABOUT, long_about = LONG_ABOUT)]
#[command(propagate_version = true, subcommand_help_heading = "Commands")]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the JSON API (also without any command)
    Serve,
    /// Try everything at once: SQLite, a sandbox Chatwoot, an administrator and four tenants
    ///
    /// Its data stays in data/demo between starts. No setting is needed, and none is read from the environment,
    /// so that it never touches a real database or a real Chatwoot.
    Demo(demo::Demo),
    /// Run the sandbox Chatwoot alone
    Sandbox,
    /// Change the database schema, or show how far it is
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Manage the people who sign in
    #[command(subcommand)]
    User(user::UserCommand),
    /// Manage which demos, and with them which inboxes, a tenant has
    #[command(subcommand)]
    Demos(demos::DemosCommand),
    /// Check that the audit log is as it was written
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Compare every agent with Chatwoot now, and show where it differs
    ///
    /// Ends with status 0 when nothing differs and 3 when something does. Works beside a running server.
    Reconcile(reconcile::Reconcile),
    /// Check configuration, database, Chatwoot and both keys, and say what to do
    Doctor,
}

impl Cli {
    /// Reads the command line and the environment; ends the program for help and for usage errors.
    pub fn read() -> Self {
        let command = Self::command()
            .mut_subcommand("demo", |demo| settings::flags_only(demo, &demo::FLAGS))
            .mut_subcommand("sandbox", |sandbox| settings::flags_only(sandbox, &sandbox::FLAGS))
            .mut_subcommands(|command| match command.get_name() {
                "migrate" | "user" | "demos" | "audit" => settings::list_only(command, &DATABASE),
                _ => command,
            });
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }
}

/// Takes over the variables of `.env` in the working directory that are not set otherwise.
pub fn read_dotenv() -> Result<(), Failure> {
    match dotenvy::from_filename(".env") {
        Ok(_) => Ok(()),
        Err(dotenvy::Error::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(dotenvy::Error::Io(error)) => {
            Err(Failure::new(format!("The file .env cannot be read ({error}); allow it or move it away.")))
        }
        // The error quotes the line, which may hold a secret.
        Err(_) => Err(Failure::new(
            "The file .env has a line that is not NAME=value; correct it, and quote values that hold spaces.",
        )),
    }
}

/// Does what the command line says.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    let settings = cli.settings;
    match cli.command {
        None | Some(Command::Serve) => serve::run(&settings).await,
        Some(Command::Demo(demo)) => demo::run(demo, &settings).await,
        Some(Command::Sandbox) => sandbox::run(&settings).await,
        Some(Command::Migrate(command)) => migrate::run(command, quiet(&settings)?).await,
        Some(Command::User(command)) => user::run(command, quiet(&settings)?).await,
        Some(Command::Demos(command)) => demos::run(command, quiet(&settings)?).await,
        Some(Command::Audit(command)) => audit::run(command, quiet(&settings)?).await,
        Some(Command::Reconcile(asked)) => reconcile::run(asked, quiet(&settings)?).await,
        Some(Command::Doctor) => doctor::run(&settings).await,
    }
}

/// The configuration of a command that ends by itself, with its log started.
fn quiet(settings: &Settings) -> Result<Config, Failure> {
    let config = read_config(settings)?;
    let filter = settings.get("RUST_LOG");
    telemetry::start(filter.as_deref().unwrap_or(QUIET), config.log_json);
    Ok(config)
}

fn read_config(settings: &Settings) -> Result<Config, Failure> {
    Config::read(&|variable| settings.get(variable)).map_err(Failure::new)
}

/// Writes a line to standard output; a reader that has gone away is no fault.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
