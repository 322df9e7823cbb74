//! Turning a second factor on and off, and signing in with it.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;

use crate::support::{Answer, Client, Factor, PASSWORD, Setup, TestApp, holds};

const EMAIL: &str = "ana@example.com";
const WRONG: &str = "That code doesn't match, or it was used already. Type the one your app shows now";
const HALF_A_MINUTE: Duration = Duration::from_secs(30);

async fn app() -> TestApp {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    app
}

/// Somebody with a second factor, still signed in where it was turned on.
async fn with_factor(app: &TestApp) -> (Client, Factor) {
    let mut client = app.signed_in(EMAIL).await;
    let factor = Factor::turn_on(app, &mut client).await;
    app.advance(HALF_A_MINUTE);
    (client, factor)
}

/// A browser that has given the right password.
async fn at_code_page(app: &TestApp) -> Client {
    let mut client = app.anonymous();
    let answer = client.sign_in(EMAIL, PASSWORD).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in/code"));
    client
}

async fn code(client: &mut Client, code: &str) -> Answer {
    client.post("/sign-in/code", &[("code", code)]).await
}

async fn actions(app: &TestApp) -> Vec<String> {
    app.column("SELECT action FROM audit_events WHERE action LIKE 'account.%' ORDER BY id").await
}

#[tokio::test]
async fn it_is_turned_on_with_a_code_and_gives_ten_recovery_codes_once() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    assert!(client.get("/account/second-factor").await.has("#set-up"));

    let answer = client.post("/account/second-factor/set-up", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/account/second-factor"));
    let page = client.get("/account/second-factor").await;
    assert_eq!(page.attribute("svg.qr", "role"), "img");
    assert!(!page.text().contains("style="), "the content policy would refuse it");
    let factor = Factor::of(&page);

    let wrong = client.post("/account/second-factor/on", &[("code", "000000")]).await;
    assert_eq!((wrong.status, wrong.words("#code-error")), (422, WRONG.into()));
    assert_eq!(Factor::of(&wrong).secret(), factor.secret(), "the same secret again");
    let word = client.post_htmx("/account/second-factor/on", &[("code", "abc")]).await;
    assert_eq!(word.words("#code-error"), "Type the six digits that your app shows");

    let page = client.post("/account/second-factor/on", &[("code", &factor.code(&app))]).await;
    assert_eq!(page.status, 200);
    let codes: Vec<String> = page.words("#codes").split(' ').map(str::to_owned).collect();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");

    let page = client.get("/account/second-factor").await;
    assert!(page.text().contains("10 recovery codes are left."));
    assert!(
        !page.has("svg.qr") && !page.text().contains(&codes[0]) && !page.text().contains(factor.secret())
    );
    assert!(client.get("/account").await.text().contains("On. 10 recovery codes are left."));
    let again = client.post("/account/second-factor/set-up", &[]).await;
    assert_eq!(
        (again.status, again.words("#error-summary li")),
        (409, "Your second factor is on already".into())
    );
    assert_eq!(actions(&app).await, ["account.second_factor_on"]);
}

#[tokio::test]
async fn signing_in_asks_for_a_code_and_then_opens_the_page_that_was_asked_for() {
    let app = app().await;
    let (_, factor) = with_factor(&app).await;
    let mut client = app.anonymous();
    let form = [("email", EMAIL), ("password", PASSWORD), ("next", "/integrations/helpdesk")];
    assert_eq!(client.post("/sign-in", &form).await.header("location"), "/sign-in/code");

    let page = client.get("/sign-in/code").await;
    assert_eq!(page.words("h1"), "Enter your code");
    assert!(page.text().contains("10 are left."));
    assert_eq!(page.attribute("#code", "autocomplete"), "one-time-code");
    assert_eq!(client.get("/account").await.status, 303, "not signed in yet");
    assert_eq!(client.get("/api/dashboard/tier-limits").await.json_error().0, 401);
    let before = client.session().unwrap().to_owned();

    let answer = code(&mut client, &factor.code(&app)).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/integrations/helpdesk"));
    assert_ne!(client.session(), Some(before.as_str()), "a new session id");
    assert_eq!(client.get("/account").await.status, 200);
    assert_eq!(client.get("/sign-in/code").await.header("location"), "/sign-in");
}

