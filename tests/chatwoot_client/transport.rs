//! What happens when the way to Chatwoot or its answer is broken.

use std::time::{Duration, Instant};

use localboxs::chatwoot::{BuildError, Chatwoot, ChatwootError, Deadlines, ErrorKind};
use localboxs::domain::agent::Failure;
use localboxs::domain::connection::Route;
use localboxs::domain::ids::{ChatwootUserId, InboxId};
use localboxs::domain::password::Password;

use crate::server::{Reply, Server, answer, html, json};
use crate::setup::{JANE, TAG, client, client_within, installation, kind, ours, person};

const SHORT: Duration = Duration::from_secs(1);

/// The errors of all calls, one after the other.
async fn errors_of_all_calls(chatwoot: &Chatwoot) -> Vec<ChatwootError> {
    let password = Password::new("Passw0rd!".into());
    [
        chatwoot.version().await.err(),
        chatwoot.standing().await.err(),
        chatwoot.route().await.err(),
        chatwoot.inboxes().await.err(),
        chatwoot.create_user(JANE).await.err(),
        chatwoot.inspect_user(ChatwootUserId(7), TAG).await.err(),
        chatwoot.link(&ours(), Route::Platform, JANE.name, JANE.email).await.err(),
        chatwoot.link(&ours(), Route::Account, JANE.name, JANE.email).await.err(),
        chatwoot.unlink(&ours(), Route::Platform).await.err(),
        chatwoot.unlink(&ours(), Route::Account).await.err(),
        chatwoot.join_inbox(&ours(), InboxId(2)).await.err(),
        chatwoot.leave_inbox(&ours(), InboxId(2)).await.err(),
        chatwoot.set_password(&ours(), &password).await.err(),
        chatwoot.delete_user(&ours()).await.err(),
    ]
    .map(|error| error.expect("a failure"))
    .into()
}

async fn all_unknown(reply: Reply, status: Option<u16>) {
    let server = Server::answering(reply).await;
    for error in errors_of_all_calls(&client(&server)).await {
        assert_eq!((error.kind.clone(), error.status), (ErrorKind::Unknown, status));
        assert!(error.outcome_unknown());
    }
}

#[tokio::test]
async fn a_success_that_is_not_chatwoots_is_an_unknown_outcome() {
    all_unknown(html(200), Some(200)).await;
    all_unknown(json(200, "{}"), Some(200)).await;
    all_unknown(json(200, "[]"), Some(200)).await;
    all_unknown(json(200, "null"), Some(200)).await;
    all_unknown(json(200, &person(TAG, "[]")[..120]), Some(200)).await;
    all_unknown(answer(200, "content-type: text/html\r\n", ""), Some(200)).await;
}

#[tokio::test]
async fn an_empty_success_is_enough_only_where_chatwoot_answers_nothing() {
    for headers in ["content-type: application/json\r\n", ""] {
        let server = Server::answering(answer(200, headers, "")).await;
        let client = client(&server);
        assert_eq!(client.leave_inbox(&ours(), InboxId(2)).await, Ok(()));
        assert_eq!(kind(client.create_user(JANE).await), ErrorKind::Unknown);
        assert_eq!(kind(client.join_inbox(&ours(), InboxId(2)).await), ErrorKind::Unknown);
    }
}

