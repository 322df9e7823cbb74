//! What every clone of a sandbox shares. No lock is held while anything waits.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::answer::Answer;
use crate::call::Call;
use crate::log::{Log, TokenKind};
use crate::plan::{Faults, Plan};
use crate::router;
use crate::server::Listening;
use crate::state::State;

#[derive(Debug)]
pub(crate) struct Inner {
    state: Mutex<State>,
    log: Mutex<Log>,
    faults: Mutex<Faults>,
    latency: Mutex<Duration>,
    address: Mutex<Option<SocketAddr>>,
    pub(crate) listening: tokio::sync::Mutex<Option<Listening>>,
    /// Rises whenever records may have changed.
    pub(crate) changes: watch::Sender<u64>,
    /// Rises whenever a call was received, or a fault happened.
    pub(crate) activity: watch::Sender<u64>,
    run: AtomicU64,
}

impl Inner {
    pub(crate) fn new(state: State) -> Self {
        Self {
            state: Mutex::new(state),
            log: Mutex::default(),
            faults: Mutex::default(),
            latency: Mutex::default(),
            address: Mutex::default(),
            listening: tokio::sync::Mutex::default(),
            changes: watch::Sender::new(0),
            activity: watch::Sender::new(0),
            run: AtomicU64::new(0),
        }
    }

    /// The state, with the jobs done that are due.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        state.run_due_jobs();
        state
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        *lock(&self.latency) = latency;
    }

    pub(crate) fn address(&self) -> Option<SocketAddr> {
        *lock(&self.address)
    }

    pub(crate) fn set_address(&self, address: SocketAddr) {
        *lock(&self.address) = Some(address);
    }

    pub(crate) fn base_url(&self) -> String {
        let address = self.address().map(|a| a.to_string());
        format!("http://{}", address.unwrap_or_default())
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        lock(&self.state).now()
    }

    pub(crate) fn changed(&self) {
        self.changes.send_modify(|n| *n += 1);
    }

    /// Which start of the server this is; work begun under an earlier one is dropped.
    pub(crate) fn run(&self) -> u64 {
        self.run.load(Ordering::Relaxed)
    }

    pub(crate) fn next_run(&self) {
        self.run.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn plan(&self, call: &Call) -> Plan {
        let mut plan = self.faults().plan(call);
        plan.delay += *lock(&self.latency);
        plan
    }

    /// Logs the call and returns its number.
    pub(crate) fn note(&self, call: &Call) -> u64 {
        let token = TokenKind::of(&lock(&self.state), call);
        let number = self.log().note(call, token);
        self.activity.send_modify(|n| *n += 1);
        number
    }

    pub(crate) fn answered(&self, number: u64, status: u16) {
        self.log().answered(number, status);
    }

    pub(crate) fn answer(&self, call: &Call) -> Answer {
        let base_url = self.base_url();
        let answer = router::answer(&mut lock(&self.state), call, &base_url);
        if call.verb() != "GET" || call.path.contains("login") {
            self.changed();
        }
        answer
    }

    pub(crate) fn reached(&self, plan: &Plan) {
        self.faults().reached(plan);
        self.activity.send_modify(|n| *n += 1);
    }
}

/// A panic in a test must not hide behind a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
