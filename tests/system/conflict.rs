//! An address that Chatwoot already has: one call, plain words, that person unchanged.

use chatwoot_sandbox::{NewUser, Role};
use serde_json::json;

use crate::support::{Client, PASSWORD, System, Way};

const OWNER: &str = "owner@acme.example";
const ANA: &str = "owner+ana@acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_human_administrator_with_that_address_is_left_alone() {
    for way in [Way::Platform, Way::Account] {
        let system = System::start_by(way).await;
        let person = system.sandbox.edit(|chatwoot| {
            let person = chatwoot.user(NewUser::new("Ana the Admin", ANA).password("Adm1n!pass"));
            chatwoot.member(system.account, person.id, Role::Administrator);
            person
        });
        system.tenant(OWNER, "FREE", &[1]);
        let server = system.serve().await;
        let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
        let calls = provisioning_calls(&system);
        let made = client.create(json!({ "name": "Ana", "inboxIds": [1] })).await;
        assert_eq!((made.status.as_u16(), &made.body["code"]), (409, &json!("conflict")), "{made:?}");
        let words = made.body["error"].as_str().unwrap();
        assert!(words.contains("Somebody else in Chatwoot already uses this address"), "{words}");
        let text = made.body.to_string();
        for secret in system.sandbox.canaries() {
            assert!(!text.contains(&secret), "nothing of the answer is passed on");
        }
        assert_eq!(provisioning_calls(&system) - calls, 1, "one call and no more");
        let after = system.sandbox.user_by_email(ANA).unwrap();
        assert_eq!((after.id, &after.name, after.confirmed), (person.id, &person.name, person.confirmed));
        assert!(system.sandbox.password_matches(ANA, "Adm1n!pass"));
        assert_eq!(system.sandbox.inbox_members(1), Vec::<u64>::new());
        let agents = client.agents().await;
        assert_eq!((&agents[0]["state"], &agents[0]["chatwootUserId"]), (&json!("conflict"), &json!(null)));
        let next = client.create(json!({ "name": "Ben" })).await;
        assert_eq!(next.status, 201, "the seat of the conflict is free: {next:?}");
        let agent = agents[0]["id"].as_str().unwrap();
        assert_eq!(client.remove(agent).await.status, 204);
        assert_eq!(system.sandbox.user_by_email(ANA).unwrap().id, person.id, "still there");
    }
}

/// Calls that could change somebody; checks of the connection are not counted.
fn provisioning_calls(system: &System) -> usize {
    system
        .sandbox
        .requests()
        .iter()
        .filter(|call| call.method != "GET" || call.path.contains("/users/"))
        .count()
}
