use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Method;
use serde_json::json;

use crate::support::{Answer, PASSWORD, Setup, TestApp};

const EMAIL: &str = "ana@example.com";

#[tokio::test]
async fn an_unknown_address_costs_a_hash_like_a_known_one() {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    // Whoever needs a hash now cannot have one; whoever is answered all the same did not need one.
    app.app.hashing.close();
    for email in [EMAIL, "eve@example.com"] {
        assert_eq!(app.anonymous().sign_in(email, "wrong password").await.status, 500, "{email}");
    }
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
    app.advance(Duration::from_mins(1));
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

async fn guess(app: &TestApp, network: u16) -> Answer {
    let mut client = app.anonymous();
    client.address = SocketAddr::from(([10, 0, (network >> 8) as u8, (network & 255) as u8], 1));
    client.sign_in(EMAIL, "wrong password").await
}
