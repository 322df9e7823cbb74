//! The audit log cannot be changed, and when its walls are torn down, whatever was done to it is found.

use localboxs::db;
use localboxs::db::audit::Event;
use localboxs::domain::ids::UserId;
use localboxs::services::audit::{Fault, Verdict, verify};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde_json::json;
use uuid::Uuid;

use crate::support::TestApp;

const ROWS: usize = 60;
const CHAINS: usize = 4;

fn event(app: &TestApp, tenant: Option<UserId>, number: usize) -> Event {
    Event {
        at: app.app.now(),
        tenant,
        actor: "user",
        actor_id: tenant,
        action: "agent.created",
        object: "agent",
        object_id: number.to_string(),
        before: number.is_multiple_of(2).then(|| json!({ "z": [1, -5], "a": { "y": "ü", "b": null } })),
        after: Some(json!({ "state": "ready", "name": format!("Ana {number}"), "inboxes": [3, 1, 2] })),
        reason: number.is_multiple_of(3).then(|| "because".to_owned()),
        request_id: None,
    }
}

async fn insert(app: &TestApp, event: Event) {
    let tx = app.app.db.write().await.unwrap();
    db::audit::insert(&*tx, event).await.unwrap();
    tx.commit().await.unwrap();
}

/// A log with the installation's chain and those of some tenants.
async fn log(app: &TestApp) {
    let tenants: Vec<_> = (1..CHAINS).map(|_| UserId(Uuid::now_v7())).collect();
    for number in 0..ROWS {
        let tenant = (number % CHAINS).checked_sub(1).map(|tenant| tenants[tenant]);
        insert(app, event(app, tenant, number)).await;
    }
}

async fn tear_down_the_walls(app: &TestApp) {
    let sqlite = app.app.db.read().get_database_backend() == DbBackend::Sqlite;
    let walls: &[&str] = if sqlite {
        &[
            "DROP TRIGGER audit_events_no_update",
            "DROP TRIGGER audit_events_no_delete",
            "DROP TRIGGER audit_events_no_replace",
        ]
    } else {
        &["DROP FUNCTION audit_events_append_only() CASCADE"]
    };
    for statement in walls {
        app.execute(statement).await;
    }
    for index in ["audit_events_tenant_seq", "audit_events_installation_seq"] {
        app.execute(&format!("DROP INDEX {index}")).await;
    }
    app.execute("CREATE TABLE kept AS SELECT * FROM audit_events").await;
}

async fn run(app: &TestApp, sql: &str, values: Vec<Value>) {
    let conn = app.app.db.read();
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    conn.execute_raw(statement).await.unwrap();
}

/// One thing that somebody may do to one row, or to two.
async fn meddle(app: &TestApp, random: &mut StdRng, ids: &[Uuid]) -> &'static str {
    let one = random.random_range(0..ids.len());
    // Of the same chain, so that the two have different places.
    let other = (one + CHAINS * random.random_range(1..ROWS / CHAINS)) % ids.len();
    let (id, other) = (ids[one], ids[other]);
    let edits = [
        "UPDATE audit_events SET actor = 'operator' WHERE id = $1",
        "UPDATE audit_events SET actor_id = NULL, actor = 'system' WHERE id = $1",
        "UPDATE audit_events SET action = 'agent.removed' WHERE id = $1",
        "UPDATE audit_events SET object = 'user' WHERE id = $1",
        "UPDATE audit_events SET object_id = object_id || '1' WHERE id = $1",
        "UPDATE audit_events SET before = '{\"a\":1}' WHERE id = $1",
        "UPDATE audit_events SET after = NULL WHERE id = $1",
        "UPDATE audit_events SET reason = 'another' WHERE id = $1",
        "UPDATE audit_events SET request_id = 'x' WHERE id = $1",
        "UPDATE audit_events SET at = '2026-01-02 03:04:05+00:00' WHERE id = $1",
        "UPDATE audit_events SET seq = seq + 1 WHERE id = $1",
        "UPDATE audit_events SET seq = seq - 1 WHERE id = $1",
        "UPDATE audit_events SET hash = 'x' WHERE id = $1",
        "UPDATE audit_events SET prev_hash = 'x' WHERE id = $1",
        "DELETE FROM audit_events WHERE id = $1",
    ];
    let pairs = [
        "UPDATE audit_events SET id = $2 WHERE id = $1",
        "DELETE FROM audit_events WHERE id = $1 OR id = $2",
        "UPDATE audit_events SET seq = (SELECT sum(seq) FROM kept WHERE id IN ($1, $2)) - seq WHERE id IN ($1, $2)",
        "UPDATE audit_events SET object_id = (SELECT object_id FROM kept WHERE id IN ($1, $2) AND id <> audit_events.id) \
         WHERE id IN ($1, $2)",
    ];
    let chosen = random.random_range(0..edits.len() + pairs.len());
    if let Some(edit) = edits.get(chosen) {
        run(app, edit, vec![id.into()]).await;
        return edit;
    }
    let pair = pairs[chosen - edits.len()];
    let other = if pair.contains("SET id") { Uuid::new_v4() } else { other };
    run(app, pair, vec![id.into(), other.into()]).await;
    pair
}

#[tokio::test]
async fn the_log_takes_no_change_and_no_removal() {
    let app = TestApp::new().await;
    log(&app).await;
    for change in ["UPDATE audit_events SET reason = 'x'", "DELETE FROM audit_events"] {
        let fault = app.app.db.read().execute_unprepared(change).await.unwrap_err();
        assert!(fault.to_string().contains("append-only"), "{fault}");
    }
    let whole = Verdict::Whole { entries: ROWS as u64, chains: CHAINS as u64 };
    assert_eq!(verify(&app.app).await.unwrap(), whole);
}

