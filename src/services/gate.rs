//! When Chatwoot is called at all: not while it asked to be left alone, not while our keys are refused, not while it is
//! away or fails, and not while nothing could be stored.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::app::App;
use crate::chatwoot::{CALLS_AT_ONCE, Ended, ErrorKind, Gate, Purpose};
use crate::db::{self, Db};
use crate::domain::breaker::Breaker;
use crate::domain::connection::Health;
use crate::metrics::{Metrics, Reason};
use crate::services::error::ServiceError;

/// How often a process says that it is alive, and learns how many share Chatwoot with it.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// The one gate of this process; what all processes must agree on is in the database.
pub struct Guard {
    db: Db,
    metrics: Metrics,
    /// Whether Chatwoot is there; see [`App`].
    answers: watch::Sender<bool>,
    breaker: Mutex<Breaker>,
    /// Rises with every call that was put off.
    put_off: watch::Sender<u64>,
}

impl Guard {
    pub fn new(db: Db, answers: watch::Sender<bool>, metrics: Metrics) -> Self {
        Self { db, metrics, answers, breaker: Mutex::default(), put_off: watch::Sender::new(0) }
    }

    /// Ends with the next call that is put off. Nobody need wait any longer then: all calls are.
    pub fn put_off(&self) -> impl Future<Output = ()> + use<> {
        let mut put_off = self.put_off.subscribe();
        async move {
            if put_off.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Whether calls may begin again once Chatwoot says that it is there.
    pub fn may_close(&self) -> bool {
        self.breaker().may_close(Instant::now())
    }

    /// Whether Chatwoot was there all the time and only failed what it was asked.
    pub fn opened_by_failures(&self) -> bool {
        self.breaker().opened_by_failures()
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pause(&self, time: Duration) {
        tracing::warn!(seconds = time.as_secs(), "Chatwoot asked to wait; nobody calls it meanwhile");
        let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        if let Err(fault) = db::gate::pause(self.db.read(), ms).await {
            tracing::error!(error = %fault, "that Chatwoot asked to wait could not be stored");
        }
    }
}

#[async_trait::async_trait]
impl Gate for Guard {
    async fn refusal(&self, purpose: Purpose) -> Option<ErrorKind> {
        let refusal = self.reason(purpose).await;
        if let Some(refusal) = &refusal {
            self.metrics.calls_put_off.get_or_create(&Reason { reason: refusal.key() }).inc();
        }
        if refusal.is_some() && purpose == Purpose::Work {
            self.put_off.send_modify(|count| *count += 1);
        }
        refusal
    }

    async fn ended(&self, call: Ended<'_>) {
        self.metrics.called(call.name, call.fault.map_or("ok", ErrorKind::key), call.took);
        match call.fault {
            Some(ErrorKind::RateLimited { retry_after }) => {
                self.pause(*retry_after).await;
                self.put_off.send_modify(|count| *count += 1);
            }
            // What a look finds is for whoever looks to judge.
            _ if call.purpose == Purpose::Look => {}
            Some(ErrorKind::Unreachable) => drop(self.answers.send_replace(false)),
            Some(ErrorKind::Unknown | ErrorKind::ServerError | ErrorKind::Redirected) => {
                if self.breaker().failed(Instant::now()) {
                    tracing::warn!("too many calls to Chatwoot failed; it is left alone for a while");
                    self.metrics.breaker_opened.inc();
                    self.answers.send_replace(false);
                }
            }
            Some(_) | None => self.breaker().succeeded(),
        }
    }
}

impl Guard {
    async fn reason(&self, purpose: Purpose) -> Option<ErrorKind> {
        if !self.db.answers() {
            return Some(ErrorKind::NoTurn);
        }
        let known = match db::gate::known(self.db.read()).await {
            Ok(known) => known,
            Err(fault) => {
                tracing::error!(error = %fault, "the database failed, so Chatwoot is not called");
                return Some(ErrorKind::NoTurn);
            }
        };
        if let Ok(ms @ 1..) = u64::try_from(known.pause_ms) {
            return Some(ErrorKind::RateLimited { retry_after: Duration::from_millis(ms) });
        }
        match purpose {
            Purpose::Look => None,
            Purpose::Work if !*self.answers.borrow() => Some(ErrorKind::Unreachable),
            Purpose::Work => refused(known.health),
        }
    }
}

/// What every call would meet while the installation is in this state; the operator must put it right.
fn refused(health: Health) -> Option<ErrorKind> {
    match health {
        Health::AccountKeyRejected => Some(ErrorKind::AccountKeyRejected),
        Health::AccountKeyNotAdministrator => Some(ErrorKind::AccountKeyNotAdministrator),
        Health::AccountMissing => Some(ErrorKind::NotInAccount),
        Health::AccountSuspended => Some(ErrorKind::AccountSuspended),
        Health::PlatformKeyMissing => Some(ErrorKind::PlatformKeyMissing),
        Health::PlatformKeyRejected => Some(ErrorKind::PlatformKeyRejected),
        Health::NotConfigured
        | Health::Unchecked
        | Health::Connected
        | Health::Unreachable
        | Health::NotChatwoot => None,
    }
}

/// Whether due operations may be taken: there is no use in it while each would only be put back.
pub async fn is_open(app: &App) -> Result<bool, ServiceError> {
    if !app.db.answers() || !*app.chatwoot_answers.borrow() {
        return Ok(false);
    }
    let known = db::gate::known(app.db.read()).await?;
    Ok(known.pause_ms == 0 && refused(known.health).is_none())
}

/// Shares the calls at once with every other process on this database, until the program stops.
pub async fn share(app: &App) {
    let Some(chatwoot) = &app.chatwoot else { return };
    if app.db.is_alone() {
        return;
    }
    while !app.stopping.is_cancelled() {
        match db::gate::give_sign_of_life(app.db.read(), &app.owner).await {
            Ok(alive) => {
                let alive = usize::try_from(alive).unwrap_or(1);
                chatwoot.set_calls_at_once(CALLS_AT_ONCE / alive.clamp(1, CALLS_AT_ONCE));
            }
            Err(fault) => tracing::debug!(error = %fault, "no sign of life could be given"),
        }
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = tokio::time::sleep(SIGN_OF_LIFE) => {}
        }
    }
    if let Err(fault) = db::gate::forget(app.db.read(), &app.owner).await {
        tracing::debug!(error = %fault, "the other processes learn by themselves that this one ended");
    }
}