#[tokio::test]
async fn a_code_works_once_and_neither_do_those_before_it() {
    let app = app().await;
    let (_, factor) = with_factor(&app).await;
    let earlier = factor.code(&app);
    app.advance(HALF_A_MINUTE);
    let now = factor.code(&app);
    assert_eq!(code(&mut at_code_page(&app).await, &now).await.status, 303);
    for used in [&now, &earlier] {
        let page = code(&mut at_code_page(&app).await, used).await;
        assert_eq!((page.status, page.words("#error-summary a")), (422, WRONG.into()));
    }
    app.advance(HALF_A_MINUTE);
    assert_eq!(code(&mut at_code_page(&app).await, &factor.code(&app)).await.status, 303);
}

#[tokio::test]
async fn the_code_that_turned_it_on_does_not_sign_in() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    let factor = Factor::turn_on(&app, &mut client).await;
    assert_eq!(code(&mut at_code_page(&app).await, &factor.code(&app)).await.status, 422);
}

#[tokio::test]
async fn of_parallel_sign_ins_with_one_code_one_succeeds() {
    for is_recovery_code in [false, true] {
        // Failures are remembered for long, and more than four of them would be told to wait.
        let app = app().await;
        let (_, factor) = with_factor(&app).await;
        let typed = if is_recovery_code { factor.recovery[0].clone() } else { factor.code(&app) };
        let mut clients = Vec::new();
        for _ in 0..4 {
            clients.push(at_code_page(&app).await);
        }
        let tries = clients.into_iter().map(|mut client| {
            let typed = typed.clone();
            tokio::spawn(async move { code(&mut client, &typed).await.status })
        });
        let mut statuses = Vec::new();
        for one in tries.collect::<Vec<_>>() {
            statuses.push(one.await.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422, 422, 422]);
    }
}

#[tokio::test]
async fn a_recovery_code_signs_in_once_and_says_how_many_are_left() {
    let app = app().await;
    let (_, factor) = with_factor(&app).await;
    let typed = format!("  {} ", factor.recovery[3].to_uppercase().replace('-', " "));
    let mut client = at_code_page(&app).await;
    assert_eq!(code(&mut client, &typed).await.status, 303);
    let page = client.get("/account").await;
    assert_eq!(page.words(".flash"), "You signed in with a recovery code. 9 of them are left.");
    let mut client = at_code_page(&app).await;
    assert!(client.get("/sign-in/code").await.text().contains("9 are left."));
    assert_eq!(code(&mut client, &factor.recovery[3]).await.status, 422);
    assert_eq!(actions(&app).await, ["account.second_factor_on", "account.signed_in_with_recovery_code"]);
}

#[tokio::test]
async fn five_wrong_codes_and_then_growing_waits_that_outlive_a_restart() {
    let mut app = app().await;
    let (_, factor) = with_factor(&app).await;
    for wait in [0, 0, 0, 0, 60, 120, 300, 900, 900] {
        assert_eq!(code(&mut at_code_page(&app).await, "000000").await.status, 422, "before {wait}");
        app.restart().await;
        if wait > 0 {
            let refused = code(&mut at_code_page(&app).await, &factor.code(&app)).await;
            assert_eq!((refused.status, refused.header("retry-after")), (429, wait.to_string().as_str()));
        }
        app.advance(Duration::from_secs(wait + 1));
    }
    assert_eq!(code(&mut at_code_page(&app).await, &factor.code(&app)).await.status, 303);
    app.advance(HALF_A_MINUTE);
    assert_eq!(
        code(&mut at_code_page(&app).await, "000000").await.status,
        422,
        "success starts the count anew"
    );
}

