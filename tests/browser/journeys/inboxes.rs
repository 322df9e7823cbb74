//! Giving an agent inboxes and taking them away.

use crate::journeys::everywhere;
use crate::person::Person;
use crate::stage::OWNER;
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_given_an_inbox_and_loses_another() {
    everywhere("PRO", &[1, 2], async |stage, person| {
        let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
        let sandbox = &stage.system.sandbox;
        let ana = sandbox.user_by_email("owner+ana.ruiz@acme.example").unwrap().id;
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Agents on your plan").await;
        person.open("/integrations/helpdesk").await;
        person.sees("1 of 2").await;
        switch(person, "Two", "Saved: has access").await;
        assert_eq!(sandbox.inbox_members(2), [ana], "given in Chatwoot too");
        assert_eq!(sandbox.inbox_members(1), [ana], "the other one is left alone");

        person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
        person.sees("Has access").await;
        switch(person, "One", "Saved: no access").await;
        assert_eq!(sandbox.inbox_members(1), [] as [u64; 0], "taken in Chatwoot too");
        assert_eq!(sandbox.inbox_members(2), [ana]);
        person.page().refresh().await.unwrap();
        person.sees("No access").await;
    })
    .await;
}

/// Changes a switch; with htmx that saves it in place, otherwise the form is sent.
async fn switch(person: &Person, inbox: &str, saved: &str) {
    assert_eq!(person.offers("Save inboxes").await, !person.has_htmx());
    person.press(inbox).await;
    if person.has_htmx() {
        person.sees(saved).await;
        let focused =
            person.ask("return document.activeElement.closest('li')?.textContent ?? 'nothing'").await;
        assert!(focused.as_str().unwrap().contains(inbox), "the focus is on {focused}");
    } else {
        person.press("Save inboxes").await;
        person.sees("The inboxes are saved.").await;
    }
}
