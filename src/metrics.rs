//! What is counted and measured for Prometheus. Every label has few values, and none names a person or tenant.

mod names;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

type Seconds = Gauge<f64, AtomicU64>;

/// Bounds of durations: pages, then calls to Chatwoot, then deadlines.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// A request that was answered.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Request {
    pub method: &'static str,
    /// The route's template, never the address.
    pub route: String,
    pub status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Route {
    pub route: String,
}

/// A call to Chatwoot.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Call {
    pub call: &'static str,
    /// `ok`, or the kind of failure.
    pub result: &'static str,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct CallName {
    pub call: &'static str,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Reason {
    pub reason: &'static str,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct State {
    pub state: &'static str,
}

/// One step of an operation.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Attempt {
    pub step: &'static str,
    /// `ok`, or the failure.
    pub result: &'static str,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Health {
    pub health: &'static str,
}

/// A kind of difference between what is set here and Chatwoot.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Drift {
    pub kind: &'static str,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Build {
    pub version: &'static str,
}

/// Everything that this process counts; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub requests: Family<Request, Counter>,
    pub request_seconds: Family<Route, Histogram, fn() -> Histogram>,
    pub calls: Family<Call, Counter>,
    pub call_seconds: Family<CallName, Histogram, fn() -> Histogram>,
    pub calls_put_off: Family<Reason, Counter>,
    pub attempts: Family<Attempt, Counter>,
    pub leases_lost: Counter,
    pub results_refused: Counter,
    pub breaker_opened: Counter,
    pub database_faults: Counter,
    pub in_hand: Gauge,
    pub connections: Gauge,
    pub now: Gauges,
}

/// What is asked for only when somebody looks.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    pub build: Family<Build, Gauge>,
    pub uptime: Seconds,
    pub stopping: Gauge,
    pub database_up: Gauge,
    pub pool: Family<State, Gauge>,
    pub chatwoot_up: Gauge,
    pub chatwoot_paused: Seconds,
    pub health: Family<Health, Gauge>,
    pub operations: Family<State, Gauge>,
    pub oldest_due: Seconds,
    pub agents: Family<State, Gauge>,
    pub replicas: Gauge,
    pub drift: Family<Drift, Gauge>,
    pub work_paused: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let durations: fn() -> Histogram = || Histogram::new(BUCKETS);
        Self {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(durations),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(durations),
            calls_put_off: Family::default(),
            attempts: Family::default(),
            leases_lost: Counter::default(),
            results_refused: Counter::default(),
            breaker_opened: Counter::default(),
            database_faults: Counter::default(),
            in_hand: Gauge::default(),
            connections: Gauge::default(),
            now: Gauges::default(),
        }
    }
}

impl Metrics {
    /// Notes an answered request; a method or route outside the known ones counts as `other`.
    pub fn answered(&self, method: &str, route: Option<&str>, status: u16, took: Duration) {
        let method = known_method(method);
        let route = route.unwrap_or("other").to_owned();
        self.request_seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status }).inc();
    }

    /// Notes a call to Chatwoot that was made.
    pub fn called(&self, call: &'static str, result: &'static str, took: Duration) {
        self.calls.get_or_create(&Call { call, result }).inc();
        self.call_seconds.get_or_create(&CallName { call }).observe(took.as_secs_f64());
    }
}

/// One of the few methods there are, or `other`.
pub fn known_method(method: &str) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == method).unwrap_or("other")
}
