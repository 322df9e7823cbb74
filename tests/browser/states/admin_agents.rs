//! Admin > Agents, and a tenant's page.

use chatwoot_sandbox::{NewUser, Role};

use crate::browser::Scripts;
use crate::looks::look;
use crate::stage::{Stage, full};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_across_tenants_and_a_tenant_s_page() {
    let stage = Stage::new("ENTERPRISE", &[1, 2]).await;
    let person = stage.administrator(Scripts::On).await;
    look(&person, "administrator-dashboard-calm").await;
    person.press("Agents").await;
    person.sees("No agent needs attention.").await;
    look(&person, "agents-none").await;

    stage.agents(&["Ana Ruiz"], &[1, 2]).await;
    let sandbox = &stage.system.sandbox;
    sandbox.inject(full());
    stage.agent_in_trouble("Ben Okafor").await;
    stage.agent_in_trouble("Cem Demir").await;
    sandbox.clear_faults();
    sandbox.edit(|chatwoot| {
        let human = chatwoot.user(NewUser::new("Eva the Admin", "owner+eva.stone@acme.example"));
        chatwoot.member(stage.system.account, human.id, Role::Administrator);
    });
    stage.agent_in_trouble("Eva Stone").await;
    person.open("/").await;
    person.sees("3 agents need attention").await;
    look(&person, "administrator-dashboard-attention").await;
    person.press("3 agents need attention").await;
    person.sees("Chatwoot's own agent limit is reached").await;
    look(&person, "agents-attention").await;

    person.press("Retry selected").await;
    person.sees("Choose at least one agent.").await;
    look(&person, "agents-nobody-chosen").await;
    person.open("/admin/agents?show=all").await;
    person.sees("4 agents").await;
    look(&person, "agents-all").await;
    person.fill("q", "nobody").await;
    person.sees("No agents match.").await;
    look(&person, "agents-no-match").await;

    person.open("/admin/agents").await;
    person.press("Owner").await;
    person.sees("You can look but not change anything here.").await;
    look(&person, "tenant-seen").await;
    person.open("/admin/agents").await;
    person.press("History of Ben Okafor").await;
    person.sees("Ben Okafor needs attention").await;
    person.open("/admin/agents").await;
    person.press("Select all on this page").await;
    person.press("Retry selected").await;
    person.sees("Trying again with 2 agents").await;
    let focused = "return document.activeElement.id";
    assert_eq!(person.ask(focused).await, "retried");
    look(&person, "agents-retried").await;
    person.leave().await;
}
