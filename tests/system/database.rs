//! The wire to PostgreSQL cut, silent, and cut right after a commit went through.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chatwoot_sandbox::Cutter;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::support::{Client, PASSWORD, Server, System, http, until};

const OWNER: &str = "owner@acme.example";
const PROMISED: Duration = Duration::from_secs(2);
/// The test's own way to the program, on machines that have much else to do.
const ALLOWANCE: Duration = Duration::from_secs(3);

struct Wired {
    system: System,
    cutter: Cutter,
    server: Server,
    client: Client,
}

/// A server whose database is behind a cutter; `None` on SQLite, which has no wire.
async fn wired() -> Option<Wired> {
    let system = System::start().await;
    if !system.database.is_postgres() {
        return None;
    }
    let mut url = Url::parse(&system.database.url).unwrap();
    let target: SocketAddr =
        format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432)).parse().unwrap();
    let cutter = Cutter::before(target).await.unwrap();
    url.set_port(Some(cutter.address().port())).unwrap();
    system.tenant(OWNER, "FREE", &[1]);
    let server = system.serve_with(&[("DATABASE_URL", url.as_str()), ("LEASE_SECONDS", "30")]).await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    Some(Wired { system, cutter, server, client })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_every_answer_is_503_within_two_seconds() {
    for silent in [false, true] {
        let Some(Wired { system, cutter, server, client }) = wired().await else { return };
        if silent {
            cutter.freeze();
        } else {
            cutter.cut();
        }
        let calls = wishes(&system);
        let asked = (0..20).map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                let started = Instant::now();
                (client.create(json!({ "name": "Ana" })).await, started.elapsed())
            })
        });
        for answer in asked.collect::<Vec<_>>() {
            let (answer, took) = answer.await.unwrap();
            assert_eq!((answer.status.as_u16(), &answer.body["code"]), (503, &json!("database_unavailable")));
            assert_eq!(answer.retry_after.as_deref(), Some("5"));
            assert!(took < PROMISED + ALLOWANCE, "silent {silent}: {took:?}");
        }
        let (status, page) = client.get("/integrations/helpdesk").await;
        assert_eq!(status, 503);
        assert!(page.contains("The database can&#39;t be reached right now"), "{page}");
        assert_eq!(http().get(format!("{}/readyz", server.base)).send().await.unwrap().status(), 503);
        assert_eq!(http().get(format!("{}/livez", server.base)).send().await.unwrap().status(), 200);
        assert_eq!(wishes(&system), calls, "silent {silent}: a call without a stored wish");

        cutter.mend();
        until("the server is ready", async || {
            http().get(format!("{}/readyz", server.base)).send().await.unwrap().status() == 200
        })
        .await;
        let made = client.create(json!({ "name": "Ben", "inboxIds": [1] })).await;
        assert_eq!(made.status, 201, "silent {silent}: {made:?}");
    }
}

/// Calls that change something; a look that was begun before may still arrive.
fn wishes(system: &System) -> usize {
    system.sandbox.requests().iter().filter(|call| call.method != "GET").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_loses_its_database_goes_on_when_it_is_back_and_its_password_with_it() {
    let Some(Wired { system, cutter, server: _server, client }) = wired().await else { return };
    let stuck = system.sandbox.inject(
        chatwoot_sandbox::Fault::on("POST", "/api/v1/accounts/*/inbox_members")
            .hold(Duration::from_millis(300)),
    );
    let create = client.create(json!({ "name": "Ana", "inboxIds": [1] }));
    let (made, ()) = tokio::join!(create, async {
        system.sandbox.reached(stuck).await;
        cutter.cut();
        tokio::time::sleep(Duration::from_millis(400)).await;
        let calls = system.sandbox.request_count();
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(system.sandbox.request_count(), calls, "a call while nothing could be stored");
        cutter.mend();
    });
    assert!(matches!(made.status.as_u16(), 201..=202 | 503), "{made:?}");
    until("the agent is ready", async || {
        let (status, agents) = client.get("/api/dashboard/integrations/chatwoot/agents").await;
        status == 200 && agents.contains(r#""state":"ready""#)
    })
    .await;
    let agent = &client.agents().await[0];
    assert_eq!(agent["passwordSet"], json!(true), "{agent}");
    assert_eq!(system.sandbox.inbox_members(1).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_makes_one_agent_however_often_it_is_repeated() {
    let Some(Wired { system, cutter, server: _server, client }) = wired().await else { return };
    for round in 0..3 {
        let owner = format!("{round}{OWNER}");
        let inbox = round + 2;
        system.tenant(&owner, "FREE", &[inbox]);
        let client = Client::sign_in(&client.base(), &owner, PASSWORD).await;
        let key = Uuid::new_v4().to_string();
        let body = json!({ "name": "Ana", "inboxIds": [inbox] });
        cutter.cut_after(b"COMMIT");
        let mut answer = client.create_once(&key, body.clone()).await;
        assert!(!cutter.is_waiting(), "no commit went through");
        for _ in 0..10 {
            if answer.status.is_success() {
                break;
            }
            assert_eq!(answer.status, 503, "{answer:?}");
            answer = client.create_once(&key, body.clone()).await;
        }
        assert!(answer.status.is_success(), "{answer:?}");
        until("the agent is ready", async || client.agents().await[0]["state"] == "ready").await;
        assert_eq!(client.agents().await.len(), 1);
        let address = format!("{round}owner+ana@acme.example");
        assert_eq!(system.sandbox.users().iter().filter(|user| user.email == address).count(), 1);
    }
}