#[tokio::test]
async fn a_lost_answer_is_an_unknown_outcome() {
    all_unknown(Reply::Bytes(Vec::new()), None).await;
    all_unknown(Reply::Reset, None).await;
    all_unknown(Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".into()), None).await;
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"id\":7";
    all_unknown(Reply::Bytes(cut.into()), Some(200)).await;
    let chunk =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{";
    all_unknown(Reply::Bytes(chunk.into()), Some(200)).await;
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_whatever_part_hangs() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"id\"";
    for (reply, status) in [(Reply::Stall(Vec::new()), None), (Reply::Stall(head.into()), Some(200))] {
        let server = Server::answering(reply).await;
        let client = client_within(&server, SHORT);
        let started = Instant::now();
        for error in [client.create_user(JANE).await.unwrap_err(), client.version().await.unwrap_err()] {
            assert_eq!((error.kind, error.status), (ErrorKind::Unknown, status));
        }
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn too_slow_and_broken_are_told_apart() {
    let server = Server::answering(Reply::Stall(Vec::new())).await;
    let slow = client_within(&server, SHORT).create_user(JANE).await.unwrap_err();
    assert_eq!(slow.failure(), Failure::TooSlow);
    server.answer(html(200));
    let broken = client(&server).create_user(JANE).await.unwrap_err();
    assert_eq!(broken.failure(), Failure::Broken);
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_done() {
    let port = Server::answering(Reply::Reset).await.port;
    let origins = [
        format!("http://127.0.0.1:{port}"),
        // Longer than a name may be, so that no name server is asked.
        format!("http://{}.invalid", "x".repeat(64)),
    ];
    for origin in origins {
        let client = Chatwoot::new(installation(&origin), Deadlines::default()).unwrap();
        for error in errors_of_all_calls(&client).await {
            assert_eq!((error.kind.clone(), error.status), (ErrorKind::Unreachable, None), "{origin}");
            assert_eq!(error.failure(), Failure::Unreachable);
            assert!(!error.outcome_unknown());
        }
    }
}

#[tokio::test]
async fn without_tls_nothing_is_sent() {
    let limits = Deadlines { connect: SHORT, ..Deadlines::default() };
    for reply in [html(400), Reply::Stall(Vec::new())] {
        let server = Server::answering(reply).await;
        let origin = format!("https://127.0.0.1:{}", server.port);
        let client = Chatwoot::new(installation(&origin), limits).unwrap();
        assert_eq!(kind(client.create_user(JANE).await), ErrorKind::Unreachable);
        assert_eq!(server.seen().len(), 0);
    }
}

#[tokio::test]
async fn an_answer_is_read_only_up_to_its_cap() {
    let started = Instant::now();
    all_unknown(Reply::Endless, Some(200)).await;
    assert!(started.elapsed() < Duration::from_secs(25), "a deadline ended it, not the cap");
    let long = |bytes: usize| json(200, &format!(r#"{{"payload":[],"pad":"{}"}}"#, "x".repeat(bytes)));
    let server = Server::answering(long(7 << 20)).await;
    let client = client(&server);
    assert_eq!(client.inboxes().await, Ok(vec![]));
    server.answer(long(9 << 20));
    assert_eq!(kind(client.inboxes().await), ErrorKind::Unknown);
    server.answer(json(200, &person(TAG, "[]").replace("Jane", &"x".repeat(1 << 20))));
    assert_eq!(kind(client.create_user(JANE).await), ErrorKind::Unknown);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_other_host_hears_nothing() {
    let elsewhere = Server::answering(json(200, "")).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://localhost:{}/api\r\n", elsewhere.port);
        let server = Server::answering(answer(status, &location, "")).await;
        for error in errors_of_all_calls(&client(&server)).await {
            assert_eq!((error.kind.clone(), error.status), (ErrorKind::Redirected, Some(status)));
            assert!(!error.outcome_unknown());
        }
    }
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn at_most_four_calls_run_at_once_and_waiting_in_vain_sends_nothing() {
    let server = Server::answering(Reply::Stall(Vec::new())).await;
    let limits =
        Deadlines { turn: Duration::from_millis(200), write: Duration::from_secs(2), ..Deadlines::default() };
    let origin = format!("http://127.0.0.1:{}", server.port);
    let client = Chatwoot::new(installation(&origin), limits).unwrap();
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let clone = client.clone();
            tokio::spawn(async move { kind(clone.create_user(JANE).await) })
        })
        .collect();
    let mut kinds = Vec::new();
    for call in calls {
        kinds.push(call.await.unwrap());
    }
    assert_eq!(kinds.iter().filter(|kind| **kind == ErrorKind::Unknown).count(), 4);
    assert_eq!(kinds.iter().filter(|kind| **kind == ErrorKind::NoTurn).count(), 2);
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn a_configuration_that_can_never_work_is_refused() {
    let build = |origin: &str, account: &str, platform: &str| {
        let installation = localboxs::chatwoot::Installation {
            account_key: account.into(),
            platform_key: Some(platform.into()),
            ..installation(origin)
        };
        Chatwoot::new(installation, Deadlines::default()).err()
    };
    for origin in [
        "ftp://chat.example.com",
        "https://chat.example.com/app",
        "https://chat.example.com/?a=b",
        "https://jane:secret@chat.example.com",
        "mailto:jane@example.com",
    ] {
        assert!(matches!(build(origin, "a", "b"), Some(BuildError::Origin)), "{origin}");
    }
    assert!(matches!(build("https://chat.example.com", "", "b"), Some(BuildError::AccountKey)));
    assert!(matches!(build("https://chat.example.com", "a", "b\r\nc"), Some(BuildError::PlatformKey)));
    assert!(build("https://chat.example.com:8443", "a", "b").is_none());
}
