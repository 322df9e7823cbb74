use std::time::Duration;

use axum::http::Method;
use localboxs::domain::password::Password;
use localboxs::domain::user::Role;
use localboxs::services::accounts;
use serde_json::json;

use crate::support::{Client, PASSWORD, TestApp};

const EMAIL: &str = "ana@example.com";
const MINUTE: Duration = Duration::from_mins(1);

/// A page that only somebody signed in is led away from.
async fn is_signed_in(client: &mut Client) -> bool {
    client.get("/sign-in").await.status == 303
}

async fn app() -> TestApp {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    app
}

#[tokio::test]
async fn a_session_id_from_before_is_never_the_one_after_signing_in() {
    let app = app().await;
    let mut client = app.anonymous();
    client.cookies.insert("localboxs".into(), "AAAAAAAAAAAAAAAAAAAAAA".into());

    client.sign_in(EMAIL, PASSWORD).await;

    assert_ne!(client.session(), Some("AAAAAAAAAAAAAAAAAAAAAA"));
    assert!(is_signed_in(&mut client).await);
}

#[tokio::test]
async fn signing_in_again_gives_a_new_id_and_ends_the_old_session() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    let mut old = client.clone();

    client.sign_in(EMAIL, PASSWORD).await;

    assert_ne!(client.session(), old.session());
    assert!(!is_signed_in(&mut old).await);
    assert!(is_signed_in(&mut client).await);
    assert_eq!(app.column("SELECT id_hash FROM sessions").await.len(), 1);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once_and_says_so() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    let mut stolen = client.clone();

    let answer = client.post("/sign-out", &[]).await;

    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in"));
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    assert!(client.session().is_none());
    assert!(!is_signed_in(&mut stolen).await);
    assert_eq!(client.get("/sign-in").await.words(".flash"), "You are signed out.");
    assert!(!client.get("/sign-in").await.has(".flash"), "said once");
    assert!(app.column("SELECT id_hash FROM sessions").await.is_empty());
}

#[tokio::test]
async fn a_request_in_flight_never_brings_an_ended_session_back() {
    let app = app().await;
    for _ in 0..20 {
        let client = app.signed_in(EMAIL).await;
        app.advance(6 * MINUTE);
        let requests = (0..4).map(|index| {
            let mut client = client.clone();
            tokio::spawn(async move {
                match index {
                    0 => client.post("/sign-out", &[]).await,
                    _ => client.get("/sign-in").await,
                }
            })
        });
        for request in requests.collect::<Vec<_>>() {
            assert!(request.await.unwrap().status < 400);
        }
        assert!(!is_signed_in(&mut client.clone()).await);
        assert!(app.column("SELECT id_hash FROM sessions").await.is_empty());
    }
}

#[tokio::test]
async fn two_sign_ins_racing_with_one_cookie_leave_no_session_under_the_old_id() {
    let app = app().await;
    let client = app.signed_in(EMAIL).await;
    let mut old = client.clone();
    let races = (0..3).map(|_| {
        let mut client = client.clone();
        tokio::spawn(async move {
            client.sign_in(EMAIL, PASSWORD).await;
            client
        })
    });
    for race in races.collect::<Vec<_>>() {
        let mut winner = race.await.unwrap();
        assert_ne!(winner.session(), old.session());
        assert!(is_signed_in(&mut winner).await);
    }
    assert!(!is_signed_in(&mut old).await);
}

#[tokio::test]
async fn an_idle_hour_ends_a_session_and_use_keeps_it() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    for _ in 0..3 {
        app.advance(59 * MINUTE);
        assert!(is_signed_in(&mut client.clone()).await);
    }
    app.advance(60 * MINUTE);
    assert!(!is_signed_in(&mut client).await);
}

#[tokio::test]
async fn twelve_hours_end_a_session_however_busy() {
    let app = app().await;
    let client = app.signed_in(EMAIL).await;
    for _ in 0..14 {
        app.advance(50 * MINUTE);
        assert!(is_signed_in(&mut client.clone()).await);
    }
    app.advance(20 * MINUTE);
    assert!(!is_signed_in(&mut client.clone()).await);
}

