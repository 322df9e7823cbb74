//! What every part shares: built once, cheap to clone.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chatwoot::Chatwoot;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::metrics::Metrics;
use crate::seal::Seal;
use crate::services::gate::Guard;

/// Password hashes computed at once: each takes 19 MiB and a core.
const PARALLEL_HASHES: usize = 2;
/// Agents' passwords that may wait in memory at once.
const PASSWORDS_IN_MEMORY: usize = 256;

/// The running program.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of [`App`].
pub struct Parts {
    pub config: Config,
    pub db: Db,
    /// `None` until the operator has configured an installation.
    pub chatwoot: Option<Chatwoot>,
    /// What stands before every call to it.
    pub guard: Arc<Guard>,
    pub metrics: Metrics,
    pub clock: Clock,
    /// Whether Chatwoot answered last time; work waits here while it does not.
    pub chatwoot_answers: watch::Sender<bool>,
    /// One look at the installation at a time; when the last one ended.
    pub looking: Mutex<Option<Instant>>,
    /// Wakes the worker when there may be something to do.
    pub work: Notify,
    /// Wakes whoever works on imports.
    pub imports: Notify,
    /// Operations the worker has in hand.
    pub driving: AtomicU64,
    /// Wakes everything that pauses before it tries Chatwoot again.
    pub hurry: Notify,
    /// Encrypts secrets at rest; `None` without `INTEGRATION_ENCRYPTION_KEY`.
    pub seal: Option<Seal>,
    pub hashing: Semaphore,
    pub passwords: Arc<Semaphore>,
    /// Everything started for a request that outlives it.
    pub tasks: TaskTracker,
    /// No request should come here any more.
    pub draining: CancellationToken,
    pub stopping: CancellationToken,
    /// Who holds our leases.
    pub owner: String,
    pub started: Instant,
}

impl App {
    /// Puts the parts together; nothing runs yet.
    pub fn new(config: Config, db: Db, chatwoot: Option<Chatwoot>, clock: Clock) -> Self {
        let metrics = Metrics::default();
        let chatwoot_answers = watch::Sender::new(true);
        let guard = Arc::new(Guard::new(db.clone(), chatwoot_answers.clone(), metrics.clone()));
        let chatwoot = chatwoot.map(|chatwoot| chatwoot.guarded(guard.clone()));
        let seal = config.encryption_key.as_ref().map(Seal::new);
        Self(Arc::new(Parts {
            config,
            db,
            chatwoot,
            metrics,
            clock,
            guard,
            chatwoot_answers,
            looking: Mutex::default(),
            work: Notify::new(),
            imports: Notify::new(),
            driving: AtomicU64::new(0),
            hurry: Notify::new(),
            seal,
            hashing: Semaphore::new(PARALLEL_HASHES),
            passwords: Arc::new(Semaphore::new(PASSWORDS_IN_MEMORY)),
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
            owner: uuid::Uuid::new_v4().to_string(),
            started: Instant::now(),
        }))
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Now in ms since 1970.
    pub fn now_ms(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    /// The life of a lease in ms.
    pub fn lease_ms(&self) -> i64 {
        i64::try_from(self.config.lease.as_millis()).unwrap_or(i64::MAX)
    }

    /// Since when this process runs.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
