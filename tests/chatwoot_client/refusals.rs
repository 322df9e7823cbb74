//! What each refusal means.

use std::time::{Duration, SystemTime};

use localboxs::chatwoot::{ChatwootError, ErrorKind};
use localboxs::domain::agent::Failure;
use localboxs::domain::ids::InboxId;

use crate::server::{Reply, Server, answer, html, json};
use crate::setup::{JANE, client, ours};

/// The error of a write and of a read that get this answer; they must agree.
async fn refused(reply: Reply) -> ChatwootError {
    let server = Server::answering(reply).await;
    let client = client(&server);
    let write = client.leave_inbox(&ours(), InboxId(2)).await.unwrap_err();
    assert_eq!(client.inboxes().await.unwrap_err(), write);
    write
}

#[tokio::test]
async fn every_401_is_told_by_its_text() {
    use ErrorKind as K;
    for (text, kind, failure) in [
        ("Invalid access_token", K::PlatformKeyRejected, Failure::PlatformKeyRejected),
        ("Non permissible resource", K::NotPermissible, Failure::NotPermissible),
        ("Invalid Access Token", K::AccountKeyRejected, Failure::AccountKeyRejected),
        (
            "Access to this endpoint is not authorized for bots",
            K::KeyOfAnotherKind,
            Failure::AccountKeyRejected,
        ),
        ("You are not authorized to access this account", K::NotInAccount, Failure::AccountMissing),
        ("Account is suspended", K::AccountSuspended, Failure::AccountSuspended),
        (
            "You are not authorized to do this action",
            K::AccountKeyNotAdministrator,
            Failure::AccountKeyNotAdministrator,
        ),
        ("Something new", K::Unexpected, Failure::Refused),
    ] {
        let error = refused(json(401, &format!(r#"{{"error":"{text}"}}"#))).await;
        assert_eq!((error.kind.clone(), error.failure()), (kind, failure), "{text}");
        assert!(!error.outcome_unknown());
    }
}

#[tokio::test]
async fn a_key_that_never_arrived_is_told_in_any_language() {
    for text in
        ["You need to sign in or sign up before continuing.", "Sie müssen sich anmelden oder registrieren."]
    {
        let error = refused(json(401, &format!(r#"{{"errors":["{text}"]}}"#))).await;
        assert_eq!(error.kind, ErrorKind::HeaderStripped);
        assert_eq!(error.failure(), Failure::AccountKeyRejected);
    }
}

#[tokio::test]
async fn refusals_by_status_keep_status_and_request_id() {
    for (status, body, kind) in [
        (402, r#"{"error":"Account limit exceeded. Please purchase more licenses"}"#, ErrorKind::AccountFull),
        (404, r#"{"error":"Resource could not be found"}"#, ErrorKind::NotFound),
        (404, r#"{"status":404,"error":"Not Found"}"#, ErrorKind::NotFound),
        (400, r#"{"status":400,"error":"Bad Request"}"#, ErrorKind::Unexpected),
        (403, r#"{"error":"Forbidden"}"#, ErrorKind::Unexpected),
        (500, r#"{"status":500,"error":"Internal Server Error"}"#, ErrorKind::ServerError),
    ] {
        let error = refused(json(status, body)).await;
        assert_eq!(
            error,
            ChatwootError { kind, status: Some(status), request_id: Some("6f1c-ab_2".to_owned()) }
        );
    }
}

#[tokio::test]
async fn only_attributes_that_we_know_are_kept() {
    let attributes = async |body: &str| match refused(json(422, body)).await.kind {
        ErrorKind::Invalid { attributes } => attributes,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        attributes(r#"{"message":"…","attributes":["password","email"]}"#).await,
        ["email", "password"]
    );
    assert_eq!(attributes(r#"{"message":"…","attributes":["jane@example.com","user"]}"#).await, ["user"]);
    assert_eq!(attributes(r#"{"message":"…","attributes":"email"}"#).await, [""; 0]);
    assert_eq!(attributes("{").await, [""; 0]);
}

#[tokio::test]
async fn a_request_id_that_could_forge_a_log_line_is_dropped() {
    for id in ["a b", "jane@example.com", &"a".repeat(65)] {
        let head = format!("content-type: application/json\r\nx-request-id: {id}\r\n");
        assert_eq!(refused(answer(500, &head, "{}")).await.request_id, None, "{id}");
    }
}

#[tokio::test]
async fn pages_of_proxies_are_failures_to_wait_for() {
    for status in [401, 402, 403, 404, 413, 422, 500, 502, 503, 504] {
        let error = refused(html(status)).await;
        assert_eq!((error.kind.clone(), error.status), (ErrorKind::ServerError, Some(status)));
        assert!(error.failure().passes_by_itself());
        assert!(error.outcome_unknown());
    }
}

#[tokio::test]
async fn slowing_down_lasts_as_long_as_asked_within_reason() {
    let date = |ahead| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(ahead));
    let past = "Sun, 06 Nov 1994 08:49:37 GMT".to_owned();
    for (header, from, to) in [
        (None, 60, 65),
        (Some(String::new()), 60, 65),
        (Some("soon".to_owned()), 60, 65),
        (Some("-5".to_owned()), 60, 65),
        (Some("1.5".to_owned()), 60, 65),
        (Some("0".to_owned()), 1, 1),
        (Some("2".to_owned()), 2, 2),
        (Some("900".to_owned()), 900, 900),
        (Some("901".to_owned()), 900, 900),
        (Some("9".repeat(40)), 900, 900),
        (Some(past), 1, 1),
        (Some(date(120)), 90, 120),
        (Some(date(86_400)), 900, 900),
    ] {
        let head = header.as_ref().map_or(String::new(), |text| format!("retry-after: {text}\r\n"));
        let server = Server::answering(answer(429, &head, "Retry later\n")).await;
        let error = client(&server).create_user(JANE).await.unwrap_err();
        assert_eq!(error.failure(), Failure::Busy);
        let ErrorKind::RateLimited { retry_after } = error.kind else { panic!("{error:?}") };
        let range = Duration::from_secs(from)..=Duration::from_secs(to);
        assert!(range.contains(&retry_after), "{header:?} gave {retry_after:?}");
    }
}

#[tokio::test]
async fn an_error_says_what_happened_without_chatwoots_words() {
    let error = refused(json(422, r#"{"message":"jane@example.com is bad","attributes":["email"]}"#)).await;
    assert_eq!(error.to_string(), r#"Chatwoot refused ["email"] (status 422, request 6f1c-ab_2)"#);
    assert!(!format!("{error:?}").contains("jane"));
}
