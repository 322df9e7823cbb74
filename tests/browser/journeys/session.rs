//! Signing in and out.

use crate::journeys::everywhere;
use crate::stage::OWNER;
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_signs_in_after_a_mistake_and_signs_out() {
    everywhere("FREE", &[1], async |_, person| {
        person.open("/integrations/helpdesk").await;
        person.sees("Sign in to LocalBoxs").await;
        person.sign_in(OWNER, "not the password").await;
        person.sees("That e-mail and password don't match. Check both and try again.").await;
        assert_eq!(person.value("email").await, OWNER, "the address is kept");
        assert_eq!(person.value("password").await, "", "a password never is");
        person.fill("password", PASSWORD).await;
        person.press("Sign in").await;
        person.sees("Agents on your plan").await;
        assert_eq!(person.path().await, "/integrations/helpdesk", "back to where the way began");
        person.press("Sign out").await;
        person.sees("You are signed out.").await;
        person.page().back().await.unwrap();
        person.sees("Sign in to LocalBoxs").await;
        assert!(!person.says("Agents on your plan").await, "nothing of before is left to see");
    })
    .await;
}
