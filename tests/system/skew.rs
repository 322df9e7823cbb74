//! Processes that stand still, and processes whose clocks are wrong.

use std::path::Path;
use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::support::{Client, PASSWORD, System, free_port, http, until};

const OWNER: &str = "owner@acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_stood_still_finds_its_work_done_and_changes_nothing() {
    let system = System::start().await;
    if !system.database.is_postgres() {
        return;
    }
    system.tenant(OWNER, "ENTERPRISE", &[1]);
    let metrics = format!("127.0.0.1:{}", free_port());
    let (paused, other) = (system.serve_with(&[("METRICS_ADDR", &metrics)]).await, system.serve().await);
    let client = Client::sign_in(&paused.base, OWNER, PASSWORD).await;
    let fault = system.sandbox.inject(
        Fault::on("POST", "/platform/api/v1/users")
            .times(2)
            .commit_then(Reply::Slow(Duration::from_millis(500))),
    );
    for nth in 0..10 {
        let client = client.clone();
        tokio::spawn(async move {
            client.create_and_perish(json!({ "name": format!("Agent {nth}"), "inboxIds": [1] })).await;
        });
    }
    system.sandbox.reached_times(fault, 2).await;
    paused.signal("STOP");
    let there = client.at(&other.base);
    until("the other process did it", async || {
        let agents = there.agents().await;
        !agents.is_empty() && agents.iter().all(|agent| agent["state"] == "ready")
    })
    .await;
    let before = there.agents().await;
    paused.signal("CONT");
    let refused = async || {
        let text =
            http().get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
        let count = |name: &str| {
            text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).unwrap_or(0)
        };
        count("localboxs_stale_results_refused_total") + count("localboxs_leases_lost_total")
    };
    until("the late results were refused", async || refused().await > 0).await;
    until("every wish is carried out", async || {
        let agents = there.agents().await;
        agents.len() >= before.len() && agents.iter().all(|agent| agent["state"] == "ready")
    })
    .await;
    let agents = there.agents().await;
    assert_eq!(system.sandbox.users().len(), agents.len() + 1, "each once, beside the human");
    assert_eq!(system.sandbox.inbox_members(1).len(), agents.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_twenty_minutes_apart_double_nothing_and_end_no_session() {
    const LIBRARIES: [&str; 2] = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    ];
    let system = System::start().await;
    if !system.database.is_postgres() {
        return;
    }
    let library = LIBRARIES.into_iter().find(|library| Path::new(library).exists());
    let library = library.unwrap_or_else(|| panic!("no libfaketime, which ./scripts/test installs"));
    system.tenant(OWNER, "ENTERPRISE", &[1, 2]);
    let skewed = |by| {
        [
            ("LD_PRELOAD", library),
            ("FAKETIME", by),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ]
    };
    let (early, late) = (system.serve_with(&skewed("-10m")).await, system.serve_with(&skewed("+10m")).await);
    let client = Client::sign_in(&early.base, OWNER, PASSWORD).await;
    let clients = [client.clone(), client.at(&late.base)];
    // Answers that are lost leave marks with a time on them.
    system
        .sandbox
        .inject(Fault::on("POST", "/api/v1/accounts/*/inbox_members").times(3).commit_then(Reply::Close));
    let made = (0..20).map(|nth: usize| {
        let client = clients[nth % 2].clone();
        tokio::spawn(async move {
            client.create(json!({ "name": format!("Agent {nth}"), "inboxIds": [1] })).await
        })
    });
    for made in made.collect::<Vec<_>>() {
        let made = made.await.unwrap();
        assert!(made.status.is_success(), "{made:?}");
    }
    for client in &clients {
        until("all are ready", async || client.agents().await.iter().all(|agent| agent["state"] == "ready"))
            .await;
        assert_eq!(client.agents().await.len(), 20);
        assert_eq!(client.get("/integrations/helpdesk").await.0, 200, "the session holds at both");
    }
    assert_eq!(system.sandbox.users().len(), 21, "each once, beside the human");
    assert_eq!(system.sandbox.inbox_members(1).len(), 20);
}
