use std::time::{Duration, Instant};

use localboxs::db::Db;
use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn health_says_version_and_uptime_to_anybody() {
    let app = TestApp::new().await;
    let answer = app.anonymous().get("/api/health").await;
    let body = answer.json();
    assert_eq!((answer.status, &body["status"]), (200, &json!("healthy")));
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(body["timestamp"], "2026-11-23T12:00:00.000Z");
    assert!(body["uptime"].is_number());
}

#[tokio::test]
async fn ready_means_database_schema_and_not_stopping() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    assert_eq!(client.get("/readyz").await.status, 200);
    localboxs::db::migrate::down(&app.app.db).await.unwrap();
    let old = client.get("/readyz").await;
    assert_eq!((old.status, &old.json()["reason"]), (503, &json!("schema_outdated")));
    localboxs::db::migrate::up(&app.app.db).await.unwrap();

    app.app.stopping.cancel();
    let stopping = client.get("/readyz").await;
    assert_eq!((stopping.status, &stopping.json()["reason"]), (503, &json!("stopping")));
    assert_eq!(client.get("/livez").await.status, 200);
}

#[tokio::test]
async fn without_its_database_it_lives_but_is_not_ready() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    app.app.db.close().await;
    let asked = Instant::now();
    let answer = client.get("/readyz").await;
    assert_eq!((answer.status, &answer.json()["reason"]), (503, &json!("database_unavailable")));
    assert!(asked.elapsed() < Duration::from_secs(2));
    assert_eq!(client.get("/livez").await.status, 200);
    assert_eq!(client.get("/api/health").await.status, 200);
}

/// Somebody's shell on the file, as an operator may leave it open.
#[tokio::test]
async fn a_sqlite_file_that_others_keep_locked_is_503_within_two_seconds() {
    let app = TestApp::new().await;
    if !app.app.db.is_alone() {
        return;
    }
    app.tenant("ana@example.com", "PRO").await;
    let other = Db::connect(&app.database.url, 1).await.unwrap();
    let lock = other.write().await.unwrap();
    let asked = Instant::now();
    let body = json!({ "email": "ana@example.com", "password": PASSWORD });
    let answers = (0..20).map(|_| {
        let (mut client, body) = (app.anonymous(), body.clone());
        tokio::spawn(async move { client.post_json("/api/auth/sign-in", &body).await })
    });
    for answer in answers.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        assert_eq!(answer.json_error(), (503, "database_unavailable".into()));
        assert_eq!(answer.header("retry-after"), "5");
    }
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    drop(lock);
    other.close().await;
    let answer = app.anonymous().post_json("/api/auth/sign-in", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}
