//! Creating, showing, changing and removing agents over JSON.

use std::time::Duration;

use axum::http::Method;
use chatwoot_sandbox::{Fault, NewUser, Reply};
use serde_json::{Value, json};

use crate::support::{Answer, CALLS, Office, queries};

const OWNER: &str = "owner@acme.example";
/// As long as a removal can be undone, and a little more.
const HOLD: Duration = Duration::from_secs(606);

#[tokio::test]
async fn a_created_agent_is_ready_and_its_generated_password_opens_chatwoot() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1, 2]).await;
    let answer = owner.create(&json!({ "name": " Ana  Ruiz ", "inboxIds": [2, 1, 2] })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let body = answer.json();
    let agent = &body["agent"];
    assert_eq!(agent["name"], "Ana Ruiz");
    assert_eq!(agent["email"], "owner+ana.ruiz@acme.example");
    assert_eq!((&agent["state"], &agent["chatwootRole"]), (&json!("ready"), &json!("agent")));
    assert_eq!(agent["inboxIds"], json!([1, 2]));
    assert_eq!(agent["createdAt"], "2026-11-23T12:00:00.000Z");
    assert_eq!(agent["passwordSet"], true);
    let user = office.sandbox.user_by_email("owner+ana.ruiz@acme.example").unwrap();
    assert_eq!(agent["chatwootUserId"], user.id);
    assert!(office.sandbox.password_matches(&user.email, body["password"].as_str().unwrap()));
    assert_eq!((office.members(1), office.members(2)), (vec![user.email.clone()], vec![user.email]));
    assert_eq!(body.get("statusUrl"), None);
}

#[tokio::test]
async fn a_chosen_password_holds_and_is_not_repeated() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    let answer = owner.create(&json!({ "name": "Ben", "password": "Chosen pass-w0rd" })).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json().get("password"), None);
    assert!(office.sandbox.password_matches("owner+ben@acme.example", "Chosen pass-w0rd"));
}

#[tokio::test]
async fn the_address_comes_from_the_tenant_and_never_from_the_request() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    for (name, user_email) in [("Ben", json!("mallory@evil.example")), ("Cy", json!(7)), ("Di", json!(null))]
    {
        let answer = owner.create(&json!({ "name": name, "userEmail": user_email })).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let address = answer.json()["agent"]["email"].as_str().unwrap().to_owned();
        assert_eq!(address, format!("owner+{}@acme.example", name.to_lowercase()));
    }
}

#[tokio::test]
async fn the_agent_beyond_the_limit_is_refused_and_changes_nothing() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[]).await;
    owner.agent(&json!({ "name": "Ana" })).await;
    let before = office.everything().await;
    let answer = owner.create(&json!({ "name": "Ben" })).await;
    assert_eq!(answer.json_error(), (403, "tier_limit_reached".into()));
    assert!(answer.json()["error"].as_str().unwrap().contains("1 agent"), "{}", answer.text());
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn the_same_key_makes_one_agent_and_shows_its_password_once() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let path = format!("{CALLS}/create-user");
    let ana = json!({ "name": "Ana", "inboxIds": [1] });
    let first =
        owner.send(Method::POST, &path, |call| call.json(&ana).header("idempotency-key", "k-1")).await;
    let again =
        owner.send(Method::POST, &path, |call| call.json(&ana).header("idempotency-key", "k-1")).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json()["agent"], again.json()["agent"]);
    assert_eq!(again.json().get("password"), None);
    let other = json!({ "name": "Ben", "inboxIds": [1] });
    let before = office.everything().await;
    let refused =
        owner.send(Method::POST, &path, |call| call.json(&other).header("idempotency-key", "k-1")).await;
    assert_eq!(refused.json_error(), (422, "idempotency_key_reused".into()));
    assert_eq!(office.everything().await, before);
    assert_eq!(owner.agents().await.len(), 1);
}