#[tokio::test]
async fn no_entry_takes_the_place_of_another() {
    let app = TestApp::new().await;
    // PostgreSQL has no such statement.
    if app.app.db.read().get_database_backend() != DbBackend::Sqlite {
        return;
    }
    log(&app).await;
    let rest = "at, tenant_id, actor, action, object, object_id, after, prev_hash, hash FROM audit_events";
    let columns = rest.replace(" FROM audit_events", "");
    for (names, values) in [
        ("id, seq", format!("id, seq + 1000, {rest}")),
        ("id, seq", format!("randomblob(16), seq, {rest} WHERE tenant_id IS NULL")),
        ("id, seq", format!("randomblob(16), seq, {rest} WHERE tenant_id IS NOT NULL")),
        ("rowid, id, seq", format!("rowid, randomblob(16), seq + 1000, {rest}")),
    ] {
        let replace =
            format!("INSERT OR REPLACE INTO audit_events ({names}, {columns}) SELECT {values} LIMIT 1");
        let fault = app.app.db.read().execute_unprepared(&replace).await.unwrap_err();
        assert!(fault.to_string().contains("append-only"), "{replace}: {fault}");
    }
    let whole = Verdict::Whole { entries: ROWS as u64, chains: CHAINS as u64 };
    assert_eq!(verify(&app.app).await.unwrap(), whole);
    insert(&app, event(&app, None, ROWS)).await;
}

#[tokio::test]
async fn each_of_a_thousand_random_edits_removals_and_moves_is_found() {
    let app = TestApp::new().await;
    log(&app).await;
    let ids = app.uuids("SELECT id FROM audit_events ORDER BY id").await;
    tear_down_the_walls(&app).await;
    let whole = verify(&app.app).await.unwrap();
    assert_eq!(whole, Verdict::Whole { entries: ROWS as u64, chains: CHAINS as u64 });
    let seed = 1;
    let mut random = StdRng::seed_from_u64(seed);
    for round in 0..1_000 {
        let what = meddle(&app, &mut random, &ids).await;
        let found = verify(&app.app).await.unwrap();
        assert!(matches!(found, Verdict::Broken(_)), "seed {seed}, round {round}: {what}");
        app.execute("DELETE FROM audit_events").await;
        app.execute("INSERT INTO audit_events SELECT * FROM kept").await;
    }
    assert_eq!(verify(&app.app).await.unwrap(), whole);
}

#[tokio::test]
async fn a_chain_that_was_cut_off_or_gone_on_with_is_found_by_its_head() {
    let app = TestApp::new().await;
    let tenant = Some(UserId(Uuid::now_v7()));
    for number in 0..3 {
        insert(&app, event(&app, tenant, number)).await;
    }
    tear_down_the_walls(&app).await;
    let fault = async || match verify(&app.app).await.unwrap() {
        Verdict::Broken(broken) => (broken.tenant == tenant, broken.seq, broken.fault),
        Verdict::Whole { .. } => panic!("nothing was found"),
    };
    app.execute("DELETE FROM audit_events WHERE seq > 1").await;
    assert_eq!(fault().await, (true, 2, Fault::CutOff(2)));
    app.execute("DELETE FROM audit_events").await;
    assert_eq!(fault().await, (true, 1, Fault::CutOff(3)));
    app.execute("INSERT INTO audit_events SELECT * FROM kept").await;
    app.execute("UPDATE audit_heads SET seq = 2").await;
    assert_eq!(fault().await, (true, 3, Fault::Added));
    app.execute("DELETE FROM audit_heads").await;
    assert_eq!(fault().await, (true, 3, Fault::Added));
}

#[tokio::test]
async fn writers_at_the_same_time_make_one_chain() {
    let app = TestApp::new().await;
    let tenant = Some(UserId(Uuid::now_v7()));
    let writers = (0..40).map(|number| insert(&app, event(&app, tenant.filter(|_| number % 4 > 0), number)));
    futures_util::future::join_all(writers).await;
    assert_eq!(verify(&app.app).await.unwrap(), Verdict::Whole { entries: 40, chains: 2 });
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_gap() {
    let app = TestApp::new().await;
    let tenant = Some(UserId(Uuid::now_v7()));
    insert(&app, event(&app, tenant, 1)).await;
    let tx = app.app.db.write().await.unwrap();
    db::audit::insert(&*tx, event(&app, tenant, 2)).await.unwrap();
    drop(tx);
    insert(&app, event(&app, tenant, 3)).await;
    assert_eq!(verify(&app.app).await.unwrap(), Verdict::Whole { entries: 2, chains: 1 });
}

#[tokio::test]
async fn a_log_from_before_the_chains_is_chained_as_it_is() {
    let app = TestApp::new().await;
    log(&app).await;
    let chained = || app.column("SELECT hash FROM audit_events ORDER BY id");
    let before = chained().await;
    let applied = async || {
        let changes = db::migrate::status(&app.app.db).await.unwrap();
        changes.iter().any(|change| change.name.ends_with("audit_chain") && change.applied)
    };
    while applied().await {
        db::migrate::down(&app.app.db).await.unwrap();
    }
    db::migrate::up(&app.app.db).await.unwrap();
    assert_eq!(chained().await, before);
    insert(&app, event(&app, None, 1)).await;
    let entries = ROWS as u64 + 1;
    assert_eq!(verify(&app.app).await.unwrap(), Verdict::Whole { entries, chains: CHAINS as u64 });
}
