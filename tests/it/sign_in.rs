use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::http::Method;
use localboxs::domain::password::Password;
use localboxs::services::accounts;
use serde_json::json;

use crate::support::{PASSWORD, Setup, TestApp};

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
async fn an_unknown_address_takes_as_long_as_a_known_one() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    let mut medians = [Duration::ZERO; 2];
    for (median, known) in medians.iter_mut().zip([true, false]) {
        let mut times = Vec::new();
        for index in 0..9 {
            let unknown = format!("eve{index}@example.com");
            app.advance(Duration::from_secs(61));
            let started = Instant::now();
            app.anonymous().sign_in(if known { EMAIL } else { &unknown }, "wrong password").await;
            times.push(started.elapsed());
        }
        times.sort_unstable();
        *median = times[4];
    }
    assert!(medians[1] * 2 > medians[0], "without a hash it would be many times faster: {medians:?}");
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
async fn waits_grow_with_failures_and_outlive_a_restart() {
    let mut app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    let mut seconds = 60;
    for wait in [0, 0, 0, 1, 3, 5, 10, 60, 60] {
        // From another network each time, so that only the account's own brake is felt.
        assert_eq!(guess(&app, seconds).await.status, 422, "after {wait}");
        app.restart().await;
        if wait > 0 {
            let refused = app.anonymous().sign_in(EMAIL, PASSWORD).await;
            assert_eq!((refused.status, refused.header("retry-after")), (429, wait.to_string().as_str()));
            let unit = if wait == 1 { "second" } else { "seconds" };
            assert_eq!(
                refused.words("#error-summary a"),
                format!("Too many attempts. Try again in {wait} {unit}.")
            );
        }
        app.advance(Duration::from_secs(wait));
        seconds += 60;
    }
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 303);
    assert_eq!(guess(&app, seconds).await.status, 422);
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 303, "success starts the count anew");
}

#[tokio::test]
async fn an_unknown_address_is_slowed_down_like_a_known_one() {
    let app = TestApp::new().await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(app.anonymous().sign_in("nobody@example.com", "guess").await.status);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 429, 429]);
}

#[tokio::test]
async fn parallel_guesses_are_each_counted() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    let guesses = (0..12).map(|_| {
        let mut client = app.anonymous();
        tokio::spawn(async move { client.sign_in(EMAIL, "guess").await.status })
    });
    let mut statuses = Vec::new();
    for guess in guesses.collect::<Vec<_>>() {
        statuses.push(guess.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [422, 422, 422, 422, 429, 429, 429, 429, 429, 429, 429, 429]);
}

#[tokio::test]
async fn one_network_may_fail_ten_times_a_minute() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    for index in 0..10 {
        assert_eq!(app.anonymous().sign_in(&format!("guess{index}@example.com"), "guess").await.status, 422);
    }
    let refused = app.anonymous().sign_in(EMAIL, PASSWORD).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
    let refused = app
        .anonymous()
        .post_json("/api/auth/sign-in", &json!({ "email": EMAIL, "password": PASSWORD }))
        .await;
    assert_eq!(refused.json_error(), (429, "too_many_requests".into()));
    assert_eq!(refused.header("retry-after"), "60");

    let mut elsewhere = app.anonymous();
    elsewhere.address = SocketAddr::from(([198, 51, 100, 7], 1));
    assert_eq!(elsewhere.sign_in(EMAIL, PASSWORD).await.status, 303);
    app.advance(Duration::from_secs(60));
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn signing_in_rightly_uses_up_nothing() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    for _ in 0..15 {
        assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_a_client_is() {
    let setup = Setup { trusted_proxies: vec!["192.0.2.0/24".into()], ..Setup::default() };
    let app = TestApp::with(setup).await;
    for index in 0..11 {
        let mut client = app.anonymous();
        let email = format!("guess{index}@example.com");
        let call =
            client.call(Method::POST, "/sign-in").header("x-forwarded-for", &format!("203.0.113.{index}"));
        assert_eq!(call.form(&[("email", &email), ("password", "guess")]).send().await.status, 422);
    }
    let app = TestApp::new().await;
    let mut statuses = Vec::new();
    for index in 0..11 {
        let mut client = app.anonymous();
        let email = format!("guess{index}@example.com");
        let call =
            client.call(Method::POST, "/sign-in").header("x-forwarded-for", &format!("203.0.113.{index}"));
        statuses.push(call.form(&[("email", &email), ("password", "guess")]).send().await.status);
    }
    assert_eq!(statuses.last(), Some(&429));
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
    assert!(set("aaaaaaaa").await.is_ok());
    assert!(set(&"ü".repeat(128)).await.is_ok());
    assert!(set(&"x".repeat(129)).await.is_err());
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

async fn guess(app: &TestApp, network: u16) -> crate::support::Answer {
    let mut client = app.anonymous();
    client.address = SocketAddr::from(([10, 0, (network >> 8) as u8, (network & 255) as u8], 1));
    client.sign_in(EMAIL, "wrong password").await
}