#[tokio::test]
async fn only_hashes_of_session_ids_and_passwords_are_stored() {
    let app = app().await;
    let client = app.signed_in(EMAIL).await;
    let id = client.session().unwrap().to_owned();
    let hash = app.column("SELECT password_hash FROM users").await.remove(0);

    let rows = app.column("SELECT id_hash || ' ' || data FROM sessions").await;
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].contains(&id) && !rows[0].contains("argon2"), "{}", rows[0]);

    let stored = app.stored_bytes().await;
    let holds = |needle: &str| stored.windows(needle.len()).any(|part| part == needle.as_bytes());
    assert!(holds(&hash), "the search finds what is there");
    assert!(!holds(&id) && !holds(PASSWORD));
}

#[tokio::test]
async fn nobody_gets_a_session_without_signing_in() {
    let app = app().await;
    let mut client = app.anonymous();
    for path in ["/sign-in", "/", "/nowhere", "/api/health"] {
        assert!(client.get(path).await.headers.get("set-cookie").is_none(), "{path}");
    }
    client.sign_in(EMAIL, "wrong password").await;
    assert!(app.column("SELECT id_hash FROM sessions").await.is_empty());
}

#[tokio::test]
async fn a_disabled_person_is_out_at_the_next_request_and_stays_out() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    assert!(is_signed_in(&mut client).await);

    accounts::disable(&app.app, EMAIL).await.unwrap();
    assert!(!is_signed_in(&mut client).await);

    accounts::enable(&app.app, EMAIL).await.unwrap();
    assert!(!is_signed_in(&mut client).await, "sessions from before stay ended");
    assert!(is_signed_in(&mut app.signed_in(EMAIL).await).await);
}

#[tokio::test]
async fn a_new_password_and_a_new_role_end_every_session() {
    let app = app().await;
    let mut clients = [app.signed_in(EMAIL).await, app.signed_in(EMAIL).await];
    accounts::set_role(&app.app, EMAIL, Role::Admin).await.unwrap();
    for client in &mut clients {
        assert!(!is_signed_in(client).await);
    }
    let mut client = app.signed_in(EMAIL).await;
    accounts::set_password(&app.app, EMAIL, Password::new("another password".into())).await.unwrap();
    assert!(!is_signed_in(&mut client).await);
    assert_eq!(app.anonymous().sign_in(EMAIL, "another password").await.status, 303);
}

#[tokio::test]
async fn a_password_hash_changed_behind_our_back_ends_the_session_too() {
    let app = app().await;
    app.tenant("ben@example.com", "PRO").await;
    let mut client = app.signed_in(EMAIL).await;
    app.execute(
        "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE email = 'ben@example.com') \
         WHERE email = 'ana@example.com'",
    )
    .await;
    assert!(!is_signed_in(&mut client).await);
}

#[tokio::test]
async fn the_cookie_is_bound_to_the_host_on_https() {
    let app = TestApp::https().await;
    app.tenant(EMAIL, "PRO").await;
    let mut client = app.anonymous();

    let answer = client.sign_in(EMAIL, PASSWORD).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-localboxs="), "{cookie}");
    for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));

    let answer = client.post("/sign-out", &[]).await;
    let removals: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    let removal = removals.iter().find(|line| line.starts_with("__Host-localboxs=;")).unwrap();
    assert!(removal.contains("Max-Age=0") && removal.contains("; Secure"), "{removal}");
}

#[tokio::test]
async fn the_cookie_works_over_plain_http_when_that_is_all_there_is() {
    let app = app().await;
    let answer = app.anonymous().sign_in(EMAIL, PASSWORD).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("localboxs=") && !cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn a_broken_database_answers_503_in_the_right_shape() {
    let app = app().await;
    let client = app.signed_in(EMAIL).await;
    app.execute("DROP TABLE sessions").await;
    let answer = client.clone().get("/sign-in").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    assert_eq!(answer.words("h1"), "Not available right now");
    let answer =
        client.clone().post_json("/api/auth/sign-in", &json!({ "email": EMAIL, "password": PASSWORD })).await;
    assert_eq!(answer.json_error(), (503, "database_unavailable".into()));
    let answer = app.anonymous().sign_in(EMAIL, PASSWORD).await;
    assert_eq!(answer.status, 503);
}

#[tokio::test]
async fn a_signed_in_request_begins_with_one_query() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    assert_eq!(crate::support::queries(client.get("/sign-in")).await, 1);
    assert_eq!(crate::support::queries(app.anonymous().get("/sign-in")).await, 0);
    assert_eq!(crate::support::queries(client.call(Method::GET, "/api/health").send()).await, 0);
}
