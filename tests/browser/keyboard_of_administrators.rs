//! What administrators do, and everybody at their own account, with the keyboard alone.

use thirtyfour::prelude::*;

use crate::browser::Scripts;
use crate::keyboard::{focus, has_a_place, reach, strike};
use crate::person::Person;
use crate::stage::{OWNER, Stage, full};
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_lowered_taken_back_and_read_in_the_log_without_a_mouse() {
    let stage = Stage::new("PRO", &[1]).await;
    stage.agents(&["Ana Ruiz", "Ben Okafor"], &[1]).await;
    let person = stage.administrator(Scripts::On).await;
    follow(&person, "Tier Limits", "Edit Pro").await;
    follow(&person, "Edit Pro", "Nobody loses what they have").await;
    reach_id(&person, "maxHelpdeskAgents").await;
    over(&person, "1 agent").await;
    strike(&person, Key::Enter).await;
    person.sees("There is a problem").await;
    focus(&person, "error-summary").await;
    strike(&person, Key::Tab).await;
    strike(&person, Key::Enter).await;
    focus(&person, "maxHelpdeskAgents").await;
    over(&person, "1").await;
    strike(&person, Key::Tab).await;
    person.sees("The only tenant has more than 1 agent.").await;
    has_a_place(&person).await;
    follow(&person, "Save Pro limits", "Change Pro limits?").await;
    reach_id(&person, "reason").await;
    person.page().action_chain().send_keys("Too cheap").perform().await.unwrap();
    follow(&person, "Apply to Pro", "Pro limits updated.").await;
    follow(&person, "Undo", "Undone: the limits are as they were before.").await;
    follow(&person, "Audit log", "Sam Lee lowered").await;
    follow(&person, "Sam Lee lowered", "Too cheap").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_found_given_another_tier_and_its_agent_started_again_without_a_mouse() {
    let stage = Stage::new("PRO", &[1]).await;
    stage.system.sandbox.inject(full());
    stage.agent_in_trouble("Ben Okafor").await;
    stage.system.sandbox.clear_faults();
    let person = stage.administrator(Scripts::On).await;
    follow(&person, "Users", "2 users found").await;
    reach_id(&person, "q").await;
    person.page().action_chain().send_keys("owner").perform().await.unwrap();
    person.sees("1 user found").await;
    focus(&person, "q").await;
    follow(&person, "Owner", "Signing in").await;
    follow(&person, "Change tier", "It holds from the next request on.").await;
    reach(&person, "Pro").await;
    strike(&person, Key::Down).await;
    follow(&person, "Change tier", "The tier is changed.").await;
    follow(&person, "Agents", "Chatwoot's own agent limit is reached").await;
    reach(&person, "Ben Okafor").await;
    strike(&person, " ").await;
    follow(&person, "Retry selected", "Trying again with 1 agent").await;
    has_a_place(&person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_changes_the_own_account_without_a_mouse() {
    let stage = Stage::new("PRO", &[1]).await;
    let person = Person::at(&stage.server, Scripts::On).await;
    person.open("/sign-in").await;
    person.sign_in(OWNER, PASSWORD).await;
    person.sees("First steps").await;
    follow(&person, "Your account", "Your agents' addresses are made from it").await;
    reach_id(&person, "name").await;
    over(&person, "").await;
    strike(&person, Key::Enter).await;
    person.sees("There is a problem").await;
    focus(&person, "error-summary").await;
    reach_id(&person, "name").await;
    over(&person, "Olga Owner").await;
    strike(&person, Key::Enter).await;
    person.sees("Your name is changed.").await;
    follow(&person, "Set up second factor", "After your password").await;
    person.leave().await;
}

/// Goes to the stop with these words and presses Enter.
async fn follow(person: &Person, words: &str, then: &str) {
    reach(person, words).await;
    strike(person, Key::Enter).await;
    person.sees(then).await;
}

/// Goes from stop to stop until the element with this id has the focus.
async fn reach_id(person: &Person, id: &str) {
    for _ in 0..80 {
        if person.ask("return document.activeElement.id").await == id {
            return;
        }
        strike(person, Key::Tab).await;
    }
    panic!("no stop is #{id}");
}

/// Writes over what is in the focused field.
async fn over(person: &Person, text: &str) {
    let keys = person.page().action_chain().key_down(Key::Control).send_keys("a").key_up(Key::Control);
    keys.send_keys(Key::Delete).send_keys(text).perform().await.unwrap();
}
