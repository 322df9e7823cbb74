//! Everything with the keyboard alone.

use serde_json::json;
use thirtyfour::TypingData;
use thirtyfour::prelude::*;

use crate::browser::Scripts;
use crate::person::Person;
use crate::stage::{OWNER, Stage, full};

/// More than any page has.
const STOPS: usize = 80;
/// What has the focus, by the words that belong to it.
const FOCUSED: &str = "
    const element = document.activeElement;
    const words = (place) => place?.textContent.replace(/\\s+/g, ' ').trim();
    return words(element.labels?.[0]) ?? words(element);
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_made_retried_given_an_inbox_suspended_and_removed_without_a_mouse() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let sandbox = &stage.system.sandbox;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/").await;
    reach(&person, "Create your first agent").await;
    strike(&person, Key::Enter).await;
    person.sees("This uses your 1st of 3 seats.").await;

    reach(&person, "Create agent").await;
    strike(&person, Key::Enter).await;
    person.sees("There is a problem").await;
    focus(&person, "error-summary").await;
    reach(&person, "Enter the agent's name").await;
    strike(&person, Key::Enter).await;
    focus(&person, "name").await;
    person.page().action_chain().send_keys("Ana Ruiz").perform().await.unwrap();
    reach(&person, "Two").await;
    strike(&person, " ").await;
    sandbox.inject(full());
    reach(&person, "Create agent").await;
    strike(&person, Key::Enter).await;
    person.sees("Chatwoot's own agent limit is reached").await;
    focus(&person, "not-used").await;

    sandbox.clear_faults();
    reach(&person, "Try again with Ana Ruiz").await;
    strike(&person, Key::Enter).await;
    person.sees("Password needed").await;
    has_a_place(&person).await;
    reach(&person, "Set a password for Ana Ruiz").await;
    strike(&person, Key::Enter).await;
    reach(&person, "Create a strong password for me").await;
    strike(&person, Key::Down).await;
    reach(&person, "Password of the agent").await;
    person.page().action_chain().send_keys("Bright-Kite-42").send_keys(Key::Enter).perform().await.unwrap();
    person.sees("The new password is set.").await;

    reach(&person, "One").await;
    strike(&person, " ").await;
    person.sees("Saved: has access").await;
    assert_eq!(person.ask(FOCUSED).await, "One", "the focus stays on the switch that was used");
    reach(&person, "Suspend Ana Ruiz").await;
    strike(&person, Key::Enter).await;
    person.sees("are remembered").await;
    reach(&person, "Suspend Ana Ruiz").await;
    strike(&person, Key::Enter).await;
    person.sees("The agent is suspended.").await;
    reach(&person, "Undo").await;
    strike(&person, Key::Enter).await;
    person.sees("The agent is back.").await;
    reach(&person, "Remove Ana Ruiz").await;
    strike(&person, Key::Enter).await;
    person.sees("loses access to Chatwoot at once").await;
    reach(&person, "Remove Ana Ruiz").await;
    strike(&person, Key::Enter).await;
    person.sees("The agent is removed. You can undo this until").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_stop_of_every_page_skips_to_its_content() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
    let page = format!("/integrations/helpdesk/agents/{agent}");
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    let (password, remove) = (format!("{page}/password"), format!("{page}/remove"));
    let (suspend, edit) = (format!("{page}/suspend"), format!("{page}/edit"));
    let pages = [
        "/",
        "/integrations",
        "/integrations/helpdesk",
        "/integrations/helpdesk/agents/new",
        &page,
        &password,
        &remove,
        &suspend,
        &edit,
    ];
    for path in pages {
        person.open(path).await;
        // A key that comes while the page is still being shown is lost, and moves nothing.
        for _ in 0..50 {
            strike(&person, Key::Tab).await;
            if person.ask("return document.activeElement !== document.body").await == true {
                break;
            }
        }
        assert_eq!(person.ask(FOCUSED).await, "Skip to content", "{path}");
        let seen = "return document.activeElement.getBoundingClientRect().top >= 0";
        assert_eq!(person.ask(seen).await, true, "{path}: the link is seen once it has the focus");
        strike(&person, Key::Enter).await;
        strike(&person, Key::Tab).await;
        let inside = "return document.getElementById('main').contains(document.activeElement)";
        assert_eq!(person.ask(inside).await, true, "{path}: the next stop is in the content");
    }
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_folded_up_takes_no_more_than_three_stops() {
    let stage = Stage::new("ENTERPRISE", &[1, 2, 3]).await;
    stage.many_agents(5, &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk").await;
    reach(&person, "Agent 05").await;
    let mut stops = 0;
    while person.ask(FOCUSED).await != "Agent 04" {
        strike(&person, Key::Tab).await;
        stops += 1;
        assert!(stops <= 3, "the next agent is further away");
    }
    strike(&person, Key::Tab).await;
    strike(&person, Key::Enter).await;
    person.sees("Has access").await;
    person
        .page()
        .action_chain()
        .key_down(Key::Shift)
        .send_keys(Key::Tab)
        .key_up(Key::Shift)
        .perform()
        .await
        .unwrap();
    assert_eq!(person.ask(FOCUSED).await, "Agent 04", "the way back is the same");
    person.leave().await;
}

/// Goes from stop to stop until the one with these words has the focus.
pub async fn reach(person: &Person, words: &str) {
    person.sees_to_press(words).await;
    let mut passed = Vec::new();
    for _ in 0..STOPS {
        strike(person, Key::Tab).await;
        let focused = person.ask(FOCUSED).await;
        let focused = focused.as_str().unwrap_or_default();
        if focused == words || focused.starts_with(words) {
            return;
        }
        passed.push(focused.chars().take(30).collect::<String>());
    }
    panic!("no stop is “{words}”, only {passed:?}");
}

pub async fn strike(person: &Person, key: impl Into<TypingData>) {
    person.page().action_chain().send_keys(key).perform().await.unwrap();
}

/// Waits until the element with this id has the focus.
pub async fn focus(person: &Person, id: &str) {
    person
        .until(&format!("{id} has the focus"), &format!("return document.activeElement.id === '{id}'"))
        .await;
}

/// After a change in place the focus must not be lost to the whole page.
pub async fn has_a_place(person: &Person) {
    assert_ne!(person.ask("return document.activeElement.tagName").await, json!("BODY"));
}
