//! What a tenant sees from the first sign-in to a full plan, and over it.

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};
use crate::support::PASSWORD;

const HELPDESK: &str = "/integrations/helpdesk";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_new_tenant() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let person = Person::at(&stage.server, Scripts::On).await;
    person.open("/sign-in").await;
    look(&person, "sign-in").await;
    person.sign_in(OWNER, "wrong").await;
    person.sees("There is a problem").await;
    look(&person, "sign-in-refused").await;
    person.sign_in(OWNER, PASSWORD).await;
    person.sees("First steps").await;
    look(&person, "dashboard-first-steps").await;
    person.open("/integrations").await;
    look(&person, "integrations").await;
    person.open(HELPDESK).await;
    person.sees("No agents yet").await;
    look(&person, "helpdesk-empty").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_for_a_new_agent() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk/agents/new").await;
    look(&person, "create").await;
    person.press("I'll choose one").await;
    person.press("Create agent").await;
    person.sees("There is a problem").await;
    look(&person, "create-refused").await;
    person.press("Create a strong password for me").await;
    person.fill("name", "Maximiliane Featherstonehaugh-Wolfeschlegelsteinhausenbergerdorff").await;
    person.press("Select all").await;
    person.sees("will sign in as").await;
    look(&person, "create-filled").await;
    person.press("Create agent").await;
    person.sees("Copy it now.").await;
    look(&person, "agent-with-new-password").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_full_and_one_that_is_more_than_full() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    stage.agents(&["Ana Ruiz", "Ben Okafor", "李雷"], &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    look(&person, "dashboard-full").await;
    person.open(HELPDESK).await;
    person.sees("All 3 agents used · Pro plan").await;
    look(&person, "helpdesk-full").await;
    person.press("Create agent").await;
    person.sees("all 3 are in use").await;
    look(&person, "create-full").await;
    stage.system.cli(&["user", "set-tier", "--email", OWNER, "--tier", "FREE"]);
    person.open(HELPDESK).await;
    person.sees("3 agents, 2 over your Free limit of 1").await;
    look(&person, "helpdesk-over").await;
    person.open("/integrations/helpdesk/agents/new").await;
    person.sees("Remove some before you add another").await;
    look(&person, "create-over").await;
    person.open("/").await;
    person.sees("2 over your Free limit").await;
    look(&person, "dashboard-over").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_without_inboxes() {
    let stage = Stage::new("ENTERPRISE", &[]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk/agents/new").await;
    person.sees("You have no inboxes yet").await;
    look(&person, "create-without-inboxes").await;
    let agent = stage.agents(&["Ana Ruiz"], &[]).await;
    person.open(HELPDESK).await;
    person.sees("You have no inboxes yet").await;
    look(&person, "helpdesk-without-inboxes").await;
    person.open(&format!("{HELPDESK}/agents/{agent}")).await;
    person.sees("You have no inboxes yet").await;
    look(&person, "agent-without-inboxes").await;
    person.leave().await;
}
