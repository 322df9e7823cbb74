//! An administrator adds somebody, who sets a password, and changes what they may do.

use crate::journeys::everywhere;
use crate::support::PASSWORD;

const BOSS: &str = "boss@localboxs.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_added_sets_a_password_and_gets_another_tier() {
    everywhere("PRO", &[1], async |stage, person| {
        stage.system.tenant(BOSS, "ENTERPRISE", &[]);
        stage.system.cli(&["user", "set-role", "--email", BOSS, "--role", "SUPER_ADMIN"]);
        person.open("/sign-in?next=/admin/users").await;
        person.sign_in(BOSS, PASSWORD).await;
        person.sees("2 users found").await;
        person.press("Add user").await;
        person.sees("No e-mail is sent.").await;
        person.fill("email", "rosa").await;
        person.fill("name", "Rosa Bloom").await;
        person.press("Add user").await;
        person.sees("Enter an e-mail address").await;
        assert_eq!(person.value("name").await, "Rosa Bloom");
        person.fill("email", "rosa@bakery.example").await;
        person.press("Add user").await;
        person.sees("Hand this link over").await;
        let link = person.value("secret").await;

        person.press("Open Rosa Bloom").await;
        person.sees("Signing in").await;
        person.press("Change tier").await;
        person.sees("It holds from the next request on.").await;
        person.press("Enterprise").await;
        person.press("Change tier").await;
        person.sees("The tier is changed.").await;

        person.press("Sign out").await;
        person.sees("You are signed out.").await;
        person.page().goto(&link).await.unwrap();
        person.sees("You will sign in as rosa@bakery.example.").await;
        person.fill("password", "a password of my own").await;
        person.press("Set password").await;
        person.sees("Your password is set. Sign in with it.").await;
        person.sign_in("rosa@bakery.example", "a password of my own").await;
        person.sees("First steps").await;
    })
    .await;
}
