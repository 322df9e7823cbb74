//! An agent that is fine, and the pages around it.

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_ready() {
    let stage = Stage::new("PRO", &[1, 2, 3]).await;
    let agent = stage.agents(&["Ana Ruiz"], &[1, 2]).await;
    let page = format!("/integrations/helpdesk/agents/{agent}");
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    look(&person, "dashboard").await;
    person.open("/integrations/helpdesk").await;
    look(&person, "helpdesk").await;
    person.press("Three").await;
    person.sees("Saved: has access").await;
    look(&person, "helpdesk-switched").await;
    person.open(&page).await;
    look(&person, "agent").await;
    person.open(&format!("{page}/password")).await;
    look(&person, "password").await;
    person.press("I'll choose one").await;
    person.fill("password", "short").await;
    person.press("Set new password").await;
    person.sees("There is a problem").await;
    look(&person, "password-refused").await;
    person.open(&format!("{page}/remove")).await;
    look(&person, "remove").await;
    person.press("Remove Ana Ruiz").await;
    person.sees("The agent is removed. You can undo this until").await;
    look(&person, "helpdesk-removing").await;
    person.open(&page).await;
    person.sees("Out of Chatwoot's account.").await;
    look(&person, "agent-removing").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_without_htmx() {
    let stage = Stage::new("PRO", &[1, 2, 3]).await;
    let agent = stage.agents(&["Ana Ruiz"], &[1, 2]).await;
    // axe-core is a script itself, so the looks of a page without any are those of one without htmx.
    let person = Person::signed_in(&stage.server, Scripts::WithoutHtmx, OWNER).await;
    person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
    person.sees("Save inboxes").await;
    look(&person, "agent-without-htmx").await;
    person.open("/integrations/helpdesk/agents/new").await;
    person.sees("Show the sign-in e-mail first").await;
    look(&person, "create-without-htmx").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_suspended_and_waits_for_a_seat() {
    let stage = Stage::new("FREE", &[1, 2]).await;
    let agent = stage.agents(&["Ana Ruiz"], &[1, 2]).await;
    let page = format!("/integrations/helpdesk/agents/{agent}");
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open(&format!("{page}/edit")).await;
    look(&person, "edit").await;
    person.fill("name", "!!!").await;
    person.press("Save name").await;
    person.sees("There is a problem").await;
    look(&person, "edit-refused").await;
    person.open(&format!("{page}/suspend")).await;
    look(&person, "suspend").await;
    person.press("Suspend Ana Ruiz").await;
    person.sees("The agent is suspended.").await;
    look(&person, "agent-suspended").await;
    person.open(&format!("{page}/resume")).await;
    look(&person, "resume").await;
    stage.agents(&["Ben Okafor"], &[1]).await;
    person.open(&format!("{page}/resume")).await;
    person.sees("No free seat.").await;
    look(&person, "resume-no-seat").await;
    person.open("/integrations/helpdesk").await;
    person.sees("Suspended").await;
    look(&person, "helpdesk-suspended").await;
    person.leave().await;
}
