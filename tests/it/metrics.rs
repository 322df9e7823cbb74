use std::collections::BTreeSet;
use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply, RetryAfter};
use localboxs::chatwoot::Gate as _;
use localboxs::db::operations;
use localboxs::services::{health, observe};
use serde_json::json;

use crate::support::{Office, TestApp};

/// The value of the sample with this name and these labels; 0 when there is none.
async fn value(app: &TestApp, sample: &str) -> f64 {
    let text = observe::text(&app.app).await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ').map(str::to_owned));
    line.map_or(0.0, |value| value.parse().unwrap())
}

fn refusal(body: &str) -> Reply {
    let content_type = "application/json; charset=utf-8".into();
    Reply::Custom { status: 401, content_type, body: body.into() }
}

#[tokio::test]
async fn each_fault_of_chatwoot_shows_in_a_metric() {
    let platform = "/platform/**";
    let create = r#"call="platform.create_user""#;
    let calls = |result: &str| format!(r#"localboxs_chatwoot_calls_total{{{create},result="{result}"}}"#);
    let attempts = |result: &str| {
        format!(r#"localboxs_operation_attempts_total{{step="create_user",result="{result}"}}"#)
    };
    let cases = [
        ("F3 the answer is lost", Reply::Close, calls("unknown")),
        ("F5 a field is refused", refused_field(), attempts("address_refused")),
        (
            "F6 the key is refused",
            refusal(r#"{"error":"Invalid access_token"}"#),
            calls("platform_key_rejected"),
        ),
        (
            "F9 asked to wait",
            Reply::TooManyRequests(RetryAfter::Unsaid),
            "localboxs_chatwoot_paused_seconds".into(),
        ),
        ("F10 an error of its own", Reply::RailsError, calls("server_error")),
        ("F10 a proxy's page", Reply::Gateway(502), attempts("unreachable")),
        ("F10 it redirects", redirect(), calls("redirected")),
        ("F11 cut short", Reply::CutShort, calls("unknown")),
        ("F11 endless", Reply::Huge, calls("unknown")),
        ("F11 wrong types", Reply::NullNumbers, calls("unknown")),
    ];
    for (fault, reply, sample) in cases {
        let office = Office::with_patience(Duration::from_millis(300)).await;
        let mut tenant = office.tenant("ana@example.com", "PRO", &[1]).await;
        assert!(value(&office.app, &sample).await < 0.5, "{fault}: {sample} before");
        office.sandbox.inject(Fault::on("POST", platform).forever().reply(reply));
        tenant.create(&json!({ "name": "Ana" })).await;
        let begin = std::time::Instant::now();
        while value(&office.app, &sample).await < 0.5 {
            assert!(begin.elapsed() < Duration::from_secs(10), "{fault}: {sample} does not show");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn refused_field() -> Reply {
    let body = r#"{"message":"Email is invalid","attributes":["email"]}"#.into();
    Reply::Custom { status: 422, content_type: "application/json; charset=utf-8".into(), body }
}

fn redirect() -> Reply {
    Reply::Redirect { status: 302, location: "https://elsewhere.example".into() }
}

#[tokio::test]
async fn a_chatwoot_that_is_away_and_a_refused_key_show_and_so_does_the_waiting_work() {
    let office = Office::with_patience(Duration::from_millis(100)).await;
    let mut tenant = office.tenant("ana@example.com", "PRO", &[1]).await;
    assert!(value(&office.app, "localboxs_chatwoot_up").await > 0.5);
    office.sandbox.stop().await;
    health::check(&office.app.app).await.unwrap();
    assert!(value(&office.app, "localboxs_chatwoot_up").await < 0.5);
    assert!(value(&office.app, r#"localboxs_chatwoot_health{health="unreachable"}"#).await > 0.5);
    office.sandbox.resume().await.unwrap();
    office.sandbox.inject(
        Fault::on("*", "/platform/**").forever().reply(refusal(r#"{"error":"Invalid access_token"}"#)),
    );
    health::check(&office.app.app).await.unwrap();
    assert!(value(&office.app, r#"localboxs_chatwoot_health{health="platform_key_rejected"}"#).await > 0.5);
    tenant.create(&json!({ "name": "Ana" })).await;
    assert!(
        value(&office.app, r#"localboxs_chatwoot_calls_put_off_total{reason="platform_key_rejected"}"#).await
            > 0.5
    );
    let agent = office.app.uuids("SELECT id FROM helpdesk_users").await[0];
    office
        .app
        .execute("UPDATE operations SET lease_owner = NULL, lease_until_ms = NULL, due_at_ms = 9999999999999")
        .await;
    assert!(value(&office.app, r#"localboxs_operations{state="parked"}"#).await > 0.5);
    assert!(value(&office.app, r#"localboxs_agents{state="setting_up"}"#).await > 0.5);
    office.app.execute("UPDATE operations SET status = 'failed'").await;
    assert!(value(&office.app, r#"localboxs_operations{state="failed"}"#).await > 0.5);
    assert!(
        operations::find_open(office.app.app.db.read(), localboxs::domain::ids::AgentId(agent))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn without_its_database_the_metrics_still_come_and_say_so() {
    let app = TestApp::new().await;
    assert!(value(&app, "localboxs_database_up").await > 0.5);
    app.app.db.close().await;
    assert!(value(&app, "localboxs_database_up").await < 0.5);
    app.app.stopping.cancel();
    assert!(value(&app, "localboxs_stopping").await > 0.5);
}

#[tokio::test]
async fn requests_are_counted_by_template_and_nothing_names_a_person() {
    let office = Office::open().await;
    let mut tenant = office.tenant("ana@example.com", "PRO", &[1]).await;
    let agent = tenant.agent(&json!({ "name": "Zacharias" })).await;
    tenant.client.get(&format!("/integrations/helpdesk/agents/{agent}")).await;
    for nth in 0..50 {
        tenant.client.get(&format!("/no-such-page/{nth}?q=zacharias")).await;
    }
    let text = observe::text(&office.app.app).await.unwrap();
    let shown = r#"localboxs_http_requests_total{method="GET",route="/integrations/helpdesk/agents/{agent}",status="200"} 1"#;
    assert!(text.contains(shown), "{text}");
    assert!(text.contains(r#"route="other",status="404"} 50"#), "{text}");
    for secret in ["ana@", "acharias", &agent, "no-such-page"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert_eq!(tenant.client.get("/metrics").await.status, 404, "only at its own address");
}

#[tokio::test]
async fn the_dashboard_and_the_alerts_name_only_metrics_that_exist() {
    let office = Office::open().await;
    let mut tenant = office.tenant("ana@example.com", "PRO", &[1]).await;
    tenant.agent(&json!({ "name": "Ana" })).await;
    office.app.app.chatwoot_answers.send_replace(false);
    let app = &office.app.app;
    app.guard.refusal(localboxs::chatwoot::Purpose::Work).await.unwrap();
    let text = observe::text(app).await.unwrap();
    let mut known = BTreeSet::new();
    for (name, kind) in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')) {
        let endings: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        known.extend(endings.iter().map(|ending| format!("{name}{ending}")));
    }
    let mut shown = BTreeSet::new();
    for file in [
        include_str!("../../docs/monitoring/alerts.yml"),
        include_str!("../../docs/monitoring/dashboard.json"),
    ] {
        let words = file.split(|c: char| !c.is_ascii_lowercase() && c != '_');
        let named: BTreeSet<&str> = words.filter(|word| word.starts_with("localboxs_")).collect();
        assert!(named.len() > 8, "{named:?}");
        for name in named {
            assert!(known.contains(name), "{name} does not exist; these do: {known:?}");
            shown.insert(name);
        }
    }
    for name in &known {
        let family = name.trim_end_matches("_sum").trim_end_matches("_count").trim_end_matches("_bucket");
        let unseen = ["localboxs_build", "localboxs_uptime_seconds"].contains(&family);
        assert!(unseen || shown.iter().any(|shown| shown.starts_with(family)), "nobody looks at {name}");
    }
}
