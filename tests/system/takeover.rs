//! Work whose process died, with leases as long as they are in production.

use chatwoot_sandbox::{Fault, Reply};
use localboxs::db::Db;
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::support::{Client, PASSWORD, System, until};

const OWNERS: [&str; 5] =
    ["a@acme.example", "b@acme.example", "c@acme.example", "d@acme.example", "e@acme.example"];
const OF_EACH: usize = 10;
/// Empty counts as not given.
const AS_IN_PRODUCTION: [(&str, &str); 2] = [("LEASE_SECONDS", ""), ("CHECK_SECONDS", "")];
const OPERATIONS: i64 = 50;
const MOST_MS: i64 = 35_000;
/// By the clock of the database, which leases are measured with too.
const NOW: &str = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_operations_of_a_killed_process_are_all_resumed_by_the_other_within_35_seconds() {
    let Some(system) = System::start_alone_on_postgres().await else { return };
    for owner in OWNERS {
        system.tenant(owner, "ENTERPRISE", &[]);
    }
    let dying = system.serve_with(&AS_IN_PRODUCTION).await;
    let living = system.serve_with(&AS_IN_PRODUCTION).await;
    let mut clients = Vec::new();
    for owner in OWNERS {
        clients.push(Client::sign_in(&dying.base, owner, PASSWORD).await);
    }
    let fault =
        system.sandbox.inject(Fault::on("POST", "/platform/api/v1/users").forever().commit_then(Reply::Hang));
    for (client, nth) in clients.iter().flat_map(|client| (0..OF_EACH).map(move |nth| (client.clone(), nth)))
    {
        tokio::spawn(async move {
            let (key, body) = (format!("key-{nth}"), json!({ "name": format!("Agent {nth}") }));
            // With so many at once some may be told to come again in a moment.
            while client.create_once_or_perish(&key, &body).await == Some(StatusCode::SERVICE_UNAVAILABLE) {}
        });
    }
    let db = system.database.open().await;
    let in_hand = "SELECT count(*) AS n FROM operations WHERE status = 'due' AND lease_until_ms IS NOT NULL";
    until("all are in hand", async || number(&db, in_hand).await == OPERATIONS).await;
    system.sandbox.reached(fault).await;
    dying.kill();
    system.sandbox.clear_faults();

    let killed = number(&db, &format!("SELECT {NOW} AS n")).await;
    // Whoever takes an operation over raises its fence.
    let fence = number(&db, "SELECT max(fence) AS n FROM operations").await;
    let longest = number(&db, "SELECT max(lease_until_ms) AS n FROM operations").await - killed;
    assert!(longest > 15_000, "the leases are as long as in production: {longest} ms are left");
    let resumed = format!("SELECT count(*) AS n FROM operations WHERE fence > {fence}");
    until("all are resumed", async || number(&db, &resumed).await == OPERATIONS).await;
    let took = number(&db, &format!("SELECT {NOW} AS n")).await - killed;
    assert!(took < MOST_MS, "all were resumed only after {took} ms");
    eprintln!("{OPERATIONS} operations: leases had {longest} ms left, all were resumed after {took} ms");

    for client in clients {
        let client = client.at(&living.base);
        until("all are ready", async || {
            let agents = client.agents().await;
            agents.len() == OF_EACH && agents.iter().all(|agent| agent["state"] == "ready")
        })
        .await;
    }
    assert_eq!(system.sandbox.users().len(), 51, "each once, beside the human");
    db.close().await;
}

async fn number(db: &Db, sql: &str) -> i64 {
    let conn = db.read();
    let statement = Statement::from_string(conn.get_database_backend(), sql);
    conn.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}
