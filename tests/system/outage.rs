//! Chatwoot down, and Chatwoot that accepts and never answers.

use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::support::{Client, PASSWORD, Server, System, http, until};

const OWNER: &str = "owner@acme.example";
/// Pages and calls that must not care.
const SIGNED_IN: [&str; 5] = [
    "/",
    "/integrations",
    "/integrations/helpdesk",
    "/integrations/helpdesk/agents/new",
    "/api/dashboard/integrations/chatwoot/inboxes",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_while_chatwoot_is_down_is_finished_when_it_returns() {
    let (system, server, client) = ready().await;
    system.sandbox.stop().await;
    survive(&system, &server, &client, async || system.sandbox.resume().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_while_chatwoot_never_answers_is_finished_when_it_does() {
    let (system, server, client) = ready().await;
    system.sandbox.inject(Fault::any().forever().reply(Reply::Hang));
    survive(&system, &server, &client, async || system.sandbox.clear_faults()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_platform_key_parks_the_work_until_the_key_is_right_again() {
    let (system, _server, client) = ready().await;
    let refusal = Reply::Custom {
        status: 401,
        content_type: "application/json; charset=utf-8".into(),
        body: r#"{"error":"Invalid access_token"}"#.into(),
    };
    system.sandbox.inject(Fault::on("*", "/platform/**").forever().reply(refusal));
    let made = client.create(json!({ "name": "Ana" })).await;
    assert_eq!((made.status.as_u16(), &made.body["agent"]["state"]), (202, &json!("setting_up")), "{made:?}");
    assert_eq!(client.agents().await[0]["problem"]["code"], "platform_key_rejected");
    system.sandbox.clear_faults();
    until("the agent is ready", async || client.agents().await[0]["state"] == "ready").await;
}

async fn ready() -> (System, Server, Client) {
    let system = System::start().await;
    system.tenant(OWNER, "FREE", &[1]);
    let server = system.serve_with(&[("LEASE_SECONDS", "30")]).await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    (system, server, client)
}

async fn survive(system: &System, server: &Server, client: &Client, back: impl AsyncFnOnce()) {
    let made = client.create(json!({ "name": "Ana", "inboxIds": [1] })).await;
    assert_eq!((made.status.as_u16(), &made.body["agent"]["state"]), (202, &json!("setting_up")), "{made:?}");
    let password = made.body["password"].as_str().unwrap().to_owned();
    for path in SIGNED_IN {
        assert_eq!(client.get(path).await.0, 200, "{path}");
    }
    let page = client.get("/integrations/helpdesk").await.1;
    assert!(page.contains("Setting up"), "the page says what goes on");
    assert_eq!(http().get(format!("{}/readyz", server.base)).send().await.unwrap().status(), 200);
    back().await;
    until("the agent is ready", async || client.agents().await[0]["state"] == "ready").await;
    assert!(system.sandbox.password_matches("owner+ana@acme.example", &password), "the password shown works");
    assert_eq!(system.sandbox.inbox_members(1).len(), 1);
}
