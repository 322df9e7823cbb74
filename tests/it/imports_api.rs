//! Creating agents from a list over JSON, and the limit in a race with other creates.

use std::time::Duration;

use localboxs::services::imports;
use serde_json::json;

use crate::imports::work_off;
use crate::support::{CALLS, Office};

const OWNER: &str = "owner@acme.example";

#[tokio::test]
async fn a_dry_run_changes_nothing_and_a_confirmed_one_creates() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let old = owner.agent(&json!({ "name": "Old Hand" })).await;
    let before = office.everything().await;
    let csv = "name,inboxes\nAna,1\nold hand,\nBen,9\nCara,\nDora,";
    let looked = owner.post(&format!("{CALLS}/import"), &json!({ "csv": csv })).await;
    assert_eq!(looked.status, 200, "{}", looked.text());
    let import = &looked.json()["import"];
    assert_eq!((&import["id"], &import["state"]), (&json!(null), &json!("draft")));
    let counts = ["seatsLeft", "waiting", "created", "existing", "refused"].map(|name| import[name].clone());
    assert_eq!(counts, [json!(2), json!(2), json!(0), json!(1), json!(2)]);
    assert_eq!(
        import["rows"][1],
        json!({ "row": 3, "name": "old hand", "result": "exists", "agentId": old })
    );
    assert!(import["rows"][2]["problem"].as_str().unwrap().contains("“9”"));
    assert_eq!(import["rows"][4]["result"], "no_seat");
    assert_eq!(office.everything().await, before);
    assert!(office.app.column("SELECT status FROM imports").await.is_empty());

    let started = owner.post(&format!("{CALLS}/import"), &json!({ "csv": csv, "confirm": true })).await;
    assert_eq!(started.status, 202, "{}", started.text());
    let status_url = started.json()["statusUrl"].as_str().unwrap().to_owned();
    let busy = owner.post(&format!("{CALLS}/import"), &json!({ "csv": csv, "confirm": true })).await;
    assert_eq!(busy.json_error(), (409, "conflict".into()));
    work_off(&office).await;
    let done = owner.get(&status_url).await.json();
    assert_eq!(done["statusUrl"], json!(null));
    assert_eq!((&done["import"]["created"], &done["import"]["state"]), (&json!(2), &json!("finished")));
    assert_eq!(done["import"]["rows"][0]["agentState"], "ready");
    assert_eq!(office.members(1), ["owner+ana@acme.example"]);

    let again = owner.post(&format!("{CALLS}/import"), &json!({ "csv": csv, "confirm": true })).await;
    assert_eq!(again.json()["import"]["existing"], 3, "sent again it doubles nobody");
    work_off(&office).await;
    assert_eq!(owner.agents().await.len(), 3);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_field() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    for (body, field) in [
        (json!({ "csv": "Ana\nBen" }), "csv"),
        (json!({ "csv": "" }), "csv"),
        (json!({}), "csv"),
        (json!({ "csv": 5 }), "csv"),
        (json!({ "csv": "name\nAna", "confirm": "yes" }), "confirm"),
        (json!({ "csv": "name\nAna", "tenantId": "x" }), "tenantId"),
    ] {
        let refused = owner.post(&format!("{CALLS}/import"), &body).await;
        assert_eq!(refused.json_error(), (422, "invalid_fields".into()), "{body}");
        assert!(refused.json()["fields"][field].is_array(), "{}", refused.text());
    }
    let large = json!({ "csv": "x".repeat(1024 * 1024 + 1) });
    let refused = owner.post(&format!("{CALLS}/import"), &large).await;
    assert_eq!(refused.json_error(), (413, "too_large".into()));
    let absent = owner.get(&format!("{CALLS}/import/{}", uuid::Uuid::now_v7())).await;
    assert_eq!(absent.json_error(), (404, "not_found".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_and_creates_at_once_never_exceed_the_limit() {
    let office = Office::with_patience(Duration::ZERO).await;
    let owner = office.tenant(OWNER, "PRO", &[]).await;
    let rows: Vec<String> = (0..10).map(|nth| format!("Row {nth}")).collect();
    let csv = format!("name\n{}", rows.join("\n"));
    // Every row shall try for a seat, so the seats are there when the list is looked at.
    office.app.execute("UPDATE tier_limits SET max_helpdesk_agents = 10 WHERE tier = 'PRO'").await;
    let mut client = office.api(owner.client.clone());
    let started = client.post(&format!("{CALLS}/import"), &json!({ "csv": csv, "confirm": true })).await;
    assert_eq!(started.json()["import"]["waiting"], 10);
    office.app.execute("UPDATE tier_limits SET max_helpdesk_agents = 3 WHERE tier = 'PRO'").await;
    let second = office.app.second().await;
    let creates = (0..10).map(|nth| {
        let mut client = office.api(owner.client.clone());
        async move { client.create(&json!({ "name": format!("Single {nth}") })).await.status }
    });
    let workers = async {
        let (one, other) = tokio::join!(imports::advance(&office.app.app), imports::advance(&second));
        one.unwrap();
        other.unwrap();
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(creates), workers);
    work_off(&office).await;
    let seats = office.app.column("SELECT name FROM helpdesk_users WHERE seat IS NOT NULL").await;
    assert_eq!(seats.len(), 3, "{seats:?} {answers:?}");
    assert!(answers.iter().all(|status| [201, 202, 403].contains(status)), "{answers:?}");
    let done = client.get(started.json()["statusUrl"].as_str().unwrap()).await.json();
    let made = answers.iter().filter(|status| **status != 403).count();
    assert_eq!(done["import"]["created"], json!(3 - made));
    assert_eq!(done["import"]["refused"], json!(7 + made));
    second.db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_make_every_row_once() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await;
    let rows: Vec<String> = (0..30).map(|nth| format!("Row {nth}")).collect();
    let csv = format!("name\n{}", rows.join("\n"));
    let started = owner.post(&format!("{CALLS}/import"), &json!({ "csv": csv, "confirm": true })).await;
    assert_eq!(started.status, 202);
    let second = office.app.second().await;
    for _ in 0..50 {
        let (one, other) = tokio::join!(imports::advance(&office.app.app), imports::advance(&second));
        one.unwrap();
        other.unwrap();
        let being = office.app.column("SELECT status FROM operations WHERE status = 'due'").await.len();
        assert!(being <= 4, "{being} at once");
        localboxs::services::provisioning::take_due(&office.app.app).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    work_off(&office).await;
    assert_eq!(owner.agents().await.len(), 30);
    assert_eq!(office.sandbox.users().len(), 31, "the human and one person for each row");
    second.db.close().await;
}
