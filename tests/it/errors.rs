use axum::Router;
use axum::http::Method;
use axum::routing::get;
use localboxs::web;
use serde_json::json;

use crate::support::{Client, PASSWORD, TestApp};

const SIGN_IN: &str = "/api/auth/sign-in";

#[tokio::test]
async fn an_unknown_address_is_404_in_the_shape_its_caller_reads() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();

    let page = client.get("/nowhere").await;
    assert_eq!((page.status, page.words("h1")), (404, "Page not found".into()));
    assert_eq!(page.words("code"), page.header("x-request-id"));
    assert_eq!(page.attribute("main .button", "href"), "/");

    let fragment = client.get_htmx("/nowhere").await;
    assert_eq!((fragment.status, fragment.has("main"), fragment.has(".alert")), (404, false, true));

    assert_eq!(client.get("/api/nowhere").await.json_error(), (404, "not_found".into()));
}

#[tokio::test]
async fn a_wrong_method_is_405_and_names_the_right_ones() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let page = client.call(Method::DELETE, "/sign-in").send().await;
    assert_eq!((page.status, page.header("allow")), (405, "GET,HEAD,POST"));
    assert_eq!(page.words("h1"), "This address doesn't work that way");
    let json = client.get(SIGN_IN).await;
    assert_eq!(json.json_error(), (405, "method_not_allowed".into()));
    assert_eq!(json.header("allow"), "POST");
}

#[tokio::test]
async fn unreadable_json_is_400_and_says_where_it_breaks() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let bodies: [&[u8]; 7] = [
        b"",
        b"{",
        b"{]",
        b"nonsense",
        b"{\"email\":\"a\",\"password\":\"b\"} trailing",
        b"\xff\xfe",
        b"{\"email\":\"\xff\"}",
    ];
    for body in bodies {
        let answer = client.call(Method::POST, SIGN_IN).body("application/json", body).send().await;
        assert_eq!(answer.json_error(), (400, "unreadable".into()), "{body:?}");
        assert!(answer.json()["error"].as_str().unwrap().contains("line 1, column"), "{}", answer.text());
    }
    let deep = "[".repeat(5_000);
    let answer = client.call(Method::POST, SIGN_IN).body("application/json", deep).send().await;
    assert!([400, 422].contains(&answer.status));
}

#[tokio::test]
async fn a_wrong_field_is_422_with_its_name_and_never_its_value() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let bodies = [
        (json!({ "email": 5, "password": "secret-canary" }), "email", "This must be a string."),
        (json!({ "email": "a" }), "password", "This field is missing."),
        (
            json!({ "email": "a", "password": "b", "tier": "secret-canary" }),
            "tier",
            "This field isn't known here. Leave it out.",
        ),
        (json!({ "email": "a", "password": ["secret-canary"] }), "password", "This must be a string."),
        (json!({ "email": null, "password": "b" }), "email", "This must be a string."),
        (json!("secret-canary"), "body", "This must be an object."),
        (json!([5, "secret-canary"]), "body", "This must be an object."),
        (json!(["a", "secret-canary"]), "body", "This must be an object."),
    ];
    for (body, field, message) in bodies {
        let answer = client.post_json(SIGN_IN, &body).await;
        assert_eq!(answer.json_error(), (422, "invalid_fields".into()), "{body}");
        assert_eq!(answer.json()["fields"], json!({ field: [message] }), "{body}");
        assert!(!answer.text().contains("secret-canary"), "{}", answer.text());
    }
    let twice = client
        .call(Method::POST, SIGN_IN)
        .body("application/json", r#"{"email":"a","email":"b"}"#)
        .send()
        .await;
    assert_eq!(twice.json()["fields"], json!({ "email": ["This field is there twice."] }));
}

#[tokio::test]
async fn a_body_of_another_kind_is_415() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let json = client.call(Method::POST, SIGN_IN).body("text/plain", "{}").send().await;
    assert_eq!(json.json_error(), (415, "unreadable".into()));
    let none = client.call(Method::POST, SIGN_IN).send().await;
    assert_eq!(none.json_error(), (415, "unreadable".into()));
    let page = client.call(Method::POST, "/sign-in").body("application/json", "{}").send().await;
    assert_eq!((page.status, page.words("h1")), (415, "This request can't be read".into()));
}

