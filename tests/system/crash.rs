//! Killed at every call to Chatwoot, then started again: the same end as without the kill.

use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::support::{Client, PASSWORD, Server, System, Way, until};

const OWNER: &str = "owner@acme.example";
const ANA: &str = "owner+ana.ruiz@acme.example";

/// Whether Chatwoot does what it was asked before the asker dies.
#[derive(Clone, Copy, Debug)]
enum When {
    Before,
    After,
}

/// The calls of a create with two inboxes: method, path, and which of its kind.
const CREATE_BY_PLATFORM: [(&str, &str, u64); 6] = [
    ("POST", "/platform/api/v1/users", 1),
    ("POST", "/platform/api/v1/accounts/*/account_users", 1),
    ("POST", "/api/v1/accounts/*/inbox_members", 1),
    ("POST", "/api/v1/accounts/*/inbox_members", 2),
    ("GET", "/platform/api/v1/users/*", 1),
    ("PATCH", "/platform/api/v1/users/*", 1),
];
const CREATE_BY_ACCOUNT: [(&str, &str, u64); 2] =
    [("POST", "/platform/api/v1/users", 1), ("POST", "/api/v1/accounts/*/agents", 1)];
const REMOVE: [(&str, &str, u64); 7] = [
    ("GET", "/platform/api/v1/users/*", 1),
    ("GET", "/api/v1/accounts/*/inbox_members/*", 2),
    ("DELETE", "/platform/api/v1/accounts/*/account_users", 1),
    ("DELETE", "/api/v1/accounts/*/inbox_members", 2),
    ("GET", "/platform/api/v1/users/*", 2),
    ("DELETE", "/platform/api/v1/users/*", 1),
    ("GET", "/platform/api/v1/users/*", 3),
];
const SUSPEND: [(&str, &str, u64); 4] = [
    ("GET", "/platform/api/v1/users/*", 1),
    ("GET", "/api/v1/accounts/*/inbox_members/*", 1),
    ("DELETE", "/platform/api/v1/accounts/*/account_users", 1),
    ("DELETE", "/api/v1/accounts/*/inbox_members", 1),
];
const RESUME: [(&str, &str, u64); 4] = [
    ("GET", "/platform/api/v1/users/*", 1),
    ("POST", "/platform/api/v1/accounts/*/account_users", 1),
    ("POST", "/api/v1/accounts/*/inbox_members", 2),
    ("GET", "/platform/api/v1/users/*", 2),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_killed_at_any_call_ends_as_if_it_had_not_been() {
    for (method, path, nth) in CREATE_BY_PLATFORM {
        for when in [When::Before, When::After] {
            killed_create(Way::Platform, method, path, nth, when).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_through_the_account_key_killed_at_any_call_ends_as_if_it_had_not_been() {
    for (method, path, nth) in CREATE_BY_ACCOUNT {
        for when in [When::Before, When::After] {
            killed_create(Way::Account, method, path, nth, when).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assignment_and_a_removal_from_an_inbox_survive_a_kill() {
    for when in [When::Before, When::After] {
        for (action, method, before, after) in
            [("add", "POST", vec![1], vec![1, 2]), ("remove", "DELETE", vec![1, 2], vec![1])]
        {
            let case = format!("{action} {when:?}");
            let (system, server, client) = with_ana(&before).await;
            let agent = client.agents().await[0]["id"].as_str().unwrap().to_owned();
            let fault = system.sandbox.inject(stuck(method, "/api/v1/accounts/*/inbox_members", 1, when));
            let asking = client.assign_and_perish(&agent, 2, action);
            perish(&system, server, fault, asking).await;
            let server = system.serve().await;
            let client = client.at(&server.base);
            until(&format!("{case} is carried out"), async || system_inboxes(&system) == after).await;
            assert_eq!(client.agents().await[0]["inboxIds"], json!(after), "{case}");
            assert_sound(&system, &client, &case).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_killed_at_any_call_still_removes_everything() {
    for (method, path, nth) in REMOVE {
        for when in [When::Before, When::After] {
            let case = format!("{method} {path} {nth} {when:?}");
            let (system, server, client) = with_ana(&[1, 2]).await;
            let agent = client.agents().await[0]["id"].as_str().unwrap().to_owned();
            let fault = system.sandbox.inject(stuck(method, path, nth, when));
            let asking = async {
                client.remove_and_perish(&agent).await;
                system.holds_end().await;
            };
            perish(&system, server, fault, asking).await;
            let server = system.serve().await;
            let client = client.at(&server.base);
            until(&format!("{case}: gone"), async || {
                system.sandbox.tick();
                system.holds_end().await;
                client.agents().await.is_empty()
            })
            .await;
            assert_eq!(system.sandbox.user_by_email(ANA).map(|user| user.id), None, "{case}");
            assert_eq!(system_inboxes(&system), Vec::<u64>::new(), "{case}");
            let again = client.create(json!({ "name": "Ana Ruiz" })).await;
            assert_eq!(again.status, 201, "{case}: the seat is free again: {again:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_and_a_return_killed_at_any_call_end_as_if_they_had_not_been() {
    for when in [When::Before, When::After] {
        let deeds = [("suspend", &SUSPEND, "suspended"), ("resume", &RESUME, "ready")];
        for (deed, calls, state) in deeds {
            for (method, path, nth) in calls {
                let case = format!("{deed} {method} {path} {nth} {when:?}");
                let (system, server, client) = with_ana(&[1, 2]).await;
                let agent = client.agents().await[0]["id"].as_str().unwrap().to_owned();
                if deed == "resume" {
                    client.ask_and_perish(&agent, "suspend").await;
                }
                let fault = system.sandbox.inject(stuck(method, path, *nth, when));
                perish(&system, server, fault, client.ask_and_perish(&agent, deed)).await;
                let server = system.serve().await;
                let client = client.at(&server.base);
                until(&format!("{case}: {state}"), async || client.agents().await[0]["state"] == state).await;
                let inboxes: &[u64] = if deed == "resume" { &[1, 2] } else { &[] };
                assert_eq!(system_inboxes(&system), inboxes, "{case}");
                let ana = system.sandbox.user_by_email(ANA).unwrap();
                let members = system.sandbox.account_users(system.account);
                let is_in = members.iter().any(|member| member.user_id == ana.id);
                assert_eq!(is_in, deed == "resume", "{case}");
                assert_eq!(client.agents().await[0]["inboxIds"], json!([1, 2]), "{case}: remembered");
            }
        }
    }
}

async fn killed_create(way: Way, method: &str, path: &str, nth: u64, when: When) {
    let case = format!("{method} {path} {nth} {when:?}");
    let system = System::start_by(way).await;
    system.tenant(OWNER, "FREE", &[1, 2]);
    let server = system.serve().await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    let fault = system.sandbox.inject(stuck(method, path, nth, when));
    let asking = client.create_and_perish(
        json!({ "name": "Ana Ruiz", "password": "Canary-9-Passw0rd", "inboxIds": [1, 2] }),
    );
    perish(&system, server, fault, asking).await;
    let server = system.serve().await;
    let client = client.at(&server.base);
    until(&format!("{case}: ready"), async || client.agents().await[0]["state"] == "ready").await;
    assert_eq!(system_inboxes(&system), [1, 2], "{case}");
    assert_sound(&system, &client, &case).await;
    assert_eq!(client.create(json!({ "name": "Ben" })).await.status, 403, "{case}: the seat is taken");
    let folder = String::from_utf8_lossy(&everything_in(system.database.folder())).into_owned();
    assert!(!folder.contains("Canary-9-Passw0rd"), "{case}: a password was written");
}

/// One person of ours in Chatwoot for the one agent here, in one account, as agent; the human untouched.
async fn assert_sound(system: &System, client: &Client, case: &str) {
    let agents = client.agents().await;
    assert_eq!(agents.len(), 1, "{case}");
    let people = system.sandbox.users();
    assert_eq!(people.len(), 2, "{case}: the human and one agent");
    let ana = system.sandbox.user_by_email(ANA).unwrap();
    assert_eq!(agents[0]["chatwootUserId"], json!(ana.id), "{case}");
    let members = system.sandbox.account_users(system.account);
    assert_eq!(members.iter().filter(|member| member.user_id == ana.id).count(), 1, "{case}");
}

async fn with_ana(inboxes: &[u64]) -> (System, Server, Client) {
    let system = System::start().await;
    system.tenant(OWNER, "FREE", &[1, 2]);
    let server = system.serve().await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    let made = client.create(json!({ "name": "Ana Ruiz", "inboxIds": inboxes })).await;
    assert_eq!(made.status, 201, "{made:?}");
    (system, server, client)
}

/// The call arrives, is carried out or not, and is never answered.
fn stuck(method: &str, path: &str, nth: u64, when: When) -> Fault {
    let fault = Fault::on(method, path).nth(nth);
    match when {
        When::Before => fault.reply(Reply::Hang),
        When::After => fault.commit_then(Reply::Hang),
    }
}

/// Kills the server the moment the stuck call has arrived.
async fn perish(
    system: &System,
    server: Server,
    fault: chatwoot_sandbox::FaultHandle,
    asking: impl Future<Output = ()>,
) {
    tokio::join!(asking, async {
        system.sandbox.reached(fault).await;
        server.kill();
    });
    system.sandbox.clear_faults();
}

/// The inboxes 1 and 2 that have a member, in order.
fn system_inboxes(system: &System) -> Vec<u64> {
    [1, 2].into_iter().filter(|inbox| !system.sandbox.inbox_members(*inbox).is_empty()).collect()
}

pub fn everything_in(folder: &std::path::Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() { everything_in(&path) } else { std::fs::read(&path).unwrap() });
    }
    bytes
}
