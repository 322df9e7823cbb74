//! The database: one way to connect, one way to write, queries by table that answer in domain types.

mod entity;

pub mod across;
pub mod agents;
pub mod audit;
mod beginning;
pub mod census;
pub mod demos;
pub mod directory;
pub mod drift;
pub mod drift_looks;
pub mod entitlements;
pub mod gate;
pub mod idempotency;
pub mod imports;
pub mod installation;
pub mod migrate;
pub mod operations;
pub mod overrides;
pub mod overview;
pub mod password_links;
pub mod people;
mod pulse;
pub mod recovery_codes;
pub mod second_factor;
pub mod sessions;
pub mod sign_in_failures;
pub mod sign_in_links;
pub mod tier_effects;
pub mod tier_limit_versions;
pub mod tier_limits;
pub mod users;

use std::fs::File;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

pub use self::pulse::{PAUSE as PULSE_PAUSE, Pulse};

/// How long another process may keep a SQLite file locked before a request's write gives up.
const LOCKED: Duration = Duration::from_millis(900);
/// How long a command waits for a server at work on the same file: nobody waits for a page meanwhile.
const LOCKED_FOR_COMMANDS: Duration = Duration::from_secs(10);
/// How long anything waits for a connection: a request must be answered within two seconds of asking for one.
const ACQUIRE: Duration = Duration::from_millis(1_500);
/// How often a program that starts tries to connect, [`ACQUIRE`] each.
const TRIES: u32 = 4;

/// A pool of connections to SQLite or PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    connection: DatabaseConnection,
    writer: Option<Arc<Writer>>,
    /// Held as long as the process serves: SQLite is for one process only.
    file_lock: Option<Arc<File>>,
    /// Whether the database answered the last [`Pulse`].
    answers: watch::Sender<bool>,
}

/// SQLite has one writer: waiting here is fair, waiting in its busy handler is not.
#[derive(Default)]
struct Writer {
    turn: Arc<Mutex<()>>,
    /// How often somebody outside this process kept the file locked for too long.
    refusals: AtomicU64,
}

/// Why the database cannot be used; displays as one sentence with the way out.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(
        "DATABASE_URL cannot be used: {0}. Give sqlite://path/to/file.db?mode=rwc or postgres://user:password@host/name."
    )]
    Address(String),
    #[error("The database cannot be reached ({0}). Check DATABASE_URL and that the database runs.")]
    Unreachable(#[source] DbErr),
    #[error("The folder {0} for the database cannot be made: {1}. Create it or change DATABASE_URL.")]
    Folder(PathBuf, std::io::Error),
    #[error(
        "Another process already uses the database {0}. SQLite serves one process; stop the other one or use PostgreSQL."
    )]
    InUse(PathBuf),
}

/// A transaction that may write. On SQLite it is the only one; dropping it rolls back.
pub struct WriteTx {
    transaction: DatabaseTransaction,
    _writer: Option<OwnedMutexGuard<()>>,
}

impl Db {
    /// Connects to `url` with at most `pool` connections, creating the folder and file of a SQLite database.
    pub async fn connect(url: &str, pool: u32) -> Result<Self, OpenError> {
        Self::open(url, pool, LOCKED).await
    }

    /// As [`Db::connect`], and waits ten seconds for a SQLite file that another process keeps locked.
    pub async fn connect_patiently(url: &str, pool: u32) -> Result<Self, OpenError> {
        Self::open(url, pool, LOCKED_FOR_COMMANDS).await
    }

    async fn open(url: &str, pool: u32, locked: Duration) -> Result<Self, OpenError> {
        let sqlite = match url.split_once(':') {
            Some(("sqlite", _)) => true,
            Some(("postgres" | "postgresql", _)) => false,
            _ => return Err(OpenError::Address("it names no known kind of database".into())),
        };
        if let Some(folder) = sqlite_file(url).and_then(|file| file.parent().map(PathBuf::from)) {
            std::fs::create_dir_all(&folder).map_err(|fault| OpenError::Folder(folder, fault))?;
        }
        let connection =
            Box::pin(first_connection(options(url, pool, locked))).await.map_err(OpenError::Unreachable)?;
        let answers = watch::Sender::new(true);
        Ok(Self { connection, writer: sqlite.then(Arc::default), file_lock: None, answers })
    }

