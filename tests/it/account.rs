//! Everybody's own account: name, password, and where one is signed in.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Method;

use crate::support::{Client, PASSWORD, TestApp, queries};

const EMAIL: &str = "ana@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn app() -> TestApp {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    app
}

async fn signed_in_with(app: &TestApp, user_agent: &str, address: [u8; 4]) -> Client {
    let mut client = app.anonymous();
    client.address = SocketAddr::from((address, 1));
    let form = [("email", EMAIL), ("password", PASSWORD), ("next", "")];
    let answer =
        client.call(Method::POST, "/sign-in").header("user-agent", user_agent).form(&form).send().await;
    assert_eq!(answer.status, 303);
    client
}

async fn actions(app: &TestApp) -> Vec<String> {
    app.column("SELECT action FROM audit_events WHERE action LIKE 'account.%' ORDER BY id").await
}

#[tokio::test]
async fn a_name_is_changed_and_found_by_it() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;

    let answer = client.post("/account/name", &[("name", "  Ána Ruiz ")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/account"));
    let page = client.get("/account").await;
    assert_eq!(
        (page.words(".flash"), page.value_of("#name")),
        ("Your name is changed.".into(), "Ána Ruiz".into())
    );
    assert_eq!(app.column("SELECT search_text FROM users").await, ["ána ruiz\nana@example.com"]);

    let htmx = client.post_htmx("/account/name", &[("name", "Ana")]).await;
    assert_eq!((htmx.status, htmx.header("hx-redirect")), (204, "/account"));
    assert_eq!(actions(&app).await, ["account.renamed", "account.renamed"]);
    assert_eq!(
        app.column("SELECT CAST(before AS TEXT) FROM audit_events WHERE action = 'account.renamed' ORDER BY id LIMIT 1")
            .await[0]
            .replace(' ', ""),
        r#"{"name":"AnaRuiz"}"#
    );
    client.post("/account/name", &[("name", "Ana")]).await;
    assert_eq!(actions(&app).await.len(), 2, "nothing changed, nothing noted");
}

#[tokio::test]
async fn a_name_that_cannot_be_used_comes_back_with_its_fault() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    for name in ["", "  ", "a\0b", "a\u{202e}b", "a\u{2067}b", "a\u{200b}b", &"x".repeat(101)] {
        let page = client.post("/account/name", &[("name", name)]).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.words("#error-summary a"), "Enter a name of 1 to 100 characters that can be seen");
        assert_eq!(page.words("#name-error"), "Enter a name of 1 to 100 characters that can be seen");
        assert!(page.words("title").starts_with("Error: "));
    }
    assert_eq!(client.post_htmx("/account/name", &[("name", "")]).await.status, 422);
    assert_eq!(actions(&app).await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_keeps_this_one() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    let mut old = client.clone();
    let mut other = app.signed_in(EMAIL).await;

    let form = [("present_password", PASSWORD), ("password", "another password")];
    let answer = client.post("/account/password", &form).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/account"));

    let page = client.get("/account").await;
    assert_eq!(page.words(".flash"), "Your password is changed. Every other session is ended.");
    assert_ne!(client.session(), old.session());
    assert_eq!((old.get("/account").await.status, other.get("/account").await.status), (303, 303));
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 422);
    assert_eq!(app.anonymous().sign_in(EMAIL, "another password").await.status, 303);
    assert_eq!(actions(&app).await, ["account.password_changed"]);
}

#[tokio::test]
async fn a_password_is_changed_only_by_whoever_knows_the_present_one() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    let short =
        client.post("/account/password", &[("present_password", PASSWORD), ("password", "short")]).await;
    assert_eq!(
        (short.status, short.words("#password-error")),
        (422, "Choose a password with at least 8 characters".into())
    );
    let wrong = [("present_password", "guess"), ("password", "another password")];
    for _ in 0..4 {
        let page = client.post("/account/password", &wrong).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.words("#present_password-error"), "That isn't your password. Type it again");
        assert!(!page.text().contains("another password"));
    }
    let braked = client.post("/account/password", &wrong).await;
    for braked in [braked, client.post_htmx("/account/password", &wrong).await] {
        assert_eq!((braked.status, braked.header("retry-after")), (429, "1"));
        assert_eq!(braked.words("#error-summary li"), "Too many attempts. Try again in 1 second.");
        assert!(braked.has("#password-form") && !braked.text().contains("another password"));
    }
    assert_eq!(
        app.anonymous().sign_in(EMAIL, PASSWORD).await.status,
        303,
        "signing in elsewhere is not braked"
    );
    assert_eq!(actions(&app).await, ["account.password_refused"]);
}

