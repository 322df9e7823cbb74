use axum::http::Method;
use localboxs::domain::password::Password;
use localboxs::services::accounts;
use serde_json::json;

use crate::support::{PASSWORD, TestApp};

const EMAIL: &str = "ana@example.com";

#[tokio::test]
async fn the_right_password_opens_the_page_that_was_asked_for() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    let mut client = app.anonymous();

    let form = client.get("/sign-in?next=%2Fintegrations%2Fhelpdesk").await;
    assert_eq!(form.words("h1"), "Sign in to LocalBoxs");
    let next = form.value_of("input[name=next]");
    let answer = client
        .post("/sign-in", &[("email", " ANA@Example.com"), ("password", PASSWORD), ("next", &next)])
        .await;

    assert_eq!((answer.status, answer.header("location")), (303, "/integrations/helpdesk"));
    assert_eq!(client.get("/sign-in?next=/x").await.header("location"), "/x");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil"] {
        let form = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
        assert_eq!(app.anonymous().post("/sign-in", &form).await.header("location"), "/", "{next}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_bytes() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;

    let known = app.anonymous().sign_in(EMAIL, "wrong password").await;
    let unknown = app.anonymous().sign_in("eve@example.com", "wrong password").await;

    assert_eq!((known.status, unknown.status), (422, 422));
    assert_eq!(
        known.words("#error-summary a"),
        "That e-mail and password don't match. Check both and try again."
    );
    assert_eq!(known.text().replace(EMAIL, "X"), unknown.text().replace("eve@example.com", "X"));
    assert_eq!(known.value_of("#email"), EMAIL);
    assert_eq!(known.value_of("#password"), "");
    assert!(known.words("title").starts_with("Error: "));
    assert!(known.headers.get("set-cookie").is_none() && unknown.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn an_api_client_signs_in_and_out() {
    let app = TestApp::new().await;
    let user = app.tenant(EMAIL, "PRO_PLUS").await;
    let mut client = app.anonymous();

    let call = client.call(Method::POST, "/api/auth/sign-in").without("origin").without("sec-fetch-site");
    let answer = call.json(&json!({ "email": EMAIL, "password": PASSWORD })).send().await;

    assert_eq!(answer.status, 200);
    let user = json!({ "id": user.id.to_string(), "email": EMAIL, "name": "Ana Ruiz", "role": "USER", "tier": "PRO_PLUS" });
    assert_eq!(answer.json(), json!({ "success": true, "user": user }));
    assert!(client.session().is_some());

    let answer = client.post_json("/api/auth/sign-out", &json!({})).await;
    assert_eq!((answer.status, answer.header("clear-site-data")), (204, "\"cache\""));
    assert!(client.session().is_none());
}

#[tokio::test]
async fn an_api_client_with_a_wrong_password_gets_401() {
    let app = TestApp::new().await;
    let answer =
        app.anonymous().post_json("/api/auth/sign-in", &json!({ "email": EMAIL, "password": "x" })).await;
    assert_eq!(answer.json_error(), (401, "not_signed_in".into()));
    assert_eq!(answer.json()["error"], "That e-mail and password don't match. Check both and try again.");
}

#[tokio::test]
async fn a_suspended_account_is_told_so_only_with_the_right_password() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    accounts::disable(&app.app, EMAIL).await.unwrap();

    let wrong = app.anonymous().sign_in(EMAIL, "wrong password").await;
    let right = app.anonymous().sign_in(EMAIL, PASSWORD).await;

    assert_eq!(
        wrong.words("#error-summary a"),
        "That e-mail and password don't match. Check both and try again."
    );
    assert_eq!(right.words("#error-summary a"), "This account is suspended. Contact support.");
    let answer = app
        .anonymous()
        .post_json("/api/auth/sign-in", &json!({ "email": EMAIL, "password": PASSWORD }))
        .await;
    assert_eq!(answer.json_error(), (403, "not_allowed".into()));
}

#[tokio::test]
async fn a_weaker_hash_is_replaced_at_the_next_sign_in() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    let weak = argon2::Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        argon2::Params::new(8_192, 1, 1, None).unwrap(),
    );
    let hash = argon2::PasswordHasher::hash_password(&weak, PASSWORD.as_bytes()).unwrap().to_string();
    app.execute(&format!("UPDATE users SET password_hash = '{hash}'")).await;

    let mut client = app.signed_in(EMAIL).await;

    let stored = app.column("SELECT password_hash FROM users").await.remove(0);
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_eq!(client.get("/sign-in").await.status, 303, "the session holds with the new hash");
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_zero_byte_in_the_address_matches_nobody() {
    let app = TestApp::new().await;
    assert_eq!(app.anonymous().sign_in("ana\0@example.com", PASSWORD).await.status, 422);
}

#[tokio::test]
async fn our_own_passwords_need_eight_characters_and_no_more() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    let set =
        async |password: &str| accounts::set_password(&app.app, EMAIL, Password::new(password.into())).await;
    assert!(set("1234567").await.is_err());
    assert!(set("k7#Lq9vz").await.is_ok());
    let longest = format!("überall grüne Äpfel {}", "ü".repeat(108));
    assert!(set(&longest).await.is_ok());
    assert!(set(&format!("{longest}ü")).await.is_err());
}

#[tokio::test]
async fn every_change_to_a_person_is_in_the_audit_log() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    accounts::set_tier(&app.app, EMAIL, "free").await.unwrap();
    accounts::set_role(&app.app, EMAIL, localboxs::domain::user::Role::Admin).await.unwrap();
    accounts::disable(&app.app, EMAIL).await.unwrap();
    accounts::enable(&app.app, EMAIL).await.unwrap();
    accounts::set_password(&app.app, EMAIL, Password::new("another password".into())).await.unwrap();
    assert!(accounts::set_tier(&app.app, EMAIL, "GOLD").await.is_err());

    let actions = app.column("SELECT action FROM audit_events ORDER BY id").await;
    let expected = [
        "user.created",
        "user.tier_set",
        "user.role_set",
        "user.disabled",
        "user.enabled",
        "user.password_set",
    ];
    assert_eq!(actions, expected);
    assert_eq!(app.column("SELECT DISTINCT actor FROM audit_events").await, ["operator"]);
}
