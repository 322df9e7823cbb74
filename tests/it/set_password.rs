//! Links to set a password.

use std::time::Duration;

use crate::support::{Client, PASSWORD, TestApp, holds};

const ADMIN: &str = "admin@localboxs.example";
const SUPER: &str = "super@localboxs.example";
const EMAIL: &str = "ana@example.com";
const NEW: &str = "a password of my own";

async fn app() -> (TestApp, Client, String) {
    let app = TestApp::new().await;
    app.administrator(ADMIN).await;
    let tenant = app.tenant(EMAIL, "PRO").await.id;
    let admin = app.signed_in(ADMIN).await;
    (app, admin, format!("/admin/users/{tenant}/password-link"))
}

/// The path of a new link.
async fn link(admin: &mut Client, at: &str) -> String {
    let page = admin.post(at, &[]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.value_of("#secret").strip_prefix("http://localhost:3000").unwrap().to_owned()
}

#[tokio::test]
async fn a_link_sets_a_password_once_and_ends_every_session() {
    let (app, mut admin, at) = app().await;
    assert!(admin.get(&at).await.words(".consequences").contains("once, within 24 hours"));
    let path = link(&mut admin, &at).await;
    let mut signed_in = app.signed_in(EMAIL).await;
    let mut client = app.anonymous();
    let page = client.get(&path).await;
    assert_eq!((page.status, page.words("h1")), (200, "Set your password".into()));
    assert!(page.text().contains("You will sign in as ana@example.com."));
    assert!(
        page.value_of("header input[name=back]:is(.top > .tools *)").starts_with("/sign-in"),
        "the link stays here"
    );

    let short = client.post(&path, &[("password", "short")]).await;
    assert_eq!(
        (short.status, short.words("#password-error")),
        (422, "Choose a password with at least 8 characters".into())
    );
    let answer = client.post(&path, &[("password", NEW)]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in"));
    assert_eq!(client.get("/sign-in").await.words(".flash"), "Your password is set. Sign in with it.");
    assert_eq!(signed_in.get("/").await.status, 303);
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 422);
    assert_eq!(app.anonymous().sign_in(EMAIL, NEW).await.status, 303);
    let actions = app.column("SELECT action FROM audit_events WHERE actor = 'user' ORDER BY id").await;
    assert_eq!(actions, ["user.password_link_made", "user.password_set"]);
}

#[tokio::test]
async fn used_expired_replaced_and_unknown_links_answer_alike() {
    let (app, mut admin, at) = app().await;
    let used = link(&mut admin, &at).await;
    app.anonymous().post(&used, &[("password", NEW)]).await;
    let replaced = link(&mut admin, &at).await;
    let expired = link(&mut admin, &at).await;
    app.advance(Duration::from_hours(24));
    let mut pages = Vec::new();
    for path in [&used, &replaced, &expired, "/set-password/unknown", "/set-password/%00"] {
        for answer in
            [app.anonymous().get(path).await, app.anonymous().post(path, &[("password", NEW)]).await]
        {
            assert_eq!((answer.status, answer.words("h1")), (404, "This link doesn't work".into()), "{path}");
            pages.push(answer.words("main"));
        }
    }
    pages.dedup();
    assert_eq!(
        pages,
        [
            "This link doesn't work It was used already, is older than 24 hours, or was withdrawn, as when a newer one is made. Ask your administrator for a new link. Sign in"
        ]
    );
}

#[tokio::test]
async fn of_parallel_uses_of_one_link_one_succeeds() {
    let (app, mut admin, at) = app().await;
    let path = link(&mut admin, &at).await;
    let uses = (0..4).map(|nth| {
        let (mut client, path) = (app.anonymous(), path.clone());
        tokio::spawn(async move { client.post(&path, &[("password", &format!("{NEW} {nth}"))]).await.status })
    });
    let mut statuses = Vec::new();
    for one in uses.collect::<Vec<_>>() {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404, 404, 404]);
}

