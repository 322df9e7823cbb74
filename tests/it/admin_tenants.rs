//! A tenant's Helpdesk Setup as an administrator sees it.

use serde_json::json;
use uuid::Uuid;

use crate::support::Office;

const ADMIN: &str = "sam@localboxs.example";

#[tokio::test]
async fn an_administrator_sees_everything_and_can_change_nothing() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@bakery.example", "PRO", &[1, 2]).await;
    owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    owner.agent(&json!({ "name": "Ben" })).await;
    let tenant = office.app.uuids("SELECT id FROM users").await[0];
    office.app.administrator(ADMIN).await;
    let mut admin = office.app.signed_in(ADMIN).await;
    let list = admin.get("/admin/agents?show=all").await;
    let path = format!("/admin/tenants/{tenant}");
    assert!(list.has(&format!("td a[href='{path}']")));
    let page = admin.get(&path).await;
    assert_eq!((page.status, page.words("h1")), (200, "Ana Ruiz".into()));
    let facts = page.words("section.technical dl");
    for fact in ["owner@bakery.example", "TierPro", "Seats2 of 3 agents", "ChatwootChatwoot connected"] {
        assert!(facts.contains(fact), "{fact} in {facts}");
    }
    assert_eq!(page.texts(".agent h3"), ["Ben", "Ana"]);
    assert_eq!(page.texts(".agent .access"), ["Demo 1Has access"]);
    assert!(page.texts(".agent")[0].contains("No inboxes"));
    assert!(!page.has("main form") && !page.has("main input") && !page.has("main button"));
}

#[tokio::test]
async fn every_look_is_in_the_audit_log_and_the_tenant_can_read_it() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@bakery.example", "PRO", &[]).await;
    let tenant = office.app.uuids("SELECT id FROM users").await[0];
    office.app.administrator(ADMIN).await;
    let mut admin = office.app.signed_in(ADMIN).await;
    for _ in 0..2 {
        admin.get(&format!("/admin/tenants/{tenant}")).await;
    }
    let looks = "SELECT actor FROM audit_events WHERE action = 'tenant.viewed'";
    assert_eq!(office.app.column(looks).await, ["user", "user"]);
    let log = admin.get("/admin/audit?action=tenant.viewed").await;
    assert_eq!(log.texts("td[data-label='What happened'] a")[0], "Ana Ruiz looked at the page of Ana Ruiz");
    let history = owner.client.get("/").await.texts(".history span");
    assert_eq!(history[0], "Your administrator looked at your Helpdesk Setup");
}

#[tokio::test]
async fn what_is_no_tenant_is_not_there_and_tenants_may_not_look() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@bakery.example", "PRO", &[]).await;
    let tenant = office.app.uuids("SELECT id FROM users").await[0];
    let sam = office.app.administrator(ADMIN).await;
    let mut admin = office.app.signed_in(ADMIN).await;
    for id in [sam.id.to_string(), Uuid::nil().to_string(), "nonsense".into(), "%00".into()] {
        assert_eq!(admin.get(&format!("/admin/tenants/{id}")).await.status, 404, "{id}");
    }
    for id in [tenant, Uuid::nil()] {
        assert_eq!(owner.client.get(&format!("/admin/tenants/{id}")).await.status, 403);
    }
    let looks = "SELECT actor FROM audit_events WHERE action = 'tenant.viewed'";
    assert!(office.app.column(looks).await.is_empty());
}
