//! The operator replaced the platform app: the new one has no right yet on anybody the old one made.

use chatwoot_sandbox::{NewUser, Role};
use localboxs::services::health;
use serde_json::{Value, json};

use crate::support::{Api, CALLS, Office};

const OWNER: &str = "owner@acme.example";
const ADDRESS: &str = "owner+ana@acme.example";

/// A ready agent, and then another platform app; the account is left to the account key.
async fn replaced() -> (Office, Api, String) {
    let mut office = Office::open().await;
    let id =
        office.tenant(OWNER, "PRO", &[1, 2]).await.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    let key = office.sandbox.edit(|chatwoot| chatwoot.platform_app("replacement").token);
    office.app.restart_with_platform_key(&key).await;
    health::check(&office.app.app).await.unwrap();
    let owner = office.api(office.app.signed_in(OWNER).await);
    (office, owner, id)
}

#[tokio::test]
async fn an_agent_of_the_old_app_is_removed_all_the_same() {
    let (office, mut owner, id) = replaced().await;
    let answer = owner.delete(&format!("{CALLS}/agents/{id}")).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    office.pass(std::time::Duration::from_secs(606)).await;
    assert_eq!(owner.get(&format!("{CALLS}/agents/{id}")).await.status, 404);
    assert!(office.sandbox.user_by_email(ADDRESS).is_none());
    assert_eq!(office.members(1), [""; 0]);
}

#[tokio::test]
async fn an_agent_of_the_old_app_gets_inboxes_and_passwords_all_the_same() {
    let (office, mut owner, id) = replaced().await;
    let before = office.sandbox.user_by_email(ADDRESS).unwrap().id;
    let body = json!({ "agentId": id, "inboxId": 2, "action": "add" });
    assert_eq!(owner.post(&format!("{CALLS}/assign-agent"), &body).await.status, 200);
    assert_eq!(office.members(2), [ADDRESS]);
    let form = [("mode", "choose"), ("password", "Chosen pass-w0rd")];
    let page = owner.client.post(&format!("/integrations/helpdesk/agents/{id}/password"), &form).await;
    assert_eq!(page.status, 303, "{}", page.text());
    assert!(office.sandbox.password_matches(ADDRESS, "Chosen pass-w0rd"));
    assert_eq!(office.sandbox.user_by_email(ADDRESS).unwrap().id, before);
}

#[tokio::test]
async fn a_person_who_got_the_address_meanwhile_is_left_alone() {
    let (office, mut owner, id) = replaced().await;
    let old = office.sandbox.user_by_email(ADDRESS).unwrap().id;
    let stranger = office.sandbox.edit(|chatwoot| {
        chatwoot.set_email(old, "elsewhere@acme.example");
        let stranger = chatwoot.user(NewUser::new("Ana the Human", ADDRESS));
        chatwoot.member(1, stranger.id, Role::Agent);
        stranger.id
    });
    let body = json!({ "agentId": id, "inboxId": 2, "action": "add" });
    let answer = owner.post(&format!("{CALLS}/assign-agent"), &body).await;
    assert!(answer.status >= 400, "{}", answer.text());
    let agent: Value = owner.get(&format!("{CALLS}/agents/{id}")).await.json();
    assert_eq!(agent["agent"]["problem"]["code"], "different_person", "{agent}");
    assert_eq!(office.members(2), [""; 0]);
    assert_eq!(office.sandbox.user_by_email(ADDRESS).unwrap().id, stranger);
}