#[tokio::test]
async fn one_tenants_key_means_nothing_to_another() {
    let office = Office::open().await;
    let path = format!("{CALLS}/create-user");
    for email in [OWNER, "owner@other.example"] {
        let mut owner = office.tenant(email, "PRO", &[]).await;
        let body = json!({ "name": "Ana" });
        let answer =
            owner.send(Method::POST, &path, |call| call.json(&body).header("idempotency-key", "same")).await;
        assert_eq!(answer.status, 201);
        assert!(answer.json()["password"].is_string());
    }
    assert_eq!(office.sandbox.users().len(), 3);
}

#[tokio::test]
async fn fifty_requests_under_one_key_make_one_agent() {
    let office = Office::open().await;
    let owner = office.tenant(OWNER, "ENTERPRISE", &[]).await;
    let sends = (0..50).map(|_| {
        let mut client = owner.client.clone();
        tokio::spawn(async move {
            let path = format!("{CALLS}/create-user");
            let body = json!({ "name": "Ana" });
            client.call(Method::POST, &path).json(&body).header("idempotency-key", "one").send().await
        })
    });
    let mut ids = Vec::new();
    let mut passwords = 0;
    for send in sends.collect::<Vec<_>>() {
        let answer = send.await.unwrap();
        assert!([201, 202].contains(&answer.status), "{}", answer.text());
        ids.push(answer.json()["agent"]["id"].as_str().unwrap().to_owned());
        passwords += usize::from(answer.json().get("password").is_some());
    }
    ids.dedup();
    assert_eq!((ids.len(), passwords), (1, 1));
    assert_eq!(office.sandbox.users().len(), 2);
}

#[tokio::test]
async fn a_slow_chatwoot_is_answered_with_where_to_ask_again() {
    let office = Office::with_patience(Duration::from_millis(200)).await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    office.sandbox.inject(Fault::on("POST", "/platform/api/v1/users").hold(Duration::from_millis(900)));
    let answer = owner.create(&json!({ "name": "Ana" })).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let body = answer.json();
    assert_eq!((&body["success"], &body["state"]), (&json!(true), &json!("setting_up")));
    let url = body["statusUrl"].as_str().unwrap().to_owned();
    let ready = owner.until(&url, |answer| answer.json()["agent"]["state"] == "ready").await.json();
    assert_eq!(ready["agent"]["passwordSet"], true);
    assert!(ready["steps"].as_array().unwrap().iter().all(|step| step["progress"] == "done"), "{ready}");
    assert!(office.sandbox.password_matches("owner+ana@acme.example", body["password"].as_str().unwrap()));
}

#[tokio::test]
async fn an_address_that_somebody_has_in_chatwoot_is_a_conflict_that_leaves_them_alone() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[1]).await;
    office.sandbox.edit(|state| state.user(NewUser::new("Somebody", "owner+ana@acme.example")));
    let before = office.sandbox.users();
    let answer = owner.create(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    assert_eq!(answer.json_error(), (409, "conflict".into()));
    let listed = owner.agents().await;
    assert_eq!((listed.len(), &listed[0]["state"]), (1, &json!("conflict")));
    assert_eq!(listed[0]["problem"]["code"], "address_taken");
    assert_eq!((&listed[0]["passwordSet"], &listed[0]["chatwootUserId"]), (&json!(false), &json!(null)));
    assert_eq!(format!("{before:?}"), format!("{:?}", office.sandbox.users()));
    assert_eq!(office.members(1), Vec::<String>::new());
    let id = listed[0]["id"].as_str().unwrap();
    let retry = owner.post(&format!("{CALLS}/agents/{id}/retry"), &json!({})).await;
    assert_eq!(retry.json_error(), (409, "conflict".into()));
    assert_eq!(owner.delete(&format!("{CALLS}/agents/{id}")).await.status, 204);
    owner.agent(&json!({ "name": "Ben" })).await;
}

