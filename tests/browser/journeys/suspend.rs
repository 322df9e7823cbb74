//! Suspending an agent, undoing it, resuming it when no seat is left, and giving it another name.

use crate::journeys::everywhere;
use crate::stage::OWNER;
use crate::support::PASSWORD;

const ANA: &str = "owner+ana.ruiz@acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_suspended_brought_back_and_waits_for_a_seat() {
    everywhere("FREE", &[1, 2], async |stage, person| {
        let sandbox = &stage.system.sandbox;
        let agent = stage.agents(&["Ana Ruiz"], &[1, 2]).await;
        let page = format!("/integrations/helpdesk/agents/{agent}");
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Agents on your plan").await;
        person.open(&page).await;
        person.press("Suspend Ana Ruiz").await;
        person.sees("The inboxes of Ana Ruiz are remembered.").await;
        person.press("Suspend Ana Ruiz").await;
        person.sees("The agent is suspended.").await;
        assert_eq!((sandbox.inbox_members(1).len(), sandbox.inbox_members(2).len()), (0, 0));
        person.press("Undo").await;
        person.sees("The agent is back.").await;
        assert_eq!((sandbox.inbox_members(1).len(), sandbox.inbox_members(2).len()), (1, 1));

        person.press("Suspend Ana Ruiz").await;
        person.press("Suspend Ana Ruiz").await;
        person.sees("The agent is suspended.").await;
        stage.agents(&["Ben Okafor"], &[1]).await;
        person.press("Resume Ana Ruiz").await;
        person.sees("No free seat.").await;
        person.press("Suspend Ben Okafor").await;
        person.sees("Suspend Ben Okafor?").await;
        person.press("Suspend Ben Okafor").await;
        person.sees("The agent is suspended.").await;
        person.open(&page).await;
        person.press("Resume Ana Ruiz").await;
        person.sees("takes 1 seat of your plan again").await;
        person.press("Resume Ana Ruiz").await;
        person.sees("The agent is back.").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_gets_another_name() {
    everywhere("FREE", &[1], async |stage, person| {
        let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Agents on your plan").await;
        person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
        person.press("Change name").await;
        person.sees("The address stays").await;
        person.fill("name", "!!!").await;
        person.press("Save name").await;
        person.sees("There is a problem").await;
        assert_eq!(person.value("name").await, "!!!");
        person.fill("name", "Ana María").await;
        person.press("Save name").await;
        person.sees("The name is changed.").await;
        assert_eq!(stage.system.sandbox.user_by_email(ANA).unwrap().name, "Ana María");
    })
    .await;
}
