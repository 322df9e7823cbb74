use axum::http::Method;
use localboxs::services::accounts;
use serde_json::json;

use crate::support::{Client, PASSWORD, TestApp};

const EMAIL: &str = "ana@example.com";
const HELPDESK: &str = "/integrations/helpdesk";
const NEW: &str = "/integrations/helpdesk/agents/new";
const AGENTS: &str = "/api/dashboard/integrations/chatwoot/agents";
const CREATE: &str = "/api/dashboard/integrations/chatwoot/create-user";
const TYPED: [(&str, &str); 4] =
    [("idem", "key-1"), ("name", "Ben <b>"), ("mode", "choose"), ("password", "canary-Passw0rd!")];

async fn app() -> TestApp {
    let app = TestApp::new().await;
    app.tenant(EMAIL, "PRO").await;
    app
}

async fn ended(app: &TestApp) -> Client {
    let client = app.signed_in(EMAIL).await;
    app.execute("DELETE FROM sessions").await;
    client
}

#[tokio::test]
async fn a_page_leads_to_signing_in_and_back() {
    let app = app().await;
    let mut client = app.anonymous();

    let answer = client.get("/integrations/helpdesk?page=2").await;
    let place = "/sign-in?next=%2Fintegrations%2Fhelpdesk%3Fpage%3D2";
    assert_eq!((answer.status, answer.header("location")), (303, place));

    let form = client.get(place).await;
    assert!(!form.has("#info"), "nothing has ended");
    let next = form.value_of("input[name=next]");
    let answer = client.post("/sign-in", &[("email", EMAIL), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!(answer.header("location"), "/integrations/helpdesk?page=2");
    assert_eq!(client.get("/integrations/helpdesk?page=2").await.status, 200);
}

#[tokio::test]
async fn an_ended_session_is_named_and_its_cookie_removed() {
    let app = app().await;
    let mut client = ended(&app).await;
    let answer = client.get(HELPDESK).await;
    assert_eq!(answer.header("location"), "/sign-in?next=%2Fintegrations%2Fhelpdesk&ended");
    assert!(client.session().is_none());
    let form = client.get("/sign-in?next=%2Fintegrations%2Fhelpdesk&ended").await;
    assert_eq!(form.words("#info"), "Your session has ended. Sign in to carry on.");
}

#[tokio::test]
async fn htmx_leaves_the_page_it_is_on_for_signing_in() {
    let app = app().await;
    let mut client = ended(&app).await;
    let call = client.call(Method::GET, "/integrations/helpdesk/agents/x/status").htmx();
    let answer =
        call.header("hx-current-url", "http://localhost:3000/integrations/helpdesk?page=2").send().await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("hx-redirect"), "/sign-in?next=%2Fintegrations%2Fhelpdesk%3Fpage%3D2&ended");
}

#[tokio::test]
async fn an_api_call_is_401() {
    let app = app().await;
    let mut client = ended(&app).await;
    let answer = client.get(AGENTS).await;
    assert_eq!(answer.json_error(), (401, "not_signed_in".into()));
    let answer = client.post_json(CREATE, &json!({ "name": "Ben" })).await;
    assert_eq!(answer.json_error(), (401, "not_signed_in".into()));
}

#[tokio::test]
async fn a_form_sent_too_late_comes_back_with_what_was_typed_and_no_password() {
    let app = app().await;
    let mut client = ended(&app).await;

    let page = client.post(NEW, &TYPED).await;

    assert_eq!((page.status, page.words("h1")), (401, "You've been signed out".into()));
    assert_eq!(page.value_of("input[name=name]"), "Ben <b>");
    assert_eq!(page.value_of("input[name=idem]"), "key-1");
    assert_eq!(page.attribute("main form", "action"), NEW);
    assert!(!page.text().contains("canary"));
    assert!(app.column("SELECT name FROM helpdesk_users").await.is_empty());

    client.sign_in(EMAIL, PASSWORD).await;
    let again = [("idem", "key-1"), ("name", "Ben <b>"), ("mode", "choose")];
    let form = client.post(&page.attribute("main form", "action"), &again).await;
    assert_eq!(form.words("h1"), "Create agent");
}

#[tokio::test]
async fn htmx_keeps_a_form_sent_too_late_as_it_is() {
    let app = app().await;
    let answer = ended(&app).await.post_htmx(NEW, &TYPED).await;
    assert_eq!((answer.status, answer.header("hx-redirect")), (401, ""));
    assert_eq!((answer.header("hx-retarget"), answer.header("hx-reselect")), ("#alert", ".alert"));
    assert!(
        answer
            .words(".alert")
            .starts_with("You've been signed out. Sign in in a new tab, then try again here.")
    );
    assert_eq!(answer.attribute(".alert a", "target"), "_blank");
    assert!(!answer.text().contains("canary"));
}

#[tokio::test]
async fn a_button_pressed_too_late_leads_to_signing_in_and_back_to_its_page() {
    let app = app().await;
    let mut client = ended(&app).await;
    let call = client.call(Method::POST, "/integrations/helpdesk/agents/x/retry").form(&[]);
    let answer = call.header("referer", "http://localhost:3000/integrations/helpdesk").send().await;
    assert_eq!(answer.header("location"), "/sign-in?next=%2Fintegrations%2Fhelpdesk&ended");
}

#[tokio::test]
async fn a_suspended_person_is_told_so_on_page_fragment_and_api() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    accounts::disable(&app.app, EMAIL).await.unwrap();

    let page = client.get(HELPDESK).await;
    assert_eq!(page.header("location"), "/sign-in?next=%2Fintegrations%2Fhelpdesk&suspended");
    let form = client.get("/sign-in?next=%2Fintegrations%2Fhelpdesk&suspended").await;
    assert_eq!(form.words("#info"), "This account is suspended. Contact support.");
    assert!(!form.text().contains(EMAIL), "nothing of the account is shown");
    let fragment = client.post_htmx(NEW, &TYPED).await;
    assert_eq!(fragment.status, 401);
    let api = client.get(AGENTS).await;
    assert_eq!(api.json_error(), (401, "not_signed_in".into()));
    assert_eq!(api.json()["error"], "This account is suspended. Contact support.");
    assert!(app.column("SELECT name FROM helpdesk_users").await.is_empty());
}

#[tokio::test]
async fn an_administrator_is_nobodys_tenant() {
    let app = app().await;
    app.administrator("root@example.com").await;
    let mut client = app.signed_in("root@example.com").await;

    let page = client.get(HELPDESK).await;
    assert_eq!((page.status, page.words("h1")), (403, "You can't do this".into()));
    assert_eq!(page.texts(".viewer")[0], "root@example.com", "the header stays");
    assert!(!page.has("nav a[href^='/integrations']"), "and leads nowhere that is closed");
    assert_eq!(client.get(AGENTS).await.json_error(), (403, "not_allowed".into()));
}

#[tokio::test]
async fn tier_and_role_are_those_of_this_moment() {
    let app = app().await;
    let mut client = app.signed_in(EMAIL).await;
    let tier = client.get("/api/dashboard/tier-limits").await;
    assert_eq!(tier.json()["tier"], "PRO");
    accounts::set_tier(&app.app, EMAIL, "FREE").await.unwrap();
    assert_eq!(client.get("/api/dashboard/tier-limits").await.json()["tier"], "FREE");
}
