//! A setup that stops, and the way out of it.

use crate::journeys::everywhere;
use crate::stage::{OWNER, full};
use crate::support::PASSWORD;

const BEN: &str = "owner+ben.okafor@acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setup_that_chatwoot_refuses_is_tried_again_until_the_agent_can_sign_in() {
    everywhere("PRO", &[1], async |stage, person| {
        let sandbox = &stage.system.sandbox;
        sandbox.inject(full());
        person.sign_in(OWNER, PASSWORD).await;
        person.press("Create your first agent").await;
        person.fill("name", "Ben Okafor").await;
        person.press("One").await;
        person.press("Create agent").await;
        person.sees("Needs attention").await;
        person.sees("Chatwoot's own agent limit is reached").await;
        person.sees("No password was set").await;
        person.open("/integrations/helpdesk").await;
        person.sees("1 of 3 agents used").await;
        person.sees("Needs attention").await;
        person.press("Ben Okafor").await;
        person.sees("Technical detail").await;

        sandbox.clear_faults();
        person.press("Try again with Ben Okafor").await;
        person.sees("Password needed").await;
        assert_eq!(sandbox.inbox_members(1).len(), 1, "everything that was asked for is there");
        if person.has_htmx() {
            let focused = person.ask("return document.activeElement.id").await;
            assert!(
                ["agent-name", "setup-title"].contains(&focused.as_str().unwrap()),
                "the focus is on {focused}"
            );
        }
        person.press("Set a password for Ben Okafor").await;
        person.press("Set new password").await;
        person.sees("Copy it now.").await;
        let password = person.value("secret").await;
        assert!(sandbox.password_matches(BEN, &password));
        person.open("/integrations/helpdesk").await;
        person.sees("Ready").await;
    })
    .await;
}
