//! Removing an agent through the page.

use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::support::Office;

const OWNER: &str = "owner@acme.example";
const LIST: &str = "/integrations/helpdesk";

#[tokio::test]
async fn removing_says_what_it_means_and_frees_the_seat() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[1]).await;
    let id = owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    let mut owner = owner.client;
    let path = format!("{LIST}/agents/{id}/remove");
    let confirm = owner.get(&path).await;
    assert_eq!(confirm.words("h1"), "Remove Ana?");
    let consequences = confirm.words(".consequences");
    for part in ["loses access to Chatwoot at once", "become unassigned", "stay in Chatwoot", "frees 1 seat"]
    {
        assert!(consequences.contains(part), "{consequences}");
    }
    let gone = owner.post(&path, &[]).await;
    assert_eq!((gone.status, gone.header("location")), (303, "/integrations/helpdesk#agents"));
    let list = owner.get(LIST).await;
    assert!(list.words(".flash").starts_with("The agent is"), "{}", list.text());
    assert_eq!(office.members(1), [""; 0]);
    office.pass(Duration::from_secs(606)).await;
    let mut api = office.api(owner);
    assert_eq!(api.client.get(LIST).await.words(".headline"), "0 of 1 agent used · Free plan · 1 left");
    assert_eq!(api.client.get(&path).await.status, 404);
}

#[tokio::test]
async fn htmx_is_sent_to_the_list() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[]).await;
    let id = owner.agent(&json!({ "name": "Ana" })).await;
    let gone = owner.client.post_htmx(&format!("{LIST}/agents/{id}/remove"), &[]).await;
    assert_eq!((gone.status, gone.header("hx-redirect")), (204, "/integrations/helpdesk#agents"));
}

#[tokio::test]
async fn while_chatwoot_is_silent_nobody_is_called_removed_and_undo_stays() {
    let office = Office::with_patience(Duration::from_millis(50)).await;
    let mut owner = office.tenant(OWNER, "FREE", &[1]).await;
    owner.create(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    let agents = "/api/dashboard/integrations/chatwoot/agents";
    let ready = owner.until(agents, |answer| answer.json()["agents"][0]["state"] == "ready").await;
    let ana = format!("{LIST}/agents/{}", ready.json()["agents"][0]["id"].as_str().unwrap());
    let mut owner = owner.client;
    office.sandbox.inject(Fault::any().forever().reply(Reply::Hang));
    let asked = owner.post_htmx(&format!("{ana}/remove"), &[]).await;
    assert_eq!((asked.status, asked.header("hx-redirect")), (204, "/integrations/helpdesk#agents"));
    assert_eq!(office.members(1), ["owner+ana@acme.example"], "she is still there");
    let list = owner.get(LIST).await;
    let said = list.words(".flash");
    assert!(said.starts_with("The agent is being removed, but may still have access"), "{said}");
    assert!(said.ends_with("You can undo this until 12:10 UTC.Undo"), "{said}");
    for (page, note) in [(list, ".agent .note"), (owner.get(&ana).await, "#agent-body > .note")] {
        let note = page.words(note);
        assert!(note.starts_with("Being removed, and still has access until Chatwoot answers."), "{note}");
        assert!(note.ends_with("You can undo this until 12:10 UTC. Undo the removal of Ana"), "{note}");
    }
    office.app.advance(Duration::from_mins(10));
    let late = owner.get(&ana).await;
    assert!(!late.words("#agent-body").contains("undo"), "{}", late.words("#agent-body"));
    office.sandbox.clear_faults();
}
