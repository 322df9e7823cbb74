//! Whatever is wrong with a request has its status and sentence, and changes nothing.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Api, CALLS, Office};

const OWNER: &str = "owner@acme.example";

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let (office, mut owner, agent) = open().await;
    let before = office.everything().await;
    let large = json!({ "name": "a".repeat(65 * 1024) }).to_string();
    for path in with_body(&agent) {
        for broken in ["", "{", "nonsense", "\u{0}"] {
            let answer = send(&mut owner, &path, "application/json", broken).await;
            assert_eq!(answer.json_error(), (400, "unreadable".into()), "{path}: {broken:?}");
        }
        assert_eq!(
            send(&mut owner, &path, "application/json", &large).await.json_error(),
            (413, "too_large".into())
        );
        for kind in ["text/plain", "application/x-www-form-urlencoded"] {
            assert_eq!(send(&mut owner, &path, kind, "{}").await.status, 415, "{path}");
        }
        for other in ["[]", "[1]", "[\"Ben\"]", "1", "null", "\"text\""] {
            assert_eq!(
                send(&mut owner, &path, "application/json", other).await.status,
                422,
                "{path}: {other}"
            );
        }
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn fields_of_the_wrong_kind_are_named() {
    let (office, mut owner, agent) = open().await;
    let before = office.everything().await;
    let create = format!("{CALLS}/create-user");
    let assign = format!("{CALLS}/assign-agent");
    let password = format!("{CALLS}/agents/{agent}/password");
    for (path, body, field) in [
        (&create, json!({ "name": 7 }), "name"),
        (&create, json!({ "name": null }), "name"),
        (&create, json!({ "name": "Ben", "password": 12_345_678 }), "password"),
        (&create, json!({ "name": "Ben", "inboxIds": 1 }), "inboxIds"),
        (&create, json!({ "name": "Ben", "inboxIds": null }), "inboxIds"),
        (&create, json!({}), "name"),
        (&create, json!({ "name": "Ben", "inboxIds": [1, { "expected": "expected" }] }), "inboxIds"),
        (&assign, json!({ "inboxId": 1, "action": "add" }), "agentId"),
        (&assign, json!({ "agentId": 1, "inboxId": 1, "action": "add" }), "agentId"),
        (&assign, json!({ "agentId": agent, "action": "add" }), "inboxId"),
        (&assign, json!({ "agentId": agent, "inboxId": 1 }), "action"),
        (&assign, json!({ "agentId": agent, "inboxId": 1, "action": "ADD" }), "action"),
        (&assign, json!({ "agentId": agent, "inboxId": 1, "action": ["add"] }), "action"),
        (&password, json!({ "password": ["Chosen pass-w0rd"] }), "password"),
    ] {
        let answer = owner.post(path, &body).await;
        assert_eq!(answer.json_error(), (422, "invalid_fields".into()), "{body}");
        assert_eq!(fields(&answer), [field], "{body}: {}", answer.text());
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn fields_nobody_asked_for_are_refused_by_name() {
    let (office, mut owner, agent) = open().await;
    let before = office.everything().await;
    let extras = [
        "tenant_id",
        "userId",
        "tier",
        "role",
        "slot_no",
        "seat",
        "state",
        "email",
        "chatwootUserId",
        "chatwoot_user_id",
    ];
    for extra in extras {
        for path in with_body(&agent) {
            let mut body = if path.ends_with("create-user") {
                json!({ "name": "Ben" })
            } else if path.ends_with("assign-agent") {
                json!({ "agentId": agent, "inboxId": 1, "action": "add" })
            } else {
                json!({})
            };
            body[extra] = json!("ENTERPRISE");
            let answer = owner.post(&path, &body).await;
            assert_eq!(answer.json_error(), (422, "invalid_fields".into()), "{path} {extra}");
            assert_eq!(fields(&answer), [extra], "{path}: {}", answer.text());
        }
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn names_that_nobody_could_read_are_refused() {
    let (office, mut owner, _) = open().await;
    let before = office.everything().await;
    let long = "a".repeat(10_000);
    let names = [
        "",
        "   ",
        "🎉🎉",
        &long,
        "Ana\u{0}Ruiz",
        "Ana\nRuiz",
        "Ana\u{202E}ziuR",
        "\u{200F}Ana",
        "Ana\u{200B}",
    ];
    for name in names {
        let answer = owner.create(&json!({ "name": name, "inboxIds": [1] })).await;
        assert_eq!(answer.json_error(), (422, "invalid_fields".into()), "{name:?}");
        assert_eq!(fields(&answer), ["name"], "{name:?}");
        assert!(answer.body.len() < 500, "the name is not sent back");
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn passwords_that_chatwoot_would_refuse_are_refused_rule_by_rule() {
    let (office, mut owner, agent) = open().await;
    let before = office.everything().await;
    let passwords = [
        ("", "8 characters"),
        ("Pw0rd!x", "8 characters"),
        ("passw0rd!", "capital letter"),
        ("PASSW0RD!", "small letter"),
        ("Password!", "digit"),
        ("Passw0rdd", "special character"),
        ("Pässw0rd!", "accents"),
        ("Passw0rd!🎉", "accents"),
        (&format!("Aa1!{}", "x".repeat(69)), "72 characters"),
    ];
    for (password, rule) in passwords {
        let created = owner.create(&json!({ "name": "Ben", "password": password })).await;
        let changed =
            owner.post(&format!("{CALLS}/agents/{agent}/password"), &json!({ "password": password })).await;
        for answer in [created, changed] {
            assert_eq!(answer.json_error(), (422, "invalid_fields".into()), "{password:?}");
            let sentences = answer.json()["fields"]["password"].to_string();
            assert!(sentences.contains(rule), "{password:?}: {sentences}");
            assert!(password.is_empty() || !answer.text().contains(password), "{}", answer.text());
        }
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn every_fault_of_a_create_is_named_at_once() {
    let (office, mut owner, _) = open().await;
    let before = office.everything().await;
    let body = json!({ "name": " ", "password": "short", "inboxIds": [99] });
    let path = format!("{CALLS}/create-user");
    let answer =
        owner.send(Method::POST, &path, |call| call.json(&body).header("idempotency-key", "a b")).await;
    assert_eq!(answer.status, 422);
    assert_eq!(fields(&answer), ["idempotencyKey", "inboxIds", "name", "password"]);
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn unusable_keys_are_refused_by_name() {
    let (office, mut owner, _) = open().await;
    let before = office.everything().await;
    let path = format!("{CALLS}/create-user");
    for key in ["", " ", "a b", "schlüssel", &"k".repeat(129)] {
        let body = json!({ "name": "Ben" });
        let answer =
            owner.send(Method::POST, &path, |call| call.json(&body).header("idempotency-key", key)).await;
        assert_eq!(answer.status, 422, "{key:?}: {}", answer.text());
        assert_eq!(fields(&answer), ["idempotencyKey"], "{key:?}");
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn unusable_limits_and_cursors_are_refused_by_name() {
    let (_office, mut owner, agent) = open().await;
    for limit in ["", "0", "1001", "-1", "1.5", "many", "18446744073709551616", "%00"] {
        let answer = owner.get(&format!("{CALLS}/agents?limit={limit}")).await;
        assert_eq!(answer.json_error(), (422, "invalid_fields".into()), "{limit}");
        assert_eq!(fields(&answer), ["limit"], "{limit}");
    }
    for cursor in ["1", "nonsense", "%FF", "0193596e-7a80"] {
        let answer = owner.get(&format!("{CALLS}/agents?cursor={cursor}")).await;
        assert_eq!(fields(&answer), ["cursor"], "{cursor}");
    }
    assert_eq!(fields(&owner.get(&format!("{CALLS}/agents?limit=x&cursor=y")).await), ["cursor", "limit"]);
    for usable in ["limit=1", "limit=1000", &format!("cursor={agent}"), "other=1", ""] {
        assert_eq!(owner.get(&format!("{CALLS}/agents?{usable}")).await.status, 200, "{usable}");
    }
}

#[tokio::test]
async fn a_nul_in_an_address_is_no_fault_of_ours() {
    let (_office, mut owner, _) = open().await;
    assert_eq!(owner.get("/api/dashboard/tier-limits?tier=%00").await.status, 404);
    assert_eq!(owner.get(&format!("{CALLS}/agents?cursor=%00")).await.status, 422);
    assert_eq!(owner.client.get("/integrations/helpdesk?q=%00").await.status, 200);
}

#[tokio::test]
async fn another_site_cannot_write_with_the_tenants_cookie() {
    let (office, mut owner, agent) = open().await;
    let before = office.everything().await;
    for path in with_body(&agent) {
        let call = owner.client.call(Method::POST, &path).json(&json!({ "name": "Ben" }));
        let answer =
            call.header("sec-fetch-site", "cross-site").header("origin", "https://evil.example").send().await;
        assert_eq!(answer.status, 403, "{path}");
    }
    assert_eq!(office.everything().await, before);
}

/// A tenant that owns inbox 1 and has one agent.
async fn open() -> (Office, Api, String) {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[1]).await;
    let agent = owner.agent(&json!({ "name": "Ana" })).await;
    (office, owner, agent)
}

fn with_body(agent: &str) -> [String; 3] {
    [
        format!("{CALLS}/create-user"),
        format!("{CALLS}/assign-agent"),
        format!("{CALLS}/agents/{agent}/password"),
    ]
}

async fn send(api: &mut Api, path: &str, kind: &str, body: &str) -> Answer {
    api.send(Method::POST, path, |call| call.body(kind, body)).await
}

/// The fields that the answer names, sorted.
fn fields(answer: &Answer) -> Vec<String> {
    let body: Value = answer.json();
    let fields = body["fields"].as_object().unwrap_or_else(|| panic!("no fields in {body}"));
    let mut names: Vec<String> = fields.keys().cloned().collect();
    names.sort();
    names
}
