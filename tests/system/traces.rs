//! What a collector of traces is told, and that none is needed.

use std::time::{Duration, Instant};

use chatwoot_sandbox::{Fault, Reply};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::collector::{Collector, attribute, hex};
use crate::support::{Client, PASSWORD, Server, System, until};

const OWNER: &str = "owner@acme.example";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const ABOVE: &str = "00f067aa0ba902b7";
const CREATE: &str = "POST /api/dashboard/integrations/chatwoot/create-user";
const SECRET: &str = "Bearer canary-of-the-collector";

async fn serve(system: &System, endpoint: &str) -> (Server, Client) {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20canary-of-the-collector"),
        ("LOG_FORMAT", "json"),
        // None of the SDK's own variables leads elsewhere or hinders the start.
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "authorization=wrong"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_TRACES_SAMPLER", "unheard_of"),
    ];
    let server = system.serve_with(&variables).await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    (server, client)
}

fn called<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name} is not in {spans:#?}"))
}

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{ABOVE}-{flags}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_spans_the_browsers_request_the_operation_and_the_calls_to_chatwoot() {
    let (system, collector) = (System::start().await, Collector::start().await);
    system.tenant(OWNER, "FREE", &[1]);
    let (server, client) = serve(&system, &collector.endpoint).await;
    let made = client.create_traced(&traceparent("01"), json!({ "name": "Ana", "inboxIds": [1] })).await;
    assert_eq!(made.status, 201, "{made:?}");
    server.stop().await;

    let spans = collector.trace(TRACE);
    let request = called(&spans, CREATE);
    assert_eq!((hex(&request.parent_span_id), request.kind()), (ABOVE.to_owned(), SpanKind::Server));
    assert_eq!(attribute(&request.attributes, "http.response.status_code").as_deref(), Some("201"));
    assert_eq!(attribute(&request.attributes, "request.id"), made.request_id);
    for (step, call) in [
        ("create_user", "platform.create_user"),
        ("link_account", "platform.link"),
        ("join_inbox", "account.join_inbox"),
        ("set_password", "platform.set_password"),
    ] {
        let (step, call) = (called(&spans, step), called(&spans, call));
        assert_eq!(step.parent_span_id, request.span_id, "{step:?}");
        assert_eq!((&call.parent_span_id, call.kind()), (&step.span_id, SpanKind::Client), "{call:?}");
        assert_eq!(attribute(&call.attributes, "http.response.status_code").as_deref(), Some("200"));
        assert!(call.start_time_unix_nano >= step.start_time_unix_nano);
        assert!(call.end_time_unix_nano <= step.end_time_unix_nano);
    }
    let resource = collector.requests()[0].resource_spans[0].resource.clone().unwrap();
    assert_eq!(attribute(&resource.attributes, "service.name").as_deref(), Some("localboxs"));
    assert!(collector.headers("authorization").iter().all(|header| header == SECRET));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_names_the_exported_trace_and_what_nobody_records_is_not_exported() {
    let (system, collector) = (System::start().await, Collector::start().await);
    system.tenant(OWNER, "PRO", &[1]);
    let (server, client) = serve(&system, &collector.endpoint).await;
    let quiet = client.create_traced(&traceparent("00"), json!({ "name": "Quiet" })).await;
    assert_eq!(quiet.status, 201, "{quiet:?}");
    let own = client.create(json!({ "name": "Own" })).await;
    let log = server.log.clone();
    let text = || std::fs::read_to_string(&log).unwrap();
    server.stop().await;
    assert!(!text().contains("canary-of-the-collector"));

    let lines: Vec<Value> = text().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let logged = |request: Option<String>| {
        let request = request.unwrap();
        let spans = lines.iter().flat_map(|line| line["spans"].as_array().into_iter().flatten());
        let trace = spans.filter(|span| span["request.id"] == request).map(|span| span["trace.id"].clone());
        let trace: Vec<Value> = trace.collect();
        assert!(trace.len() > 2 && trace.iter().all(|other| *other == trace[0]), "{trace:?}");
        trace[0].as_str().unwrap().to_owned()
    };
    assert_eq!(logged(quiet.request_id), TRACE);
    assert_eq!(collector.trace(TRACE).len(), 0, "whoever asked records nothing");
    let own = collector.trace(&logged(own.request_id));
    assert_eq!(called(&own, CREATE).parent_span_id, [] as [u8; 0]);
    called(&own, "platform.create_user");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_left_to_the_next_process_stays_in_its_trace() {
    let (system, collector) = (System::start().await, Collector::start().await);
    system.tenant(OWNER, "FREE", &[1]);
    let (server, client) = serve(&system, &collector.endpoint).await;
    system.sandbox.stop().await;
    let made = client.create_traced(&traceparent("01"), json!({ "name": "Ana" })).await;
    assert_eq!(made.status, 202, "{made:?}");
    until("the request is told of", async || collector.trace(TRACE).iter().any(|span| span.name == CREATE))
        .await;
    server.kill();
    system.sandbox.resume().await.unwrap();
    let (server, client) = serve(&system, &collector.endpoint).await;
    until("the agent is ready", async || client.agents().await[0]["state"] == "ready").await;
    server.stop().await;
    let spans = collector.trace(TRACE);
    let linked = called(&spans, "link_account");
    assert_eq!(linked.parent_span_id, called(&spans, CREATE).span_id);
    assert_eq!(called(&spans, "platform.link").parent_span_id, linked.span_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_nobody_waits_for_any_more_is_told_of_too() {
    let (system, collector) = (System::start().await, Collector::start().await);
    system.tenant(OWNER, "FREE", &[1]);
    let (server, client) = serve(&system, &collector.endpoint).await;
    let stuck = system.sandbox.inject(Fault::on("POST", "/platform/api/v1/users").reply(Reply::Hang));
    let above = traceparent("01");
    tokio::select! {
        made = client.create_traced(&above, json!({ "name": "Ana" })) => panic!("{made:?}"),
        () = system.sandbox.reached(stuck) => {}
    }
    until("the request is told of", async || collector.trace(TRACE).iter().any(|span| span.name == CREATE))
        .await;
    let spans = collector.trace(TRACE);
    let request = called(&spans, CREATE);
    assert_eq!(attribute(&request.attributes, "error.type").as_deref(), Some("cancelled"));
    assert_eq!(request.status.clone().unwrap().code(), StatusCode::Error);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_or_hangs_costs_nothing_but_a_warning() {
    let system = System::start().await;
    system.tenant(OWNER, "ENTERPRISE", &[1]);
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hangs = hanging.local_addr().unwrap();
    let away = "http://127.0.0.1:9".to_owned();
    for (endpoint, warning) in [
        (away, "the collector of traces did not take them"),
        (format!("http://{hangs}"), "the last traces could not be exported in time"),
    ] {
        let (server, client) = serve(&system, &endpoint).await;
        for _ in 0..3 {
            assert_eq!(client.create(json!({ "name": "Ana", "inboxIds": [1] })).await.status, 201);
            tokio::time::sleep(Duration::from_millis(1_200)).await;
        }
        let log = server.log.clone();
        let began = Instant::now();
        server.stop().await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        let text = std::fs::read_to_string(log).unwrap();
        assert_eq!(text.matches(warning).count(), 1, "{text}");
    }
}
