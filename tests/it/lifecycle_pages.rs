//! Renamed, suspended, resumed, removed and brought back through the pages, without JavaScript and with htmx.

use std::time::Duration;

use serde_json::json;

use crate::support::{Client, Office, PASSWORD};

const OWNER: &str = "owner@acme.example";
const ANA: &str = "owner+ana@acme.example";
const LIST: &str = "/integrations/helpdesk";

async fn with_ana(tier: &str) -> (Office, Client, String) {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, tier, &[1, 2]).await;
    let id = owner.agent(&json!({ "name": "Ana", "inboxIds": [1, 2] })).await;
    (office, owner.client, format!("{LIST}/agents/{id}"))
}

#[tokio::test]
async fn suspending_says_what_it_means_and_offers_undo_right_after() {
    let (office, mut owner, ana) = with_ana("FREE").await;
    let confirm = owner.get(&format!("{ana}/suspend")).await;
    assert_eq!(confirm.words("h1"), "Suspend Ana?");
    for part in ["loses access", "unassigned", "are remembered", "frees 1 seat"] {
        assert!(confirm.words(".consequences").contains(part), "{part}");
    }
    let done = owner.post(&format!("{ana}/suspend"), &[]).await;
    assert_eq!((done.status, done.header("location")), (303, &*ana));
    let page = owner.get(&ana).await;
    assert_eq!(page.words(".flash"), "The agent is suspended.Undo");
    assert!(
        page.words("#suspended").contains("Remembered inboxes: Demo 1, Demo 2"),
        "{}",
        page.words("#suspended")
    );
    let list = owner.get(LIST).await;
    assert_eq!(list.words(".headline"), "0 of 1 agent used · Free plan · 1 left");
    assert!(list.words("#plan").contains("Suspended agents don't use a seat."));
    assert_eq!(office.members(1), [""; 0]);
    let undone = owner.post(&format!("{ana}/resume"), &[]).await;
    assert_eq!(undone.status, 303);
    assert_eq!(owner.get(&ana).await.words(".flash"), "The agent is back.");
    assert_eq!(office.members(2), [ANA]);
}

#[tokio::test]
async fn without_a_seat_the_page_says_who_holds_them() {
    let (office, mut owner, ana) = with_ana("FREE").await;
    owner.post(&format!("{ana}/suspend"), &[]).await;
    let mut api = office.api(owner);
    api.agent(&json!({ "name": "Ben" })).await;
    let mut owner = api.client;
    let page = owner.get(&format!("{ana}/resume")).await;
    assert!(page.words("#no-seat").starts_with("No free seat."), "{}", page.text());
    let holders = page.words("#holders");
    assert!(holders.contains("Ready") && holders.contains("Suspend Ben"), "{holders}");
    for refused in [
        owner.post(&format!("{ana}/resume"), &[]).await,
        owner.post_htmx(&format!("{ana}/resume"), &[]).await,
    ] {
        assert_eq!(refused.status, 409);
        assert!(refused.words("#no-seat").starts_with("No free seat."));
    }
    let closed = owner.get(&format!("{LIST}/agents/new")).await;
    assert_eq!(closed.words("#holders .actions"), "Suspend Ben");
}

#[tokio::test]
async fn a_seat_that_only_a_removal_holds_is_said_to_become_free_and_when() {
    let (office, mut owner, ana) = with_ana("FREE").await;
    owner.post(&format!("{ana}/suspend"), &[]).await;
    let mut api = office.api(owner);
    let ben = api.agent(&json!({ "name": "Ben" })).await;
    let mut owner = api.client;
    owner.post(&format!("{LIST}/agents/{ben}/remove"), &[]).await;
    let words = "Ben is being removed; the seat becomes free shortly after 12:10 UTC.";
    let form = [("name", "Cleo"), ("mode", "generate")];
    for closed in [
        owner.get(&format!("{LIST}/agents/new")).await,
        owner.post(&format!("{LIST}/agents/new"), &form).await,
        owner.post_htmx(&format!("{LIST}/agents/new"), &form).await,
    ] {
        assert!(closed.words("#closed").contains(words), "{}", closed.words("#closed"));
        assert!(closed.words("#closed").contains("If that is too late, your administrator"));
        assert!(!closed.has("#holders"), "there is nobody to suspend");
    }
    for no_seat in
        [owner.get(&format!("{ana}/resume")).await, owner.post(&format!("{ana}/resume"), &[]).await]
    {
        let said = no_seat.words("#no-seat");
        assert!(said.contains(words) && !said.contains("Suspend somebody else"), "{said}");
        assert!(no_seat.words("#holders").contains("Removing"), "{}", no_seat.words("#holders"));
    }
    office.app.advance(Duration::from_mins(10));
    let late = owner.get(&format!("{LIST}/agents/new")).await;
    assert!(late.words("#closed").contains("as soon as Chatwoot has deleted the person"), "{}", late.text());
}

#[tokio::test]
async fn a_removal_can_be_undone_from_the_message_and_from_the_list() {
    let (office, mut owner, ana) = with_ana("FREE").await;
    for undo_by_htmx in [false, true] {
        owner.post(&format!("{ana}/remove"), &[]).await;
        let list = owner.get(LIST).await;
        assert_eq!(list.words(".flash"), "The agent is removed. You can undo this until 12:10 UTC.Undo");
        assert!(list.words(".agent .note").contains("You can undo this until 12:10 UTC"));
        assert_eq!(list.words(".headline"), "Your 1 agent is in use · Free plan", "it holds its seat");
        let path = format!("{ana}/undo-removal");
        let undone =
            if undo_by_htmx { owner.post_htmx(&path, &[]).await } else { owner.post(&path, &[]).await };
        let place = if undo_by_htmx { undone.header("hx-redirect") } else { undone.header("location") };
        assert_eq!(place, ana);
        assert_eq!(owner.get(&ana).await.words(".flash"), "The removal is undone.");
        assert_eq!(office.members(2), [ANA]);
    }
    owner.post(&format!("{ana}/remove"), &[]).await;
    office.app.advance(Duration::from_mins(10));
    let late = owner.post(&format!("{ana}/undo-removal"), &[]).await;
    assert_eq!(late.status, 409);
    assert!(late.words("#error-summary").contains("ten minutes are over"), "{}", late.text());
}

