//! Sessions that ended, addresses that do not exist, and a server that is gone.

use serde_json::json;

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_that_is_not_possible() {
    let stage = Stage::new("PRO", &[]).await;
    let person = Person::at(&stage.server, Scripts::On).await;
    person.open("/sign-in?ended").await;
    person.sees("Your session has ended").await;
    look(&person, "sign-in-ended").await;
    person.sign_in(OWNER, PASSWORD).await;
    person.press("Sign out").await;
    person.sees("You are signed out.").await;
    look(&person, "signed-out").await;
    while !person.says("Too many attempts").await {
        person.sign_in("nobody@acme.example", "wrong").await;
        person.sees("There is a problem").await;
    }
    look(&person, "sign-in-too-often").await;
    stage.system.cli(&["user", "disable", "--email", OWNER]);
    person.sign_in(OWNER, PASSWORD).await;
    person.sees("This account is suspended").await;
    look(&person, "sign-in-suspended").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_sent_after_the_session_ended() {
    let stage = Stage::new("PRO", &[1]).await;
    for scripts in [Scripts::On, Scripts::WithoutHtmx] {
        let person = Person::signed_in(&stage.server, scripts, OWNER).await;
        person.open("/integrations/helpdesk/agents/new").await;
        person.fill("name", "Ana Ruiz").await;
        person.page().delete_all_cookies().await.unwrap();
        person.press("Create agent").await;
        person.sees("Sign in in a new tab").await;
        look(&person, &format!("signed-out-meanwhile-scripts-{scripts:?}").to_lowercase()).await;
        if scripts == Scripts::On {
            assert_eq!(person.value("name").await, "Ana Ruiz", "what was typed is still there");
        }
        person.leave_after(&["401 (Unauthorized)", "Error Code 401"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_lead_nowhere_and_the_reference() {
    let stage = Stage::new("PRO", &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/nowhere").await;
    person.sees("Page not found").await;
    look(&person, "not-found").await;
    person.open("/api/docs").await;
    look(&person, "api-reference").await;
    person.leave_after(&["404 (Not Found)"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_menu_of_a_small_screen() {
    let stage = Stage::new("PRO", &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    let metrics = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": false });
    person.browser.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    person.press("Menu").await;
    person.sees("Sign out").await;
    look(&person, "menu").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_answer_is_noticed_and_switches_go_back() {
    let stage = Stage::new("PRO", &[1]).await;
    stage.agents(&["Ana Ruiz"], &[]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk").await;
    stage.server.kill();
    person.press("One").await;
    person.sees("You're offline or the server can't be reached. Nothing was saved.").await;
    assert_eq!(person.ask("return document.querySelector('[role=switch]').checked").await, false);
    person.leave_after(&["ERR_CONNECTION_REFUSED", "htmx:sendError", "htmx:afterRequest"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_switch_goes_back_and_its_reason_stays() {
    let stage = Stage::new("PRO", &[1]).await;
    let id = stage.agents(&["Ana Ruiz"], &[]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open(&format!("/integrations/helpdesk/agents/{id}")).await;
    let client = stage.client().await;
    let suspended =
        client.post(&format!("/api/dashboard/integrations/chatwoot/agents/{id}/suspend"), json!({})).await;
    assert!(suspended.status.is_success(), "{suspended:?}");
    person.press("One").await;
    person.until("the alert says why", "return document.querySelector('#alert .alert')?.textContent").await;
    assert_eq!(person.ask("return document.querySelector('[role=switch]').checked").await, false);
    look(&person, "switch-refused").await;
    person.leave().await;
}