#[tokio::test]
async fn a_form_with_unknown_fields_is_refused_with_their_names() {
    let app = TestApp::new().await;
    let page = app.anonymous().post("/sign-in", &[("email", "a@b.example"), ("role", "ADMIN")]).await;
    assert_eq!((page.status, page.value_of("#email")), (422, "a@b.example".into()));
    assert!(page.words("#error-summary").contains("a field “role” that isn't known here"), "{}", page.text());
    let page = app.anonymous().post("/theme", &[("theme", "dark"), ("role", "ADMIN")]).await;
    assert_eq!(
        (page.status, page.words(".alert")),
        (422, "role: This field isn't known here. Leave it out.".into())
    );
}

#[tokio::test]
async fn more_than_64_kib_is_413_whether_announced_or_not() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let body = format!("{{\"email\":\"{}\"}}", "x".repeat(70_000));
    for path in [SIGN_IN, "/sign-in", "/theme", "/sign-out", "/nowhere"] {
        let answer = client.call(Method::POST, path).body("application/json", body.clone()).send().await;
        assert_eq!(answer.status, 413, "{path}");
    }
    let silent = client.call(Method::POST, SIGN_IN).body("application/json", body).without("content-length");
    assert_eq!(silent.send().await.json_error(), (413, "too_large".into()));
    let fits = format!("{{\"email\":\"{}\",\"password\":\"\"}}", "x".repeat(65_536 - 26));
    assert_eq!(fits.len(), 65_536);
    let answer = client.call(Method::POST, SIGN_IN).body("application/json", fits).send().await;
    assert_eq!(answer.json_error(), (401, "not_signed_in".into()));
}

#[tokio::test]
async fn an_address_of_more_than_8_kib_is_414() {
    let app = TestApp::new().await;
    let answer = app.anonymous().get(&format!("/sign-in?next=/{}", "x".repeat(9_000))).await;
    assert_eq!(answer.status, 414);
}

#[tokio::test]
async fn a_panic_is_500_in_the_right_shape_with_its_request_id() {
    let app = TestApp::new().await;
    let routes = Router::new().route("/panic", get(panics)).route("/api/panic", get(panics));
    let mut client = Client::new(web::layered(app.app.clone(), routes), app.origin());
    let page = client.get("/panic").await;
    assert_eq!((page.status, page.words("h1")), (500, "Something went wrong".into()));
    assert_eq!(page.words("code"), page.header("x-request-id"));
    assert!(!page.text().contains("canary"));
    let json = client.get("/api/panic").await;
    assert_eq!(json.json_error(), (500, "internal".into()));
}

#[tokio::test]
async fn an_error_page_keeps_the_colours_that_were_chosen() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let answer = client.post("/theme", &[("theme", "dark"), ("back", "/nowhere?page=2")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/nowhere?page=2"));
    assert_eq!(client.get("/nowhere").await.attribute("html", "data-theme"), "dark");
    assert_eq!(
        client.post("/theme", &[("theme", "dark"), ("back", "//evil.example")]).await.header("location"),
        "/"
    );
    assert_eq!(client.post("/theme", &[("theme", "red")]).await.status, 422);
}

#[tokio::test]
async fn a_redirect_becomes_one_that_htmx_follows() {
    let app = TestApp::new().await;
    app.tenant("ana@example.com", "PRO").await;
    let mut client = app.anonymous();
    let form = [("email", "ana@example.com"), ("password", PASSWORD), ("next", "/integrations")];
    let answer = client.post_htmx("/sign-in", &form).await;
    assert_eq!((answer.status, answer.header("hx-redirect")), (204, "/integrations"));
    assert_eq!(answer.header("location"), "");
    assert!(answer.headers.get_all("vary").iter().any(|value| value == "HX-Request"));
    assert!(client.session().is_some());
}

async fn panics() {
    panic!("canary");
}