#[tokio::test]
async fn sessions_are_recognised_and_signed_out_one_by_one() {
    let app = app().await;
    let mut phone =
        signed_in_with(&app, "Mozilla/5.0 (iPhone) AppleWebKit Safari/604.1", [203, 0, 113, 77]).await;
    app.advance(Duration::from_mins(10));
    let mut client = signed_in_with(&app, FIREFOX, [192, 0, 2, 1]).await;

    let page = client.get("/account").await;
    let lines = page.texts(".sessions li");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with(
            "Firefox on Linux This one Signed in just now · last used just now · network 192.0.2.0/24"
        ),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with(
            "Safari on iPhone Signed in 10 min ago · last used 10 min ago · network 203.0.113.0/24"
        ),
        "{lines:?}"
    );
    assert!(!page.text().contains("203.0.113.77"));

    let session = page.value_of("input[name=session]");
    assert!(!phone.cookies.values().any(|cookie| *cookie == session), "not what opens the session");
    let answer = client.post("/account/sessions/end", &[("session", &session)]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/account#sessions-title"));
    assert_eq!(phone.get("/account").await.status, 303);
    assert_eq!(client.get("/account").await.texts(".sessions li").len(), 1);
    client.post("/account/sessions/end", &[("session", &session)]).await;
    assert_eq!(actions(&app).await, ["account.session_ended"], "once");
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let app = app().await;
    let mut others = [app.signed_in(EMAIL).await, app.signed_in(EMAIL).await];
    let mut client = app.signed_in(EMAIL).await;
    assert_eq!(client.post("/account/sessions/end-others", &[]).await.status, 303);
    for other in &mut others {
        assert_eq!(other.get("/account").await.status, 303);
    }
    let page = client.get("/account").await;
    assert_eq!(page.words(".flash"), "Every other session is ended.");
    assert!(!page.has("#end-others"));
    assert_eq!(actions(&app).await, ["account.session_ended"]);
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    let app = app().await;
    app.tenant("ben@example.com", "PRO").await;
    let mut ben = app.signed_in("ben@example.com").await;
    let hash = app.column("SELECT id_hash FROM sessions").await.remove(0);
    let mut client = app.signed_in(EMAIL).await;
    for session in [hash.as_str(), "", "\0", "none"] {
        assert_eq!(client.post("/account/sessions/end", &[("session", session)]).await.status, 303);
    }
    assert_eq!(ben.get("/account").await.status, 200);
    assert_eq!(actions(&app).await, [] as [&str; 0]);
}

#[tokio::test]
async fn when_somebody_last_signed_in_and_used_a_session_is_known() {
    let app = app().await;
    let client = app.signed_in(EMAIL).await;
    let signed_in = app.column("SELECT CAST(last_sign_in_at AS TEXT) FROM users").await.remove(0);
    assert!(signed_in.starts_with("2026-11-23"), "{signed_in}");
    app.advance(Duration::from_mins(7));
    client.clone().get("/account").await;
    let used = app.column("SELECT CAST((last_used_ms - created_at_ms) / 60000 AS TEXT) FROM sessions").await;
    assert_eq!(used, ["7"]);
}

#[tokio::test]
async fn the_account_page_costs_two_queries() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    assert_eq!(queries(client.get("/account")).await, 2);
}

#[tokio::test]
async fn a_password_that_is_easy_to_guess_is_refused_wherever_one_is_chosen() {
    let app = app().await;
    let why = "This password is easy to guess. Choose three or four words that don't belong together, \
               and leave out your name and e-mail";
    app.administrator("admin@localboxs.example").await;
    let mut admin = app.signed_in("admin@localboxs.example").await;
    let new = [("email", "rosa@bakery.example"), ("name", "Rosa Bloom"), ("tier", "PRO")];
    let link = admin.post("/admin/users/new", &new).await.value_of("#secret");
    let link = link.strip_prefix("http://localhost:3000").unwrap();
    let mut client = app.signed_in(EMAIL).await;
    for easy in ["password", "12345678", "password1", "        ", "localboxs", "ana@example.com", "Ana Ruiz"]
    {
        let form = [("present_password", PASSWORD), ("password", easy)];
        for page in [
            client.post("/account/password", &form).await,
            client.post_htmx("/account/password", &form).await,
        ] {
            assert_eq!((page.status, page.words("#password-error")), (422, why.into()), "{easy}");
            assert_eq!(page.words("#error-summary a"), why);
        }
    }
    for easy in ["password", "Rosa Bloom", "rosa@bakery.example"] {
        let page = app.anonymous().post(link, &[("password", easy)]).await;
        assert_eq!((page.status, page.words("#password-error")), (422, why.into()), "{easy}");
    }
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 303, "nothing was changed");
    let set = app.anonymous().post(link, &[("password", "a password of my own")]).await;
    assert_eq!(set.status, 303, "the link was not used up");
}
