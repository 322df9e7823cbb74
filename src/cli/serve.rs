//! `localboxs serve`: everything that runs until somebody ends it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::settings::Settings;
use super::{Failure, key_file, read_config};
use crate::app::App;
use crate::chatwoot::{Chatwoot, Deadlines};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, migrate};
use crate::services::{health, provisioning};
use crate::trace::{self, Export, Exporter};
use crate::{server, telemetry, worker};

/// Connections to the database; more make neither SQLite nor PostgreSQL faster on small machines.
const POOL: u32 = 8;
/// How long running work may take to finish after the first signal.
const GRACE: Duration = Duration::from_secs(20);
/// How long giving leases back, and closing the database, may take when the work was not finished.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Serves until a signal comes.
pub async fn run(settings: &Settings) -> Result<(), Failure> {
    let mut config = read_config(settings)?;
    telemetry::start(&config.log_filter, config.log_json);
    let exporter = export(config.traces.take())?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let address = SocketAddr::new(config.host, config.port);
    let metrics_address = config.metrics_address;
    let app = assemble(config).await?;
    let listener = listen(address).await?;
    if let Some(address) = metrics_address {
        let metrics = listen(address).await?;
        tracing::info!(%address, "showing metrics");
        tokio::spawn(server::show_metrics(app.clone(), metrics));
    }
    let served = until_stopped(app, listener).await;
    if let Some(exporter) = exporter {
        exporter.finish().await;
    }
    served
}

fn export(traces: Option<Export>) -> Result<Option<Exporter>, Failure> {
    let Some(export) = traces else { return Ok(None) };
    tracing::info!(endpoint = %export.endpoint, "exporting traces");
    trace::start(export)
        .map(Some)
        .map_err(|error| Failure::new(format!("Traces cannot be exported: {error}.")))
}

/// The program's parts on an up-to-date database; nothing is served yet.
pub async fn assemble(mut config: Config) -> Result<App, Failure> {
    let db = Db::connect_alone(&config.database_url, POOL).await?;
    key_file::provide(&mut config)?;
    migrate::up(&db).await?;
    let chatwoot = config.chatwoot.installation().map(|installation| {
        Chatwoot::new(installation, Deadlines::default())
            .map_err(|error| Failure::new(format!("Chatwoot cannot be used: {error}.")))
    });
    let app = App::new(config, db, chatwoot.transpose()?, Clock::System);
    health::adopt_configuration(&app).await?;
    provisioning::recover(&app).await?;
    Ok(app)
}

/// Takes the address, or says who may have it.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let cause = match error.kind() {
            io::ErrorKind::AddrInUse => "another program uses it".to_owned(),
            _ => error.to_string(),
        };
        Failure::new(format!("Cannot listen on {address}: {cause}; choose another with --port or --host."))
    })
}

/// Serves and works until the first signal, then finishes what runs; a second signal ends it at once.
pub async fn until_stopped(app: App, listener: TcpListener) -> Result<(), Failure> {
    let mut signals =
        Signals::new().map_err(|error| Failure::new(format!("Signals cannot be heard: {error}.")))?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "serving");
    }
    let mut serving = tokio::spawn(server::serve(app.clone(), listener));
    let mut working = tokio::spawn(worker::run(app.clone()));
    let broken = tokio::select! {
        () = signals.next() => None,
        ended = &mut serving => Some(format!("serving ended: {ended:?}")),
        ended = &mut working => Some(format!("the worker ended: {ended:?}")),
    };
    app.draining.cancel();
    let patient = broken.is_none() && drain(&app, &mut signals).await;
    app.stopping.cancel();
    if patient {
        tracing::info!("stopping: finishing what runs; a second signal ends it at once");
        tokio::select! {
            finished = timeout(GRACE, finish(&app, serving, working)) => if finished.is_err() {
                tracing::warn!("not everything finished in time; it goes on after the next start");
            },
            () = signals.next() => {
                tracing::warn!("ended by a second signal; what ran goes on after the next start");
            }
        }
    }
    // Leases that are still held would only delay whoever takes over.
    let _ = timeout(LAST_WORDS, provisioning::hand_back(&app)).await;
    let _ = timeout(LAST_WORDS, app.db.close()).await;
    match broken {
        None => Ok(()),
        Some(cause) => Err(Failure::new(format!("The program broke ({cause}); start it again."))),
    }
}

/// Serves on for a while although it is not ready for more; `false` when a second signal ends that.
async fn drain(app: &App, signals: &mut Signals) -> bool {
    if app.config.drain.is_zero() {
        return true;
    }
    tracing::info!("draining: still serving, but not ready for more");
    tokio::select! {
        () = tokio::time::sleep(app.config.drain) => true,
        () = signals.next() => {
            tracing::warn!("ended by a second signal; what ran goes on after the next start");
            false
        }
    }
}

async fn finish<T, U>(app: &App, serving: JoinHandle<T>, working: JoinHandle<U>) {
    let _ = tokio::join!(serving, working);
    app.tasks.close();
    app.tasks.wait().await;
}

/// SIGTERM and SIGINT, one after another.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
