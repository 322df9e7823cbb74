//! Asking for what an agent's state does not allow: the state in words, on pages and over JSON, and nothing changed.

use std::time::Duration;

use serde_json::json;

use crate::support::{CALLS, Client, Office};

const LIST: &str = "/integrations/helpdesk";

async fn with_ana() -> (Office, Client, String) {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@acme.example", "FREE", &[1]).await;
    let id = owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    // What was asked for a moment ago counts as a repeat.
    office.app.advance(Duration::from_mins(2));
    (office, owner.client, id)
}

/// Each way to ask answers 409 with these words and leaves everything as it was.
async fn refused(office: &Office, owner: &Client, id: &str, deed: &str, words: &str) {
    let before = office.everything().await;
    let mut owner = owner.clone();
    let page = format!("{LIST}/agents/{id}/{deed}");
    let plain = owner.post(&page, &[]).await;
    assert_eq!(plain.status, 409, "{deed}: {}", plain.text());
    assert!(plain.words("#error-summary").contains(words), "{deed}: {}", plain.text());
    let htmx = owner.post_htmx(&page, &[]).await;
    assert_eq!(htmx.status, 409, "{deed}");
    assert!(htmx.text().contains(words), "{deed}: {}", htmx.text());
    let json = office.api(owner).post(&format!("{CALLS}/agents/{id}/{deed}"), &json!({})).await;
    assert_eq!(json.json_error(), (409, "conflict".into()), "{deed}");
    assert!(json.text().contains(words), "{deed}: {}", json.text());
    assert_eq!(office.everything().await, before, "{deed}");
}

/// The page before the press says so and offers nothing to press.
async fn not_offered(owner: &mut Client, id: &str, deed: &str, words: &str) {
    let page = owner.get(&format!("{LIST}/agents/{id}/{deed}")).await;
    assert_eq!((page.status, page.words("#not-now")), (200, words.to_owned()), "{deed}");
    assert!(!page.has("form[id$='-form']") && page.has("#back-to-agent"), "{deed}: {}", page.text());
    assert!(!page.words("h1").ends_with('?') && !page.words("title").contains('?'), "{deed}");
}

#[tokio::test]
async fn a_ready_agent_has_nothing_to_resume_bring_back_or_try_again() {
    let (office, mut owner, id) = with_ana().await;
    let nothing = "There is no removal to undo: this agent is ready.";
    refused(&office, &owner, &id, "undo-removal", nothing).await;
    refused(&office, &owner, &id, "resume", "This agent is ready already.").await;
    refused(&office, &owner, &id, "retry", "This agent is ready already.").await;
    not_offered(&mut owner, &id, "undo-removal", nothing).await;
    not_offered(&mut owner, &id, "resume", "This agent is ready already.").await;
    assert!(owner.get(&format!("{LIST}/agents/{id}/suspend")).await.has("#confirm-suspend"));
}

#[tokio::test]
async fn a_suspended_agent_has_nothing_to_bring_back_or_try_again_and_is_suspended_already() {
    let (office, mut owner, id) = with_ana().await;
    let suspend = format!("{LIST}/agents/{id}/suspend");
    owner.post(&suspend, &[]).await;
    office.app.advance(Duration::from_mins(2));
    let nothing = "There is no removal to undo: this agent is suspended.";
    refused(&office, &owner, &id, "undo-removal", nothing).await;
    refused(&office, &owner, &id, "retry", "This agent is suspended.").await;
    not_offered(&mut owner, &id, "undo-removal", nothing).await;
    not_offered(&mut owner, &id, "suspend", "This agent is suspended already.").await;
    let before = office.everything().await;
    assert_eq!(owner.post(&suspend, &[]).await.status, 303);
    assert!(owner.get(LIST).await.words(".flash").starts_with("The agent is suspended."), "it is true");
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn an_agent_that_is_being_removed_is_not_renamed_suspended_resumed_or_tried_again() {
    let (office, mut owner, id) = with_ana().await;
    owner.post(&format!("{LIST}/agents/{id}/remove"), &[]).await;
    let words = "This agent is being removed. Undo that first, while it is possible.";
    for deed in ["suspend", "resume", "retry"] {
        refused(&office, &owner, &id, deed, words).await;
    }
    for deed in ["suspend", "resume", "edit"] {
        not_offered(&mut owner, &id, deed, words).await;
    }
    not_offered(&mut owner, &id, "remove", "This agent is being removed already.").await;
    let renamed = owner.post(&format!("{LIST}/agents/{id}/edit"), &[("name", "Eve")]).await;
    assert_eq!((renamed.status, renamed.has("#edit-form")), (409, false));
    assert!(owner.get(&format!("{LIST}/agents/{id}/undo-removal")).await.has("#confirm-undo-removal"));
}

#[tokio::test]
async fn the_same_press_twice_is_answered_as_the_first() {
    let (office, mut owner, id) = with_ana().await;
    let agent = format!("{LIST}/agents/{id}");
    let pairs = [
        ("suspend", "The agent is suspended."),
        ("resume", "The agent is back."),
        ("remove", "The agent is removed."),
        ("undo-removal", "The removal is undone."),
    ];
    for (deed, said) in pairs {
        owner.post(&format!("{agent}/{deed}"), &[]).await;
        let before = office.everything().await;
        assert_eq!(owner.post(&format!("{agent}/{deed}"), &[]).await.status, 303, "{deed}");
        assert!(owner.get(&agent).await.words(".flash").starts_with(said), "{deed}");
        assert_eq!(office.everything().await, before, "{deed}");
    }
    office.app.advance(Duration::from_mins(1));
    assert_eq!(owner.post(&format!("{agent}/undo-removal"), &[]).await.status, 409, "that was long ago");
}
