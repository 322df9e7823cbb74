//! Tier limits over JSON, for administrators.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Office};

const PATH: &str = "/api/admin/tier-limits";
const ADMIN: &str = "admin@localboxs.example";

async fn administrator(office: &Office) -> Api {
    office.app.administrator(ADMIN).await;
    office.api(office.app.signed_in(ADMIN).await)
}

fn of(tier: &str, answer: &Answer) -> Value {
    let answer = answer.json();
    answer["tiers"].as_array().unwrap().iter().find(|found| found["tier"] == tier).unwrap().clone()
}

#[tokio::test]
async fn every_tier_is_listed_with_its_limits_defaults_and_tenants() {
    let office = Office::open().await;
    office.app.tenant("owner@acme.example", "PRO").await;
    let mut admin = administrator(&office).await;
    let answer = admin.get(PATH).await;
    let order: Vec<_> =
        answer.json()["tiers"].as_array().unwrap().iter().map(|t| t["tier"].clone()).collect();
    assert_eq!(order, ["FREE", "PRO", "PRO_PLUS", "ENTERPRISE"]);
    let pro = of("PRO", &answer);
    assert_eq!(
        (&pro["label"], &pro["rank"], &pro["version"], &pro["tenants"]),
        (&json!("Pro"), &json!(2), &json!(1), &json!(1))
    );
    assert_eq!(pro["limits"], pro["defaults"]);
    assert_eq!(of("FREE", &answer)["tenants"], 0, "an administrator is no tenant");
    office
        .app
        .execute(
            "INSERT INTO tier_limits SELECT 'TEAM', 'Team', 9, max_demos, max_workflows, \
        max_knowledge_bases, max_documents, max_integrations, max_helpdesk_agents, api_calls_per_month, \
        document_size_limit, chunk_size, max_chunks_per_document, 1 FROM tier_limits WHERE tier = 'PRO'",
        )
        .await;
    assert_eq!(of("TEAM", &admin.get(PATH).await).get("defaults"), None);
}

#[tokio::test]
async fn a_change_holds_for_the_next_request_and_is_in_history_and_audit_log() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@acme.example", "PRO", &[]).await;
    for name in ["Ana", "Ben"] {
        owner.agent(&json!({ "name": name })).await;
    }
    let mut admin = administrator(&office).await;
    let body = json!({ "tier": "PRO", "version": 1, "reason": " smaller plans\n",
        "limits": { "maxHelpdeskAgents": 1, "maxDemos": -1, "documentSizeLimit": 5_000_000 } });
    let answer = admin.put(PATH, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tier = answer.json()["tier"].clone();
    assert_eq!((&tier["version"], &tier["limits"]["maxDemos"]), (&json!(2), &json!(-1)));
    assert_eq!(tier["limits"]["documentSizeLimit"], 5_000_000);
    assert_eq!(owner.create(&json!({ "name": "Cy" })).await.json_error(), (403, "tier_limit_reached".into()));
    assert_eq!(owner.agents().await.len(), 2, "nobody loses an agent");
    let versions = "SELECT version || ' ' || kind || ' ' || max_helpdesk_agents || ' ' || coalesce(reason, '-') \
        FROM tier_limit_versions WHERE tier = 'PRO' ORDER BY version";
    assert_eq!(office.app.column(versions).await, ["1 added 3 -", "2 edited 1 smaller plans"]);
    let audit = "SELECT CAST(before AS TEXT) || CAST(after AS TEXT) || reason FROM audit_events \
        WHERE action = 'tier.limits_changed' AND object_id = 'PRO' AND tenant_id IS NULL AND actor_id IS NOT NULL";
    let recorded = office.app.column(audit).await.remove(0).replace(' ', "");
    for part in ["\"maxHelpdeskAgents\":3", "\"maxHelpdeskAgents\":1", "\"tenantsOver\":1", "smallerplans"] {
        assert!(recorded.contains(part), "{part} in {recorded}");
    }
    assert!(!recorded.contains("chunkSize"), "only what changed: {recorded}");

    let again = admin.put(PATH, &json!({ "tier": "PRO", "limits": { "maxHelpdeskAgents": 1 } })).await;
    assert_eq!((again.status, &again.json()["tier"]["version"]), (200, &json!(2)), "nothing to change");
    assert_eq!(office.app.column(versions).await.len(), 2);
    let reset = admin.post(PATH, &json!({ "tier": "PRO" })).await;
    assert_eq!((reset.status, &reset.json()["tier"]["limits"]["maxHelpdeskAgents"]), (200, &json!(3)));
    assert_eq!(office.app.column(versions).await[2], "3 reset 3 -");
    owner.agent(&json!({ "name": "Cy" })).await;
}

