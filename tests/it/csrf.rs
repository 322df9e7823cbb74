use axum::http::Method;

use crate::support::TestApp;

const OURS: &str = "http://localhost:3000";
const SITES: [Option<&str>; 5] =
    [Some("same-origin"), Some("none"), Some("same-site"), Some("cross-site"), None];
const ORIGINS: [Option<&str>; 6] = [
    Some(OURS),
    Some("https://evil.example"),
    Some("http://localhost:3001"),
    Some("http://sub.localhost:3000"),
    Some("null"),
    None,
];

fn is_allowed(site: Option<&str>, origin: Option<&str>, has_session: bool) -> bool {
    match (site, origin) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => origin == OURS,
        (None, None) => !has_session,
    }
}

#[tokio::test]
async fn only_our_own_pages_and_cookieless_clients_may_write() {
    let app = TestApp::new().await;
    app.tenant("ana@example.com", "PRO").await;
    for path in ["/theme", "/sign-in", "/sign-out", "/api/auth/sign-in", "/api/auth/sign-out", "/nowhere"] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for (site, origin) in SITES.into_iter().flat_map(|site| ORIGINS.map(|origin| (site, origin))) {
                for has_session in [true, false] {
                    let mut client = app.anonymous();
                    if has_session {
                        client.cookies.insert("localboxs".into(), "AAAAAAAAAAAAAAAAAAAAAA".into());
                    }
                    let mut call =
                        client.call(method.clone(), path).without("origin").without("sec-fetch-site");
                    if let Some(site) = site {
                        call = call.header("sec-fetch-site", site);
                    }
                    if let Some(origin) = origin {
                        call = call.header("origin", origin);
                    }
                    let answer = call.send().await;
                    let refused = answer.status == 403;
                    let expected = !is_allowed(site, origin, has_session);
                    assert_eq!(
                        refused, expected,
                        "{method} {path} {site:?} {origin:?} session {has_session}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_is_a_page_a_fragment_or_json() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();

    let page = client.call(Method::POST, "/sign-in").header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(page.status, 403);
    assert_eq!(page.words("h1"), "You can't do this");
    assert!(page.words(".alert").contains("another site"));

    let fragment =
        client.call(Method::POST, "/sign-in").htmx().header("sec-fetch-site", "cross-site").send().await;
    assert_eq!((fragment.status, fragment.has("h1")), (403, false));
    assert!(fragment.words(".alert").contains("another site"));
    assert_eq!(fragment.header("hx-retarget"), "#alert");

    let json =
        client.call(Method::POST, "/api/auth/sign-out").header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(json.json_error(), (403, "not_allowed".into()));
}

#[tokio::test]
async fn a_call_with_a_cookie_and_no_origin_is_told_what_it_lacks() {
    let app = TestApp::new().await;
    app.tenant("ana@example.com", "PRO").await;
    let mut client = app.signed_in("ana@example.com").await;
    let call = client.call(Method::POST, "/api/auth/sign-out").without("origin").without("sec-fetch-site");
    let answer = call.send().await;
    assert_eq!(answer.json_error(), (403, "not_allowed".into()));
    assert!(answer.json()["error"].as_str().unwrap().contains("Origin or Sec-Fetch-Site"));
}

#[tokio::test]
async fn the_configured_address_is_ours_whatever_host_the_proxy_sends() {
    let app = TestApp::https().await;
    let mut client = app.anonymous();
    let call = client.call(Method::POST, "/theme").without("sec-fetch-site").header("host", "10.0.0.7:3000");
    assert_eq!(call.form(&[("theme", "dark"), ("back", "/")]).send().await.status, 303);
}
