//! Looking after the own account.

use crate::journeys::everywhere;
use crate::stage::{OWNER, code};
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_changes_the_password_and_turns_a_second_factor_on_and_off() {
    everywhere("PRO", &[1], async |_, person| {
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Needs attention").await;
        person.open("/account").await;
        person.fill("present_password", PASSWORD).await;
        person.fill("password", "a password of my own").await;
        person.press("Change password").await;
        person.sees("Your password is changed.").await;

        person.press("Set up second factor").await;
        person.sees("After your password").await;
        person.press("Set up second factor").await;
        person.sees("Scan this").await;
        let secret = person.value("secret").await;
        person.fill("code", &code(&secret, 0)).await;
        person.press("Turn on second factor").await;
        person.sees("Keep these 10 codes").await;
        let recovery = person.value("codes").await.lines().next().unwrap().to_owned();

        person.press("Sign out").await;
        person.sees("You are signed out.").await;
        person.sign_in(OWNER, "a password of my own").await;
        person.sees("Enter your code").await;
        person.fill("code", &recovery).await;
        person.press("Sign in").await;
        person.sees("You signed in with a recovery code. 9 of them are left.").await;

        person.open("/account/second-factor").await;
        person.fill("password", "a password of my own").await;
        person.fill("off-code", &code(&secret, 1)).await;
        person.press("Turn off second factor").await;
        person.sees("Your second factor is off.").await;
    })
    .await;
}
