//! Removing an agent.

use crate::journeys::everywhere;
use crate::stage::OWNER;
use crate::support::{PASSWORD, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_agent_loses_access_and_frees_its_seat() {
    everywhere("FREE", &[1], async |stage, person| {
        let sandbox = &stage.system.sandbox;
        let client = stage.client().await;
        stage.agents(&["Ana Ruiz"], &[1]).await;
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Agents on your plan").await;
        person.press("Manage agents").await;
        person.press("Remove Ana Ruiz").await;
        person.sees("Remove Ana Ruiz?").await;
        person.sees("loses access to Chatwoot at once").await;
        person.press("Cancel").await;
        person.sees("Ready").await;
        assert_eq!(sandbox.inbox_members(1).len(), 1, "looking at the question changes nothing");

        person.press("Remove Ana Ruiz").await;
        person.sees("frees 1 seat on your plan.").await;
        person.press("Remove Ana Ruiz").await;
        person.sees("The agent is removed. You can undo this until").await;
        assert_eq!(sandbox.inbox_members(1).len(), 0, "access ends at once");
        person.press("Undo").await;
        person.sees("The removal is undone.").await;
        person.sees("Ready").await;
        assert_eq!(sandbox.inbox_members(1).len(), 1, "everything is as before");
        person.press("Remove Ana Ruiz").await;
        person.sees("For ten minutes you can undo this.").await;
        person.press("Remove Ana Ruiz").await;
        person.sees("Removing").await;
        until("Chatwoot's own work is done", async || {
            sandbox.tick();
            stage.system.holds_end().await;
            client.agents().await.is_empty()
        })
        .await;
        assert!(sandbox.user_by_email("owner+ana.ruiz@acme.example").is_none());
        person.open("/integrations/helpdesk").await;
        person.sees("No agents yet").await;
        person.sees("0 of 1 agent used").await;
        person.press("Create your first agent").await;
        person.sees("This uses the 1 seat of your plan.").await;
    })
    .await;
}
