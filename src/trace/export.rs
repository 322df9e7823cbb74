//! Tells the collector of traces what was done, beside the work: a collector that is away or slow delays nobody.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prost::Message as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, redirect};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::wire::{
    ExportTraceServiceRequest, InstrumentationScope, KeyValue, Resource, ResourceSpans, ScopeSpans, Span,
};

/// Spans that wait at most; more are lost.
const QUEUE: usize = 4_096;
/// Spans in one request at most, and how long the first one waits for others.
const TOGETHER: usize = 512;
const PAUSE: Duration = Duration::from_secs(1);
const CONNECT: Duration = Duration::from_secs(3);
const DEADLINE: Duration = Duration::from_secs(10);
/// How long the last spans may take when the program ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// How often a collector that does not take them is complained of.
const COMPLAINT: Duration = Duration::from_mins(5);

static WAITING: OnceLock<Sender<Span>> = OnceLock::new();
static LOST: AtomicU64 = AtomicU64::new(0);

/// The collector, and as who we tell it.
pub struct Export {
    /// Without `/v1/traces`.
    pub endpoint: Url,
    /// Sent with each request; may hold secrets.
    pub headers: HeaderMap,
    pub service: String,
}

/// The running export.
pub struct Exporter {
    task: JoinHandle<()>,
    end: CancellationToken,
}

struct Courier {
    client: Client,
    address: Url,
    headers: HeaderMap,
    resource: Resource,
    /// When last, and whether of the outage that lasts.
    complained: Option<Instant>,
    outage: bool,
    /// How many were lost when that was last looked at.
    lost: u64,
}

/// Starts to export; `None` when that began already.
pub fn start(export: Export) -> Result<Option<Exporter>, reqwest::Error> {
    // Another part of the program may have installed it first; both are the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(DEADLINE)
        .build()?;
    let (sender, queue) = mpsc::channel(QUEUE);
    if WAITING.set(sender).is_err() {
        return Ok(None);
    }
    let mut address = export.endpoint;
    address.set_path(&format!("{}/v1/traces", address.path().trim_end_matches('/')));
    let resource = resource(&export.service);
    let courier = Courier {
        client,
        address,
        headers: export.headers,
        resource,
        complained: None,
        outage: false,
        lost: 0,
    };
    let end = CancellationToken::new();
    Ok(Some(Exporter { task: tokio::spawn(courier.run(queue, end.clone())), end }))
}

/// Whether anybody is told of spans.
pub fn is_exported() -> bool {
    WAITING.get().is_some()
}

/// Lets the collector know soon; never waits.
pub(super) fn tell(span: Span) {
    let told = WAITING.get().is_some_and(|waiting| waiting.try_send(span).is_ok());
    if !told {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
}

impl Exporter {
    /// Tells what is left, unless that takes long.
    pub async fn finish(self) {
        self.end.cancel();
        if timeout(FAREWELL, self.task).await.is_err() {
            tracing::warn!("the last traces could not be exported in time");
        }
    }
}

impl Courier {
    async fn run(mut self, mut queue: Receiver<Span>, end: CancellationToken) {
        let mut batch = Vec::with_capacity(TOGETHER);
        loop {
            let goes_on = tokio::select! {
                () = gather(&mut queue, &mut batch) => true,
                () = end.cancelled() => false,
            };
            if !goes_on {
                queue.close();
                while let Ok(span) = queue.try_recv() {
                    batch.push(span);
                }
            }
            self.deliver(std::mem::take(&mut batch)).await;
            if !goes_on {
                return;
            }
        }
    }

    async fn deliver(&mut self, spans: Vec<Span>) {
        if spans.is_empty() {
            return;
        }
        let count = u64::try_from(spans.len()).unwrap_or_default();
        let scope =
            InstrumentationScope { name: "localboxs".into(), version: env!("CARGO_PKG_VERSION").into() };
        let scope_spans = vec![ScopeSpans { scope: Some(scope), spans }];
        let resource_spans = vec![ResourceSpans { resource: Some(self.resource.clone()), scope_spans }];
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let request = self.client.post(self.address.clone()).headers(self.headers.clone());
        let answer = request.header(CONTENT_TYPE, "application/x-protobuf").body(body).send().await;
        match answer.and_then(reqwest::Response::error_for_status) {
            Ok(answer) if answer.status().is_success() => self.praise(),
            Ok(answer) => self.complain(count, answer.status().as_str()),
            Err(fault) => {
                let status = fault.status();
                let cause = match &status {
                    Some(status) => status.as_str(),
                    None if fault.is_timeout() => "it took too long",
                    None => "it can't be reached",
                };
                self.complain(count, cause);
            }
        }
    }

    fn praise(&mut self) {
        if std::mem::take(&mut self.outage) {
            tracing::info!("traces are exported again");
        }
        if LOST.load(Ordering::Relaxed) > self.lost {
            self.complain(0, "they came faster than it takes them");
        }
    }

    fn complain(&mut self, count: u64, cause: &str) {
        self.lost = LOST.fetch_add(count, Ordering::Relaxed) + count;
        if self.complained.is_none_or(|at| at.elapsed() > COMPLAINT) {
            self.complained = Some(Instant::now());
            self.outage = count > 0;
            let lost = self.lost;
            tracing::warn!(
                cause,
                lost,
                "the collector of traces did not take them; nothing else is affected"
            );
        }
    }
}

/// Waits for spans: after the first one, for as many as come soon.
async fn gather(queue: &mut Receiver<Span>, batch: &mut Vec<Span>) {
    queue.recv_many(batch, TOGETHER).await;
    let until = Instant::now() + PAUSE;
    while batch.len() < TOGETHER {
        let room = TOGETHER - batch.len();
        if !matches!(timeout_at(until, queue.recv_many(batch, room)).await, Ok(1..)) {
            return;
        }
    }
}

fn resource(service: &str) -> Resource {
    let instance = uuid::Uuid::new_v4().to_string();
    let attributes = [
        ("service.name", service),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("service.instance.id", &instance),
    ];
    Resource { attributes: attributes.map(|(key, value)| KeyValue::new(key, value.into())).into() }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Export({})", self.endpoint)
    }
}
