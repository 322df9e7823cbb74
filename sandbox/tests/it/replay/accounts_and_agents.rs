//! Section t3: platform accounts and their members, signing in, agents.

use chatwoot_sandbox::{NewUser, Role, Seed};
use serde_json::{Value, json};

use super::Replay;
use crate::support::Ask;

struct Tokens {
    platform: String,
    admin: String,
    agent: String,
    stranger: String,
}

async fn replay() -> (Replay, Tokens) {
    let mut seed = Seed::new();
    let platform = seed.platform_app("ours").token;
    let ours = seed.account("Web Acct");
    let theirs = seed.account("Other Acct");
    let admin = seed.user(NewUser::new("Admin", "admin@a.co"));
    let agent = seed.user(NewUser::new("zed Agent", "agent@a.co"));
    let stranger = seed.user(NewUser::new("OAdm", "oadm@a.co"));
    seed.member(ours, admin.id, Role::Administrator);
    seed.member(ours, agent.id, Role::Agent);
    seed.member(theirs, stranger.id, Role::Administrator);
    let tokens = Tokens {
        platform,
        admin: admin.access_token,
        agent: agent.access_token,
        stranger: stranger.access_token,
    };
    (Replay::of("t3", seed).await, tokens)
}

#[tokio::test]
async fn accounts_members_and_agents_answer_as_recorded() {
    let (mut replay, tokens) = replay().await;
    accounts(&mut replay, &tokens).await;
    adding_members(&mut replay, &tokens).await;
    removing_members(&mut replay, &tokens).await;
    signing_in(&mut replay, &tokens).await;
    creating_agents(&mut replay, &tokens).await;
    refused_agents(&mut replay, &tokens).await;
    changing_agents(&mut replay, &tokens).await;
    removing_agents(&mut replay, &tokens).await;
    replay.finish();
}

async fn accounts(replay: &mut Replay, tokens: &Tokens) {
    let ours = |ask: Ask| ask.token(&tokens.platform);
    let tenant = json!({
        "name": "Tenant 1", "locale": "en", "domain": "t1.example", "support_email": "s@t1.example",
        "custom_attributes": {"k": "v"}, "limits": {"agents": 3},
    });
    replay.step("acct create", |ask| ours(ask).json(&tenant)).await;
    replay.step("acct create no name", |ask| ours(ask).json(&json!({}))).await;
    let bad = json!({"name": "x", "status": "closed"});
    replay.step("acct bad status", |ask| ours(ask).json(&bad)).await;
    replay.step("acct index", ours).await;
    replay.step("acct show nonperm", ours).await;
    replay.step("acct show", ours).await;
}

async fn adding_members(replay: &mut Replay, tokens: &Tokens) {
    let ours = |ask: Ask| ask.token(&tokens.platform);
    replay.step("au nonperm", |ask| ours(ask).json(&json!({"user_id": 2}))).await;
    replay.step("au list nonperm", ours).await;
    replay.step("au missing acct", ours).await;
    replay.step("au list empty", ours).await;
    let agent = json!({"user_id": 2, "role": "agent"});
    replay.step("au create foreign user (not permissible user)", |ask| ours(ask).json(&agent)).await;
    assert!(replay.sandbox.outbox().is_empty() && replay.sandbox.jobs().is_empty());

    let mut again = async |label: &str, body: Value| {
        replay.step_in_any_key_order(label, |ask| ours(ask).json(&body)).await;
    };
    again("au create again w/ admin (upsert)", json!({"user_id": 2, "role": "administrator"})).await;
    again("au create again no role", json!({"user_id": 2})).await;
    again("au role null", json!({"user_id": 2, "role": null})).await;
    again("au role blank", json!({"user_id": 2, "role": ""})).await;
    again("au role int", json!({"user_id": 2, "role": 1})).await;

    let mut with = async |label: &str, body: Value| replay.step(label, |ask| ours(ask).json(&body)).await;
    with("au role bad", json!({"user_id": 2, "role": "boss"})).await;
    with("au missing user", json!({"user_id": 4242, "role": "agent"})).await;
    with("au no user_id", json!({"role": "agent"})).await;
    with("au user_id string", json!({"user_id": "1", "role": "agent"})).await;
    replay.step("au list", ours).await;
}

async fn removing_members(replay: &mut Replay, tokens: &Tokens) {
    let ours = |ask: Ask| ask.token(&tokens.platform);
    replay.step("au delete not member", |ask| ours(ask).json(&json!({"user_id": 3}))).await;
    replay.step("au delete query", ours).await;
    replay.step("au delete body", |ask| ours(ask).json(&json!({"user_id": 2}))).await;
    assert_eq!(replay.sandbox.jobs().len(), 2);
    replay.step("au delete no id", |ask| ours(ask).json(&json!({}))).await;
    replay.step("au delete by path", ours).await;
    let again = json!({"user_id": 2, "role": "agent"});
    replay.step("au re-add before job ran", |ask| ours(ask).json(&again)).await;
    replay.step("au list after", ours).await;
    replay.step("app-api account_users", |ask| ask.token(&tokens.admin)).await;
}

