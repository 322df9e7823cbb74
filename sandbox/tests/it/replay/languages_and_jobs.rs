//! Section t5: German errors, deleted accounts, and what happens around queued jobs.

use chatwoot_sandbox::{NewAccount, NewUser, Role, Seed};
use serde_json::json;

use super::Replay;
use crate::support::Ask;

struct Tokens {
    platform: String,
    admin: String,
}

async fn replay() -> (Replay, Tokens) {
    let mut seed = Seed::new();
    let platform = seed.platform_app("ours").token;
    let account = seed.account(NewAccount::new("Acct").locale("de"));
    let admin = seed.user(NewUser::new("Admin", "admin@a.co"));
    seed.member(account, admin.id, Role::Administrator);
    (Replay::of("t5", seed).await, Tokens { platform, admin: admin.access_token })
}

#[tokio::test]
async fn languages_deleted_accounts_and_jobs_answer_as_recorded() {
    let (mut replay, tokens) = replay().await;
    languages(&mut replay, &tokens).await;
    a_deleted_account(&mut replay, &tokens).await;
    a_deleted_user(&mut replay, &tokens).await;
    a_removed_agent(&mut replay, &tokens).await;
    replay.finish();
}

async fn languages(replay: &mut Replay, tokens: &Tokens) {
    let admin = |ask: Ask| ask.token(&tokens.admin);
    replay.step("de dup", |ask| admin(ask).json(&json!({"name": "x", "email": "admin@a.co"}))).await;
    replay.step("de bad email", |ask| admin(ask).json(&json!({"name": "x", "email": "bad"}))).await;
    let bad = json!({"name": "x", "email": "bad", "password": "weak"});
    replay.step("platform with locale=de (ignored)", |ask| ask.token(&tokens.platform).json(&bad)).await;
    replay.step("no token de", |ask| ask).await;
}

async fn a_deleted_account(replay: &mut Replay, tokens: &Tokens) {
    let ours = |ask: Ask| ask.token(&tokens.platform);
    replay.step("acct", |ask| ours(ask).json(&json!({"name": "T"}))).await;
    replay.sandbox.edit(|state| state.delete_account(2));
    replay.step("index after account deletion", ours).await;
    replay.step("show deleted acct", ours).await;
}

async fn a_deleted_user(replay: &mut Replay, tokens: &Tokens) {
    let ours = |ask: Ask| ask.token(&tokens.platform);
    let r = json!({"name": "R", "email": "r@a.co", "password": "Passw0rd!"});
    let r2 = json!({"name": "R2", "email": "r@a.co", "password": "Passw0rd!"});
    replay.step("u", |ask| ours(ask).json(&r)).await;
    replay.step("del", ours).await;
    replay.step("get after del (job pending)", ours).await;
    replay.step("recreate (job pending)", |ask| ours(ask).json(&r2)).await;
    replay.sandbox.tick();
    replay.step("get after job", ours).await;
    replay.step("recreate after job", |ask| ours(ask).json(&r2)).await;
}

async fn a_removed_agent(replay: &mut Replay, tokens: &Tokens) {
    let admin = |ask: Ask| ask.token(&tokens.admin);
    let ours = |ask: Ask| ask.token(&tokens.platform);
    let agent = replay.sandbox.edit(|state| {
        let agent = state.user(NewUser::new("Ag", "ag@a.co"));
        state.member(1, agent.id, Role::Agent);
        agent
    });
    let again = json!({"name": "Ag", "email": agent.email, "role": "agent"});
    replay.step("agents del", admin).await;
    replay.step("agents re-add before jobs", |ask| admin(ask).json(&again)).await;
    assert!(replay.sandbox.account_users(1).iter().any(|member| member.user_id == agent.id));
    replay.step("agents re-add retry", |ask| admin(ask).json(&again)).await;
    replay.step("admin deletes self", admin).await;
    replay.step("then", admin).await;
    replay.step("huge id", ours).await;
    let long = json!({"name": "n".repeat(256)});
    replay.step("AccountUser huge", |ask| ours(ask).json(&long)).await;
}
