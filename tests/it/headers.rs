use axum::http::Method;

use crate::support::{Answer, TestApp};

const ALWAYS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'none'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
    ),
];

fn assert_protected(answer: &Answer, what: &str) {
    for (name, value) in ALWAYS {
        assert_eq!(answer.header(name), value, "{name} of {what}");
    }
    assert_eq!(answer.header("x-request-id").len(), 32, "{what}");
}

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let app = TestApp::new().await;
    app.tenant("ana@example.com", "PRO").await;
    let mut client = app.signed_in("ana@example.com").await;
    let style = client.get("/nowhere").await.attribute("link[rel=stylesheet]", "href");
    let paths =
        ["/", "/sign-in", "/nowhere", "/api/nowhere", "/api/health", "/livez", "/readyz", "/assets/none.css"];
    for path in paths.into_iter().chain([style.as_str()]) {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
            let answer = client.call(method.clone(), path).send().await;
            assert_protected(&answer, &format!("{method} {path}"));
        }
    }
    let refused = client.call(Method::POST, "/theme").header("sec-fetch-site", "cross-site").send().await;
    assert_protected(&refused, "a cross-site write");
    let large = client.call(Method::POST, "/theme").body("text/plain", vec![b'x'; 70_000]).send().await;
    assert_protected(&large, "a large body");
}

#[tokio::test]
async fn nothing_but_assets_is_kept_by_browsers() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    for path in ["/sign-in", "/nowhere", "/api/health", "/api/nowhere", "/readyz", "/assets/none.css"] {
        assert_eq!(client.get(path).await.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn transport_security_is_demanded_only_where_there_is_any() {
    let plain = TestApp::new().await;
    assert_eq!(plain.anonymous().get("/sign-in").await.header("strict-transport-security"), "");
    let https = TestApp::https().await;
    let answer = https.anonymous().get("/nowhere").await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
}

#[tokio::test]
async fn a_request_id_from_outside_is_not_taken() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let answer = client.call(Method::GET, "/api/nowhere").header("x-request-id", "chosen").send().await;
    assert_ne!(answer.header("x-request-id"), "chosen");
    assert_eq!(answer.json()["requestId"], answer.header("x-request-id"));
}

#[tokio::test]
async fn pages_are_compressed_for_those_who_can_read_it() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    for encoding in ["br", "gzip"] {
        let answer = client.call(Method::GET, "/sign-in").header("accept-encoding", encoding).send().await;
        assert_eq!(answer.header("content-encoding"), encoding);
    }
    let plain = client.call(Method::GET, "/sign-in").header("accept-encoding", "identity").send().await;
    assert_eq!(plain.header("content-encoding"), "");
}

#[tokio::test]
async fn no_page_has_a_script_or_style_of_its_own() {
    let app = TestApp::new().await;
    for path in ["/sign-in", "/nowhere"] {
        let page = app.anonymous().get(path).await;
        assert!(!page.has("style") && !page.has("[style]") && !page.has("script:not([src])"), "{path}");
        assert!(!page.text().contains(" onclick=") && !page.text().contains("hx-on"), "{path}");
    }
}