#[tokio::test]
async fn the_password_counts_for_five_minutes_and_only_while_it_is_the_password() {
    let app = app().await;
    let (mut signed_in, factor) = with_factor(&app).await;
    let mut late = at_code_page(&app).await;
    app.advance(Duration::from_mins(5));
    assert_eq!(code(&mut late, &factor.code(&app)).await.header("location"), "/sign-in?ended");
    assert_eq!(late.get("/sign-in/code").await.header("location"), "/sign-in");

    let mut overtaken = at_code_page(&app).await;
    let form = [("present_password", PASSWORD), ("password", "another password")];
    assert_eq!(signed_in.post("/account/password", &form).await.status, 303);
    assert_eq!(code(&mut overtaken, &factor.code(&app)).await.header("location"), "/sign-in?ended");
    let mut nobody = app.anonymous();
    assert_eq!(code(&mut nobody, "123456").await.header("location"), "/sign-in?ended");
}

#[tokio::test]
async fn somebody_suspended_meanwhile_is_told_so() {
    let app = app().await;
    let (_, factor) = with_factor(&app).await;
    let mut client = at_code_page(&app).await;
    localboxs::services::accounts::disable(&app.app, EMAIL).await.unwrap();
    assert_eq!(code(&mut client, &factor.code(&app)).await.header("location"), "/sign-in?suspended");
}

#[tokio::test]
async fn an_api_client_sends_the_code_in_the_same_call() {
    let app = app().await;
    let (_, factor) = with_factor(&app).await;
    let mut client = app.anonymous();
    let call = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = client.post_json("/api/auth/sign-in", &call).await;
    assert_eq!(answer.json_error(), (401, "second_factor_required".into()));
    assert!(answer.json()["error"].as_str().unwrap().contains("Send the same call with code"));
    assert!(client.session().is_none());

    let with = |code: &str| json!({ "email": EMAIL, "password": PASSWORD, "code": code });
    let wrong = client.post_json("/api/auth/sign-in", &with("000000")).await;
    assert_eq!(wrong.json_error(), (422, "invalid_fields".into()));
    assert_eq!(wrong.json()["fields"]["code"][0], WRONG);
    let answer = client.post_json("/api/auth/sign-in", &with(&factor.code(&app))).await;
    assert_eq!((answer.status, &answer.json()["recoveryCodesLeft"]), (200, &json!(10)));
    assert_eq!(client.get("/api/dashboard/tier-limits").await.status, 200);
    let answer = app.anonymous().post_json("/api/auth/sign-in", &with(&factor.recovery[0])).await;
    assert_eq!((answer.status, &answer.json()["recoveryCodesLeft"]), (200, &json!(9)));
    let wrong = json!({ "email": EMAIL, "password": "wrong", "code": factor.recovery[1] });
    assert_eq!(app.anonymous().post_json("/api/auth/sign-in", &wrong).await.json_error().1, "not_signed_in");
}

#[tokio::test]
async fn it_is_turned_off_with_password_and_code() {
    let app = app().await;
    let (mut client, factor) = with_factor(&app).await;
    let off = "/account/second-factor/off";
    let wrong = client.post(off, &[("password", "guess"), ("code", &factor.code(&app))]).await;
    assert_eq!(
        (wrong.status, wrong.words("#password-error")),
        (422, "That isn't your password. Type it again".into())
    );
    let wrong = client.post(off, &[("password", PASSWORD), ("code", "000000")]).await;
    assert_eq!((wrong.status, wrong.words("#off-code-error")), (422, WRONG.into()));
    let answer = client.post(off, &[("password", PASSWORD), ("code", &factor.code(&app))]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/account/second-factor"));
    assert_eq!(client.get("/account/second-factor").await.words(".flash"), "Your second factor is off.");
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.header("location"), "/");
    assert_eq!(app.column("SELECT code_hash FROM recovery_codes").await.len(), 0);
    assert_eq!(actions(&app).await, ["account.second_factor_on", "account.second_factor_off"]);
}

#[tokio::test]
async fn new_recovery_codes_replace_the_old_ones() {
    let app = app().await;
    let (mut client, factor) = with_factor(&app).await;
    let wrong = client.post("/account/second-factor/recovery-codes", &[("code", "000000")]).await;
    assert_eq!((wrong.status, wrong.words("#new-code-error")), (422, WRONG.into()));
    let page = client.post("/account/second-factor/recovery-codes", &[("code", &factor.code(&app))]).await;
    let new = page.words("#codes");
    assert!(!new.contains(&factor.recovery[0]));
    assert_eq!(code(&mut at_code_page(&app).await, &factor.recovery[0]).await.status, 422);
    assert_eq!(code(&mut at_code_page(&app).await, new.split(' ').next().unwrap()).await.status, 303);
    assert_eq!(actions(&app).await[1], "account.recovery_codes_made");
}