#[tokio::test]
async fn a_new_password_by_other_means_ends_the_link() {
    let (app, mut admin, at) = app().await;
    let path = link(&mut admin, &at).await;
    let mut client = app.signed_in(EMAIL).await;
    client.post("/account/password", &[("present_password", PASSWORD), ("password", NEW)]).await;
    assert_eq!(app.anonymous().get(&path).await.status, 404);
}

#[tokio::test]
async fn only_the_hash_of_a_link_is_stored() {
    let (app, mut admin, at) = app().await;
    let path = link(&mut admin, &at).await;
    let token = path.strip_prefix("/set-password/").unwrap();
    assert_eq!(token.len(), 64);
    let stored = app.stored_bytes().await;
    assert!(holds(&stored, EMAIL.as_bytes()) && !holds(&stored, token.as_bytes()));
}

#[tokio::test]
async fn another_role_a_suspension_and_signing_out_everywhere_void_the_link() {
    let (app, mut admin, at) = app().await;
    app.super_administrator(SUPER).await;
    let mut boss = app.signed_in(SUPER).await;
    let user = at.strip_suffix("/password-link").unwrap();
    let role = [("role", "SUPER_ADMIN"), ("password", PASSWORD)];
    let changes: [(&str, &[(&str, &str)]); 3] = [("sign-out", &[]), ("suspend", &[]), ("role", &role)];
    for (change, form) in changes {
        let path = link(&mut admin, &at).await;
        assert_eq!(app.anonymous().get(&path).await.status, 200);
        assert_eq!(boss.post(&format!("{user}/{change}"), form).await.status, 303, "{change}");
        boss.post(&format!("{user}/enable"), &[]).await;
        let mut client = app.anonymous();
        assert_eq!(client.get(&path).await.status, 404, "{change}");
        assert_eq!(client.post(&path, &[("password", NEW)]).await.status, 404, "{change}");
    }
    assert_eq!(app.anonymous().sign_in(EMAIL, NEW).await.status, 422);
}

#[tokio::test]
async fn a_link_of_a_suspended_account_answers_as_a_void_one() {
    let (app, mut admin, at) = app().await;
    let path = link(&mut admin, &at).await;
    app.execute("UPDATE users SET disabled_at = created_at WHERE email = 'ana@example.com'").await;
    for answer in [app.anonymous().get(&path).await, app.anonymous().post(&path, &[("password", NEW)]).await]
    {
        assert_eq!((answer.status, answer.words("h1")), (404, "This link doesn't work".into()));
    }
    let user = at.strip_suffix("/password-link").unwrap();
    admin.post(&format!("{user}/enable"), &[]).await;
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.status, 303, "the password is the old one");
}

#[tokio::test]
async fn nobody_suspended_gets_a_link_that_would_not_work() {
    let (app, mut admin, at) = app().await;
    let user = at.strip_suffix("/password-link").unwrap();
    assert!(admin.get(user).await.has("#new-link"));
    admin.post(&format!("{user}/suspend"), &[]).await;
    let page = admin.get(user).await;
    assert!(!page.has("#new-link") && page.text().contains("once the account is open again"));
    let page = admin.get(&at).await;
    assert!(page.has("#suspended") && !page.has("#link-form"), "{}", page.text());
    for refused in [admin.post(&at, &[]).await, admin.post_htmx(&at, &[]).await] {
        let told = "Ana Ruiz is suspended, so no link would work. Open the account again first";
        assert_eq!((refused.status, refused.words("#error-summary li")), (409, told.into()));
        assert_eq!(refused.attribute("#enable", "href"), format!("{user}/enable"), "the way out");
        assert!(!refused.has("#secret"));
    }
    assert_eq!(app.column("SELECT token_hash FROM password_links").await, [] as [&str; 0]);
    admin.post(&format!("{user}/enable"), &[]).await;
    let path = link(&mut admin, &at).await;
    assert_eq!(app.anonymous().get(&path).await.status, 200);
}