#[tokio::test]
async fn a_stale_version_changes_nothing_and_says_what_is_there_now() {
    let office = Office::open().await;
    let mut admin = administrator(&office).await;
    let change = |version: i64, agents: i64| json!({ "tier": "PRO", "version": version, "limits": { "maxHelpdeskAgents": agents } });
    assert_eq!(admin.put(PATH, &change(1, 7)).await.status, 200);
    let stale = admin.put(PATH, &change(1, 9)).await;
    assert_eq!(stale.json_error(), (409, "conflict".into()));
    assert_eq!(stale.json()["fields"]["version"], json!(["It is 2 now"]));
    assert_eq!(stale.json()["fields"]["limits.maxHelpdeskAgents"], json!(["It is 7 now"]));
    let any = admin.post(PATH, &json!({ "tier": "FREE", "version": null, "reason": null })).await;
    assert_eq!(any.status, 200, "null says nothing: {}", any.text());
    let reset = admin.post(PATH, &json!({ "tier": "PRO", "version": 1 })).await;
    assert_eq!(reset.json_error(), (409, "conflict".into()));
    assert_eq!(of("PRO", &admin.get(PATH).await)["limits"]["maxHelpdeskAgents"], 7);
}

#[tokio::test]
async fn every_refused_value_names_its_field() {
    let office = Office::open().await;
    let mut admin = administrator(&office).await;
    let before = office.app.column("SELECT action FROM audit_events ORDER BY id").await;
    for (limits, field, sentence) in [
        (json!({ "maxDemos": -2 }), "limits.maxDemos", "Give 0 or more, or -1 for no limit"),
        (json!({ "maxDemos": 2.5 }), "limits.maxDemos", "Enter a whole number, without a fraction"),
        (json!({ "maxDemos": "5" }), "limits.maxDemos", "Enter a whole number, such as 10"),
        (json!({ "maxDemos": null }), "limits.maxDemos", "Enter a whole number, such as 10"),
        (json!({ "maxDemos": 2_147_483_648_i64 }), "limits.maxDemos", "Enter at most 2,147,483,647"),
        (json!({ "maxDemos": u64::MAX }), "limits.maxDemos", "Enter at most 2,147,483,647"),
        (json!({ "chunkSize": 99 }), "limits.chunkSize", "Enter a whole number from 100 to 32,000"),
        (json!({ "chunkSize": 32_001 }), "limits.chunkSize", "Enter a whole number from 100 to 32,000"),
        (
            json!({ "chunkSize": -1 }),
            "limits.chunkSize",
            "This always has a limit; enter a whole number from 100 to 32,000",
        ),
        (
            json!({ "documentSizeLimit": 2_147_483_648_i64 }),
            "limits.documentSizeLimit",
            "Enter at most 2,147,483,647 bytes",
        ),
        (
            json!({ "documentSizeLimit": u64::MAX }),
            "limits.documentSizeLimit",
            "Enter at most 2,147,483,647 bytes",
        ),
        (json!({ "maxFun": 1 }), "limits", "maxFun isn't a limit. Leave it out"),
    ] {
        let body = json!({ "tier": "PRO", "limits": limits });
        let refused = admin.put(PATH, &body).await;
        assert_eq!(refused.json_error(), (422, "invalid_fields".into()), "{body}");
        assert_eq!(refused.json()["fields"], json!({ field: [sentence] }), "{body}");
    }
    let two = admin.put(PATH, &json!({ "tier": "PRO", "limits": { "maxDemos": -2, "chunkSize": 1 } })).await;
    assert_eq!(two.json()["fields"].as_object().unwrap().len(), 2, "{}", two.text());
    for tier in ["GOLD", "pro", "", "\u{0}"] {
        let body = json!({ "tier": tier, "limits": { "maxDemos": 1 } });
        let refused = admin.put(PATH, &body).await;
        assert_eq!(refused.json()["fields"], json!({ "tier": ["There is no such tier"] }), "{tier}");
        assert_eq!(admin.post(PATH, &json!({ "tier": tier })).await.status, 422, "{tier}");
    }
    for (body, field, sentence) in [
        (json!({ "tier": "PRO", "limits": {}, "version": "1" }), "version", "This must be a whole number."),
        (json!({ "tier": "PRO", "limits": {}, "version": 1.5 }), "version", "This must be a whole number."),
        (json!({ "tier": "PRO", "limits": [] }), "limits", "This must be an object."),
        (json!({ "tier": "PRO", "limits": 5 }), "limits", "This must be an object."),
    ] {
        assert_eq!(admin.put(PATH, &body).await.json()["fields"], json!({ field: [sentence] }), "{body}");
    }
    for body in [
        json!({ "tier": "PRO" }),
        json!({ "tier": "PRO", "limits": [] }),
        json!({ "tier": "PRO",
        "limits": {}, "label": "Gold" }),
        json!({ "tier": "PRO", "limits": {}, "reason": "x".repeat(501) }),
    ] {
        assert_eq!(admin.put(PATH, &body).await.status, 422, "{body}");
    }
    for reason in ["vip\u{202e}", "one\ntwo", "ding\u{7}", "\u{200b}", "nul\u{0}"] {
        let told = json!({ "reason": ["Leave out line breaks and characters that cannot be seen"] });
        let body = json!({ "tier": "PRO", "limits": { "maxDemos": 1 }, "reason": reason });
        let refused = admin.put(PATH, &body).await;
        assert_eq!((refused.status, &refused.json()["fields"]), (422, &told), "{reason:?}");
        let reset = admin.post(PATH, &json!({ "tier": "PRO", "reason": reason })).await;
        assert_eq!((reset.status, &reset.json()["fields"]), (422, &told), "{reason:?}");
    }
    for (limits, named) in [
        (r#"{"maxWorkflows":3,"maxWorkflows":2}"#, "limits.maxWorkflows"),
        (r#"{"maxWorkflows":3,"maxDemos":1,"maxWorkflows":3}"#, "limits.maxWorkflows"),
        (r#"{"maxWorkflows":"x","maxWorkflows":2}"#, "limits.maxWorkflows"),
    ] {
        let body = format!(r#"{{"tier":"PRO","limits":{limits}}}"#);
        let refused = admin.send(Method::PUT, PATH, |call| call.body("application/json", &*body)).await;
        let told = json!({ named: ["This field is there twice."] });
        assert_eq!((refused.status, &refused.json()["fields"]), (422, &told), "{body}");
    }
    assert_eq!(office.app.column("SELECT action FROM audit_events ORDER BY id").await, before);
}

#[tokio::test]
async fn zero_is_a_limit_and_the_largest_numbers_fit() {
    let office = Office::open().await;
    let mut admin = administrator(&office).await;
    let limits = json!({ "maxDemos": 0, "maxDocuments": 2_147_483_647, "documentSizeLimit": 2_147_483_647 });
    let answer = admin.put(PATH, &json!({ "tier": "FREE", "limits": limits })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for (name, value) in limits.as_object().unwrap() {
        assert_eq!(answer.json()["tier"]["limits"][name], *value);
    }
}
