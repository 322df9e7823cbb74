//! Handing a sign-in over: the tenant makes a link, somebody without a session uses it.

use crate::journeys::everywhere;
use crate::stage::OWNER;
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_made_handed_over_and_used_once() {
    everywhere("PRO", &[1], async |stage, person| {
        let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Needs attention").await;
        person.open(&format!("/integrations/helpdesk/agents/{agent}")).await;
        person.press("Sign-in link").await;
        person.press("Make a sign-in link").await;
        person.sees("Copy it now.").await;
        let link = person.value("secret").await;
        let path = link.strip_prefix(&stage.server.base).unwrap().to_owned();

        // As somebody without a session: a second browser would wait for the place of the first.
        person.open("/").await;
        person.press("Sign out").await;
        person.sees("You are signed out.").await;
        person.open(&path).await;
        person.sees("Sign in as Ana Ruiz").await;
        person.press("Sign in to Chatwoot").await;
        // The sandbox's own page, at its own origin.
        let there = format!("return location.origin === '{}'", stage.system.sandbox.base_url());
        person.until("Chatwoot has opened by itself", &there).await;
        person.sees("Ana Ruiz").await;
        let used = stage.system.sandbox.sso_tokens();
        assert_eq!((used.len(), used[0].used), (1, true));
        person.open(&path).await;
        person.sees("This link doesn't work").await;
        person.sees("each link works once").await;

        person.open("/sign-in").await;
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Needs attention").await;
        person.open(&format!("/integrations/helpdesk/agents/{agent}/sign-in-link")).await;
        person.sees("The last link was used").await;
        person.press("Make a sign-in link").await;
        person.sees("Copy it now.").await;
        person.press("Revoke link").await;
        person.sees("The last link was revoked").await;
    })
    .await;
}
