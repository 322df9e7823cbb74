//! A faithful Chatwoot over real HTTP.
//!
//! It answers the calls that create agents and put them into inboxes as version 4.9.2 does, byte
//! for byte where that was recorded, and it can be told to fail in the ways networks and servers
//! do. It knows nothing of the program that calls it.
//!
//! ```no_run
//! use chatwoot_sandbox::{Fault, NewUser, Reply, Role, Sandbox, Seed};
//! # async fn run() -> std::io::Result<()> {
//! let mut seed = Seed::new();
//! let app = seed.platform_app("LocalBoxs");
//! let account = seed.account("Acme");
//! seed.permit_account(app.id, account);
//! let admin = seed.user(NewUser::new("Ada", "ada@acme.example"));
//! seed.member(account, admin.id, Role::Administrator);
//! seed.inbox(account, "Website");
//!
//! let sandbox = Sandbox::start(seed).await?;
//! let lost = sandbox.inject(
//!     Fault::on("POST", "/platform/api/v1/users").nth(2).commit_then(Reply::Hang),
//! );
//! // … start a client of sandbox.base_url() …
//! sandbox.reached(lost).await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod application;
mod call;
mod change;
mod cutter;
mod delivery;
mod enums;
mod fault;
mod form;
mod inner;
mod inspect;
mod jobs;
mod log;
mod model;
mod new;
mod page;
mod plan;
mod platform;
mod router;
mod script;
mod secret;
mod seed;
mod server;
mod settings;
mod sign_in;
mod state;
mod validate;
mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use crate::inner::Inner;
use crate::server::Listening;

pub use cutter::Cutter;
pub use fault::{Fault, Reply, RetryAfter};
pub use log::{Received, TokenKind};
pub use model::{
    Account, AccountUser, Availability, Inbox, Invitation, Job, Permissible, Permitted, PlatformApp, Role,
    SsoToken, User, Work,
};
pub use new::{NewAccount, NewInbox, NewUser};
pub use plan::FaultHandle;
pub use sign_in::SignInRefused;
pub use state::State;

/// What a sandbox starts with: simply its first state.
pub type Seed = State;

/// A running Chatwoot; clones share it.
#[derive(Clone, Debug)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

impl Sandbox {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start(seed: Seed) -> io::Result<Self> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), seed).await
    }

    /// Starts on this address.
    pub async fn start_at(address: SocketAddr, seed: Seed) -> io::Result<Self> {
        let inner = Arc::new(Inner::new(seed));
        inner.set_address(address);
        let sandbox = Self { inner };
        sandbox.resume().await?;
        Ok(sandbox)
    }

    /// `http://ADDRESS:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.inner.base_url()
    }

    /// Stops listening and closes open connections, as a server that is down: connects are
    /// refused, calls under way end without an answer, delayed work is not done. Records stay.
    pub async fn stop(&self) {
        self.inner.next_run();
        if let Some(listening) = self.inner.listening.lock().await.take() {
            listening.stop().await;
        }
    }

    /// Listens again on the same port; nothing happens if it already does.
    pub async fn resume(&self) -> io::Result<()> {
        let mut listening = self.inner.listening.lock().await;
        if listening.is_none() {
            let localhost = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let address = self.inner.address().unwrap_or(localhost);
            let (started, address) = Listening::start(address, Arc::clone(&self.inner)).await?;
            self.inner.set_address(address);
            *listening = Some(started);
        }
        Ok(())
    }

    /// Changes the installation behind the callers' back, with every method a [`State`] has.
    pub fn edit<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let value = change(&mut self.inner.state());
        self.inner.changed();
        value
    }

    /// Runs every queued job now.
    pub fn tick(&self) {
        self.edit(State::tick);
    }

    /// Adds a fault to those that calls can meet.
    pub fn inject(&self, fault: Fault) -> FaultHandle {
        self.inner.faults().inject(fault)
    }

    /// Ends every fault; calls already caught stay caught.
    pub fn clear_faults(&self) {
        self.inner.faults().clear();
    }

    /// Waits before the work of every call; the work is then done even if the caller has gone.
    pub fn set_latency(&self, latency: Duration) {
        self.inner.set_latency(latency);
    }

    /// Returns once the fault has happened: its work, if any, is done and only its answer is left.
    pub async fn reached(&self, fault: FaultHandle) {
        self.reached_times(fault, 1).await;
    }

    /// Returns once the fault has happened so many times.
    pub async fn reached_times(&self, fault: FaultHandle, times: u64) {
        self.wait(|| self.inner.faults().times_reached(fault) >= times).await;
    }

    /// How often the fault has happened.
    pub fn times_reached(&self, fault: FaultHandle) -> u64 {
        self.inner.faults().times_reached(fault)
    }

    /// Returns once so many calls were received since the start.
    pub async fn wait_for_requests(&self, total: u64) {
        self.wait(|| self.inner.log().total() >= total).await;
    }

    /// Rises with every change of the records, so that they can be stored.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Every record, to be stored; passwords are in it as salted digests only, tokens in clear.
    pub fn snapshot(&self) -> Value {
        serde_json::to_value(&*self.inner.state()).unwrap_or_default()
    }

    async fn wait(&self, done: impl Fn() -> bool) {
        let mut activity = self.inner.activity.subscribe();
        while !done() {
            if activity.changed().await.is_err() {
                return;
            }
        }
    }
}

impl State {
    /// A stored installation again, from [`Sandbox::snapshot`].
    pub fn from_snapshot(snapshot: Value) -> serde_json::Result<Self> {
        let mut state: Self = serde_json::from_value(snapshot)?;
        state.reindex();
        Ok(state)
    }
}