#[tokio::test]
async fn agents_are_listed_newest_first_page_by_page() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    for name in ["Ana", "Ben", "Cy"] {
        owner.agent(&json!({ "name": name })).await;
    }
    let mut stranger = office.tenant("owner@other.example", "PRO", &[]).await;
    stranger.agent(&json!({ "name": "Zoe" })).await;
    let mut names = Vec::new();
    let mut path = format!("{CALLS}/agents?limit=2");
    loop {
        let page = owner.get(&path).await.json();
        names.extend(page["agents"].as_array().unwrap().iter().map(|agent| agent["name"].clone()));
        let Some(cursor) = page.get("nextCursor") else { break };
        path = format!("{CALLS}/agents?limit=2&cursor={}", cursor.as_str().unwrap());
    }
    assert_eq!(names, ["Cy", "Ben", "Ana"]);
    assert_eq!(owner.get(&format!("{CALLS}/agents?limit=3")).await.json().get("nextCursor"), None);
}

#[tokio::test]
async fn a_list_costs_two_queries_with_session_and_user() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1, 2]).await;
    let id = owner.agent(&json!({ "name": "Ana", "inboxIds": [1, 2] })).await;
    for path in ["/agents".to_owned(), format!("/agents/{id}"), "/inboxes".to_owned()] {
        assert_eq!(queries(owner.client.get(&format!("{CALLS}{path}"))).await, 2, "{path}");
    }
    assert_eq!(queries(owner.client.get("/api/dashboard/tier-limits")).await, 2);
}

#[tokio::test]
async fn one_agent_is_shown_with_its_steps() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let id = owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    let shown = owner.get(&format!("{CALLS}/agents/{id}")).await.json();
    assert_eq!(shown["agent"], owner.agents().await[0]);
    let titles: Vec<&str> =
        shown["steps"].as_array().unwrap().iter().map(|step| step["title"].as_str().unwrap()).collect();
    assert_eq!(titles.len(), 6);
    assert!(titles.contains(&"Inbox access 1 of 1"), "{titles:?}");
}

#[tokio::test]
async fn a_foreign_an_absent_and_a_malformed_id_are_answered_alike() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    let mut stranger = office.tenant("owner@other.example", "PRO", &[]).await;
    let foreign = stranger.agent(&json!({ "name": "Zoe" })).await;
    let absent = "0193596e-7a80-7c4e-9a51-6c2f0e8b1d35";
    let before = office.everything().await;
    for (method, call, body) in [
        (Method::GET, "", None),
        (Method::DELETE, "", None),
        (Method::POST, "/retry", None),
        (Method::POST, "/password", Some(json!({}))),
        (Method::POST, "/password", Some(json!({ "password": "Chosen pass-w0rd" }))),
    ] {
        let mut answers = Vec::new();
        for id in [foreign.as_str(), absent, "1", "%00", "%FF", "..%2f..%2fadmin", &"a".repeat(2_000)] {
            let path = format!("{CALLS}/agents/{id}{call}");
            let answer = owner.send(method.clone(), &path, |call| match &body {
                Some(body) => call.json(body),
                None => call,
            });
            answers.push(without_request_id(&answer.await));
        }
        assert_eq!(answers[0].0, 404);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{method} {call}: {answers:#?}");
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn what_stopped_is_taken_up_again_by_retry() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let refusal = Reply::Custom { status: 422, content_type: "application/json".into(), body: "{}".into() };
    office.sandbox.inject(Fault::on("POST", "/api/v1/accounts/*/inbox_members").reply(refusal).forever());
    let answer = owner.create(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["agent"]["state"], "needs_attention");
    assert!(answer.json()["agent"]["problem"]["message"].is_string());
    office.sandbox.clear_faults();
    let id = answer.json()["agent"]["id"].as_str().unwrap().to_owned();
    let retried = owner.post(&format!("{CALLS}/agents/{id}/retry"), &json!({})).await;
    assert_eq!(retried.status, 200, "{}", retried.text());
    assert_eq!(retried.json()["agent"]["state"], "ready");
    assert_eq!(retried.json()["agent"].get("problem"), None);
    assert_eq!(office.members(1), ["owner+ana@acme.example"]);
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    let created = owner.create(&json!({ "name": "Ana" })).await.json();
    let path = format!("{CALLS}/agents/{}/password", created["agent"]["id"].as_str().unwrap());
    let generated = owner.post(&path, &json!({})).await;
    assert_eq!(generated.status, 200, "{}", generated.text());
    let address = "owner+ana@acme.example";
    assert!(office.sandbox.password_matches(address, generated.json()["password"].as_str().unwrap()));
    assert!(!office.sandbox.password_matches(address, created["password"].as_str().unwrap()));
    let chosen = owner.post(&path, &json!({ "password": "Chosen pass-w0rd" })).await;
    assert_eq!((chosen.status, chosen.json().get("password")), (200, None));
    assert!(office.sandbox.password_matches(address, "Chosen pass-w0rd"));
}

#[tokio::test]
async fn a_removed_agent_is_gone_here_and_in_chatwoot_and_frees_its_seat() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[1]).await;
    let id = owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    let path = format!("{CALLS}/agents/{id}");
    let answer = owner.delete(&path).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let agent = &answer.json()["agent"];
    let told = (agent["state"].as_str(), agent["undoUntil"].as_str());
    assert_eq!(told, (Some("removing"), Some("2026-11-23T12:10:00.000Z")));
    assert_eq!(office.members(1), Vec::<String>::new());
    assert_eq!(owner.delete(&path).await.status, 202, "a repeat changes nothing");
    office.pass(HOLD).await;
    assert_eq!(owner.agents().await, Vec::<Value>::new());
    assert_eq!(owner.get(&path).await.status, 404);
    assert_eq!(owner.delete(&path).await.status, 404);
    assert_eq!(office.sandbox.user_by_email("owner+ana@acme.example").map(|user| user.id), None);
    assert_eq!(office.members(1), Vec::<String>::new());
    owner.agent(&json!({ "name": "Ben" })).await;
}

