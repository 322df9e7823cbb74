//! Tells the collector of traces what was done, beside the work: a collector that is away or slow delays nobody.

use std::error::Error;
use std::fmt;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider};
use reqwest::header::HeaderMap;
use reqwest::{Client, redirect};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use url::Url;

/// Spans that wait at most; more are lost.
const QUEUE: usize = 4_096;
/// How long spans wait for others.
const PAUSE: Duration = Duration::from_secs(1);
const CONNECT: Duration = Duration::from_secs(3);
const DEADLINE: Duration = Duration::from_secs(10);
/// How long the last spans may take when the program ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// How often a collector that does not take them is complained of.
const COMPLAINT: Duration = Duration::from_mins(5);

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// The collector, and as who we tell it.
pub struct Export {
    /// Without `/v1/traces`.
    pub endpoint: Url,
    /// Sent with each request; may hold secrets.
    pub headers: HeaderMap,
    pub service: String,
}

/// The running export.
pub struct Exporter(SdkTracerProvider);

/// Carries requests for the SDK: its thread waits for them, our runtime makes them.
#[derive(Debug)]
struct Courier {
    client: Client,
    headers: HeaderMap,
    runtime: Handle,
    complained: Mutex<Option<Instant>>,
}

/// Starts to export, from within the runtime that is to make the requests.
pub fn start(export: Export) -> Result<Exporter, Box<dyn Error>> {
    let mut address = export.endpoint;
    address.set_path(&format!("{}/v1/traces", address.path().trim_end_matches('/')));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Courier::new(export.headers)?)
        .with_endpoint(address)
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(DEADLINE)
        .build()?;
    let batches = BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_scheduled_delay(PAUSE);
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches.build()).build();
    let version = env!("CARGO_PKG_VERSION");
    let resource = Resource::builder()
        .with_service_name(export.service)
        .with_attribute(KeyValue::new("service.version", version))
        .with_attribute(KeyValue::new("service.instance.id", uuid::Uuid::new_v4().to_string()))
        .build();
    let provider =
        SdkTracerProvider::builder().with_span_processor(processor).with_resource(resource).build();
    let scope = InstrumentationScope::builder("localboxs").with_version(version).build();
    TRACER.get_or_init(|| provider.tracer_with_scope(scope));
    Ok(Exporter(provider))
}

/// Whether anybody is told of spans.
pub fn is_exported() -> bool {
    TRACER.get().is_some()
}

/// Makes spans, if anybody is told of them.
pub(super) fn tracer() -> Option<&'static SdkTracer> {
    TRACER.get()
}

impl Exporter {
    /// Tells what is left, unless that takes long.
    pub async fn finish(self) {
        let told = spawn_blocking(move || self.0.shutdown_with_timeout(FAREWELL)).await;
        if !matches!(told, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be exported in time");
        }
    }
}

impl Courier {
    fn new(headers: HeaderMap) -> Result<Self, reqwest::Error> {
        // Another part of the program may have installed it first; both are the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(DEADLINE)
            .build()?;
        Ok(Self { client, headers, runtime: Handle::current(), complained: Mutex::default() })
    }

    fn complain(&self, cause: &str) {
        let Ok(mut complained) = self.complained.lock() else { return };
        if complained.is_none_or(|at| at.elapsed() > COMPLAINT) {
            *complained = Some(Instant::now());
            tracing::warn!(cause, "the collector of traces did not take them; nothing else is affected");
        }
    }
}

#[async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        request.headers_mut().extend(self.headers.clone());
        let client = self.client.clone();
        let answer = self.runtime.spawn(async move { client.send_bytes(request).await }).await?;
        match &answer {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => self.complain(answer.status().as_str()),
            Err(fault) if fault.downcast_ref().is_some_and(reqwest::Error::is_timeout) => {
                self.complain("it took too long");
            }
            Err(_) => self.complain("it can't be reached"),
        }
        answer
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Export({})", self.endpoint)
    }
}
