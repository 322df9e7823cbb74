//! What people who cannot see a change are told of it.

use crate::browser::Scripts;
use crate::person::Person;
use crate::stage::{OWNER, Stage, full};

/// Notes every text that the two places for announcements get.
const LISTEN: &str = "
    window.told = [];
    for (const id of ['live', 'alert']) {
        const place = document.getElementById(id);
        new MutationObserver(() => place.textContent.trim() && told.push(`${id}: ${place.textContent.trim()}`))
            .observe(place, { childList: true, characterData: true, subtree: true });
    }
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_has_the_places_for_announcements_from_the_beginning() {
    let stage = Stage::new("PRO", &[1]).await;
    let client = stage.client().await;
    for path in
        ["/", "/integrations", "/integrations/helpdesk", "/integrations/helpdesk/agents/new", "/sign-in"]
    {
        let page = client.get(path).await.1;
        assert!(page.contains(r#"<div id="live" class="visually-hidden" role="status"></div>"#), "{path}");
        assert!(page.contains(r#"<div id="alert" role="alert"></div>"#), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_action_in_place_is_announced_once() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let sandbox = &stage.system.sandbox;
    let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk").await;
    person.ask(LISTEN).await;
    person.press("Two").await;
    told(&person, &["live: Ana Ruiz can now see Two."]).await;
    person.press("One").await;
    told(&person, &["live: Ana Ruiz can no longer see One."]).await;
    person.press("Check now").await;
    told(&person, &["live: Chatwoot connected"]).await;
    sandbox.stop().await;
    person.press("Check now").await;
    told(&person, &["live: Can't reach Chatwoot"]).await;
    person.press("One").await;
    told(&person, &["live: Ana Ruiz and One: Saving… Chatwoot hasn't answered yet. We keep trying."]).await;
    person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
    person.sees("We carry on by ourselves").await;
    person.ask(LISTEN).await;
    sandbox.resume().await.unwrap();
    told(&person, &["live: Ana Ruiz is ready."]).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_is_announced_with_what_came_of_it() {
    let stage = Stage::new("PRO", &[1]).await;
    stage.system.sandbox.inject(full());
    let agent = stage.agent_in_trouble("Ben Okafor").await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
    person.ask(LISTEN).await;
    person.press("Try again with Ben Okafor").await;
    told(&person, &["live: Ben Okafor needs attention."]).await;
    stage.system.sandbox.clear_faults();
    person.press("Try again with Ben Okafor").await;
    told(&person, &["live: Ben Okafor is ready."]).await;
    person.leave().await;
}

/// Waits until something was announced, and forgets it.
async fn told(person: &Person, expected: &[&str]) {
    let said = person.until("something is announced", "return told.length > 0 && told.splice(0)").await;
    assert_eq!(said, serde_json::json!(expected));
}
