//! Removing an agent through the page.

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
    office.pass(std::time::Duration::from_secs(606)).await;
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
