//! Many agents.

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_fills_more_than_a_page() {
    let stage = Stage::new("ENTERPRISE", &[1, 2, 3, 4]).await;
    stage.many_agents(27, &[1, 2, 3]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk").await;
    person.sees("27 agents · no limit on Enterprise").await;
    look(&person, "helpdesk-many").await;
    person.press("Inboxes and actions").await;
    person.sees("Has access").await;
    look(&person, "helpdesk-many-opened").await;
    person.fill("q", "agent 11").await;
    person.sees("1 of 27").await;
    look(&person, "helpdesk-filtered").await;
    assert_eq!(person.path().await, "/integrations/helpdesk?q=agent%2011");
    person.fill("q", "nobody").await;
    person.sees("No agents match “nobody”").await;
    look(&person, "helpdesk-no-match").await;
    person.press("Clear filter").await;
    person.press("Page 2").await;
    person.sees("Agent 01").await;
    look(&person, "helpdesk-second-page").await;
    person.open("/integrations/helpdesk?page=9").await;
    person.sees("There are no agents on this page").await;
    look(&person, "helpdesk-no-such-page").await;
    person.leave().await;
}
