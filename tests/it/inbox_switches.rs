//! Giving and taking inboxes on the pages.

use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::support::{Client, Office};

const OWNER: &str = "owner@acme.example";
const ANA: &str = "owner+ana@acme.example";

async fn ana(office: &Office, own: &[i64], given: &[i64]) -> (Client, String) {
    let mut owner = office.tenant(OWNER, "PRO", own).await;
    let id = owner.agent(&json!({ "name": "Ana", "inboxIds": given })).await;
    (owner.client, format!("/integrations/helpdesk/agents/{id}"))
}

#[tokio::test]
async fn one_switch_answers_with_what_is_then_true() {
    let office = Office::open().await;
    let (mut owner, agent) = ana(&office, &[1, 2], &[1]).await;
    let switch = format!("{agent}/inboxes/2");
    let on = owner.post_htmx(&switch, &[("offered", "1,2"), ("inboxes", "1"), ("inboxes", "2")]).await;
    assert_eq!(on.status, 200, "{}", on.text());
    assert!(on.has("li input[role=switch][checked]") && !on.text().contains("<html"));
    assert_eq!(on.words("#live"), "Ana can now see Demo 2.");
    assert_eq!(office.members(2), [ANA]);
    let off = owner.post_htmx(&switch, &[("offered", "1,2"), ("inboxes", "1")]).await;
    assert!(!off.has("input[checked]"));
    assert_eq!(off.words("#live"), "Ana can no longer see Demo 2.");
    assert_eq!(office.members(2), [""; 0]);
    assert_eq!(office.members(1), [ANA], "the others stay");
}

#[tokio::test]
async fn the_whole_form_works_without_any_script() {
    let office = Office::open().await;
    let (mut owner, agent) = ana(&office, &[1, 2, 3], &[1, 3]).await;
    let page = owner.get(&agent).await;
    assert_eq!(page.value_of("#inboxes [name=offered]"), "1,2,3");
    let form = [("offered", "1,2"), ("inboxes", "2"), ("from", "list")];
    let saved = owner.post(&format!("{agent}/inboxes"), &form).await;
    assert_eq!(saved.status, 303);
    assert!(saved.header("location").starts_with("/integrations/helpdesk#agent-"));
    assert!(owner.get("/integrations/helpdesk").await.words(".flash").contains("The inboxes are saved."));
    assert_eq!((office.members(1), office.members(2)), (vec![], vec![ANA.to_owned()]));
    assert_eq!(office.members(3), [ANA], "an inbox the form did not show stays as it is");
    let one = owner.post(&format!("{agent}/inboxes/1"), &[("offered", "1"), ("inboxes", "1")]).await;
    assert_eq!((one.status, one.header("location")), (303, &*agent));
    assert_eq!(office.members(1), [ANA]);
    assert_eq!(owner.get(&format!("{agent}/inboxes")).await.header("location"), agent);
    assert_eq!(owner.get(&format!("{agent}/inboxes/1")).await.header("location"), agent);
}

#[tokio::test]
async fn no_inbox_but_the_tenants_own_reaches_chatwoot() {
    let office = Office::open().await;
    let (mut owner, agent) = ana(&office, &[1], &[]).await;
    let before = office.everything().await;
    for inbox in ["2", "4", "-1", "0", "200", "9223372036854775808", "x", "1.0"] {
        let form = [("offered", inbox), ("inboxes", inbox)];
        let one = owner.post_htmx(&format!("{agent}/inboxes/{inbox}"), &form).await.status;
        assert!([404, 422].contains(&one), "{inbox}: {one}");
        let all = owner.post(&format!("{agent}/inboxes"), &form).await.status;
        assert!([404, 422].contains(&all), "{inbox}: {all}");
    }
    let silent = owner.post_htmx(&format!("{agent}/inboxes/1"), &[]).await;
    assert_eq!(silent.status, 422, "a form that says nothing takes nothing");
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn a_silent_chatwoot_leaves_the_switch_saving_and_the_wish_kept() {
    let office = Office::with_patience(Duration::from_millis(50)).await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    owner.create(&json!({ "name": "Ana" })).await;
    let agents = "/api/dashboard/integrations/chatwoot/agents";
    let ready = owner.until(agents, |answer| answer.json()["agents"][0]["state"] == "ready").await;
    let id = ready.json()["agents"][0]["id"].as_str().unwrap().to_owned();
    let agent = format!("/integrations/helpdesk/agents/{id}");
    office.sandbox.inject(Fault::any().forever().reply(Reply::Hang));
    let form = [("offered", "1"), ("inboxes", "1")];
    let pending = owner.client.post_htmx(&format!("{agent}/inboxes/1"), &form).await;
    assert_eq!(pending.status, 200);
    assert!(pending.words("li").contains("Saving… Chatwoot hasn't answered yet. We keep trying."));
    assert!(pending.has("li.pending input[checked]"));
    assert!(owner.client.get(&agent).await.has("li.pending input[checked]"), "the wish is kept");
    office.sandbox.clear_faults();
}
