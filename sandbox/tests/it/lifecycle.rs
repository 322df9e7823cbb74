//! Stopping, coming back, and being stored.

use std::io::ErrorKind;
use std::time::Duration;

use chatwoot_sandbox::{Fault, NewInbox, NewUser, Reply, Role, Sandbox, Seed};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::support::Ask;

fn seed() -> (Seed, String) {
    let mut seed = Seed::new();
    let token = seed.platform_app("ours").token;
    (seed, token)
}

fn create(token: &str) -> Ask {
    let body = json!({"name": "Jo", "email": "jo@a.co", "password": "Passw0rd!"});
    Ask::post("/platform/api/v1/users").token(token).json(&body)
}

async fn refused(sandbox: &Sandbox) -> ErrorKind {
    let base = sandbox.base_url();
    TcpStream::connect(base.trim_start_matches("http://")).await.unwrap_err().kind()
}

#[tokio::test]
async fn a_stopped_sandbox_refuses_connections_and_keeps_its_records() {
    let (seed, token) = seed();
    let sandbox = Sandbox::start(seed).await.unwrap();
    let before = sandbox.base_url();
    create(&token).send(&sandbox).await;

    sandbox.stop().await;
    assert_eq!(refused(&sandbox).await, ErrorKind::ConnectionRefused);
    sandbox.resume().await.unwrap();

    assert_eq!(sandbox.base_url(), before);
    assert_eq!(Ask::get("/platform/api/v1/users/1").token(&token).send(&sandbox).await.status, 200);
}

#[tokio::test]
async fn stopping_ends_calls_under_way_without_an_answer() {
    let (seed, token) = seed();
    let sandbox = Sandbox::start(seed).await.unwrap();
    let fault = sandbox.inject(Fault::any().reply(Reply::Hang));
    let mut stream = create(&token).open(&sandbox).await;
    sandbox.reached(fault).await;
    sandbox.stop().await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    assert_eq!(bytes, b"");
}

#[tokio::test]
async fn work_that_was_still_to_come_is_not_done_after_a_stop() {
    let (seed, token) = seed();
    let sandbox = Sandbox::start(seed).await.unwrap();
    let first = sandbox.inject(Fault::any().delay(Duration::from_millis(150)));
    let stream = create(&token).open(&sandbox).await;
    sandbox.wait_for_requests(1).await;
    sandbox.stop().await;
    drop(stream);
    sandbox.resume().await.unwrap();

    let second = sandbox.inject(Fault::on("GET", "/api").delay(Duration::from_millis(300)));
    Ask::get("/api").send(&sandbox).await;
    assert_eq!((sandbox.times_reached(first), sandbox.times_reached(second)), (0, 1));
    assert!(sandbox.users().is_empty());
}

#[tokio::test]
async fn a_stored_installation_comes_back_whole() {
    let (mut seed, token) = seed();
    let account = seed.account("Acme");
    let admin = seed.user(NewUser::new("Ada", "ada@acme.example").password("Passw0rd!"));
    seed.member(account, admin.id, Role::Administrator);
    let inbox = seed.inbox(account, NewInbox::new("Website").id(7));
    seed.inbox_member(inbox, admin.id);
    let first = Sandbox::start(seed).await.unwrap();
    create(&token).send(&first).await;
    Ask::new("DELETE", "/platform/api/v1/users/2").token(&token).send(&first).await;
    let stored = first.snapshot();
    assert!(!stored.to_string().contains("Passw0rd!"));

    let second = Sandbox::start(Seed::from_snapshot(stored.clone()).unwrap()).await.unwrap();

    assert_eq!(second.snapshot(), stored);
    let profile = Ask::get("/api/v1/profile").token(&admin.access_token).send(&second).await;
    assert_eq!(profile.json()["email"], "ada@acme.example");
    assert!(second.password_matches("ada@acme.example", "Passw0rd!"));
    assert_eq!(create(&token).send(&second).await.json()["id"], 2, "found by its address");
    second.tick();
    assert_eq!(create(&token).send(&second).await.json()["id"], 3, "ids are never given twice");
}

#[tokio::test]
async fn every_change_is_told_and_reading_is_not() {
    let (seed, token) = seed();
    let sandbox = Sandbox::start(seed).await.unwrap();
    let mut changes = sandbox.changes();
    Ask::get("/api").send(&sandbox).await;
    assert!(!changes.has_changed().unwrap());
    create(&token).send(&sandbox).await;
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    sandbox.edit(|state| state.rename(1, "Joe"));
    assert!(changes.has_changed().unwrap());
}
