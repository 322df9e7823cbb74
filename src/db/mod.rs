//! The database: one way to connect, one way to write, queries by table that answer in domain types.

mod entity;

pub mod agents;
pub mod audit;
pub mod demos;
pub mod directory;
pub mod idempotency;
pub mod installation;
pub mod migrate;
pub mod operations;
pub mod overview;
pub mod password_links;
pub mod recovery_codes;
pub mod second_factor;
pub mod sessions;
pub mod sign_in_failures;
pub mod tier_limits;
pub mod users;

use std::fs::File;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// A pool of connections to SQLite or PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    connection: DatabaseConnection,
    /// SQLite has one writer: waiting here is fair, waiting in its busy handler is not.
    writer: Option<Arc<Mutex<()>>>,
    /// Held as long as the process serves: SQLite is for one process only.
    file_lock: Option<Arc<File>>,
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
        let sqlite = match url.split_once(':') {
            Some(("sqlite", _)) => true,
            Some(("postgres" | "postgresql", _)) => false,
            _ => return Err(OpenError::Address("it names no known kind of database".into())),
        };
        if let Some(folder) = sqlite_file(url).and_then(|file| file.parent().map(PathBuf::from)) {
            std::fs::create_dir_all(&folder).map_err(|fault| OpenError::Folder(folder, fault))?;
        }
        let connection = Database::connect(options(url, pool)).await.map_err(OpenError::Unreachable)?;
        Ok(Self { connection, writer: sqlite.then(Arc::default), file_lock: None })
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
    pub async fn write(&self) -> Result<WriteTx, DbErr> {
        let writer = match &self.writer {
            Some(writer) => Some(Arc::clone(writer).lock_owned().await),
            None => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        #[expect(clippy::disallowed_methods, reason = "the one place where transactions begin")]
        let transaction = self.connection.begin_with_options(options).await?;
        Ok(WriteTx { transaction, _writer: writer })
    }

    /// Whether one process owns the whole database, so that no other can hold a lease.
    pub fn is_alone(&self) -> bool {
        self.writer.is_some()
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

fn options(url: &str, pool: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(pool)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .connect_timeout(Duration::from_secs(5))
        // A look at a connection used a moment ago would cost as much as the query it is for.
        .test_before_acquire_if_idle_for(Duration::from_secs(1))
        .sqlx_logging_level(log::LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(log::LevelFilter::Warn, Duration::from_secs(1))
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(Duration::from_secs(5))
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
