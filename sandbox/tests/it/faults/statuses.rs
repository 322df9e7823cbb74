//! Answers with another status than the true one.

use chatwoot_sandbox::{Fault, Reply, RetryAfter};
use serde_json::json;

use super::{USERS, exists, sandbox};
use crate::support::Ask;

#[tokio::test]
async fn rails_can_fail_before_and_after_the_work() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::on("POST", USERS).reply(Reply::RailsError));
    let before = create.send(&sandbox).await;
    assert_eq!((before.status, before.text()), (500, r#"{"status":500,"error":"Internal Server Error"}"#));
    assert_eq!(before.header("content-type"), Some("application/json; charset=UTF-8"));
    assert!(!exists(&sandbox, "jo@a.co"));

    sandbox.inject(Fault::on("POST", USERS).commit_then(Reply::RailsError));
    assert_eq!(create.send(&sandbox).await.status, 500);
    assert!(exists(&sandbox, "jo@a.co"));
    let statuses: Vec<_> = sandbox.requests().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(500), Some(500)]);
}

#[tokio::test]
async fn a_gateway_answers_with_a_page_of_its_own() {
    let (sandbox, create) = sandbox().await;
    let titles = ["502 Bad Gateway", "503 Service Temporarily Unavailable", "504 Gateway Time-out"];
    for (status, title) in [502, 503, 504].into_iter().zip(titles) {
        sandbox.inject(Fault::any().reply(Reply::Gateway(status)));
        let answer = create.send(&sandbox).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("content-type"), Some("text/html"));
        assert_eq!(answer.header("x-request-id"), None);
        let start = format!("<html>\r\n<head><title>{title}</title></head>\r\n");
        assert!(answer.text().starts_with(&start) && answer.text().contains("<center>nginx</center>"));
    }
    assert!(!exists(&sandbox, "jo@a.co"));
}

#[tokio::test]
async fn too_many_requests_may_or_may_not_say_when_to_come_back() {
    let (sandbox, create) = sandbox().await;
    for retry_after in [RetryAfter::Unsaid, RetryAfter::Seconds(2), RetryAfter::DateIn(2)] {
        sandbox.inject(Fault::any().reply(Reply::TooManyRequests(retry_after)));
        let answer = create.send(&sandbox).await;
        assert_eq!((answer.status, answer.text()), (429, "Retry later\n"));
        assert_eq!(answer.header("content-type"), Some("text/plain"));
        match (retry_after, answer.header("retry-after")) {
            (RetryAfter::Unsaid, None) | (RetryAfter::Seconds(2), Some("2")) => {}
            (RetryAfter::DateIn(_), Some(date)) => assert!(date.ends_with(" GMT"), "{date}"),
            (_, other) => panic!("{retry_after:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_call_can_be_redirected_elsewhere() {
    let (sandbox, create) = sandbox().await;
    for status in [302, 308] {
        let location = "https://elsewhere.example/platform/api/v1/users".to_owned();
        sandbox.inject(Fault::any().reply(Reply::Redirect { status, location: location.clone() }));
        let answer = create.send(&sandbox).await;
        assert_eq!((answer.status, answer.header("location")), (status, Some(location.as_str())));
    }
}

#[tokio::test]
async fn anything_else_can_be_answered() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::any().reply(Reply::LoginPage));
    let page = create.send(&sandbox).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));

    sandbox.inject(Fault::any().reply(Reply::EmptyObject));
    assert_eq!(create.send(&sandbox).await.json(), json!({}));

    let body = r#"{"error":"no"}"#.to_owned();
    let content_type = "application/json".to_owned();
    sandbox.inject(Fault::any().reply(Reply::Custom { status: 418, content_type, body: body.clone() }));
    let custom = create.send(&sandbox).await;
    assert_eq!((custom.status, custom.text()), (418, body.as_str()));
    assert!(!exists(&sandbox, "jo@a.co"));
}

#[tokio::test]
async fn a_proxy_can_drop_headers_with_underscores() {
    let (sandbox, create) = sandbox().await;
    let token = sandbox.platform_apps()[0].token.clone();
    sandbox.inject(Fault::any().without_underscore_headers().forever());
    let underscore = Ask::post(USERS).header("api_access_token", &token).send(&sandbox).await;
    assert_eq!((underscore.status, underscore.text()), (401, r#"{"error":"Invalid access_token"}"#));
    assert_eq!(create.send(&sandbox).await.status, 200);
}
