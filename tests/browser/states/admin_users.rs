//! Admin > Users in every state.

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};
use crate::support::PASSWORD;

const BOSS: &str = "boss@localboxs.example";
const ADMIN: &str = "admin@localboxs.example";

async fn stage() -> Stage {
    let stage = Stage::new("PRO", &[1]).await;
    for (email, role) in [(BOSS, "SUPER_ADMIN"), (ADMIN, "ADMIN")] {
        stage.system.tenant(email, "ENTERPRISE", &[]);
        stage.system.cli(&["user", "set-role", "--email", email, "--role", role]);
    }
    stage
}

async fn signed_in(stage: &Stage, email: &str) -> Person {
    let person = Person::at(&stage.server, Scripts::On).await;
    person.open("/sign-in?next=/admin/users").await;
    person.sign_in(email, PASSWORD).await;
    person.sees("users found").await;
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_users() {
    let stage = stage().await;
    for nth in 1..=55 {
        stage.system.tenant(&format!("a-tenant-with-a-long-address-{nth:02}@acme.example"), "FREE", &[]);
    }
    stage.system.cli(&["user", "disable", "--email", "a-tenant-with-a-long-address-01@acme.example"]);
    let person = signed_in(&stage, BOSS).await;
    person.sees("58 users found").await;
    look(&person, "users").await;
    person.fill("q", "LONG-address-1").await;
    person.sees("10 users found").await;
    look(&person, "users-found").await;
    assert!(person.path().await.contains("q=LONG-address-1"));
    person.fill("q", "nobody").await;
    person.sees("No user matches.").await;
    look(&person, "users-none").await;
    person.press("Clear filter").await;
    person.press("Page 2").await;
    person.sees("58 users found").await;
    person.press("E-mail").await;
    person.sees("58 users found").await;
    assert_eq!(person.path().await, "/admin/users?sort=email&dir=asc");
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_user_and_what_is_done_to_it() {
    let stage = stage().await;
    stage.agents(&["Ana Ruiz", "Ben Okafor"], &[]).await;
    let person = signed_in(&stage, BOSS).await;
    person.fill("q", OWNER).await;
    person.sees("1 user found").await;
    person.press("Owner").await;
    person.sees("Access").await;
    look(&person, "user").await;
    let user = person.path().await;
    for (action, words) in [
        ("suspend", "is out at the next click"),
        ("enable", "can sign in again"),
        ("sign-out", "ends at once"),
        ("reset-second-factor", "stop working"),
        ("password-link", "once, within 24 hours"),
        ("role", "Remove its 2 agents and 1 demo first"),
        ("tier", "Owner has 2 active agents; Free allows 1."),
    ] {
        person.open(&format!("{user}/{action}")).await;
        person.sees(words).await;
        look(&person, &format!("user-{action}")).await;
    }
    let stranger = format!("/admin/users?q={ADMIN}");
    person.open(&stranger).await;
    person.sees("1 user found").await;
    person.press("Owner").await;
    person.sees("Access").await;
    let admin = person.path().await;
    for (action, button) in [("password-link", "Make link"), ("reset-second-factor", "Reset second factor")] {
        person.open(&format!("{admin}/{action}")).await;
        person.sees("Your own password").await;
        look(&person, &format!("user-{action}-of-an-admin")).await;
        person.press(button).await;
        person.sees("That isn't your password.").await;
    }
    person.open(&format!("{admin}/role")).await;
    person.sees("Your own password").await;
    look(&person, "user-role-form").await;
    person.press("Change role").await;
    person.sees("That isn't your password.").await;
    look(&person, "user-role-refused").await;
    person.open(&format!("{user}/password-link")).await;
    person.press("Make link").await;
    person.sees("Hand this link over").await;
    look(&person, "user-link").await;
    let link = person.value("secret").await;
    person.page().goto(&link).await.unwrap();
    person.sees("Set your password").await;
    look(&person, "set-password").await;
    person.open(&format!("{user}/suspend")).await;
    person.press("Suspend Owner").await;
    person.sees("The account is suspended.").await;
    look(&person, "user-suspended").await;

    person.open("/admin/users/new").await;
    look(&person, "user-new").await;
    person.press("Add user").await;
    person.sees("There is a problem").await;
    look(&person, "user-new-refused").await;

    person.page().goto(&link).await.unwrap();
    person.sees("This link doesn't work").await;
    look(&person, "set-password-dead").await;
    person.leave_after(&["404 (Not Found)"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_admin_may_not_do() {
    let stage = stage().await;
    let person = signed_in(&stage, ADMIN).await;
    person.fill("q", BOSS).await;
    person.sees("1 user found").await;
    person.press("Owner").await;
    person.sees("Only a super admin can change an administrator's account.").await;
    look(&person, "user-not-mine").await;
    let user = person.path().await;
    person.open(&format!("{user}/suspend")).await;
    person.sees("You can't do this").await;
    look(&person, "user-refused").await;
    person.leave_after(&["403 (Forbidden)"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_who_needs_a_second_factor_first() {
    let stage = stage().await.restart(&[("ADMIN_SECOND_FACTOR", "required")]).await;
    let person = Person::at(&stage.server, Scripts::On).await;
    person.open("/sign-in").await;
    person.sign_in(ADMIN, PASSWORD).await;
    person.sees("Administrators need a second factor here.").await;
    assert_eq!(person.path().await, "/account/second-factor");
    look(&person, "second-factor-first").await;
    person.leave().await;
}
