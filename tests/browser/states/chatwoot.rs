//! Chatwoot away, its keys wrong, or none configured.

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};
use crate::support::until;

const HELPDESK: &str = "/integrations/helpdesk";
const ADMINISTRATOR: &str = "admin@localboxs.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chatwoot_is_away() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open(HELPDESK).await;
    stage.system.sandbox.stop().await;
    person.press("Check now").await;
    person.sees("Can't reach Chatwoot").await;
    look(&person, "helpdesk-away").await;
    person.press("Two").await;
    person.sees("We keep trying").await;
    look(&person, "helpdesk-away-switched").await;
    person.open(&format!("{HELPDESK}/agents/{agent}")).await;
    person.sees("Chatwoot can't be reached").await;
    look(&person, "agent-away").await;
    person.open(&format!("{HELPDESK}/agents/new")).await;
    person.fill("name", "Ben Okafor").await;
    person.press("Create agent").await;
    person.sees("Chatwoot doesn't have it yet").await;
    look(&person, "agent-new-away").await;
    person.open("/").await;
    person.sees("Can't reach Chatwoot").await;
    look(&person, "dashboard-away").await;
    stage.system.sandbox.resume().await.unwrap();
    let client = stage.client().await;
    until("Chatwoot is back", async || client.get(HELPDESK).await.1.contains("Chatwoot connected")).await;
    person.open(HELPDESK).await;
    person.press("Check now").await;
    person.sees("Chatwoot connected").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_chatwoot_rejects() {
    let stage = Stage::new("PRO", &[1]).await;
    administrator(&stage);
    let sandbox = &stage.system.sandbox;
    let tenant = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    tenant.open(HELPDESK).await;
    let app = sandbox.platform_apps()[0].id;
    sandbox.edit(|chatwoot| chatwoot.rotate_platform_token(app)).unwrap();
    tenant.press("Check now").await;
    tenant.sees("Chatwoot rejects this server's platform key").await;
    look(&tenant, "helpdesk-platform-key-rejected").await;
    let human = sandbox.user_by_email("human.admin@chat.example").unwrap();
    sandbox.edit(|chatwoot| chatwoot.rotate_token(human.id)).unwrap();
    tenant.press("Check now").await;
    tenant.sees("Chatwoot rejects this server's account key").await;
    look(&tenant, "helpdesk-account-key-rejected").await;
    tenant.leave().await;

    let administrator = Person::at(&stage.server, Scripts::On).await;
    administrator.open("/sign-in").await;
    administrator.sign_in(ADMINISTRATOR, crate::support::PASSWORD).await;
    administrator.sees("Set CHATWOOT_API_KEY").await;
    look(&administrator, "administrator-account-key-rejected").await;
    administrator.open("/integrations").await;
    look(&administrator, "administrator-integrations").await;
    administrator.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_lacks_its_settings() {
    let stage = Stage::new("PRO", &[1]).await;
    administrator(&stage);
    let stage = stage.restart(&[("CHATWOOT_PLATFORM_API_KEY", "")]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open(HELPDESK).await;
    person.press("Check now").await;
    person.sees("Creating agents is switched off on this server").await;
    look(&person, "helpdesk-platform-key-missing").await;
    person.open(&format!("{HELPDESK}/agents/new")).await;
    person.sees("switched off").await;
    look(&person, "create-platform-key-missing").await;
    person.leave().await;

    let stage = stage.restart(&[("CHATWOOT_BASE_URL", ""), ("CHATWOOT_ACCOUNT_ID", "")]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.sees("Chatwoot isn't connected yet").await;
    look(&person, "dashboard-not-connected").await;
    person.open(HELPDESK).await;
    person.sees("Your administrator connects it").await;
    look(&person, "helpdesk-not-connected").await;
    person.press("Sign out").await;
    person.sign_in(ADMINISTRATOR, crate::support::PASSWORD).await;
    person.sees("Set CHATWOOT_BASE_URL").await;
    look(&person, "administrator-not-connected").await;
    person.leave().await;
}

fn administrator(stage: &Stage) {
    stage.system.tenant(ADMINISTRATOR, "ENTERPRISE", &[]);
    stage.system.cli(&["user", "set-role", "--email", ADMINISTRATOR, "--role", "ADMIN"]);
}