    /// As [`Db::connect`], and refuses when another process serves the same SQLite file.
    pub async fn connect_alone(url: &str, pool: u32) -> Result<Self, OpenError> {
        let mut db = Self::connect(url, pool).await?;
        if let Some(file) = sqlite_file(url) {
            let path = file.with_extension("lock");
            let lock = File::create(&path).map_err(|fault| OpenError::Folder(path, fault))?;
            lock.try_lock().map_err(|_| OpenError::InUse(file))?;
            db.file_lock = Some(Arc::new(lock));
        }
        Ok(db)
    }

    /// The connection for reading.
    pub fn read(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Begins a transaction that may write: `BEGIN IMMEDIATE` on SQLite, where a later upgrade would fail.
    ///
    /// A SQLite file that another process keeps locked is an error after at most twice [`LOCKED`].
    pub async fn write(&self) -> Result<WriteTx, DbErr> {
        let Some(writer) = &self.writer else {
            return Ok(WriteTx { transaction: self.begin().await?, _writer: None });
        };
        let refusals = writer.refusals.load(Ordering::SeqCst);
        let turn = Arc::clone(&writer.turn).lock_owned().await;
        if writer.refusals.load(Ordering::SeqCst) != refusals {
            // Whoever was before us found the file locked; a queue of such waits would have no end.
            return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        }
        let begun = self.begin().await;
        if begun.is_err() {
            writer.refusals.fetch_add(1, Ordering::SeqCst);
        }
        Ok(WriteTx { transaction: begun?, _writer: Some(turn) })
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        #[expect(clippy::disallowed_methods, reason = "the one place where transactions begin")]
        self.connection.begin_with_options(options).await
    }

    /// Begins a transaction that sees the database as it is now, whatever others write meanwhile; it only reads.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        // SQLite's transactions are snapshots by themselves and take no such wish.
        let options = match self.connection.get_database_backend() {
            DbBackend::Sqlite => TransactionOptions::default(),
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "it never writes, so it needs no place among the writers"
        )]
        self.connection.begin_with_options(options).await
    }

    /// Whether one process owns the whole database, so that no other can hold a lease.
    pub fn is_alone(&self) -> bool {
        self.writer.is_some()
    }

    /// Ends once the database is known not to answer. Whoever waits for an answer of it may give up then.
    pub async fn lost(&self) {
        if self.answers.subscribe().wait_for(|answers| !answers).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Ends as soon as the database is not known to be silent.
    pub async fn found(&self) {
        if self.answers.subscribe().wait_for(|answers| *answers).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether the database answered when it was last asked.
    pub fn answers(&self) -> bool {
        *self.answers.borrow()
    }

    /// Closes every connection.
    pub async fn close(&self) {
        if let Err(fault) = self.connection.close_by_ref().await {
            tracing::warn!(error = %fault, "the database did not close cleanly");
        }
    }
}

impl WriteTx {
    /// Makes everything written so far durable.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.transaction.commit().await
    }
}

impl Deref for WriteTx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

/// The database's own clock in ms since 1970, for leases that several processes compare.
fn now_ms(conn: &impl ConnectionTrait) -> &'static str {
    match conn.get_database_backend() {
        DbBackend::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        _ => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)",
    }
}

/// A database that starts at the same time as we do may need a moment.
async fn first_connection(options: ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    let mut outcome = Database::connect(options.clone()).await;
    for _ in 1..TRIES {
        if !matches!(outcome, Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))) {
            break;
        }
        outcome = Database::connect(options.clone()).await;
    }
    outcome
}

fn options(url: &str, pool: u32, locked: Duration) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(pool)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        // A look at a connection used a moment ago would cost as much as the query it is for.
        .test_before_acquire_if_idle_for(Duration::from_secs(1))
        .sqlx_logging_level(log::LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(log::LevelFilter::Warn, Duration::from_secs(1))
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(locked)
                .foreign_keys(true)
                .create_if_missing(true)
        })
        .map_sqlx_postgres_opts(|postgres| {
            postgres.options([("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "30s")])
        });
    options
}

/// The file of a SQLite database.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}
