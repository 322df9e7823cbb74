//! Section t7: which refusal comes first, and how paths and bodies may be written.

use chatwoot_sandbox::{NewUser, Role, Seed};
use serde_json::json;

use super::Replay;
use crate::support::Ask;

#[tokio::test]
async fn checks_come_in_the_recorded_order() {
    let mut seed = Seed::new();
    let app = seed.platform_app("ours");
    let account = seed.account("A");
    seed.account("B");
    seed.permit_account(app.id, account);
    let admin = seed.user(NewUser::new("Admin", "admin@a.co"));
    let agent = seed.user(NewUser::new("Agent", "agent@a.co"));
    seed.member(account, admin.id, Role::Administrator);
    seed.member(account, agent.id, Role::Agent);
    let mut replay = Replay::of("t7", seed).await;

    let bad = |ask: Ask| ask.body("application/json", "{bad");
    replay.step("bad json + bad token (app)", |ask| bad(ask).token("nobody")).await;
    replay.step("bad json + bad token (platform)", |ask| bad(ask).token("nobody")).await;
    replay.step("bad json + good token (platform)", |ask| bad(ask).token(&app.token)).await;

    replay.sandbox.edit(|state| state.set_agent_limit(account, 2));
    let taken = json!({"name": "x", "email": "agent@a.co"});
    replay.step("limit before validation", |ask| ask.token(&admin.access_token).json(&json!({}))).await;
    replay.step("limit before duplicate", |ask| ask.token(&admin.access_token).json(&taken)).await;
    replay.step("authz before limit", |ask| ask.token(&agent.access_token).json(&taken)).await;
    let unknown = json!({"inbox_id": 77, "user_ids": [1]});
    replay.step("agent token unknown inbox", |ask| ask.token(&agent.access_token).json(&unknown)).await;
    replay.step("agent token GET unknown inbox", |ask| ask.token(&agent.access_token)).await;

    suspended(&mut replay, &app.token, account).await;
    spellings(&mut replay, &app.token).await;
    replay.finish();
}

async fn suspended(replay: &mut Replay, token: &str, account: u64) {
    replay.sandbox.edit(|state| state.set_suspended(account, true));
    let s = json!({"name": "s", "email": "s@a.co", "password": "Passw0rd!"});
    replay.step("platform add to suspended", |ask| ask.token(token).json(&s)).await;
    let other = replay.sandbox.edit(|state| state.user(NewUser::new("Other", "other@a.co")));
    let body = json!({"user_id": other.id, "role": "agent"});
    replay.step("platform account_users on suspended", |ask| ask.token(token).json(&body)).await;
    let outsider = replay.sandbox.user_by_email("s@a.co").unwrap();
    replay.step("non-member on suspended", |ask| ask.token(&outsider.access_token)).await;
    let label = "platform account nonexist vs nonperm (enumeration)";
    replay.step(label, |ask| ask.token(token)).await;
}

async fn spellings(replay: &mut Replay, token: &str) {
    let user = |email: &str| json!({"name": "s", "email": email, "password": "Passw0rd!"}).to_string();
    let ours = |ask: Ask| ask.token(token);
    replay.step("HEAD api", |ask| ask).await;
    let json_body = |ask: Ask, email: &str| ours(ask).body("application/json", &user(email));
    replay.step("trailing slash", |ask| json_body(ask, "tr@a.co")).await;
    replay.step(".json suffix", ours).await;
    replay.step("wrong ct text/plain json", |ask| ours(ask).body("text/plain", &user("pl@a.co"))).await;
    let charset = "application/json; charset=utf-8";
    replay.step("charset ct", |ask| ours(ask).body(charset, &user("ct@a.co"))).await;
    let vendor = "application/vnd.api+json";
    replay.step("vnd ct", |ask| ours(ask).body(vendor, &user("vn@a.co"))).await;
}
