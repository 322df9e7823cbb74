//! One tenant with very much to do, and everybody else.

use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::{Client, PASSWORD, System, until};

const NOISY: &str = "noisy@acme.example";
const QUIET: &str = "quiet@acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_operations_of_one_tenant_hardly_delay_another_tenants_single_one() {
    let system = System::start_alone().await;
    system.tenant(NOISY, "ENTERPRISE", &[1]);
    system.tenant(QUIET, "ENTERPRISE", &[2]);
    let server = system.serve().await;
    let quiet = Client::sign_in(&server.base, QUIET, PASSWORD).await;
    system.sandbox.set_latency(Duration::from_millis(30));
    let mut idle = Vec::new();
    for nth in 0..5 {
        idle.push(create(&quiet, &format!("Idle {nth}")).await);
    }
    queue(&system, 1_000).await;
    let noisy = Client::sign_in(&server.base, NOISY, PASSWORD).await;
    let users = system.sandbox.users().len();
    until("the queue is being worked on", async || system.sandbox.users().len() > users + 4).await;
    let mut busy = Vec::new();
    for nth in 0..5 {
        busy.push(create(&quiet, &format!("Busy {nth}")).await);
    }
    assert!(noisy.agents().await.iter().any(|agent| agent["state"] == "setting_up"), "the queue is long");
    let (idle, busy) = (median(&mut idle), median(&mut busy));
    assert!(busy < idle * 3, "{busy:?} beside a queue of a thousand, {idle:?} without");
    // What is left to the worker waits its turn behind at most those in hand, not behind the queue.
    let began = Instant::now();
    execute(&system, &wishes(QUIET, 1)).await;
    until("the worker did the quiet tenant's", async || {
        quiet.agents().await.iter().any(|agent| agent["name"] == "Queued 1" && agent["state"] == "ready")
    })
    .await;
    assert!(began.elapsed() < idle * 3 + Duration::from_secs(10), "{:?}, idle {idle:?}", began.elapsed());
}

async fn create(client: &Client, name: &str) -> Duration {
    let began = Instant::now();
    let made = client.create(json!({ "name": name, "inboxIds": [2] })).await;
    assert_eq!(made.status, 201, "{made:?}");
    began.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Agents and their operations, as an import leaves them to the worker.
async fn queue(system: &System, count: usize) {
    execute(system, &wishes(NOISY, count)).await;
}

fn wishes(owner: &str, count: usize) -> Vec<String> {
    (1..=count)
        .flat_map(|nth| {
            let (agent, operation) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
            let email = owner.replace('@', &format!("+queued{nth}@"));
            let at = "'2026-11-28T00:00:00+00:00'";
            [
                format!(
                    "INSERT INTO helpdesk_users (id, user_id, seat, name, email, search, tag, state, removal_wanted, \
                     password_set, linked, verified, deletion_asked, version, created_at, updated_at) \
                     SELECT {agent}, id, {seat}, 'Queued {nth}', '{email}', 'queued', '{tag}', 'setting_up', FALSE, \
                     FALSE, FALSE, FALSE, FALSE, 0, {at}, {at} FROM users WHERE email = '{owner}'",
                    agent = literal(agent),
                    seat = 100_000 + nth,
                    tag = agent.simple(),
                ),
                format!(
                    "INSERT INTO operations (id, user_id, helpdesk_user_id, kind, status, attempts, due_at_ms, fence, \
                     created_at, updated_at) SELECT {}, id, {}, 'create', 'due', 0, 0, 0, {at}, {at} FROM users \
                     WHERE email = '{owner}'",
                    literal(operation),
                    literal(agent),
                ),
            ]
        })
        .collect()
}

/// Marked, because each database writes an id in its own way.
fn literal(id: uuid::Uuid) -> String {
    format!("<{}>", id.simple())
}

async fn execute(system: &System, statements: &[String]) {
    let db = system.database.open().await;
    let (open, close) = if system.database.is_postgres() { ("'", "'::uuid") } else { ("x'", "'") };
    let tx = db.write().await.unwrap();
    for statement in statements {
        tx.execute_unprepared(&statement.replace('<', open).replace('>', close)).await.unwrap();
    }
    tx.commit().await.unwrap();
    db.close().await;
}

pub async fn count(db: &localboxs::db::Db, sql: &str) -> i64 {
    let conn = db.read();
    let statement = sea_orm::Statement::from_string(conn.get_database_backend(), sql);
    conn.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}