async fn signing_in(replay: &mut Replay, tokens: &Tokens) {
    replay.step("no token", |ask| ask).await;
    replay.step("bad token", |ask| ask.token("nobody")).await;
    for label in ["", " inboxes", " account", " profile"] {
        replay.step(&format!("platform token{label}"), |ask| ask.token(&tokens.platform)).await;
    }
    replay.step("other tenant token", |ask| ask.token(&tokens.stranger)).await;
    replay.step("other tenant acct show", |ask| ask.token(&tokens.stranger)).await;
    replay.step("missing acct", |ask| ask.token(&tokens.admin)).await;
    replay.step("missing acct show", |ask| ask.token(&tokens.admin)).await;
    replay.step("user token on platform", |ask| ask.token(&tokens.admin)).await;
    replay.step("profile", |ask| ask.token(&tokens.admin)).await;
    replay.step("profile no token", |ask| ask).await;
    replay.step("acct show admin", |ask| ask.token(&tokens.admin)).await;
    replay.step("acct show agent", |ask| ask.token(&tokens.agent)).await;
}

async fn creating_agents(replay: &mut Replay, tokens: &Tokens) {
    let admin = |ask: Ask| ask.token(&tokens.admin);
    replay.step("agents idx", admin).await;
    replay.step("agents idx agent", |ask| ask.token(&tokens.agent)).await;
    replay.step("agents show", admin).await;
    let new = json!({
        "name": "New Ag", "email": "New.Ag@a.co", "role": "agent", "availability": "busy",
        "auto_offline": false, "password": "ignored", "custom_attributes": {"x": 1},
    });
    replay.step("agents create", |ask| admin(ask).json(&new)).await;
    assert_eq!(replay.sandbox.outbox().len(), 1);
    replay.step("agents create dup", |ask| admin(ask).json(&new)).await;
    let existing = json!({"name": "Else", "email": "oadm@a.co", "role": "agent"});
    replay.step("agents create existing other tenant", |ask| admin(ask).json(&existing)).await;
    assert_eq!(replay.sandbox.outbox().len(), 1);
    replay.step("agents create as agent", |ask| ask.token(&tokens.agent).json(&new)).await;
}

async fn refused_agents(replay: &mut Replay, tokens: &Tokens) {
    let admin = |ask: Ask| ask.token(&tokens.admin);
    let mut with = async |label: &str, body: Value| replay.step(label, |ask| admin(ask).json(&body)).await;
    with("agents bad role", json!({"name": "x", "email": "x1@a.co", "role": "boss"})).await;
    with("agents no role", json!({"name": "x", "email": "x2@a.co"})).await;
    with("agents no name", json!({"email": "x3@a.co", "role": "agent"})).await;
    with("agents blank name", json!({"name": "", "email": "x4@a.co"})).await;
    with("agents no email", json!({"name": "x"})).await;
    with("agents bad email", json!({"name": "x", "email": "bad"})).await;
    with("agents empty", json!({})).await;
    replay.step("agents form", |ask| admin(ask).form("name=x&email=x7%40a.co&role=agent")).await;
    let mut with = async |label: &str, body: Value| replay.step(label, |ask| admin(ask).json(&body)).await;
    with("agents nested", json!({"agent": {"name": "Nest", "email": "nest@a.co"}})).await;
    with("agents availability bad", json!({"name": "x", "email": "x5@a.co", "availability": "gone"})).await;
    with(
        "agents availability_status",
        json!({"name": "x", "email": "x6@a.co", "availability_status": "busy"}),
    )
    .await;
    assert_eq!(replay.sandbox.outbox().len(), 5);
}

async fn changing_agents(replay: &mut Replay, tokens: &Tokens) {
    let admin = |ask: Ask| ask.token(&tokens.admin);
    let mut with = async |label: &str, body: Value| replay.step(label, |ask| admin(ask).json(&body)).await;
    let all = json!({
        "name": "Renamed", "email": "ignored@a.co", "role": "administrator", "availability": "online",
    });
    with("agents patch", all).await;
    with("agents put", json!({"role": "agent"})).await;
    with("agents patch empty name", json!({"name": ""})).await;
    with("agents patch null", json!({"name": null, "role": null})).await;
    with("agents patch empty", json!({})).await;
    with("agents patch bad role", json!({"role": "boss"})).await;
    let role = json!({"role": "administrator"});
    replay.step("agents patch as agent", |ask| ask.token(&tokens.agent).json(&role)).await;
    replay.step("agents patch nonmember", |ask| admin(ask).json(&role)).await;
    replay.step("agents patch nonmember as agent", |ask| ask.token(&tokens.agent).json(&role)).await;
}

async fn removing_agents(replay: &mut Replay, tokens: &Tokens) {
    let admin = |ask: Ask| ask.token(&tokens.admin);
    let before = replay.sandbox.jobs().len();
    replay.step("agents delete", admin).await;
    assert_eq!(replay.sandbox.jobs().len(), before + 2, "membership and user");
    replay.step("agents delete again", admin).await;
    replay.step("agents delete multi-account user", admin).await;
    assert_eq!(replay.sandbox.jobs().len(), before + 3, "membership alone");
    replay.sandbox.edit(|state| state.set_agent_limit(1, 2));
    let new = json!({"name": "x", "email": "x9@a.co"});
    replay.step("agents limit", |ask| admin(ask).json(&new)).await;
    let removed = json!({"user_id": 1, "role": "agent"});
    replay.step("platform ignores limit", |ask| ask.token(&tokens.platform).json(&removed)).await;
    replay.sandbox.edit(|state| state.set_suspended(1, true));
    replay.step("suspended agents", admin).await;
    replay.step("suspended acct", admin).await;
}
