//! New passwords for an agent.

use crate::journeys::everywhere;
use crate::stage::OWNER;
use crate::support::PASSWORD;

const ANA: &str = "owner+ana.ruiz@acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_gets_a_new_password_and_then_one_that_somebody_chose() {
    everywhere("PRO", &[1], async |stage, person| {
        let sandbox = &stage.system.sandbox;
        let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Agents on your plan").await;
        person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
        person.press("New password").await;
        person.sees("The current password of Ana Ruiz stops working").await;
        person.press("Set new password").await;
        person.sees("Copy it now.").await;
        let generated = person.value("secret").await;
        assert!(sandbox.password_matches(ANA, &generated));
        person.press("New password").await;
        person.sees("The current password of Ana Ruiz stops working").await;
        assert!(!person.page().source().await.unwrap().contains(&generated));

        person.press("I'll choose one").await;
        person.fill("password", "all-small-1").await;
        person.press("Set new password").await;
        person.sees("at least one capital letter").await;
        assert_eq!(person.value("password").await, "");
        assert!(sandbox.password_matches(ANA, &generated), "nothing changed yet");
        person.fill("password", "Bright-Kite-42").await;
        person.press("Set new password").await;
        person.sees("The new password is set.").await;
        assert!(sandbox.password_matches(ANA, "Bright-Kite-42"));
        assert!(!person.page().source().await.unwrap().contains("Bright-Kite-42"));
    })
    .await;
}
