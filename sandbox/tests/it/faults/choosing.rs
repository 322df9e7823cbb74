//! Which calls a fault meets.

use chatwoot_sandbox::{Fault, Reply, Sandbox, Seed};

use super::{USERS, sandbox, user};
use crate::support::Ask;

const MEMBERS: &str = "/platform/api/v1/accounts/*/account_users";

/// The statuses of so many calls of `GET /api`.
async fn statuses(sandbox: &Sandbox, calls: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..calls {
        statuses.push(Ask::get("/api").send(sandbox).await.status);
    }
    statuses
}

fn broken() -> Fault {
    Fault::on("GET", "/api").reply(Reply::RailsError)
}

#[tokio::test]
async fn a_fault_meets_the_next_call_once_unless_told_otherwise() {
    let (sandbox, _) = sandbox().await;
    sandbox.inject(broken());
    assert_eq!(statuses(&sandbox, 3).await, [500, 200, 200]);
    let fault = sandbox.inject(broken().nth(2).times(2));
    assert_eq!(statuses(&sandbox, 4).await, [200, 500, 500, 200]);
    assert_eq!(sandbox.times_reached(fault), 2);
    sandbox.reached_times(fault, 2).await;
    sandbox.inject(broken().forever());
    assert_eq!(statuses(&sandbox, 3).await, [500, 500, 500]);
    sandbox.clear_faults();
    assert_eq!(statuses(&sandbox, 2).await, [200, 200]);
}

#[tokio::test]
async fn a_seeded_chance_decides_alike_every_time() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let sandbox = Sandbox::start(Seed::new()).await.unwrap();
        sandbox.inject(broken().with_probability(0.5, seed));
        runs.push(statuses(&sandbox, 40).await);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    let failed = runs[0].iter().filter(|status| **status == 500).count();
    assert!((8..=32).contains(&failed), "{failed} of 40");
}

#[tokio::test]
async fn method_path_and_body_choose_the_call() {
    let (sandbox, create) = sandbox().await;
    sandbox.inject(Fault::on("POST", MEMBERS).reply(Reply::Gateway(502)).forever());
    sandbox.inject(Fault::on("*", USERS).body_containing("ann@").reply(Reply::Gateway(503)).forever());
    sandbox.inject(Fault::on("GET", "/api/v1/**").reply(Reply::Gateway(504)).forever());

    let status = async |ask: Ask| ask.send(&sandbox).await.status;
    assert_eq!(status(Ask::post("/platform/api/v1/accounts/5/account_users?x=1")).await, 502);
    assert_eq!(status(Ask::get("/platform/api/v1/accounts/5/account_users")).await, 401);
    assert_eq!(status(create.clone().json(&user("ann@a.co"))).await, 503);
    assert_eq!(status(create).await, 200);
    assert_eq!(status(Ask::get("/api/v1/profile")).await, 504);
    assert_eq!(status(Ask::get("/api")).await, 200);
}

#[tokio::test]
async fn of_two_faults_on_one_call_the_first_answers_and_both_have_happened() {
    let (sandbox, _) = sandbox().await;
    let strips = sandbox.inject(Fault::any().without_underscore_headers());
    let first = sandbox.inject(broken());
    let second = sandbox.inject(Fault::any().reply(Reply::Gateway(502)));
    assert_eq!(statuses(&sandbox, 2).await, [500, 200]);
    for fault in [strips, first, second] {
        assert_eq!(sandbox.times_reached(fault), 1);
    }
}
