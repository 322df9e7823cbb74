//! The plan's limit.

use serde_json::json;

use crate::journeys::everywhere;
use crate::stage::OWNER;
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_at_its_limit_is_told_so_instead_of_being_given_a_form() {
    everywhere("FREE", &[1], async |_, person| {
        person.sign_in(OWNER, PASSWORD).await;
        person.press("Create your first agent").await;
        person.sees("This uses the 1 seat of your plan.").await;
        person.fill("name", "Ana Ruiz").await;
        person.press("Create agent").await;
        person.sees("Copy it now.").await;
        person.press("Helpdesk Setup").await;
        person.sees("Your 1 agent is in use · Free plan").await;
        person.press("Create agent").await;
        person.sees("Your Free plan includes 1 agent and it is in use.").await;
        assert!(!person.offers("Create agent").await, "there is no form to fill in for nothing");
        person.sees("Suspend an agent").await;
        person.press("Suspend Ana Ruiz").await;
        person.sees("It frees 1 seat on your plan.").await;
        person.open("/integrations/helpdesk/agents/new").await;
        person.press("See your agents").await;
        person.sees("Ana Ruiz").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_whose_last_seat_is_taken_meanwhile_is_told_that_nothing_was_created() {
    everywhere("FREE", &[1], async |stage, person| {
        person.sign_in(OWNER, PASSWORD).await;
        person.press("Create your first agent").await;
        person.fill("name", "Ana Ruiz").await;
        let elsewhere = stage.client().await.create(json!({ "name": "Ben Okafor" })).await;
        assert_eq!(elsewhere.status, 201, "{elsewhere:?}");
        person.press("Create agent").await;
        person.sees("Nothing was created.").await;
        assert!(stage.system.sandbox.user_by_email("owner+ana.ruiz@acme.example").is_none());
    })
    .await;
}
