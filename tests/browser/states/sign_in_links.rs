//! Sign-in links, as the tenant and as the agent see them.

use chatwoot_sandbox::{Fault, Reply};

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_link_from_its_making_to_its_end() {
    let stage = Stage::new("PRO", &[1]).await;
    let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    let page = format!("/integrations/helpdesk/agents/{agent}/sign-in-link");
    person.open(&page).await;
    look(&person, "sign-in-link").await;
    person.press("Make a sign-in link").await;
    person.sees("Copy it now.").await;
    look(&person, "sign-in-link-made").await;
    let link = person.value("secret").await;
    let path = link.strip_prefix(&stage.server.base).unwrap().to_owned();
    person.open(&path).await;
    look(&person, "sign-in-link-welcome").await;
    let broken = Fault::on("GET", "/platform/api/v1/users/*/login").forever();
    stage.system.sandbox.inject(broken.reply(Reply::RailsError));
    person.press("Sign in to Chatwoot").await;
    person.sees("The link still works").await;
    look(&person, "sign-in-link-later").await;
    stage.system.sandbox.clear_faults();
    person.open(&format!("/integrations/helpdesk/agents/{agent}/suspend")).await;
    person.sees("The sign-in link that is out for Ana Ruiz stops working.").await;
    look(&person, "suspend-with-open-link").await;
    person.open(&page).await;
    person.press("Revoke link").await;
    person.sees("The last link was revoked").await;
    look(&person, "sign-in-link-revoked").await;
    person.open(&path).await;
    person.sees("This link doesn't work").await;
    look(&person, "sign-in-link-over").await;
    person.leave_after(&["502 (Bad Gateway)", "410 (Gone)"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_links_switched_off() {
    let stage = Stage::new("PRO", &[1]).await.restart(&[("SIGN_IN_LINKS", "off")]).await;
    let agent = stage.agents(&["Ana Ruiz"], &[]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open(&format!("/integrations/helpdesk/agents/{agent}/sign-in-link")).await;
    person.sees("switched off").await;
    look(&person, "sign-in-link-off").await;
    person.leave().await;
}