#[tokio::test]
async fn another_name_keeps_what_was_typed_until_it_is_right() {
    let (office, mut owner, ana) = with_ana("FREE").await;
    let path = format!("{ana}/edit");
    let form = owner.get(&path).await;
    assert!(form.words("#name-hint").contains(&format!("The address stays {ANA}")));
    let wrong = owner.post(&path, &[("name", "!!!")]).await;
    assert_eq!((wrong.status, wrong.attribute("#name", "value")), (422, "!!!".to_owned()));
    assert!(wrong.words("title").starts_with("Error: "));
    let done = owner.post(&path, &[("name", "Ana Ruiz")]).await;
    assert_eq!((done.status, done.header("location")), (303, &*ana));
    let page = owner.get(&ana).await;
    assert_eq!((page.words("h1"), page.words(".flash")), ("Ana Ruiz".into(), "The name is changed.".into()));
    assert!(page.words(".history").contains("You renamed Ana to Ana Ruiz"), "{}", page.words(".history"));
    assert_eq!(office.sandbox.user_by_email(ANA).unwrap().name, "Ana Ruiz");
    let htmx = owner.post_htmx(&path, &[("name", "Ana")]).await;
    assert_eq!((htmx.status, htmx.header("hx-redirect")), (204, &*ana));
}

#[tokio::test]
async fn the_wrong_state_answers_with_the_page_and_its_words() {
    let (_office, mut owner, ana) = with_ana("FREE").await;
    owner.post(&format!("{ana}/remove"), &[]).await;
    for deed in ["suspend", "resume"] {
        let answer = owner.post(&format!("{ana}/{deed}"), &[]).await;
        assert_eq!(answer.status, 409, "{deed}");
        assert!(answer.words("#error-summary").contains("being removed"), "{deed}");
    }
    let renamed = owner.post(&format!("{ana}/edit"), &[("name", "Eve")]).await;
    assert_eq!(renamed.status, 409);
}

#[tokio::test]
async fn a_new_password_needs_a_fresh_sign_in_or_the_own_password() {
    let (office, mut owner, ana) = with_ana("FREE").await;
    let path = format!("{ana}/password");
    assert!(!owner.get(&path).await.has("#present_password"));
    office.app.advance(Duration::from_mins(16));
    let form = owner.get(&path).await;
    assert!(form.has("#present_password"));
    let generate = [("mode", "generate"), ("idem", "one")];
    let asked = owner.post(&path, &generate).await;
    assert_eq!(asked.status, 422);
    assert!(asked.words("#own-error").contains("Type your own password"), "{}", asked.text());
    let wrong = owner.post(&path, &[generate[0], generate[1], ("present_password", "not it at all")]).await;
    assert_eq!(wrong.status, 422);
    let right = [generate[0], generate[1], ("present_password", PASSWORD)];
    let shown = owner.post(&path, &right).await;
    assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"));
    let secret = shown.attribute("#secret", "value");
    assert!(office.sandbox.password_matches(ANA, &secret));
    let again = owner.post(&path, &right).await;
    assert!(again.words("#shown-before").contains("already shown at 12:16 UTC"), "{}", again.text());
    assert!(!again.has("#secret"));
    assert!(office.sandbox.password_matches(ANA, &secret), "a repeat sets no other password");
    assert!(owner.get(&path).await.words("#shown-at").contains("12:16 UTC"));
}

#[tokio::test]
async fn a_chosen_password_sent_twice_is_set_and_was_never_shown() {
    let (office, mut owner, ana) = with_ana("FREE").await;
    let path = format!("{ana}/password");
    let generated = owner.post(&path, &[("mode", "generate"), ("idem", "one")]).await;
    assert!(generated.has("#secret"));
    office.app.advance(Duration::from_mins(3));
    let chosen = [("mode", "choose"), ("password", "Chosen pass-w0rd"), ("idem", "two")];
    for htmx in [false, false, true] {
        let set = if htmx { owner.post_htmx(&path, &chosen).await } else { owner.post(&path, &chosen).await };
        assert_eq!(set.status, if htmx { 204 } else { 303 }, "{}", set.text());
        assert_eq!(owner.get(&ana).await.words(".flash"), "The new password is set.");
    }
    assert!(office.sandbox.password_matches(ANA, "Chosen pass-w0rd"));
}

#[tokio::test]
async fn over_json_a_stale_sign_in_is_refused_with_its_own_word() {
    let (office, owner, ana) = with_ana("FREE").await;
    let id = ana.rsplit('/').next().unwrap().to_owned();
    let path = format!("{}/agents/{id}/password", crate::support::CALLS);
    office.app.advance(Duration::from_mins(16));
    let mut api = office.api(owner);
    assert_eq!(api.post(&path, &json!({})).await.json_error(), (403, "fresh_sign_in_required".into()));
    let wrong = api.post(&path, &json!({ "presentPassword": "not it" })).await;
    assert_eq!((wrong.status, wrong.json()["fields"]["presentPassword"].is_array()), (422, true));
    assert_eq!(api.post(&path, &json!({ "presentPassword": PASSWORD })).await.status, 200);
}
