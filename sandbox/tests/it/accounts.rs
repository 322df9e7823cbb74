//! Accounts of the platform API, beyond what was recorded.

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed};
use serde_json::json;

use crate::support::Ask;

const ACCOUNT: &str = "/platform/api/v1/accounts/1";

struct Tenant {
    sandbox: Sandbox,
    platform: String,
    admin: String,
}

async fn tenant() -> Tenant {
    let mut seed = Seed::new();
    let app = seed.platform_app("ours");
    let account = seed.account("Acme");
    seed.permit_account(app.id, account);
    let admin = seed.user(NewUser::new("Ada", "ada@acme.example"));
    seed.member(account, admin.id, Role::Administrator);
    let sandbox = Sandbox::start(seed).await.unwrap();
    Tenant { sandbox, platform: app.token, admin: admin.access_token }
}

impl Tenant {
    async fn change(&self, body: &serde_json::Value) -> u16 {
        let change = Ask::new("PATCH", ACCOUNT).token(&self.platform).json(body);
        change.send(&self.sandbox).await.status
    }

    async fn invite(&self) -> u16 {
        let body = json!({"name": "Jo", "email": "jo@acme.example"});
        let invite = Ask::post("/api/v1/accounts/1/agents").token(&self.admin).json(&body);
        invite.send(&self.sandbox).await.status
    }
}

#[tokio::test]
async fn an_account_keeps_what_a_change_does_not_name() {
    let t = tenant().await;
    assert_eq!(t.change(&json!({"domain": "acme.example", "features": {"sla": true}})).await, 200);
    assert_eq!(t.change(&json!({"name": "Acme 2", "custom_attributes": {"k": 1}})).await, 200);
    assert_eq!(t.change(&json!({"name": ""})).await, 422);
    let account = Ask::get(ACCOUNT).token(&t.platform).send(&t.sandbox).await.json();
    assert_eq!((&account["name"], &account["domain"]), (&json!("Acme 2"), &json!("acme.example")));
    assert_eq!(account["features"], json!({"sla": true}));
    assert_eq!(account["custom_attributes"], json!({"k": 1}));
}

#[tokio::test]
async fn an_account_suspended_on_the_platform_turns_its_members_away() {
    let t = tenant().await;
    assert_eq!(t.change(&json!({"status": "suspended"})).await, 200);
    let agents = Ask::get("/api/v1/accounts/1/agents").token(&t.admin).send(&t.sandbox).await;
    assert_eq!((agents.status, agents.text()), (401, r#"{"error":"Account is suspended"}"#));
}

#[tokio::test]
async fn a_deleted_account_goes_with_the_jobs_and_breaks_the_list() {
    let t = tenant().await;
    let remove = Ask::new("DELETE", ACCOUNT).token(&t.platform);
    assert_eq!(remove.send(&t.sandbox).await.status, 200);
    assert_eq!(t.sandbox.accounts().len(), 1);
    t.sandbox.tick();
    assert!(t.sandbox.accounts().is_empty());
    let list = Ask::get("/platform/api/v1/accounts").token(&t.platform);
    assert_eq!(list.send(&t.sandbox).await.status, 500);
}

#[tokio::test]
async fn only_the_enterprise_build_counts_the_limit_of_the_platform() {
    let t = tenant().await;
    t.change(&json!({"limits": {"agents": 1}})).await;
    t.sandbox.edit(|state| state.set_enterprise(true));
    assert_eq!(t.invite().await, 402);
    t.sandbox.edit(|state| state.set_enterprise(false));
    assert_eq!(t.invite().await, 200);
}

#[tokio::test]
async fn the_example_has_something_of_everything() {
    let sandbox = Sandbox::start(Seed::example()).await.unwrap();
    let apps = sandbox.platform_apps();
    assert_eq!((apps.len(), sandbox.accounts().len(), sandbox.permissibles().len()), (2, 3, 1));
    let list = Ask::get("/platform/api/v1/accounts").token(&apps[0].token).send(&sandbox).await;
    assert_eq!(list.json()[0]["name"], "LocalBoxs");
    let jo = sandbox.user_by_email("jo@localboxs.example").unwrap();
    let inboxes = Ask::get("/api/v1/accounts/1/inboxes").token(&jo.access_token).send(&sandbox).await;
    assert_eq!(inboxes.json()["payload"].as_array().unwrap().len(), 1);
    assert_eq!(inboxes.json()["payload"][0].get("hmac_token"), None);
}
