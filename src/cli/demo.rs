//! `localboxs demo`: a working system with one command and no settings.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chatwoot_sandbox::{Sandbox, Seed};
use clap::Args;
use tokio::net::TcpListener;

use super::demo_folder::DemoFolder;
use super::sandbox::typed_port;
use super::settings::Settings;
use super::{Failure, QUIET, demo_seed, say, serve};
use crate::config::Config;
use crate::telemetry;

/// The settings this command reads, as flags only; those of the log are read from the environment too.
pub const FLAGS: [(&str, &str); 4] = [
    ("PORT", "Port of Helpdesk Setup; Chatwoot gets the next free one [default: 3000]"),
    ("DATA_DIR", "Folder of the demo's data [default: data/demo]"),
    ("RUST_LOG", "What to log [default: warn]"),
    ("LOG_FORMAT", "text or json [default: text]"),
];
const PORT: u16 = 3000;
const FOLDER: &str = "data/demo";
/// How many ports after the first are tried for the sandbox.
const TRIES: u16 = 50;

/// The flags of `localboxs demo`.
#[derive(Args)]
pub struct Demo {
    /// Empty the demo's data first
    #[arg(long)]
    reset: bool,
}

/// Serves everything until a signal comes.
pub async fn run(demo: Demo, settings: &Settings) -> Result<(), Failure> {
    let port = typed_port(settings, &FLAGS, "demo", PORT)?;
    let typed = settings.typed(&FLAGS).ok().and_then(|typed| typed.get("DATA_DIR"));
    let folder = PathBuf::from(typed.unwrap_or_else(|| FOLDER.to_owned()));
    let listener = listen(port).await?;
    let address = listener.local_addr().map_err(Failure::new)?;
    let folder = Arc::new(DemoFolder::take(&folder, demo.reset)?);
    let (sandbox, chatwoot_sign_ins) = start_chatwoot(&folder, address.port()).await?;
    let config = configuration(&folder, address, &sandbox, settings)?;
    telemetry::start(&config.log_filter, config.log_json);
    let app = serve::assemble(config).await?;
    if let Some(rows) = chatwoot_sign_ins {
        let people = Box::pin(demo_seed::people(&app, &sandbox)).await?;
        let table = demo_seed::sign_in_table(&[people, rows].concat());
        folder.keep_sign_ins(&table).map_err(|error| not_kept(&folder, &error))?;
    }
    greet(&folder, address, &sandbox);
    let keeping = tokio::spawn(keep_changes(sandbox.clone(), Arc::clone(&folder)));
    let served = serve::until_stopped(app, listener).await;
    keeping.abort();
    sandbox.stop().await;
    keep(&sandbox, &folder)?;
    served
}

async fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Failure::new(format!(
            "Port {port} is used by another program; choose another, for example: localboxs demo --port {}",
            port.checked_add(100).unwrap_or(8_000)
        )),
        _ => Failure::new(format!(
            "The demo cannot listen on port {port} ({error}); choose another with --port."
        )),
    })
}

/// The stored Chatwoot, or a new one with the sign-ins of its people.
async fn start_chatwoot(
    folder: &DemoFolder,
    app_port: u16,
) -> Result<(Sandbox, Option<Vec<[String; 4]>>), Failure> {
    let (seed, sign_ins) = if folder.sign_ins().is_some() {
        (stored_chatwoot(folder)?, None)
    } else {
        let (seed, sign_ins) = demo_seed::chatwoot();
        (seed, Some(sign_ins))
    };
    let first = app_port.checked_add(1).unwrap_or(PORT);
    for port in first..=first.saturating_add(TRIES) {
        match Sandbox::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), seed.clone()).await {
            Ok(sandbox) => {
                keep(&sandbox, folder)?;
                return Ok((sandbox, sign_ins));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => {
                return Err(Failure::new(format!("The sandbox cannot listen on port {port}: {error}.")));
            }
        }
    }
    Err(Failure::new(format!("No port from {first} on is free for the sandbox; choose others with --port.")))
}

fn stored_chatwoot(folder: &DemoFolder) -> Result<Seed, Failure> {
    let unusable = || {
        let path = folder.path().display();
        Failure::new(format!(
            "The Chatwoot in {path} cannot be read; start over with: localboxs demo --reset"
        ))
    };
    let stored = folder.chatwoot().map_err(|_| unusable())?;
    let snapshot = serde_json::from_slice(&stored).map_err(|_| unusable())?;
    Seed::from_snapshot(snapshot).map_err(|_| unusable())
}

fn configuration(
    folder: &DemoFolder,
    address: SocketAddr,
    sandbox: &Sandbox,
    settings: &Settings,
) -> Result<Config, Failure> {
    let path = |below: &str| folder.path().join(below).display().to_string();
    let given = |variable: &str| {
        Some(match variable {
            "DATABASE_URL" => format!("sqlite://{}?mode=rwc", path("localboxs.db")),
            "PORT" => address.port().to_string(),
            "DATA_DIR" => folder.path().display().to_string(),
            "PUBLIC_DIR" => path("public"),
            "CHATWOOT_BASE_URL" => sandbox.base_url(),
            "CHATWOOT_ACCOUNT_ID" => sandbox.accounts().first()?.id.to_string(),
            "CHATWOOT_API_KEY" => sandbox.user_by_email(demo_seed::CHATWOOT_ADMINISTRATOR)?.access_token,
            "CHATWOOT_PLATFORM_API_KEY" => sandbox.platform_apps().into_iter().next()?.token,
            "ADMIN_SECOND_FACTOR" => "optional".to_owned(),
            "RUST_LOG" => settings.get(variable).unwrap_or_else(|| QUIET.to_owned()),
            "LOG_FORMAT" => settings.get(variable)?,
            _ => return None,
        })
    };
    Config::read(&given).map_err(Failure::new)
}

fn greet(folder: &DemoFolder, address: SocketAddr, sandbox: &Sandbox) {
    let sign_ins = folder.sign_ins().unwrap_or_default();
    say(format!(
        "LocalBoxs demo. Press Ctrl-C to end it; its data stays in {}.\n\n\
         Helpdesk Setup  http://{address}\nChatwoot        {}\n\n{sign_ins}\n\n\
         Start over with: localboxs demo --reset",
        folder.path().display(),
        sandbox.base_url()
    ));
}

async fn keep_changes(sandbox: Sandbox, folder: Arc<DemoFolder>) {
    let mut changes = sandbox.changes();
    while changes.changed().await.is_ok() {
        if let Err(failure) = keep(&sandbox, &folder) {
            tracing::warn!("{failure}");
        }
    }
}

fn keep(sandbox: &Sandbox, folder: &DemoFolder) -> Result<(), Failure> {
    folder.keep_chatwoot(sandbox.snapshot().to_string().as_bytes()).map_err(|error| not_kept(folder, &error))
}

fn not_kept(folder: &DemoFolder, error: &io::Error) -> Failure {
    let path: &Path = folder.path();
    Failure::new(format!("The demo cannot keep its data in {}: {error}.", path.display()))
}
