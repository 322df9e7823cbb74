//! What people see where Chatwoot differs.

use chatwoot_sandbox::{NewUser, Role};
use serde_json::json;

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_somebody_changed_in_chatwoot() {
    let stage = Stage::new("ENTERPRISE", &[1, 2]).await;
    let account = stage.system.account;
    let sandbox = &stage.system.sandbox;
    let gone = stage.agents(&["Gus Lind"], &[1]).await;
    let changed = stage.agents(&["Ana Ruiz"], &[1]).await;
    stage.agents(&["Ben Okafor", "Cem Demir", "Dia Shah", "Eva Stone"], &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk").await;
    person.sees("Agents are compared with Chatwoot every 15 minutes").await;
    person.press("Compare now").await;
    person.sees("Every agent in Chatwoot is as it is set here.").await;
    look(&person, "drift-none").await;

    let number = |name: &str| sandbox.user_by_email(&format!("owner+{name}@acme.example")).unwrap().id;
    let (ana, gus) = (number("ana.ruiz"), number("gus.lind"));
    sandbox.edit(|chatwoot| {
        chatwoot.rename(ana, "Ana Ruiz-Fernández de la Vega");
        chatwoot.set_role(account, ana, Role::Administrator);
        chatwoot.inbox_member(2, ana);
        chatwoot.delete_user(gus);
    });
    person.press("Compare now").await;
    person.sees("Chatwoot differs. The agents below say where.").await;
    look(&person, "drift-helpdesk").await;
    person.open("/").await;
    person.sees("This person no longer exists in Chatwoot").await;
    look(&person, "drift-dashboard").await;
    person.open(&format!("/integrations/helpdesk/agents/{changed}")).await;
    person.sees("Nothing happens until you decide.").await;
    look(&person, "drift-agent-changed").await;
    person.open(&format!("/integrations/helpdesk/agents/{gone}")).await;
    person.sees("No longer exists").await;
    look(&person, "drift-agent-gone").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_administrators_decide_about() {
    let stage = Stage::new("ENTERPRISE", &[1]).await;
    let account = stage.system.account;
    let sandbox = &stage.system.sandbox;
    stage.agents(&["Ana Ruiz", "Ben Okafor", "Cem Demir", "Dia Shah"], &[1]).await;
    let number = |name: &str| sandbox.user_by_email(&format!("owner+{name}@acme.example")).unwrap().id;
    let ana = number("ana.ruiz");
    let lost = sandbox.edit(|chatwoot| {
        let stranger = chatwoot.user(NewUser::new("Lost One", "owner+lost@acme.example"));
        chatwoot.set_custom_attribute(stranger.id, "localboxs_ref", json!("from-a-backup"));
        chatwoot.member(account, stranger.id, Role::Agent);
        chatwoot.rename(ana, "Anna");
        stranger.id
    });
    let person = stage.administrator(Scripts::On).await;
    person.open("/admin/agents?show=ready").await;
    person.press("Select all on this page").await;
    look(&person, "drift-admin-agents").await;
    person.press("Check for drift").await;
    person.sees("4 agents compared: 1 out of sync").await;
    look(&person, "drift-admin-checked").await;
    person.press("See everything that differs").await;
    person.sees("Lost One · owner+lost@acme.example").await;
    look(&person, "drift-admin").await;
    sandbox.edit(|chatwoot| chatwoot.set_role(account, lost, Role::Administrator));
    person.press("Adopt for Owner: Lost One · owner+lost@acme.example").await;
    person.sees("has another role there. Nobody was adopted.").await;
    look(&person, "drift-admin-refused").await;
    person.open("/").await;
    look(&person, "drift-admin-dashboard").await;

    let missing = ["ana.ruiz", "ben.okafor", "cem.demir"].map(number);
    sandbox.edit(|chatwoot| {
        for id in missing {
            chatwoot.delete_user(id);
        }
    });
    let tenant = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    tenant.open("/integrations/helpdesk").await;
    tenant.press("Compare now").await;
    tenant.sees("Work in Chatwoot is paused.").await;
    look(&tenant, "drift-paused").await;
    tenant.leave().await;
    person.open("/admin/agents/drift").await;
    person.sees("Accept that they are gone").await;
    look(&person, "drift-admin-paused").await;
    person.press("Accept that they are gone").await;
    person.sees("What is missing is accepted. Work goes on.").await;
    look(&person, "drift-admin-accepted").await;
    person.leave().await;
}
