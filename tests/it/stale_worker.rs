use localboxs::db::operations::{self, Outcome, Standing};
use localboxs::domain::ids::{AgentId, UserId};
use serde_json::json;

use crate::support::Office;

/// Whoever lost the lease changes nothing any more, whatever it tries to store.
#[tokio::test]
async fn a_hundred_late_results_of_a_stale_worker_touch_no_row() {
    let office = Office::open().await;
    let mut tenant = office.tenant("ana@example.com", "PRO", &[1]).await;
    let agent = tenant.agent(&json!({ "name": "Ana" })).await;
    let agent = AgentId(agent.parse().unwrap());
    let app = &office.app.app;
    for nth in 0..100_i64 {
        let user = app.db.read();
        let owner = office.app.uuids("SELECT user_id FROM helpdesk_users").await[0];
        let tenant = UserId(owner);
        let stale = operations::open(user, tenant, agent, "inboxes", Some(("stale", -1)), app.now())
            .await
            .unwrap()
            .unwrap();
        let next = operations::claim_due(user, "next", 60_000, 1).await.unwrap().remove(0);
        assert_eq!((next.operation, next.fence), (stale.operation, stale.fence + 1));
        let before = office.everything().await;
        let standing = [Standing::Running, Standing::DueIn(nth), Standing::Failed, Standing::Done]
            [usize::try_from(nth % 4).unwrap()];
        let outcome = Outcome { step: Some("join_inbox"), status: Some(200), ..Outcome::default() };
        assert!(!operations::store(user, &stale, &outcome, standing, app.now()).await.unwrap());
        assert!(!operations::renew(user, &stale, 60_000).await.unwrap());
        assert!(!operations::hold(user, &stale).await.unwrap());
        assert_eq!(office.everything().await, before, "case {nth}");
        assert!(operations::store(user, &next, &outcome, Standing::Done, app.now()).await.unwrap());
    }
}
