//! Bodies that are cut, slow, huge or of the wrong types.

use std::time::{Duration, Instant};

use chatwoot_sandbox::{Fault, Reply};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use super::{exists, sandbox};
use crate::support::Answer;

fn announced(answer: &Answer) -> usize {
    answer.header("content-length").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_body_can_be_shorter_than_announced() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::any().reply(Reply::CutShort));
    let answer = create.send(&sandbox).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.is_empty() && answer.body.len() < announced(&answer));
    assert!(exists(&sandbox, "jo@a.co"));
}

#[tokio::test]
async fn a_body_can_end_inside_a_text_and_be_as_long_as_announced() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::any().reply(Reply::CutInText));
    let answer = create.send(&sandbox).await;
    assert_eq!(answer.body.len(), announced(&answer));
    let error = serde_json::from_slice::<Value>(&answer.body).unwrap_err();
    assert!(error.is_eof(), "{error}");
}

#[tokio::test]
async fn a_body_can_stop_halfway_for_good() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::any().reply(Reply::StallInBody));
    let mut stream = create.open(&sandbox).await;
    let mut bytes = vec![0; 512];
    let first = stream.read(&mut bytes).await.unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n"));

    sandbox.stop().await;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    bytes.truncate(first);
    bytes.extend(rest);
    let answer = Answer::parse(&bytes);
    assert_eq!(answer.body.len(), announced(&answer) / 2);
}

#[tokio::test]
async fn a_body_can_be_slow() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::any().reply(Reply::Slow(Duration::from_millis(10))));
    let start = Instant::now();
    let answer = create.send(&sandbox).await;
    assert!(start.elapsed() >= Duration::from_millis(80));
    assert_eq!(answer.json()["email"], "jo@a.co");
}

#[tokio::test]
async fn a_body_can_have_null_where_numbers_belong() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::any().reply(Reply::NullNumbers));
    let body = create.send(&sandbox).await.json();
    assert_eq!((&body["id"], &body["email"]), (&Value::Null, &json!("jo@a.co")));
}

#[tokio::test]
async fn a_body_can_be_huge() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::any().reply(Reply::Huge));
    let answer = create.send(&sandbox).await;
    assert_eq!(answer.body.len(), 10 * 1024 * 1024);
    assert!(answer.json()["payload"].is_string());
}
