//! What the database holds, without what differs from run to run.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Statement};

use crate::support::Database;

/// Each table as one text per row.
const TABLES: [(&str, &str); 6] = [
    (
        "agents",
        "SELECT name || ' ' || email || ' ' || state || ' seat ' || coalesce(seat, '-') || ' removal ' || removal_wanted
            || ' password ' || password_set || ' linked ' || linked || ' verified ' || verified || ' deletion '
            || deletion_asked || ' failure ' || coalesce(failure, '-') || ' person ' || (chatwoot_user_id IS NOT NULL)
         AS line FROM helpdesk_users ORDER BY id",
    ),
    (
        "inboxes",
        "SELECT a.name || ' ' || m.inbox_id || ' wanted ' || m.wanted || ' present ' || m.present AS line
         FROM helpdesk_user_inboxes m JOIN helpdesk_users a ON a.id = m.helpdesk_user_id ORDER BY 1",
    ),
    (
        "operations",
        "SELECT a.name || ' ' || o.kind || ' ' || o.status || ' ' || coalesce(o.step, '-') || ' '
            || coalesce(o.last_error, '-') || ' ' || coalesce(o.last_status, '-') AS line
         FROM operations o JOIN helpdesk_users a ON a.id = o.helpdesk_user_id ORDER BY o.id",
    ),
    // One thing after the other: what the worker does to two agents at once has no order.
    (
        "audit",
        "SELECT actor || ' ' || action || ' ' || coalesce(before, '-') || ' ' || coalesce(after, '-') AS line
         FROM audit_events ORDER BY min(id) OVER (PARTITION BY object, object_id), id",
    ),
    ("sessions", "SELECT 'signed in ' || count(*) AS line FROM sessions WHERE user_id IS NOT NULL"),
    ("failures", "SELECT sum(failures) || ' failures' AS line FROM sign_in_failures"),
];

/// Every table's rows, to be compared between two ways to the same end.
pub async fn rows(database: &Database) -> BTreeMap<&'static str, Vec<String>> {
    let db = database.open().await;
    let mut all = BTreeMap::new();
    for (table, sql) in TABLES {
        let statement = Statement::from_string(db.read().get_database_backend(), sql);
        let rows = db.read().query_all_raw(statement).await.unwrap();
        all.insert(table, rows.iter().map(|row| row.try_get("", "line").unwrap()).collect());
    }
    db.close().await;
    all
}
