//! An administrator finds the agents that stopped, and starts them again.

use crate::journeys::everywhere;
use crate::stage::{ADMINISTRATOR, full};
use crate::support::{PASSWORD, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_retries_what_stopped_and_reads_it_in_the_log() {
    everywhere("PRO", &[1], async |stage, person| {
        let sandbox = &stage.system.sandbox;
        sandbox.inject(full());
        stage.agent_in_trouble("Ben Okafor").await;
        sandbox.clear_faults();
        stage.add_administrator().await;
        person.sign_in(ADMINISTRATOR, PASSWORD).await;
        person.press("1 agent needs attention").await;
        person.sees("Chatwoot's own agent limit is reached").await;
        person.fill("tenant", "nobody").await;
        if !person.has_htmx() {
            person.press("Apply filter").await;
        }
        person.sees("No agents match.").await;
        person.press("Clear filter").await;
        person.press("Ben Okafor").await;
        person.press("Retry selected").await;
        person.sees("Trying again with 1 agent").await;
        let client = stage.client().await;
        until("the worker is done", async || client.agents().await[0]["state"] == "ready").await;
        person.press("Back to the agents").await;
        person.sees("No working password is set").await;
        person.press("Owner").await;
        person.sees("1 of 3 agents").await;
        person.press("audit log").await;
        person.sees("Sam Lee tried again to set up Ben Okafor").await;
        person.sees("Sam Lee looked at the page of Owner").await;
    })
    .await;
}
