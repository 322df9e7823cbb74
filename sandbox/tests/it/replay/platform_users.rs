//! Section t1: `/platform/api/v1/users`.

use chatwoot_sandbox::{NewUser, Seed};
use serde_json::json;

use super::Replay;
use crate::support::Ask;

const GOOD: &str = "Passw0rd!";

struct Tokens {
    ours: String,
    other: String,
}

impl Tokens {
    fn ours(&self, ask: Ask, body: &serde_json::Value) -> Ask {
        ask.token(&self.ours).json(body)
    }
}

async fn replay() -> (Replay, Tokens) {
    let mut seed = Seed::new();
    seed.set_frontend_url("https://chat.example.test");
    let ours = seed.platform_app("ours").token;
    let other = seed.platform_app("other").token;
    (Replay::of("t1", seed).await, Tokens { ours, other })
}

#[tokio::test]
async fn platform_users_answer_as_recorded() {
    let (mut replay, tokens) = replay().await;
    creating(&mut replay, &tokens).await;
    passwords(&mut replay, &tokens).await;
    odd_values(&mut replay, &tokens).await;
    reading(&mut replay, &tokens).await;
    changing(&mut replay, &tokens).await;
    deleting(&mut replay, &tokens).await;
    replay.finish();
}

async fn creating(replay: &mut Replay, tokens: &Tokens) {
    let jane = json!({
        "name": "Jane Doe", "display_name": "Jane", "email": "Jane.Doe@Example.com", "password": GOOD,
        "custom_attributes": {"tenant": "t1"}, "account_id": 1, "role": "administrator",
    });
    let again = json!({"name": "Else", "email": "jane.doe@example.com", "password": "0therPass!"});
    let weak = json!({"name": "Else", "email": "JANE.DOE@example.com", "password": "x"});
    let spaced = json!({"name": "Jane", "email": " jane.doe@example.com ", "password": GOOD});

    replay.step("api", |ask| ask).await;
    replay.step("no token", |ask| ask.json(&jane)).await;
    replay.step("bad token", |ask| ask.token("nobody").json(&jane)).await;
    replay.step("create ok", |ask| tokens.ours(ask, &jane)).await;
    assert!(replay.sandbox.outbox().is_empty() && replay.sandbox.jobs().is_empty());
    replay.step("create again same app", |ask| tokens.ours(ask, &again)).await;
    replay.step("create case diff + weak pw", |ask| tokens.ours(ask, &weak)).await;
    replay.step("other app collision", |ask| ask.token(&tokens.other).json(&again)).await;
    assert!(replay.sandbox.password_matches("jane.doe@example.com", GOOD));
    replay.step("trailing space", |ask| tokens.ours(ask, &spaced)).await;

    let mut with = async |label: &str, body| replay.step(label, |ask| tokens.ours(ask, &body)).await;
    with("missing name", json!({"email": "noname@example.com", "password": GOOD})).await;
    with("empty name", json!({"name": "", "email": "emptyname@example.com", "password": GOOD})).await;
    with("missing email", json!({"name": "n", "password": GOOD})).await;
    with("blank email", json!({"name": "n", "email": "", "password": GOOD})).await;
    with("bad email", json!({"name": "n", "email": "foo", "password": GOOD})).await;
    with("bad email tld", json!({"name": "n", "email": "foo@localhost", "password": GOOD})).await;
    with("idn email", json!({"name": "n", "email": "foo@münchen.de", "password": GOOD})).await;
}

async fn passwords(replay: &mut Replay, tokens: &Tokens) {
    let mut with = async |label: &str, email: &str, password: &str| {
        let body = json!({"name": "n", "email": format!("{email}@example.com"), "password": password});
        replay.step(label, |ask| tokens.ours(ask, &body)).await;
    };
    let long = "Aa1!".repeat(32);
    with("no password", "np", "").await;
    with("empty password", "np1", "").await;
    with("short password", "np2", "Aa1!x").await;
    with("weak password", "np3", "password").await;
    with("no special", "np4", "Passw0rd").await;
    with("unicode/unknown char", "np5", "Passw0rd!äöñ€").await;
    with("129 chars", "np129", &format!("{long}x")).await;
    with("128 chars", "np128", &long).await;
    with("space ok as special", "np6", "Passw0rd ").await;
}

