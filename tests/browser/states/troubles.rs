//! Agents that are not ready, each for another reason.

use chatwoot_sandbox::{Fault, NewUser, Reply, RetryAfter, Role};
use serde_json::json;

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage, full};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_need_somebody() {
    let stage = Stage::new("ENTERPRISE", &[1, 2]).await;
    let sandbox = &stage.system.sandbox;
    sandbox.inject(full().times(1));
    let full = stage.agent_in_trouble("Ben Okafor").await;
    sandbox.inject(refusing("POST", "/platform/api/v1/users", "email"));
    let address = stage.agent_in_trouble("Cem Demir").await;
    sandbox.inject(refusing("POST", "/api/v1/accounts/*/inbox_members", "inbox"));
    let inbox = stage.agent_in_trouble("Dia Shah").await;
    sandbox.edit(|chatwoot| {
        let human = chatwoot.user(NewUser::new("Eva the Admin", "owner+eva.stone@acme.example"));
        chatwoot.member(stage.system.account, human.id, Role::Administrator);
    });
    let conflict = stage.agent_in_trouble("Eva Stone").await;
    sandbox.inject(refusing("PATCH", "/platform/api/v1/users/*", "password"));
    let password = stage.agent_in_trouble("Finn Berg").await;

    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    look(&person, "dashboard-troubles").await;
    person.open("/integrations").await;
    look(&person, "integrations-troubles").await;
    person.open("/integrations/helpdesk").await;
    person.sees("Password needed").await;
    look(&person, "helpdesk-troubles").await;
    assert!(person.offers("Try again with Ben Okafor").await);
    assert!(!person.offers("Try again with Cem Demir").await, "what is refused for good is not tried again");
    for (agent, says, name) in [
        (full, "Chatwoot's own agent limit is reached", "account-full"),
        (address, "Chatwoot refused the address", "address-refused"),
        (inbox, "Chatwoot refused this", "inbox-refused"),
        (conflict, "Somebody else in Chatwoot already uses this address", "conflict"),
        (password, "Chatwoot refused the password", "password-needed"),
    ] {
        person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
        person.sees(says).await;
        look(&person, &format!("agent-{name}")).await;
        person.open(&format!("/integrations/helpdesk/agents/{agent}/remove")).await;
        look(&person, &format!("remove-{name}")).await;
    }
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_are_still_being_set_up() {
    let stage = Stage::new("ENTERPRISE", &[1, 2]).await;
    let sandbox = &stage.system.sandbox;
    let busy = Fault::on("POST", "/platform/api/v1/users").body_containing("Gus");
    sandbox.inject(busy.forever().reply(Reply::TooManyRequests(RetryAfter::Seconds(600))));
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk/agents/new").await;
    person.fill("name", "Gus Lind").await;
    person.press("Create agent").await;
    person.sees("Chatwoot doesn't have it yet").await;
    look(&person, "agent-setting-up-with-password").await;
    person.open("/integrations/helpdesk").await;
    person.sees("Setting up").await;
    look(&person, "helpdesk-setting-up").await;
    person.press("Gus Lind").await;
    person.sees("This page follows along").await;
    look(&person, "agent-setting-up").await;
    person.open(&format!("{}/password", person.path().await)).await;
    person.sees("can be set once").await;
    look(&person, "password-not-yet").await;
    person.leave().await;
}

/// Says so when an inbox is gone from Chatwoot while the agent's others stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_that_no_longer_exists() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let agent = stage.agents(&["Ivo Kern"], &[1]).await;
    stage.system.sandbox.edit(|chatwoot| chatwoot.delete_inbox(2));
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
    person.press("Two").await;
    person.sees("Not saved: this inbox no longer exists in Chatwoot").await;
    look(&person, "agent-inbox-gone").await;
    person.page().refresh().await.unwrap();
    person.sees("An inbox no longer exists in Chatwoot").await;
    look(&person, "agent-inbox-gone-later").await;
    person.leave().await;
}

/// The next such call is refused because of one thing in it.
fn refusing(method: &str, path: &str, attribute: &str) -> Fault {
    let body = json!({ "message": format!("{attribute} is invalid"), "attributes": [attribute] }).to_string();
    let reply = Reply::Custom { status: 422, content_type: "application/json".into(), body };
    Fault::on(method, path).reply(reply)
}
