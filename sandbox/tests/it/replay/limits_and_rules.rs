//! Section t6: the throttle, the licence limit, and tables of passwords and addresses.

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed};
use serde_json::{Value, json};

use super::Replay;
use super::recording;
use crate::support::Ask;

const GOOD: &str = "Passw0rd!";

#[tokio::test]
async fn limits_and_odd_users_answer_as_recorded() {
    let mut seed = Seed::new();
    let app = seed.platform_app("ours");
    let account = seed.account("A");
    seed.permit_account(app.id, account);
    seed.user(NewUser::new("First", "first@a.co"));
    seed.set_user_limit(1);
    let mut replay = Replay::of("t6", seed).await;

    let ours = |ask: Ask, body: &Value| ask.token(&app.token).json(body);
    let new = json!({"name": "x", "email": "x@a.co", "password": GOOD});
    replay.step("premium limit", |ask| ours(ask, &new)).await;
    let unconfirmed = replay.sandbox.edit(|state| {
        state.set_user_limit(100);
        let user = state.user(NewUser::new("un", "un@a.co").unconfirmed());
        state.member(account, user.id, Role::Administrator);
        user
    });
    replay.step("unconfirmed user token", |ask| ask.token(&unconfirmed.access_token)).await;
    let un = json!({"name": "Else", "email": "un@a.co", "password": GOOD});
    replay.step("email change of unconfirmed via platform", |ask| ours(ask, &un)).await;
    let html = json!({"name": " <b>x</b> ", "email": "h@a.co", "password": GOOD});
    replay.step("html name", |ask| ours(ask, &html)).await;
    let mixed = json!({"name": "x", "email": "A+B@Sub.Example.IO", "password": GOOD});
    replay.step("plus and uppercase", |ask| ours(ask, &mixed)).await;
    replay.finish();
}

/// The recording's tables: a value, whether it is good, and the messages if not.
fn verdicts() -> Vec<(String, Vec<String>)> {
    let lines = recording::lines_of("t6").into_iter().map(|line| line.replace("\\#", "#"));
    let rows = lines.filter_map(|line| serde_json::from_str::<(String, bool, Vec<String>)>(&line).ok());
    rows.map(|(value, good, messages)| {
        assert_eq!(good, messages.is_empty());
        (value, messages)
    })
    .collect()
}

/// The message of the refusal; nothing if there is none.
async fn message(sandbox: &Sandbox, token: &str, email: &str, password: &str) -> String {
    let body = json!({"name": "n", "email": email, "password": password});
    let answer = Ask::post("/platform/api/v1/users").token(token).json(&body).send(sandbox).await;
    if answer.status == 200 {
        return String::new();
    }
    assert_eq!(answer.status, 422);
    answer.json()["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_recorded_password_and_address_is_judged_alike() {
    let mut seed = Seed::new();
    let token = seed.platform_app("ours").token;
    let sandbox = Sandbox::start(seed).await.unwrap();
    let mut count = (0, 0);
    for (number, (value, expected)) in verdicts().into_iter().enumerate() {
        let given = if let Ok(password) = serde_json::from_str::<String>(&value) {
            count.0 += 1;
            message(&sandbox, &token, &format!("n{number}@a.co"), &password).await
        } else {
            count.1 += 1;
            message(&sandbox, &token, &value, GOOD).await
        };
        assert_eq!(given, expected.join(", "), "{value}");
    }
    assert_eq!(count, (9, 12), "passwords and addresses in the recording");
}

#[tokio::test]
async fn the_throttle_answers_as_recorded() {
    let lines = recording::lines_of("t6");
    let refused = r#"[429, {"content-type"=>"text/plain"}, "Retry later\n"]"#;
    assert_eq!(lines.iter().filter(|line| **line == refused).count(), 2);
    let mut seed = Seed::new();
    seed.set_calls_per_minute(2);
    let sandbox = Sandbox::start(seed).await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(Ask::get("/api").send(&sandbox).await);
    }
    // Even if a new minute begins between them, one of the two minutes has three calls.
    let late: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!late.is_empty());
    for answer in late {
        assert_eq!(answer.text(), "Retry later\n");
        assert_eq!(answer.header("content-type"), Some("text/plain"));
        assert_eq!(answer.header("retry-after"), None);
    }
}
