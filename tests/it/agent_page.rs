//! One agent's page: following it, trying again, a new password.

use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::support::Office;

const OWNER: &str = "owner@acme.example";

fn page_of(agent: &str) -> String {
    format!("/integrations/helpdesk/agents/{agent}")
}

/// What Chatwoot says when its account has no seat left.
fn full() -> Fault {
    let body = r#"{"error":"Account limit exceeded. Please purchase more licenses"}"#.to_owned();
    let reply = Reply::Custom { status: 402, content_type: "application/json".into(), body };
    Fault::on("POST", "/platform/api/v1/accounts/*/account_users").forever().reply(reply)
}

#[tokio::test]
async fn another_tenants_agent_is_as_absent_as_one_that_never_was() {
    let office = Office::open().await;
    let foreign = office.tenant(OWNER, "PRO", &[1]).await.agent(&json!({ "name": "Ana" })).await;
    let mut other = office.tenant("other@rival.example", "PRO", &[2]).await.client;
    let absent = "00000000-0000-4000-8000-000000000000";
    for part in ["", "/password", "/remove"] {
        let mut bodies = Vec::new();
        for id in [&*foreign, absent, "no-id-at-all"] {
            let answer = other.get(&format!("{}{part}", page_of(id))).await;
            assert_eq!(answer.status, 404, "{part}");
            let request = answer.header("x-request-id").to_owned();
            bodies.push(answer.text().replace(id, "ID").replace(&request, "REQUEST"));
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{part}: {bodies:#?}");
    }
    let before = office.everything().await;
    let forms: [(&str, &[(&str, &str)]); 5] = [
        ("/retry", &[]),
        ("/remove", &[]),
        ("/password", &[("mode", "generate")]),
        ("/inboxes", &[("inboxes", "1"), ("offered", "1")]),
        ("/inboxes/1", &[("inboxes", "1"), ("offered", "1")]),
    ];
    for (part, form) in forms {
        for id in [&*foreign, absent, "x"] {
            assert_eq!(other.post(&format!("{}{part}", page_of(id)), form).await.status, 404, "{part}");
        }
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn a_setup_under_way_is_followed_until_it_is_done() {
    let office = Office::with_patience(Duration::from_millis(50)).await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let held =
        office.sandbox.inject(Fault::on("POST", "/platform/api/v1/users").hold(Duration::from_secs(3)));
    let answer = owner.create(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let agent = answer.json()["agent"]["id"].as_str().unwrap().to_owned();
    office.sandbox.reached(held).await;
    let mut owner = owner.client;
    let page = owner.get(&page_of(&agent)).await;
    assert_eq!(page.words(".badge"), "Setting up");
    assert_eq!(page.texts(".steps .working span"), ["Sign-in created in Chatwoot", "Working"]);
    assert_eq!(page.attribute("#agent-body", "hx-trigger"), "every 1s");
    let status = page.attribute("#agent-body", "hx-get");
    assert_eq!(owner.get(&status).await.header("location"), page_of(&agent));
    let unchanged = owner.get_htmx(&status).await;
    assert_eq!((unchanged.status, unchanged.text()), (204, ""));
    office.app.advance(Duration::from_secs(15));
    let slower = owner.get_htmx(&status).await;
    assert_eq!((slower.status, slower.attribute("#agent-body", "hx-trigger")), (200, "every 2s".into()));
    assert!(!slower.text().contains("id=\"live\""), "only the end is announced");
    office.app.advance(Duration::from_mins(2));
    let stopped = owner.get_htmx(&status).await;
    assert_eq!(stopped.attribute("#agent-body", "hx-trigger"), "");
    assert!(stopped.text().contains("Still working. We'll keep trying; you can leave this page."));
    office.sandbox.clear_faults();
    let mut api = office.api(owner.clone());
    let calls = "/api/dashboard/integrations/chatwoot/agents";
    api.until(&format!("{calls}/{agent}"), |answer| answer.json()["agent"]["state"] == "ready").await;
    let done = owner.get_htmx(&status).await;
    assert_eq!((done.status, done.words("#live")), (200, "Ana is ready.".to_owned()));
    assert_eq!(done.attribute("#agent-body", "hx-trigger"), "");
    let body = done.text().split("<div id=\"live\"").next().unwrap();
    assert!(owner.get(&page_of(&agent)).await.text().contains(body), "page and fragment are one");
}

#[tokio::test]
async fn following_an_agent_that_is_gone_leads_back_to_the_list() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let status = format!("{}/status?v=1&since=2&every=1", page_of("00000000-0000-4000-8000-000000000000"));
    let answer = owner.get_htmx(&status).await;
    assert_eq!((answer.status, answer.header("hx-redirect")), (404, "/integrations/helpdesk"));
}

#[tokio::test]
async fn trying_again_goes_on_where_it_stopped() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    office.sandbox.inject(full());
    let stuck = owner.create(&json!({ "name": "Ana", "inboxIds": [1] })).await.json();
    let agent = page_of(stuck["agent"]["id"].as_str().unwrap());
    let mut owner = owner.client;
    let page = owner.get(&agent).await;
    assert_eq!(page.texts(".steps .failed").len(), 1);
    assert!(page.words(".technical").contains("402"), "{}", page.text());
    let still = owner.post_htmx(&format!("{agent}/retry"), &[]).await;
    assert_eq!(still.words("#live"), "Ana needs attention.");
    assert!(still.has("#setup-title[data-autofocus]"));
    office.sandbox.clear_faults();
    let plain = owner.post(&format!("{agent}/retry"), &[]).await;
    assert_eq!((plain.status, plain.header("location")), (303, &*agent));
    let page = owner.get(&agent).await;
    assert_eq!(page.words("h1 + .badge"), "Password needed", "the password of the first try is gone");
    assert!(page.words("#agent-body .note").contains("No working password is set"));
    assert_eq!(office.members(1), ["owner+ana@acme.example"]);
}

#[tokio::test]
async fn a_new_password_is_shown_once_or_chosen() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    let agent = page_of(&owner.agent(&json!({ "name": "Ana", "password": "First pass-w0rd" })).await);
    let mut owner = owner.client;
    let path = format!("{agent}/password");
    assert!(owner.get(&path).await.text().contains("The current password of Ana stops working"));
    let shown = owner.post(&path, &[("mode", "generate")]).await;
    assert!(shown.header("cache-control").contains("no-store"));
    assert_eq!(shown.header("hx-push-url"), agent);
    let password = shown.value_of("#secret");
    assert!(office.sandbox.password_matches("owner+ana@acme.example", &password));
    assert!(!owner.get(&agent).await.text().contains(&password));
    let weak = owner.post(&path, &[("mode", "choose"), ("password", "canary-word")]).await;
    assert_eq!(weak.status, 422);
    assert!(weak.words("#error-summary").contains("capital letter") && !weak.text().contains("canary-word"));
    let chosen = owner.post(&path, &[("mode", "choose"), ("password", "Second pass-w0rd")]).await;
    assert_eq!((chosen.status, chosen.header("location")), (303, &*agent));
    assert!(owner.get(&agent).await.words(".flash").contains("The new password is set."));
    assert!(office.sandbox.password_matches("owner+ana@acme.example", "Second pass-w0rd"));
}

#[tokio::test]
async fn a_password_that_waits_for_chatwoot_says_so() {
    let office = Office::with_patience(Duration::from_millis(50)).await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    office.sandbox.inject(Fault::any().forever().reply(Reply::Hang));
    let form = [("name", "Ana"), ("mode", "generate")];
    let page = owner.post("/integrations/helpdesk/agents/new", &form).await;
    assert_eq!((page.status, page.words(".badge")), (200, "Setting up".to_owned()));
    assert!(page.has("#secret") && page.words(".secret").contains("Chatwoot doesn't have it yet"));
    office.sandbox.clear_faults();
}
