//! A Chatwoot that is away, fails, asks to wait or refuses our keys: left alone meanwhile, and everything done after.

use std::time::{Duration, Instant};

use chatwoot_sandbox::{Fault, Reply, RetryAfter};
use serde_json::json;

use crate::support::{Client, PASSWORD, Server, System, until};

const OWNER: &str = "owner@acme.example";
const WAITING: usize = 100;

/// One process, and a second one where the database allows it.
async fn replicas(system: &System) -> Vec<Server> {
    let mut servers = vec![system.serve().await];
    if system.database.is_postgres() {
        servers.push(system.serve().await);
    }
    servers
}

/// Signed in at each of them.
async fn everywhere(servers: &[Server], email: &str) -> Vec<Client> {
    let first = Client::sign_in(&servers[0].base, email, PASSWORD).await;
    servers.iter().map(|server| first.at(&server.base)).collect()
}

fn refusal(body: &str) -> Reply {
    let content_type = "application/json; charset=utf-8".into();
    Reply::Custom { status: 401, content_type, body: body.into() }
}

async fn all_ready(client: &Client, count: usize) -> bool {
    let agents = client.agents().await;
    agents.len() == count && agents.iter().all(|agent| agent["state"] == "ready")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_operations_wait_for_a_chatwoot_that_is_away_and_are_done_soon_after_its_return() {
    let page = Reply::Custom { status: 200, content_type: "text/html".into(), body: "<p>Soon".into() };
    for away in [Reply::Gateway(503), page] {
        let system = System::start_alone().await;
        system.tenant(OWNER, "ENTERPRISE", &[1]);
        let servers = replicas(&system).await;
        let clients = everywhere(&servers, OWNER).await;
        system.sandbox.inject(Fault::any().forever().reply(away.clone()));
        // Fast while it is known to be away: nobody waits for it.
        for nth in 0..WAITING {
            let made = clients[nth % clients.len()].create(json!({ "name": format!("Agent {nth}") })).await;
            assert_eq!(made.status, 202, "{made:?}");
        }
        let meanwhile = Duration::from_secs(10);
        let before = system.sandbox.request_count();
        tokio::time::sleep(meanwhile).await;
        let calls = system.sandbox.request_count() - before;
        let most = meanwhile.as_secs() / 2 * servers.len() as u64 + 2 * servers.len() as u64;
        assert!(calls <= most, "{away:?}: {calls} calls to a Chatwoot that is away, {most} at most");

        let number = system.sandbox.request_count();
        let back = Instant::now();
        system.sandbox.clear_faults();
        until("the first call", async || system.sandbox.request_count() > number).await;
        assert!(back.elapsed() < Duration::from_secs(5), "{:?} until the first call", back.elapsed());
        until("all are ready", async || all_ready(&clients[0], WAITING).await).await;
        assert!(back.elapsed() < Duration::from_mins(1), "{:?} until all were done", back.elapsed());
        assert_eq!(system.sandbox.users().len(), WAITING + 1, "each once, beside the human");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chatwoot_that_is_there_but_fails_every_call_is_asked_less_and_less() {
    let system = System::start().await;
    system.tenant(OWNER, "ENTERPRISE", &[1]);
    let server = system.serve().await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    system.sandbox.inject(Fault::on("*", "/platform/api/v1/users").forever().reply(Reply::RailsError));
    let made = (0..20).map(|nth| {
        let client = client.clone();
        tokio::spawn(async move { client.create(json!({ "name": format!("Agent {nth}") })).await })
    });
    for made in made.collect::<Vec<_>>() {
        assert_eq!(made.await.unwrap().status, 202);
    }
    let before = system.sandbox.requests_to("POST", "/platform/api/v1/users").len();
    tokio::time::sleep(Duration::from_secs(8)).await;
    let calls = system.sandbox.requests_to("POST", "/platform/api/v1/users").len() - before;
    assert!(calls <= 40, "{calls} calls in eight seconds");
    system.sandbox.clear_faults();
    until("all are ready", async || all_ready(&client, 20).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_calls_a_chatwoot_that_asked_to_wait() {
    let system = System::start().await;
    system.tenant(OWNER, "ENTERPRISE", &[1, 2]);
    let servers = replicas(&system).await;
    let clients = everywhere(&servers, OWNER).await;
    let made = clients[0].create(json!({ "name": "Ready" })).await;
    assert_eq!(made.status, 201, "{made:?}");
    let window = Duration::from_secs(6);
    let fault = system
        .sandbox
        .inject(Fault::any().reply(Reply::TooManyRequests(RetryAfter::Seconds(window.as_secs()))));
    let waits = clients[0].create(json!({ "name": "Waits", "password": "Canary-9-Passw0rd" }));
    let (waits, began) = tokio::join!(waits, async {
        system.sandbox.reached(fault).await;
        let began = Instant::now();
        // Whatever was under way when the answer came.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let before = system.sandbox.request_count();
        for client in &clients {
            assert_eq!(client.create(json!({ "name": format!("At {}", client.base()) })).await.status, 202);
            client.post_form("/integrations/helpdesk/health", &[]).await;
            let page = client.get("/integrations/helpdesk").await.1;
            assert!(page.contains("Chatwoot asked us to slow down") && page.contains(" UTC"), "{page}");
        }
        let agent = made.body["agent"]["id"].as_str().unwrap();
        clients[0].assign_and_perish(agent, 1, "add").await;
        tokio::time::sleep(window.saturating_sub(began.elapsed() + Duration::from_secs(1))).await;
        assert_eq!(system.sandbox.request_count(), before, "a call inside the window");
        began
    });
    assert_eq!(waits.status, 202, "{waits:?}");
    until("all are ready", async || all_ready(&clients[0], 2 + clients.len()).await).await;
    assert!(began.elapsed() < window + Duration::from_secs(20), "{:?}", began.elapsed());
    until("the inbox is given", async || system.sandbox.inbox_members(1).len() == 1).await;
    for agent in clients[0].agents().await {
        assert_eq!(agent["problem"], json!(null), "{agent}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_our_keys_are_refused_work_waits_and_chatwoot_is_left_alone_but_for_a_look() {
    for (key, path, body, words) in [
        (
            "platform",
            "/platform/**",
            r#"{"error":"Invalid access_token"}"#,
            "rejects this server&#39;s platform key",
        ),
        (
            "account",
            "/api/v1/**",
            r#"{"error":"Invalid Access Token"}"#,
            "rejects this server&#39;s account key",
        ),
    ] {
        let system = System::start().await;
        system.tenant(OWNER, "ENTERPRISE", &[1]);
        let server = system.serve_with(&[("CHECK_SECONDS", "3")]).await;
        let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
        system.sandbox.inject(Fault::on("*", path).forever().reply(refusal(body)));
        let made = client.create(json!({ "name": "First", "inboxIds": [1] })).await;
        assert_eq!(made.status, 202, "{key}: {made:?}");
        until("the refusal is known", async || client.get("/integrations/helpdesk").await.1.contains(words))
            .await;
        let before = system.sandbox.request_count();
        let began = Instant::now();
        for nth in 0..20 {
            let made = client.create(json!({ "name": format!("Agent {nth}"), "inboxIds": [1] })).await;
            assert_eq!(made.status, 202, "{key}: {made:?}");
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
        let looks = began.elapsed().as_secs() / 2 + 1;
        let calls = system.sandbox.request_count() - before;
        assert!(calls <= 4 * looks, "{key}: {calls} calls, {looks} looks at most");
        for agent in client.agents().await {
            assert_eq!(agent["state"], "setting_up", "{key}: {agent}");
        }
        system.sandbox.clear_faults();
        until("all are ready", async || all_ready(&client, 21).await).await;
        let page = client.get("/integrations/helpdesk").await.1;
        assert!(page.contains("Chatwoot connected"), "{page}");
    }
}
