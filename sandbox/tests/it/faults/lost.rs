//! Answers that never come: before the work, and after it.

use std::io::ErrorKind;
use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply};

use super::{USERS, exists, sandbox, user};
use crate::support::Ask;

#[tokio::test]
async fn the_second_create_is_done_and_never_answered() {
    let (sandbox, create) = sandbox().await;
    let fault = sandbox.inject(Fault::on("POST", USERS).nth(2).commit_then(Reply::Hang));
    assert_eq!(create.send(&sandbox).await.status, 200);

    let second = create.json(&user("ann@a.co")).open(&sandbox).await;
    sandbox.reached(fault).await;

    assert!(exists(&sandbox, "ann@a.co"));
    assert_eq!(second.try_read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(sandbox.requests()[1].status, None);
}

#[tokio::test]
async fn a_call_can_hang_before_anything_is_done() {
    let (sandbox, create) = sandbox().await;
    let fault = sandbox.inject(Fault::any().reply(Reply::Hang));
    let stream = create.open(&sandbox).await;
    sandbox.reached(fault).await;
    drop(stream);
    assert!(!exists(&sandbox, "jo@a.co"));
}

#[tokio::test]
async fn a_connection_can_be_closed_without_a_byte_before_and_after_the_work() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::on("POST", USERS).reply(Reply::Close));
    assert_eq!(create.bytes_from(&sandbox).await.unwrap(), b"");
    assert!(!exists(&sandbox, "jo@a.co"));

    sandbox.inject(Fault::on("POST", USERS).commit_then(Reply::Close));
    assert_eq!(create.bytes_from(&sandbox).await.unwrap(), b"");
    assert!(exists(&sandbox, "jo@a.co"));
}

#[tokio::test]
async fn a_connection_can_be_reset() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::any().reply(Reply::Reset));
    let error = create.bytes_from(&sandbox).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(!exists(&sandbox, "jo@a.co"));
}

#[tokio::test]
async fn delayed_work_is_done_after_the_caller_has_gone() {
    let (sandbox, create) = sandbox().await;
    let delay = Duration::from_millis(200);
    let fault = sandbox.inject(Fault::on("POST", USERS).delay(delay));
    let stream = create.open(&sandbox).await;
    sandbox.wait_for_requests(1).await;
    assert!(!exists(&sandbox, "jo@a.co"));
    drop(stream);
    sandbox.reached(fault).await;
    assert!(exists(&sandbox, "jo@a.co"));
}

#[tokio::test]
async fn an_answer_can_be_held_back_after_the_work() {
    let (sandbox, create) = sandbox().await;
    let hold = Duration::from_hours(1);
    let fault = sandbox.inject(Fault::on("POST", USERS).hold(hold));
    let _stream = create.open(&sandbox).await;
    sandbox.reached(fault).await;
    assert!(exists(&sandbox, "jo@a.co"));
}

#[tokio::test]
async fn latency_delays_every_call() {
    let (sandbox, _) = sandbox().await;
    let latency = Duration::from_millis(40);
    sandbox.set_latency(latency);
    let start = std::time::Instant::now();
    Ask::get("/api").send(&sandbox).await;
    assert!(start.elapsed() >= latency);
}