#[tokio::test]
async fn a_create_repeated_after_the_removal_says_so_and_makes_nobody() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[]).await;
    let path = format!("{CALLS}/create-user");
    let body = json!({ "name": "Ana" });
    let first =
        owner.send(Method::POST, &path, |call| call.header("idempotency-key", "one").json(&body)).await;
    let id = first.json()["agent"]["id"].as_str().unwrap().to_owned();
    owner.delete(&format!("{CALLS}/agents/{id}")).await;
    office.pass(HOLD).await;
    let again =
        owner.send(Method::POST, &path, |call| call.header("idempotency-key", "one").json(&body)).await;
    assert_eq!((again.status, again.json()["agent"]["id"].as_str()), (201, Some(&*id)));
    assert_eq!(again.json()["agent"]["state"], "removed");
    assert_eq!(owner.agents().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_removal_that_takes_long_holds_its_seat_until_it_is_done() {
    let office = Office::with_patience(Duration::from_millis(200)).await;
    let mut owner = office.tenant(OWNER, "FREE", &[]).await;
    let created = owner.create(&json!({ "name": "Ana" })).await.json();
    let path = format!("{CALLS}/agents/{}", created["agent"]["id"].as_str().unwrap());
    owner.until(&path, |answer| answer.json()["agent"]["state"] == "ready").await;
    let slow = Fault::on("*", "/platform/api/v1/**").hold(Duration::from_millis(600)).forever();
    office.sandbox.inject(slow);
    let answer = owner.delete(&path).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.json()["agent"]["state"], "removing");
    assert_eq!(owner.create(&json!({ "name": "Ben" })).await.json_error().1, "tier_limit_reached");
    office.sandbox.clear_faults();
    office.pass(HOLD).await;
    assert_eq!(owner.get(&path).await.status, 404);
    let ben = owner.create(&json!({ "name": "Ben" })).await;
    assert!([201, 202].contains(&ben.status), "{}", ben.text());
}

#[tokio::test]
async fn without_an_installation_creating_says_so() {
    let app = crate::support::TestApp::new().await;
    app.tenant(OWNER, "PRO").await;
    let answer = app
        .signed_in(OWNER)
        .await
        .post_json(&format!("{CALLS}/create-user"), &json!({ "name": "Ana" }))
        .await;
    assert_eq!(answer.json_error(), (503, "chatwoot_unavailable".into()));
}

/// Status and body of an answer but for what names the request, which is of the same length in all.
fn without_request_id(answer: &Answer) -> (u16, usize, Value) {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("requestId").unwrap();
    (answer.status, answer.body.len(), body)
}
