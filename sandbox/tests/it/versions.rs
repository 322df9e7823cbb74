//! What differs between versions, and what the enterprise build adds.

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed};
use serde_json::json;

use crate::support::Ask;

async fn of_version(version: &str) -> (Sandbox, String, String) {
    let mut seed = Seed::new();
    seed.set_version(version);
    let app = seed.platform_app("ours");
    let account = seed.account("Acme");
    let admin = seed.user(NewUser::new("Ada", "ada@acme.example"));
    seed.member(account, admin.id, Role::Administrator);
    (Sandbox::start(seed).await.unwrap(), app.token, admin.access_token)
}

#[tokio::test]
async fn a_missing_name_is_an_exception_before_4_14_and_a_refusal_from_then_on() {
    for (version, status) in [("4.9.2", 500), ("4.13.0", 500), ("4.14.0", 422), ("4.15.1", 422)] {
        let (sandbox, platform, _) = of_version(version).await;
        let body = json!({"email": "jo@a.co", "password": "Passw0rd!"});
        let create = Ask::post("/platform/api/v1/users").token(&platform).json(&body);
        assert_eq!(create.send(&sandbox).await.status, status, "{version}");
        assert_eq!(Ask::get("/api").send(&sandbox).await.json()["version"], version);
    }
}

#[tokio::test]
async fn an_invited_agent_without_a_name_gets_the_local_part_from_4_14() {
    let (sandbox, _, admin) = of_version("4.14.0").await;
    let invite = Ask::post("/api/v1/accounts/1/agents").token(&admin);
    let agent = invite.json(&json!({"email": "jo.doe@a.co"})).send(&sandbox).await;
    assert_eq!(agent.json()["name"], "jo.doe");
}

#[tokio::test]
async fn routes_appear_with_their_version() {
    for (version, health, accounts) in [("4.4.0", 404, 404), ("4.5.0", 404, 200), ("4.11.0", 200, 200)] {
        let (sandbox, platform, _) = of_version(version).await;
        assert_eq!(Ask::get("/health").send(&sandbox).await.status, health, "{version}");
        let list = Ask::get("/platform/api/v1/accounts").token(&platform);
        assert_eq!(list.send(&sandbox).await.status, accounts, "{version}");
    }
}

#[tokio::test]
async fn the_enterprise_build_shows_its_keys() {
    let (sandbox, _, admin) = of_version("4.9.2").await;
    let list = Ask::get("/api/v1/accounts/1/agents").token(&admin);
    assert_eq!(list.send(&sandbox).await.json()[0].get("custom_role_id"), None);
    sandbox.edit(|state| state.set_enterprise(true));
    assert_eq!(list.send(&sandbox).await.json()[0].get("custom_role_id"), Some(&json!(null)));
    let account = Ask::get("/api/v1/accounts/1").token(&admin).send(&sandbox).await;
    assert_eq!(account.json()["subscribed_features"], json!([]));
}