async fn odd_values(replay: &mut Replay, tokens: &Tokens) {
    let n = |count| "n".repeat(count);
    let email = format!("{}@example.com", n(288));
    let nested = json!({"a": {"b": [1, 2, {"c": 3}]}, "n": null, "t": true});
    let jane = json!({"user": {"name": "n", "email": "nested@example.com", "password": GOOD}});

    let mut with = async |label: &str, body| replay.step(label, |ask| tokens.ours(ask, &body)).await;
    with("name 256", json!({"name": n(256), "email": "n256@example.com", "password": GOOD})).await;
    with("name 255", json!({"name": n(255), "email": "long@example.com", "password": GOOD})).await;
    let both = json!({"name": "n", "display_name": n(256), "email": email, "password": GOOD});
    with("display 256 + email 300", both).await;
    let scalar = json!({"name": "n", "email": "ca@example.com", "password": GOOD, "custom_attributes": "x"});
    with("custom attrs scalar", scalar).await;
    let deep =
        json!({"name": "n", "email": "ca2@example.com", "password": GOOD, "custom_attributes": nested});
    with("custom attrs nested", deep).await;
    with("nested user key only", jane).await;
    with("name number", json!({"name": 12, "email": "num@example.com", "password": GOOD})).await;
    with("email non-string", json!({"name": "n", "email": 12, "password": GOOD})).await;
    with("email array", json!({"name": "n", "email": ["a@example.com"], "password": GOOD})).await;

    let ours = |ask: Ask| ask.token(&tokens.ours);
    replay.step("bad json", |ask| ours(ask).body("application/json", "{bad")).await;
    replay.step("json array", |ask| ours(ask).json(&json!([1]))).await;
    let form = "name=Form&email=form%40example.com&password=Passw0rd%21";
    replay.step("form", |ask| ours(ask).form(form)).await;
}

async fn reading(replay: &mut Replay, tokens: &Tokens) {
    let ours = |ask: Ask| ask.token(&tokens.ours);
    replay.step("get", ours).await;
    replay.step("get missing", ours).await;
    replay.step("get missing text/html accept", |ask| ours(ask).header("Accept", "text/html")).await;
    replay.step("get missing */*", |ask| ours(ask).header("Accept", "*/*")).await;
    replay.step("get abc", ours).await;
    replay.sandbox.edit(|state| state.user(NewUser::new("O", "o@example.com").unconfirmed()));
    replay.step("get nonpermissible", ours).await;
    replay.step("login", ours).await;
    replay.step("login non-permissible", ours).await;
    replay.step("token", ours).await;
    replay.step("token GET", ours).await;
    replay.step("index", ours).await;
}

async fn changing(replay: &mut Replay, tokens: &Tokens) {
    let before = replay.sandbox.users()[0].clone();
    let mut with = async |label: &str, body| replay.step(label, |ask| tokens.ours(ask, &body)).await;
    let first = json!({"name": "Jane 2", "email": "new@example.com", "custom_attributes": {"x": 1}});
    with("patch", first).await;
    with("patch pw weak", json!({"password": "weak"})).await;
    with("patch pw empty", json!({"password": ""})).await;
    with("patch pw ok", json!({"password": "N3w-Passw0rd"})).await;
    with("patch email dup", json!({"email": "o@example.com"})).await;
    with("patch email bad", json!({"email": "bad"})).await;
    with("patch name null", json!({"name": null})).await;
    with("patch email null", json!({"email": null})).await;
    with("put", json!({"name": "Put"})).await;
    with("patch empty", json!({})).await;

    let after = replay.sandbox.users()[0].clone();
    assert_eq!(after.access_token, before.access_token);
    assert_ne!(after.pubsub_token, before.pubsub_token);
    assert!(replay.sandbox.password_matches("new@example.com", "N3w-Passw0rd"));
}

async fn deleting(replay: &mut Replay, tokens: &Tokens) {
    let ours = |ask: Ask| ask.token(&tokens.ours);
    replay.step("delete nonperm", ours).await;
    replay.step("delete", ours).await;
    assert_eq!(replay.sandbox.jobs().len(), 1);
    let o = json!({"name": "Else", "email": "o@example.com", "password": GOOD});
    replay.step("collision w/ unconfirmed existing", |ask| ours(ask).json(&o)).await;
    replay.step("delete missing", ours).await;
}
