//! The own account: name, password, sessions and the second factor, in every state.

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage, code};
use crate::support::{Client, PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_own_account_and_its_second_factor() {
    let stage = Stage::new("PRO", &[1]).await;
    Client::sign_in(&stage.server.base, OWNER, PASSWORD).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.press("Your account").await;
    person.sees("Sign out everywhere else").await;
    look(&person, "account").await;
    person.fill("name", "").await;
    person.press("Save name").await;
    person.sees("There is a problem").await;
    look(&person, "account-refused").await;

    person.press("Set up second factor").await;
    person.sees("After your password").await;
    look(&person, "second-factor-off").await;
    person.press("Set up second factor").await;
    person.sees("Scan this").await;
    look(&person, "second-factor-setting-up").await;
    let secret = person.value("secret").await;
    person.fill("code", "000000").await;
    person.press("Turn on second factor").await;
    person.sees("That code doesn't match").await;
    look(&person, "second-factor-wrong-code").await;
    person.fill("code", &code(&secret, 0)).await;
    person.press("Turn on second factor").await;
    person.sees("Keep these 10 codes").await;
    look(&person, "recovery-codes").await;
    person.press("I've kept them").await;
    person.press("Manage second factor").await;
    person.sees("On since").await;
    look(&person, "second-factor-on").await;
    person.press("Turn off second factor").await;
    person.sees("There is a problem").await;
    look(&person, "second-factor-off-refused").await;

    person.press("Sign out").await;
    person.sees("You are signed out.").await;
    person.sign_in(OWNER, PASSWORD).await;
    person.sees("Enter your code").await;
    look(&person, "sign-in-code").await;
    person.fill("code", "000000").await;
    person.press("Sign in").await;
    person.sees("There is a problem").await;
    look(&person, "sign-in-code-wrong").await;
    person.fill("code", &code(&secret, 1)).await;
    person.press("Sign in").await;
    person.sees("Needs attention").await;
    person.leave().await;
}
