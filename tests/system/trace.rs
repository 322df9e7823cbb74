//! One id from the browser's request to the call to Chatwoot, also when another process makes it later.

use std::collections::BTreeSet;

use chatwoot_sandbox::{Fault, Reply};
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, System, until};

const OWNER: &str = "owner@acme.example";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const JSON: [(&str, &str); 2] = [("LOG_FORMAT", "json"), ("RUST_LOG", "info,localboxs=debug")];

/// The names of the calls to Chatwoot that the log ascribes to this request.
fn calls(log: &std::path::Path, request: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(log).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["message"] == "called Chatwoot")
        .filter(|line| {
            line["spans"]
                .as_array()
                .is_some_and(|spans| spans.iter().any(|span| span["request.id"] == request))
        })
        .filter_map(|line| line["chatwoot.call"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_ascribes_every_call_to_the_request_that_wished_it() {
    let system = System::start().await;
    system.tenant(OWNER, "FREE", &[1]);
    let server = system.serve_with(&JSON).await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    system
        .sandbox
        .inject(Fault::on("POST", "/platform/api/v1/accounts/*/account_users").reply(Reply::Gateway(503)));
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let made = client.create_traced(&traceparent, json!({ "name": "Ana", "inboxIds": [1] })).await;
    assert!(made.status.is_success(), "{made:?}");
    let request = made.request_id.unwrap();
    until("the agent is ready", async || client.agents().await[0]["state"] == "ready").await;
    let made: BTreeSet<String> = calls(&server.log, &request);
    for call in ["platform.create_user", "platform.link", "account.join_inbox", "platform.set_password"] {
        assert!(made.contains(call), "{call} is not in {made:?}");
    }
    let text = std::fs::read_to_string(&server.log).unwrap();
    let called =
        text.lines().find(|line| line.contains("called Chatwoot") && line.contains(&request)).unwrap();
    assert!(called.contains(TRACE), "{called}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_left_to_the_next_process_still_carries_the_id_of_its_request() {
    let system = System::start().await;
    system.tenant(OWNER, "FREE", &[1]);
    let server = system.serve_with(&JSON).await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    system.sandbox.stop().await;
    let made = client.create(json!({ "name": "Ana", "inboxIds": [1] })).await;
    assert_eq!(made.status, 202, "{made:?}");
    let request = made.request_id.unwrap();
    server.kill();
    system.sandbox.resume().await.unwrap();
    let server = system.serve_with(&JSON).await;
    let client = client.at(&server.base);
    until("the agent is ready", async || client.agents().await[0]["state"] == "ready").await;
    assert!(calls(&server.log, &request).contains("platform.create_user"));
}
