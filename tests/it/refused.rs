//! What was refused is in the audit log too.

use std::time::Duration;

use serde_json::json;

use crate::support::{Client, Factor, Office, PASSWORD, TestApp};

const ADMIN: &str = "sam@localboxs.example";
const OWNER: &str = "owner@bakery.example";

/// The sentences of the log about this action, newest first.
async fn told(app: &TestApp, action: &str) -> Vec<String> {
    let mut admin = app.signed_in(ADMIN).await;
    let page = admin.get(&format!("/admin/audit?action={action}")).await;
    assert_eq!(page.status, 200);
    page.texts("td[data-label='What happened'] a")
}

async fn bakery() -> TestApp {
    let app = TestApp::new().await;
    app.administrator(ADMIN).await;
    app.tenant(OWNER, "PRO").await;
    app.execute("UPDATE users SET name = 'Rosa Bloom' WHERE email = 'owner@bakery.example'").await;
    app.execute("UPDATE users SET name = 'Sam Lee' WHERE email = 'sam@localboxs.example'").await;
    app
}

#[tokio::test]
async fn wrong_passwords_are_told_when_they_begin_to_wait_and_what_was_typed_is_not() {
    let app = bakery().await;
    for (email, password) in [(OWNER, "canary one"), ("canary-two@example.com", "canary three")] {
        for guess in 0..4 {
            assert!(told(&app, "account.sign_in_refused").await.len() < 2, "{guess}");
            assert_eq!(app.anonymous().sign_in(email, password).await.status, 422);
        }
        app.advance(Duration::from_mins(1));
    }
    assert_eq!(
        told(&app, "account.sign_in_refused").await,
        [
            "Somebody gave a wrong password for an address that nobody has here 4 times in a row",
            "Somebody gave a wrong password for Rosa Bloom 4 times in a row"
        ]
    );
    let network = "SELECT network FROM audit_events WHERE action = 'account.sign_in_refused'";
    assert!(app.column(network).await.iter().all(|network| network.ends_with("/24")), "from where, for both");
    let stored = String::from_utf8_lossy(&app.stored_bytes().await).into_owned();
    assert!(!stored.contains("canary"), "nothing that was typed is kept");

    let mut admin = app.signed_in(ADMIN).await;
    let list = admin.get("/admin/audit?action=account.sign_in_refused").await;
    for row in 1..=2 {
        let entry = format!("tbody tr:nth-child({row}) td[data-label='What happened'] a");
        let page = admin.get(&list.attribute(&entry, "href")).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Failures"), "{}", page.text());
    }
}

#[tokio::test]
async fn the_tenth_wrong_password_is_told_again_and_the_ninth_is_not() {
    let app = bakery().await;
    for (guess, entries) in [(4, 1), (5, 1), (6, 1), (7, 1), (8, 1), (9, 1), (10, 2)] {
        while wrong(&app).await < guess {
            app.advance(Duration::from_mins(1));
            assert_eq!(app.anonymous().sign_in(OWNER, "wrong password").await.status, 422);
        }
        assert_eq!(told(&app, "account.sign_in_refused").await.len(), entries, "{guess}");
    }
}

