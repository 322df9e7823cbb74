//! Which inboxes a tenant sees and hands out over JSON.

use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply};
use serde_json::{Value, json};

use crate::support::{Answer, Api, CALLS, Office};

const OWNER: &str = "owner@acme.example";

#[tokio::test]
async fn a_tenant_sees_its_own_inboxes_by_name() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[3, 1, 2]).await;
    let mut stranger = office.tenant("owner@other.example", "PRO", &[]).await;
    let own = owner.get(&format!("{CALLS}/inboxes")).await.json();
    let ids: Vec<i64> =
        own["inboxes"].as_array().unwrap().iter().map(|inbox| inbox["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [1, 2, 3]);
    assert_eq!(own["asOf"], "2026-11-23T12:00:00.000Z");
    assert_eq!(stranger.get(&format!("{CALLS}/inboxes")).await.json()["inboxes"], json!([]));
}

#[tokio::test]
async fn an_inbox_is_given_and_taken() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let agent = owner.agent(&json!({ "name": "Ana" })).await;
    for _ in 0..2 {
        let answer = assign(&mut owner, &agent, &json!(1), "add").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json(), json!({ "success": true, "message": "Ana now answers this inbox." }));
        assert_eq!(office.members(1), ["owner+ana@acme.example"]);
    }
    assert_eq!(owner.agents().await[0]["inboxIds"], json!([1]));
    for _ in 0..2 {
        let answer = assign(&mut owner, &agent, &json!(1), "remove").await;
        assert_eq!(answer.json(), json!({ "success": true, "message": "Ana no longer answers this inbox." }));
        assert_eq!(office.members(1), Vec::<String>::new());
    }
    assert_eq!(owner.agents().await[0]["inboxIds"], json!([]));
}

#[tokio::test]
async fn an_assignment_that_takes_long_is_pending_and_then_holds() {
    let office = Office::with_patience(Duration::from_millis(300)).await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let created = owner.create(&json!({ "name": "Ana" })).await.json();
    let agent = created["agent"]["id"].as_str().unwrap().to_owned();
    owner
        .until(&format!("{CALLS}/agents/{agent}"), |answer| answer.json()["agent"]["state"] == "ready")
        .await;
    let slow = Fault::on("POST", "/api/v1/accounts/*/inbox_members").hold(Duration::from_millis(900));
    office.sandbox.inject(slow);
    let answer = assign(&mut owner, &agent, &json!(1), "add").await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let body = answer.json();
    assert_eq!((&body["success"], &body["state"]), (&json!(true), &json!("pending")));
    let url = body["statusUrl"].as_str().unwrap();
    let given = |answer: &Answer| answer.json()["steps"][3]["title"] == "Inbox access 1 of 1";
    owner.until(url, given).await;
    assert_eq!(office.members(1), ["owner+ana@acme.example"]);
}

#[tokio::test]
async fn an_assignment_that_chatwoot_refuses_is_an_error_without_its_words() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let agent = owner.agent(&json!({ "name": "Ana" })).await;
    let body = json!({ "message": "canary of Chatwoot" }).to_string();
    let refusal = Reply::Custom { status: 422, content_type: "application/json".into(), body };
    office.sandbox.inject(Fault::on("POST", "/api/v1/accounts/*/inbox_members").reply(refusal).forever());
    let answer = assign(&mut owner, &agent, &json!(1), "add").await;
    assert_eq!(answer.json_error(), (502, "chatwoot_refused".into()));
    assert!(!answer.text().contains("canary"));
}

#[tokio::test]
async fn only_own_inboxes_ever_reach_chatwoot() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[2]).await;
    office.tenant("owner@other.example", "PRO", &[3]).await;
    let agent = owner.agent(&json!({ "name": "Ana" })).await;
    let before = office.everything().await;
    let mut refusals = Vec::new();
    for id in (1..=200).filter(|id| *id != 2) {
        for action in ["add", "remove"] {
            refusals.push(shape(&assign(&mut owner, &agent, &json!(id), action).await));
        }
        let created = owner.create(&json!({ "name": "Ben", "inboxIds": [2, id] })).await;
        assert_eq!(created.status, 422, "{}", created.text());
        assert!(created.json()["fields"]["inboxIds"].is_array(), "{}", created.text());
    }
    assert!(refusals.iter().all(|refusal| *refusal == refusals[0] && refusal.0 == 404), "{refusals:?}");
    assert_eq!(office.everything().await, before);
    assert_eq!(assign(&mut owner, &agent, &json!(2), "add").await.status, 200);
    assert_eq!(office.members(2), ["owner+ana@acme.example"]);
    assert_eq!(office.members(3), Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_an_inbox_is_refused_by_name() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let agent = owner.agent(&json!({ "name": "Ana" })).await;
    let before = office.everything().await;
    let impossible: [Value; 11] = [
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(9_223_372_036_854_775_808_u64),
        json!(u64::MAX),
        json!(1.0),
        json!(1e300),
        json!("1"),
        json!(null),
        json!(true),
        json!([1]),
    ];
    for id in impossible {
        let assigned = assign(&mut owner, &agent, &id, "add").await;
        assert_eq!(assigned.json_error(), (422, "invalid_fields".into()), "{id}");
        assert!(assigned.json()["fields"]["inboxId"].is_array(), "{id}: {}", assigned.text());
        let created = owner.create(&json!({ "name": "Ben", "inboxIds": [1, id] })).await;
        assert_eq!(created.json_error(), (422, "invalid_fields".into()), "{id}");
        assert!(created.json()["fields"]["inboxIds"].is_array(), "{id}: {}", created.text());
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn a_foreign_an_absent_and_a_malformed_agent_are_answered_like_a_foreign_inbox() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let mut stranger = office.tenant("owner@other.example", "PRO", &[3]).await;
    let own = owner.agent(&json!({ "name": "Ana" })).await;
    let foreign = stranger.agent(&json!({ "name": "Zoe", "inboxIds": [3] })).await;
    let before = office.everything().await;
    let mut answers = Vec::new();
    for action in ["add", "remove"] {
        answers.push(shape(&assign(&mut owner, &own, &json!(3), action).await));
        for agent in [foreign.as_str(), "0193596e-7a80-7c4e-9a51-6c2f0e8b1d35", "", "1", "\u{0}", "🎉"] {
            answers.push(shape(&assign(&mut owner, agent, &json!(1), action).await));
            answers.push(shape(&assign(&mut owner, agent, &json!(3), action).await));
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 404), "{answers:#?}");
    assert_eq!(office.everything().await, before);
    assert_eq!(office.members(3), ["owner+zoe@other.example"]);
}

async fn assign(api: &mut Api, agent: &str, inbox: &Value, action: &str) -> Answer {
    let body = json!({ "agentId": agent, "inboxId": inbox, "action": action });
    api.post(&format!("{CALLS}/assign-agent"), &body).await
}

/// Status, code and sentence.
fn shape(answer: &Answer) -> (u16, String, String) {
    let (status, code) = answer.json_error();
    (status, code, answer.json()["error"].as_str().unwrap().to_owned())
}
