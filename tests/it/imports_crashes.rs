//! An import whose worker dies at any point of its rows, before and after each of their commits: the same end as
//! without.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use localboxs::domain::ids::{TenantId, UserId};
use localboxs::services::agents::Actor;
use localboxs::services::imports;
use serde_json::json;

use crate::support::Office;

const OWNER: &str = "owner@acme.example";
/// When it is their turn, Old Hand is there already, Cara's inbox is not the tenant's and Eva finds no seat.
const LIST: &str = "name,inboxes\nAna,1\nOld Hand,\nCara,\nDora,\nEva,";
/// Name, result, and the agent's name.
const ENDS: [&str; 5] =
    ["Ana created Ana", "Cara failed -", "Dora created Dora", "Eva failed -", "Old Hand exists Old Hand"];

/// When the worker dies: as soon as it waits for the database, or once what it asked for is done but not yet known.
#[derive(Clone, Copy, Debug)]
enum When {
    Asked,
    Answered,
}

#[tokio::test]
async fn an_import_whose_worker_dies_anywhere_ends_as_without() {
    let mut office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    owner.agent(&json!({ "name": "Old Hand" })).await;
    let tenant = UserId(office.app.uuids("SELECT id FROM users").await[0]);
    let (mut cases, mut died_after) = (0, BTreeSet::new());
    // How often it waits differs a little from time to time, so it may take some rounds to meet every place.
    let everywhere = (0..=ENDS.len() + 1).collect();
    while cases < 100 || died_after != everywhere {
        assert!(cases < 2_000, "it never died between two commits: {died_after:?}");
        for when in [When::Asked, When::Answered] {
            for nth in 1.. {
                cases += 1;
                let case = format!("{when:?} {nth}");
                begin(&office, tenant).await;
                let lived = live_until(nth, when, imports::advance(&office.app.app)).await;
                office.app.restart().await;
                died_after.insert(concluded(&office).await);
                assert_whole(&office, &case).await;
                imports::advance(&office.app.app).await.unwrap();
                assert_ended(&office, &case, cases).await;
                forget(&office).await;
                if lived {
                    break;
                }
            }
        }
    }
    println!("import: {cases} cases");
}

/// Lets this work wait for the database so many times at most; whether it came to its end before.
async fn live_until(nth: u32, when: When, work: impl Future) -> bool {
    let mut work = pin!(work);
    let mut waits = 0;
    poll_fn(|context| {
        if waits == nth {
            return Poll::Ready(false);
        }
        if work.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        waits += 1;
        if waits == nth && matches!(when, When::Asked) { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}

/// An import that is about to be worked on.
async fn begin(office: &Office, tenant: TenantId) {
    let actor = Actor { tenant, user: tenant, request_id: None };
    imports::run(&office.app.app, &actor, LIST).await.unwrap();
    for meanwhile in [
        "UPDATE import_rows SET status = 'waiting', agent_id = NULL",
        "UPDATE import_rows SET inbox_ids = '4' WHERE name = 'Cara'",
    ] {
        office.app.execute(meanwhile).await;
    }
}

/// How many commits of the import there were.
async fn concluded(office: &Office) -> usize {
    let over = "SELECT status FROM imports WHERE status = 'finished'";
    let rows = "SELECT status FROM import_rows WHERE status <> 'waiting'";
    office.app.column(rows).await.len() + office.app.column(over).await.len()
}

/// Each row with its agent or neither.
async fn assert_whole(office: &Office, case: &str) {
    let made = "SELECT name FROM helpdesk_users WHERE name <> 'Old Hand' ORDER BY name";
    let noted = "SELECT a.name FROM import_rows r JOIN helpdesk_users a ON a.id = r.agent_id \
                 WHERE r.status = 'created' AND a.name = r.name ORDER BY a.name";
    assert_eq!(office.app.column(made).await, office.app.column(noted).await, "{case}");
}

async fn assert_ended(office: &Office, case: &str, cases: usize) {
    assert_whole(office, case).await;
    let rows = "SELECT r.name || ' ' || r.status || ' ' || COALESCE(a.name, '-') AS it FROM import_rows r \
                LEFT JOIN helpdesk_users a ON a.id = r.agent_id ORDER BY it";
    assert_eq!(office.app.column(rows).await, ENDS, "{case}");
    let told =
        office.app.column("SELECT detail FROM import_rows WHERE status = 'failed' ORDER BY name").await;
    assert!(
        told[0].contains("isn't yours any more") && told[1].contains("all 3 are in use"),
        "{case}: {told:?}"
    );
    let work = "SELECT a.name FROM operations o JOIN helpdesk_users a ON a.id = o.helpdesk_user_id \
                WHERE o.status = 'due' AND o.kind = 'create' ORDER BY a.name";
    assert_eq!(office.app.column(work).await, ["Ana", "Dora"], "{case}: one operation for each");
    assert_eq!(office.app.column("SELECT status FROM imports").await, ["finished"], "{case}");
    for (action, times) in [("agent.created", 1 + 2 * cases), ("import.finished", cases)] {
        let told = format!("SELECT action FROM audit_events WHERE action = '{action}'");
        assert_eq!(office.app.column(&told).await.len(), times, "{case}: {action} is told once");
    }
}

/// Makes room for the next case; what was told stays.
async fn forget(office: &Office) {
    let new = "(SELECT id FROM helpdesk_users WHERE name <> 'Old Hand')";
    for statement in [
        format!("DELETE FROM operations WHERE helpdesk_user_id IN {new}"),
        format!("DELETE FROM helpdesk_user_inboxes WHERE helpdesk_user_id IN {new}"),
        format!("DELETE FROM helpdesk_users WHERE id IN {new}"),
        "DELETE FROM imports".to_owned(),
    ] {
        office.app.execute(&statement).await;
    }
}
