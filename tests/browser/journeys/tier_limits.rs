//! An administrator lowers a limit, thinks better of it, and gives one tenant more instead.

use crate::journeys::everywhere;
use crate::support::PASSWORD;

const ADMIN: &str = "sam@localboxs.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_lowered_with_care_and_taken_back() {
    everywhere("PRO", &[1], async |stage, person| {
        stage.agents(&["Ana Ruiz", "Ben Okafor"], &[1]).await;
        stage.system.tenant(ADMIN, "FREE", &[]);
        stage.system.cli(&["user", "set-role", "--email", ADMIN, "--role", "ADMIN"]);
        person.sign_in(ADMIN, PASSWORD).await;
        person.sees("What administrators do").await;
        person.open("/admin/tier-limits").await;
        person.press("Edit Pro").await;
        person.sees("Nobody loses what they have").await;
        person.fill("maxHelpdeskAgents", "1 agent").await;
        person.press("Save Pro limits").await;
        person.sees("There is a problem").await;
        assert_eq!(person.value("maxHelpdeskAgents").await, "1 agent", "what was typed stays");
        person.fill("maxHelpdeskAgents", "1").await;
        person.press("Save Pro limits").await;
        person.sees("Change Pro limits?").await;
        person.sees("The only tenant has more than 1 agent. It keeps them but can't add.").await;
        person.press("Go back").await;
        person.sees("Nobody loses what they have").await;
        assert_eq!(person.value("maxHelpdeskAgents").await, "1", "going back keeps what was typed");
        person.press("Save Pro limits").await;
        person.sees("Change Pro limits?").await;
        person.fill("reason", "Too cheap").await;
        person.press("Apply to Pro").await;
        person.sees("Pro limits updated.").await;
        person.sees("1 (changed)").await;
        person.press("Undo").await;
        person.sees("Undone: the limits are as they were before.").await;
    })
    .await;
}
