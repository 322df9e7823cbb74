//! Tokens, header spellings, and where things are refused first.

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed, TokenKind};
use serde_json::json;

use crate::support::Ask;

struct Tenant {
    sandbox: Sandbox,
    platform: String,
    admin: String,
    account: u64,
}

async fn tenant() -> Tenant {
    let mut seed = Seed::new();
    let platform = seed.platform_app("LocalBoxs");
    let account = seed.account("Acme");
    seed.permit_account(platform.id, account);
    let admin = seed.user(NewUser::new("Ada", "ada@acme.example"));
    seed.member(account, admin.id, Role::Administrator);
    let sandbox = Sandbox::start(seed).await.unwrap();
    Tenant { sandbox, platform: platform.token, admin: admin.access_token, account }
}

#[tokio::test]
async fn a_person_made_on_the_platform_can_be_attached_and_put_into_an_inbox() {
    let t = tenant().await;
    let inbox = t.sandbox.edit(|state| state.inbox(t.account, "Website"));

    let body = json!({"name": "Jo", "email": "Jo@acme.example", "password": "Passw0rd!"});
    let user = Ask::post("/platform/api/v1/users").token(&t.platform).json(&body).send(&t.sandbox).await;
    let id = user.json()["id"].as_u64().unwrap();
    let attach = format!("/platform/api/v1/accounts/{}/account_users", t.account);
    let attach = Ask::post(&attach).token(&t.platform).json(&json!({"user_id": id, "role": "agent"}));
    assert_eq!(attach.send(&t.sandbox).await.status, 200);
    let join = format!("/api/v1/accounts/{}/inbox_members", t.account);
    let join = Ask::post(&join).token(&t.admin).json(&json!({"inbox_id": inbox, "user_ids": [id]}));
    let members = join.send(&t.sandbox).await.json();

    assert_eq!(members["payload"][0]["email"], "jo@acme.example");
    assert_eq!(t.sandbox.inbox_members(inbox), [id]);
    assert!(t.sandbox.password_matches("jo@acme.example", "Passw0rd!"));
    assert!(!t.sandbox.password_matches("jo@acme.example", "Passw0rd?"));
}

#[tokio::test]
async fn both_spellings_of_the_token_header_work_and_hyphens_win() {
    let t = tenant().await;
    let ask = Ask::get("/api/v1/profile");
    for name in ["api_access_token", "api-access-token", "API-Access-Token", "Api_Access_Token"] {
        let status = ask.clone().header(name, &t.admin).send(&t.sandbox).await.status;
        assert_eq!(status, 200, "{name}");
    }
    let both = ask.header("api_access_token", "nobody").header("api-access-token", &t.admin);
    assert_eq!(both.send(&t.sandbox).await.status, 200);
}

#[tokio::test]
async fn a_token_anywhere_but_in_its_header_counts_as_none() {
    let t = tenant().await;
    let bearer = Ask::get("/api/v1/profile").header("Authorization", &format!("Bearer {}", t.admin));
    let query = Ask::get(&format!("/api/v1/profile?api_access_token={}", t.admin));
    let body = Ask::post("/platform/api/v1/users").json(&json!({"api_access_token": t.platform}));
    for ask in [bearer, query, body] {
        assert_eq!(ask.send(&t.sandbox).await.status, 401);
    }
    assert!(t.sandbox.requests().iter().all(|call| call.token == TokenKind::None));
}

#[tokio::test]
async fn the_log_tells_calls_tokens_bodies_and_statuses() {
    let t = tenant().await;
    Ask::get("/api?x=1").send(&t.sandbox).await;
    let users = Ask::post("/platform/api/v1/users").token(&t.platform);
    users.json(&json!({"password": "secret"})).send(&t.sandbox).await;

    let calls = t.sandbox.requests();
    assert_eq!(t.sandbox.request_count(), 2);
    assert_eq!((calls[0].path.as_str(), calls[0].query.as_str()), ("/api", "x=1"));
    assert_eq!(calls[1].token, TokenKind::Platform(1));
    assert_eq!(calls[1].body["password"], "secret");
    assert_eq!(calls[1].status, Some(422));
    assert!(calls[1].header_names.contains(&"api-access-token".to_owned()));
    assert_eq!(t.sandbox.requests_to("GET", "/api").len(), 1);
}