async fn wrong(app: &TestApp) -> i64 {
    let most = "SELECT CAST(COALESCE(MAX(failures), 0) AS TEXT) FROM sign_in_failures";
    app.column(most).await.first().and_then(|count| count.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn who_is_suspended_and_knocks_is_told_once_an_hour() {
    let app = bakery().await;
    app.execute("UPDATE users SET disabled_at = created_at WHERE email = 'owner@bakery.example'").await;
    for _ in 0..3 {
        assert_eq!(app.anonymous().sign_in(OWNER, PASSWORD).await.status, 422);
    }
    let sentence = "Somebody with the right password for Rosa Bloom was not let in: the account is suspended";
    assert_eq!(told(&app, "account.sign_in_refused").await, [sentence]);
    app.advance(Duration::from_mins(61));
    assert_eq!(app.anonymous().sign_in(OWNER, PASSWORD).await.status, 422);
    assert_eq!(told(&app, "account.sign_in_refused").await.len(), 2);
}

#[tokio::test]
async fn guesses_at_the_own_password_and_at_the_second_factor_are_told() {
    let app = TestApp::new().await;
    app.administrator(ADMIN).await;
    app.tenant(OWNER, "PRO").await;
    app.execute("UPDATE users SET name = 'Rosa Bloom' WHERE email = 'owner@bakery.example'").await;
    let mut rosa = app.signed_in(OWNER).await;
    let guess = [("present_password", "guess"), ("password", "another password")];
    for _ in 0..4 {
        change_password(&mut rosa, &guess).await;
    }
    assert_eq!(
        told(&app, "account.password_refused").await,
        ["Somebody signed in to Rosa Bloom gave a wrong password 4 times in a row"]
    );

    let mut rosa = app.signed_in(OWNER).await;
    Factor::turn_on(&app, &mut rosa).await;
    app.advance(Duration::from_mins(5));
    let mut visitor = app.anonymous();
    assert_eq!(visitor.sign_in(OWNER, PASSWORD).await.status, 303);
    for _ in 0..5 {
        assert_eq!(visitor.post("/sign-in/code", &[("code", "000000")]).await.status, 422);
    }
    assert_eq!(
        told(&app, "account.code_refused").await,
        ["Somebody gave a wrong code for Rosa Bloom 5 times in a row"]
    );
}

async fn change_password(client: &mut Client, form: &[(&str, &str)]) {
    let answer = client.post("/account/password", form).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
}

#[tokio::test]
async fn an_agent_beyond_the_limit_is_told_once_however_often_it_is_asked_for() {
    let office = Office::open().await;
    office.app.administrator(ADMIN).await;
    let mut owner = office.tenant(OWNER, "FREE", &[]).await;
    office.app.execute("UPDATE users SET name = 'Rosa Bloom' WHERE email = 'owner@bakery.example'").await;
    let limit = owner.get("/api/dashboard/tier-limits").await.json()["limits"]["maxHelpdeskAgents"].as_u64();
    for number in 0..limit.unwrap() {
        owner.agent(&json!({ "name": format!("Ana {number}") })).await;
    }
    for name in ["Ben", "Cy", "Dee"] {
        let refused = owner.create(&json!({ "name": name })).await;
        assert_eq!(refused.json_error(), (403, "tier_limit_reached".into()));
    }
    assert_eq!(
        told(&office.app, "agent.refused").await,
        [format!("Rosa Bloom asked for a seat beyond the limit of {} and got none", limit.unwrap())]
    );
    let form = [("name", "Eve"), ("mode", "generate")];
    assert_eq!(owner.client.post("/integrations/helpdesk/agents/new", &form).await.status, 409);
    assert_eq!(told(&office.app, "agent.refused").await.len(), 1);
}

#[tokio::test]
async fn what_only_a_super_admin_may_do_is_told_when_an_admin_tries() {
    let app = bakery().await;
    let boss = app.super_administrator("boss@localboxs.example").await;
    app.execute("UPDATE users SET name = 'Kim Boss' WHERE email = 'boss@localboxs.example'").await;
    let mut admin = app.signed_in(ADMIN).await;
    for _ in 0..2 {
        let refused = admin.post(&format!("/admin/users/{}/sign-out", boss.id), &[]).await;
        assert_eq!(refused.status, 403, "{}", refused.text());
    }
    let new = [("email", "new@example.com"), ("name", "New"), ("tier", "FREE"), ("role", "ADMIN")];
    assert_eq!(admin.post("/admin/users/new", &new).await.status, 403);
    assert_eq!(
        told(&app, "user.change_refused").await,
        [
            "Sam Lee was refused adding an administrator",
            "Sam Lee was refused a change of the account of Kim Boss"
        ]
    );
}
