//! Creating agents from a list.

use crate::journeys::everywhere;
use crate::stage::OWNER;
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_checked_put_right_and_created() {
    everywhere("PRO", &[1, 2], async |stage, person| {
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Needs attention").await;
        person.open("/integrations/helpdesk").await;
        person.press("Import from CSV").await;
        person.fill("list", "Ana Ruiz").await;
        person.press("Check the list").await;
        person.sees("The first row must name the columns").await;
        assert_eq!(person.value("list").await, "Ana Ruiz");
        person.fill("list", "name,inboxes\nAna Ruiz,One;Two\nBen,Nowhere").await;
        person.press("Check the list").await;
        person.sees("2 rows: 1 can be created, 1 has a problem.").await;
        person.sees("You have 3 seats left.").await;
        person.press("Change the list").await;
        let list = person.value("list").await;
        person.fill("list", &list.replace("Nowhere", "two")).await;
        person.press("Check the list").await;
        person.sees("2 rows: 2 can be created.").await;
        person.press("Create 2 agents").await;
        while !person.has_htmx() && !person.says("2 agents have no password yet").await {
            person.open(&person.path().await).await;
        }
        person.sees("2 agents have no password yet").await;
        assert_eq!(stage.system.sandbox.inbox_members(2).len(), 2);
        person.press("Ana Ruiz").await;
        person.sees("No working password is set.").await;
    })
    .await;
}
