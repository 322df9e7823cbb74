//! What a tenant may do now is one number: on its pages, in the API and where a seat is taken.

use std::time::Duration;

use chrono::TimeDelta;
use localboxs::db;
use localboxs::db::overrides::NewOverride;
use localboxs::domain::limits::LimitName;
use localboxs::domain::tier::Limit;
use serde_json::json;

use crate::support::{Office, queries};

const OWNER: &str = "owner@acme.example";
const PAGE: &str = "/integrations/helpdesk";
const LIMITS: &str = "/api/dashboard/tier-limits";

/// Gives the owner a limit of its own for two days.
async fn override_agents(office: &Office, limit: Limit) {
    let app = &office.app.app;
    let owner = db::users::find_by_email(app.db.read(), OWNER).await.unwrap().unwrap().user.id;
    let new = NewOverride {
        tenant: owner,
        name: LimitName::HelpdeskAgents,
        limit,
        reason: "asked for it",
        expires_at: Some(app.now() + TimeDelta::days(2)),
        created_by: owner,
        created_at: app.now(),
    };
    db::overrides::set(app.db.read(), &new).await.unwrap();
}

#[tokio::test]
async fn an_override_is_the_limit_everywhere_until_it_ends() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[1]).await;
    override_agents(&office, Limit::AtMost(3)).await;
    assert_eq!(
        owner.client.get(PAGE).await.words(".headline"),
        "0 of 3 agents used · Free plan · Override, raised for you · 3 left"
    );
    for name in ["Ana", "Ben", "Cy"] {
        owner.agent(&json!({ "name": name })).await;
    }
    let refused = owner.create(&json!({ "name": "Dee" })).await;
    assert_eq!(refused.json_error(), (403, "tier_limit_reached".into()));
    assert_eq!(
        refused.json()["error"],
        "Your Free plan was raised for you (Override) to 3 agents and all 3 are in use."
    );
    let limits = owner.get(LIMITS).await.json();
    assert_eq!(limits["limits"]["maxHelpdeskAgents"], 3);
    assert_eq!(limits["overrides"], json!(["maxHelpdeskAgents"]));
    assert_eq!(owner.get(&format!("{LIMITS}?tier=FREE")).await.json(), limits);
    let other = owner.get(&format!("{LIMITS}?tier=PRO_PLUS")).await.json();
    assert_eq!((&other["limits"]["maxHelpdeskAgents"], other.get("overrides")), (&json!(5), None));
    let cost = queries(owner.client.get(PAGE)).await;
    assert_eq!(cost, 2, "the override comes with what is read anyway");

    office.app.advance(Duration::from_hours(49));
    let mut owner = office.api(office.app.signed_in(OWNER).await);
    let over = owner.client.get(PAGE).await;
    assert!(over.words("#plan .warn").contains("3 agents, 2 over your Free limit of 1."), "{}", over.text());
    assert_eq!(over.texts(".agent").len(), 3, "nobody loses an agent");
    assert_eq!(owner.get(LIMITS).await.json()["limits"]["maxHelpdeskAgents"], 1);
    assert_eq!(owner.create(&json!({ "name": "Dee" })).await.status, 403);
}

#[tokio::test]
async fn an_override_can_also_take_away_and_can_be_without_an_end() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    override_agents(&office, Limit::AtMost(0)).await;
    let page = owner.client.get(&format!("{PAGE}/agents/new")).await;
    assert_eq!(
        page.words("#closed"),
        "Your Pro plan was lowered for you (Override) to no agents. Your administrator can move you to a bigger plan."
    );
    assert_eq!(owner.create(&json!({ "name": "Ana" })).await.status, 403);
    override_agents(&office, Limit::Unlimited).await;
    for name in ["Ana", "Ben", "Cy", "Dee"] {
        owner.agent(&json!({ "name": name })).await;
    }
    assert_eq!(owner.get(LIMITS).await.json()["limits"]["maxHelpdeskAgents"], -1);
    assert_eq!(
        owner.client.get(PAGE).await.words(".headline"),
        "4 agents · no limit · Override, raised for you"
    );
}

#[tokio::test]
async fn the_database_counts_what_each_tenant_uses() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1, 2]).await;
    let agent = owner.agent(&json!({ "name": "Ana" })).await;
    owner.agent(&json!({ "name": "Ben" })).await;
    let used = "SELECT seats_used || ' ' || demos_used FROM users WHERE email = 'owner@acme.example'";
    assert_eq!(office.app.column(used).await, ["2 2"]);
    let removed = owner.delete(&format!("{}/agents/{agent}", crate::support::CALLS)).await;
    assert!([200, 202, 204].contains(&removed.status), "{}", removed.text());
    office.app.execute("UPDATE helpdesk_users SET seat = NULL WHERE name = 'Ana'").await;
    office.app.execute("DELETE FROM demos WHERE inbox_id = 1").await;
    assert_eq!(office.app.column(used).await, ["1 1"]);
}