#[tokio::test]
async fn an_administrator_without_one_is_led_to_it_from_every_page() {
    let app = TestApp::with(Setup { second_factor_required: true, ..Setup::default() }).await;
    app.administrator("root@example.com").await;
    app.tenant(EMAIL, "PRO").await;
    let mut admin = app.signed_in("root@example.com").await;
    for path in ["/", "/integrations", "/account"] {
        let answer = admin.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account/second-factor"), "{path}");
        let htmx = admin.get_htmx(path).await;
        assert_eq!((htmx.status, htmx.header("hx-redirect")), (403, "/account/second-factor"), "{path}");
    }
    let answer =
        admin.post_json("/api/dashboard/integrations/chatwoot/create-user", &json!({ "name": "x" })).await;
    assert_eq!(answer.json_error(), (403, "second_factor_required".into()));
    assert_eq!(
        admin.get("/account/second-factor").await.words("#comes-first"),
        "Administrators need a second factor here. Turn it on to go on."
    );

    Factor::turn_on(&app, &mut admin).await;
    assert_eq!(admin.get("/").await.status, 200);
    assert_eq!(app.signed_in(EMAIL).await.get("/").await.status, 200, "tenants may do without");
    let mut leaving = admin.clone();
    assert_eq!(leaving.post("/sign-out", &[]).await.status, 303);
}

#[tokio::test]
async fn without_a_key_it_cannot_be_turned_on_and_the_variable_is_named() {
    let app = TestApp::with(Setup { without_key: true, ..Setup::default() }).await;
    app.tenant(EMAIL, "PRO").await;
    let mut client = app.signed_in(EMAIL).await;
    let page = client.get("/account/second-factor").await;
    assert!(page.words("#no-key").contains("INTEGRATION_ENCRYPTION_KEY") && !page.has("#set-up"));
    let refused = client.post("/account/second-factor/set-up", &[]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.words("#error-summary li").contains("INTEGRATION_ENCRYPTION_KEY"));
}

#[tokio::test]
async fn with_another_key_only_recovery_codes_work_and_the_page_says_why() {
    let mut app = app().await;
    let (_, factor) = with_factor(&app).await;
    app.restart_without_key().await;
    let page = code(&mut at_code_page(&app).await, &factor.code(&app)).await;
    assert_eq!(page.status, 422);
    assert!(page.words("#error-summary a").contains("INTEGRATION_ENCRYPTION_KEY"), "{}", page.text());
    assert_eq!(code(&mut at_code_page(&app).await, &factor.recovery[0]).await.status, 303);
}

#[tokio::test]
async fn neither_secret_nor_codes_are_stored_in_clear() {
    let app = app().await;
    let (_, factor) = with_factor(&app).await;
    code(&mut at_code_page(&app).await, &factor.recovery[0]).await;
    let stored = app.stored_bytes().await;
    assert!(holds(&stored, EMAIL.as_bytes()), "the search finds what is there");
    assert!(!holds(&stored, factor.secret().as_bytes()));
    assert!(!holds(&stored, factor.secret().replace(' ', "").as_bytes()));
    assert!(!holds(&stored, &factor.bytes()) && !holds(&stored, hex(&factor.bytes()).as_bytes()));
    for code in &factor.recovery {
        assert!(!holds(&stored, code.as_bytes()) && !holds(&stored, code.replace('-', "").as_bytes()));
    }
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_does_not_give_a_code_back() {
    let app = app().await;
    let mut client = app.anonymous();
    let form = [("password", PASSWORD), ("code", "123456"), ("other", "kept")];
    let page = client.call(Method::POST, "/account/second-factor/off").form(&form).send().await;
    assert_eq!(page.status, 401);
    assert!(!page.text().contains("123456") && page.text().contains("kept"));
}

fn hex(bytes: &[u8]) -> String {
    localboxs::domain::hex::encode(bytes)
}
