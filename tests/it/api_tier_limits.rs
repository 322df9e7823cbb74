//! What a tier allows, over JSON.

use serde_json::json;

use crate::support::Office;

const PATH: &str = "/api/dashboard/tier-limits";

#[tokio::test]
async fn a_tenant_sees_all_ten_limits_of_its_tier_and_its_usage() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@acme.example", "PRO", &[1, 2]).await;
    owner.agent(&json!({ "name": "Ana" })).await;
    let expected = json!({
        "success": true,
        "tier": "PRO",
        "limits": {
            "maxDemos": 5,
            "maxWorkflows": 10,
            "maxKnowledgeBases": 5,
            "maxDocuments": 100,
            "maxIntegrations": 3,
            "maxHelpdeskAgents": 3,
            "apiCallsPerMonth": 10_000,
            "documentSizeLimit": 25 * 1024 * 1024,
            "chunkSize": 2_000,
            "maxChunksPerDocument": 200,
        },
        "usage": { "helpdeskAgents": 1, "demos": 2 },
    });
    assert_eq!(owner.get(PATH).await.json(), expected);
    assert_eq!(owner.get(&format!("{PATH}?tier=")).await.json(), expected);
    assert_eq!(owner.get(&format!("{PATH}?tier=PRO")).await.json(), expected);
}

#[tokio::test]
async fn another_tier_is_shown_beside_the_tenants_own_usage() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@acme.example", "FREE", &[1]).await;
    let answer = owner.get(&format!("{PATH}?tier=ENTERPRISE")).await.json();
    assert_eq!(answer["tier"], "ENTERPRISE");
    assert_eq!(answer["limits"]["maxHelpdeskAgents"], -1);
    assert_eq!(answer["limits"]["chunkSize"], 8_000);
    assert_eq!(answer["usage"], json!({ "helpdeskAgents": 0, "demos": 1 }));
}

#[tokio::test]
async fn a_changed_limit_is_seen_at_once() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@acme.example", "FREE", &[]).await;
    office.app.execute("UPDATE tier_limits SET max_helpdesk_agents = 2 WHERE tier = 'FREE'").await;
    assert_eq!(owner.get(PATH).await.json()["limits"]["maxHelpdeskAgents"], 2);
}

#[tokio::test]
async fn an_unknown_tier_is_not_found() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@acme.example", "FREE", &[]).await;
    for tier in ["GOLD", "pro", "%27%20OR%201=1", "%00", &"P".repeat(5_000)] {
        let answer = owner.get(&format!("{PATH}?tier={tier}")).await;
        assert_eq!(answer.json_error(), (404, "not_found".into()), "{tier}");
    }
}
