//! The two stages of a stop: the first signal lets what runs finish, a second one ends it at once.

use std::time::{Duration, Instant};

use chatwoot_sandbox::{Fault, Reply};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{Client, PASSWORD, Server, System, http, until};

const OWNER: &str = "owner@acme.example";
/// Shorter than a request waits for Chatwoot.
const LONG: Duration = Duration::from_secs(3);

/// A request that waits for Chatwoot, which takes this long; it has begun when this returns.
async fn a_running_request(
    system: &System,
    server: &Server,
    slow: Fault,
) -> JoinHandle<Option<(StatusCode, Value)>> {
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    let slow = system.sandbox.inject(slow);
    let running = tokio::spawn(async move { client.try_create(json!({ "name": "Ana" })).await });
    system.sandbox.reached(slow).await;
    running
}

fn create() -> Fault {
    Fault::on("POST", "/platform/api/v1/users")
}

/// Waits until nobody is let in any more: the program has heard the signal.
async fn refuses_newcomers(server: &Server) {
    until("nobody is let in any more", async || {
        http().get(format!("{}/livez", server.base)).send().await.is_err()
    })
    .await;
}

/// Starts the program again, which must finish the agent; its number in Chatwoot.
async fn after_the_next_start(system: &System) -> Option<u64> {
    let server = system.serve().await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    until("the agent is ready", async || client.agents().await[0]["state"] == "ready").await;
    let people = system.sandbox.users().into_iter().filter(|user| user.email.contains("+ana"));
    assert_eq!(people.count(), 1, "nobody was made twice");
    let agents = client.agents().await;
    assert_eq!(agents.len(), 1);
    agents[0]["chatwootUserId"].as_u64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_signal_lets_a_running_request_finish() {
    for signal in ["TERM", "INT"] {
        let system = System::start().await;
        system.tenant(OWNER, "PRO", &[1]);
        let mut server = system.serve().await;
        let running = a_running_request(&system, &server, create().hold(LONG)).await;
        server.signal(signal);
        refuses_newcomers(&server).await;
        assert!(server.is_running(), "{signal}: it waits for the request");
        let (status, body) = running.await.unwrap().expect("an answer in spite of the signal");
        // The call that ran is finished, and what comes after it is left to the next process.
        assert_eq!(status, StatusCode::ACCEPTED, "{signal}: {body}");
        let person = body["agent"]["chatwootUserId"].as_u64();
        assert!(person.is_some(), "{signal}: what the call brought is stored: {body}");
        server.ended_in_order().await;
        assert_eq!(after_the_next_start(&system).await, person);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_the_program_at_once_and_what_ran_goes_on_after_the_next_start() {
    for (first, second) in [("TERM", "TERM"), ("TERM", "INT"), ("INT", "INT")] {
        let system = System::start().await;
        system.tenant(OWNER, "PRO", &[1]);
        let mut server = system.serve().await;
        let running = a_running_request(&system, &server, create().reply(Reply::Hang)).await;
        server.signal(first);
        refuses_newcomers(&server).await;
        assert!(server.is_running(), "{first}: it waits for the request");
        let begin = Instant::now();
        server.signal(second);
        server.ended_in_order().await;
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(3), "{first}, {second}: it took {took:?}");
        assert!(running.await.unwrap().is_none(), "the request ended with the program");
        system.sandbox.clear_faults();
        after_the_next_start(&system).await;
    }
}
