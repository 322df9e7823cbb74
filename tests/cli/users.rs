use localboxs::app::App;
use localboxs::clock::Clock;
use localboxs::config::Config;
use localboxs::domain::password::Password;
use localboxs::services::accounts;

use super::support::{Program, Ran};

const EMAIL: &str = "owner@bakery.example";
const PASSWORD: &str = "correct horse battery";

fn add(program: &Program, more: &[&str]) -> Ran {
    program.run(&[&["user", "add", "--email", EMAIL, "--name", "Rosa"], more].concat())
}

fn generated(ran: &Ran) -> String {
    let line = ran.out.lines().find_map(|line| line.strip_prefix("Password: "));
    line.unwrap_or_else(|| panic!("{ran:?}")).split("  ").next().unwrap().to_owned()
}

async fn can_sign_in(program: &Program, password: &str) -> bool {
    let url = program.database.url.clone();
    let config = Config::read(&|name| (name == "DATABASE_URL").then(|| url.clone())).unwrap();
    let app = App::new(config, program.database.open().await, None, Clock::System);
    accounts::sign_in(&app, EMAIL, Password::new(password.to_owned()), None).await.is_ok()
}

fn row(program: &Program) -> Vec<String> {
    let out = program.run(&["user", "list"]).succeeded().out;
    let line = out.lines().find(|line| line.starts_with(EMAIL)).unwrap_or_else(|| panic!("{out}"));
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_generated_password_is_printed_once_and_opens_the_door() {
    let program = Program::migrated().await;
    let password = generated(&add(&program, &[]).succeeded());
    assert!(can_sign_in(&program, &password).await);
    assert!(!program.run(&["user", "list"]).out.contains(&password));
    assert_eq!(row(&program), ["Rosa", "PRO", "USER", "active"]);
}

#[tokio::test]
async fn a_password_can_come_from_standard_input() {
    let program = Program::migrated().await;
    let args = ["user", "add", "--email", EMAIL, "--name", "Rosa", "--tier", "free", "--password-stdin"];
    let ran = program.run_with_input(&args, &format!("{PASSWORD}\n")).succeeded();
    assert!(!ran.out.contains("Password"), "{}", ran.out);
    assert!(can_sign_in(&program, PASSWORD).await);
    assert_eq!(row(&program)[1], "FREE");
}

#[tokio::test]
async fn a_person_that_cannot_be_added_is_refused_in_one_sentence() {
    let program = Program::migrated().await;
    add(&program, &["--tier", "GOLD"])
        .failed_with("There is no such tier; use FREE, PRO, PRO_PLUS, ENTERPRISE.");
    program
        .run(&["user", "add", "--email", "rosa@localhost", "--name", "Rosa"])
        .failed_with("That e-mail cannot be used: Chatwoot takes plain addresses such as ana@example.com.");
    let short = ["user", "add", "--email", EMAIL, "--name", "Rosa", "--password-stdin"];
    program.run_with_input(&short, "short").failed_with("Choose a password with at least 8 characters.");
    program.run_with_input(&short, "rosa1234").failed_with(
        "This password is easy to guess. Choose three or four words that don't belong together, and leave out \
         your name and e-mail.",
    );
    assert!(program.run(&["user", "list"]).succeeded().out.starts_with("There are no users yet"));

    add(&program, &[]).succeeded();
    add(&program, &[]).failed_with("Somebody with this e-mail exists already.");
}

#[tokio::test]
async fn tier_role_and_admission_can_be_changed() {
    let program = Program::migrated().await;
    add(&program, &["--role", "admin"]).succeeded();
    let change = |args: &[&str]| program.run(&[&["user"], args, &["--email", EMAIL]].concat()).succeeded();
    change(&["set-tier", "--tier", "ENTERPRISE"]);
    change(&["set-role", "--role", "SUPER_ADMIN"]);
    assert_eq!(row(&program)[1..3], ["ENTERPRISE", "SUPER_ADMIN"]);
    for last in [&["disable"][..], &["set-role", "--role", "ADMIN"]] {
        let ran = program.run(&[&["user"], last, &["--email", EMAIL]].concat());
        ran.failed_with("At least one super admin must remain.");
    }
    let second =
        ["user", "add", "--email", "second@bakery.example", "--name", "Sam", "--role", "SUPER_ADMIN"];
    program.run(&second).succeeded();
    change(&["reset-second-factor"]);
    change(&["disable"]);
    assert_eq!(row(&program)[3..], ["shut", "out"]);
    change(&["enable"]);
    assert_eq!(row(&program)[3..], ["active"]);
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one() {
    let program = Program::migrated().await;
    let old = generated(&add(&program, &[]).succeeded());
    let new = generated(&program.run(&["user", "set-password", "--email", EMAIL]).succeeded());
    assert!(!can_sign_in(&program, &old).await);
    assert!(can_sign_in(&program, &new).await);
}

#[tokio::test]
async fn a_person_who_is_not_there_cannot_be_changed() {
    let program = Program::migrated().await;
    let changes: [&[&str]; 6] = [
        &["set-tier", "--tier", "PRO"],
        &["set-role", "--role", "ADMIN"],
        &["set-password"],
        &["disable"],
        &["enable"],
        &["reset-second-factor"],
    ];
    for change in changes {
        let ran = program.run(&[&["user"], change, &["--email", EMAIL]].concat());
        ran.failed_with("Nobody has this e-mail.");
        assert_eq!(ran.out, "");
    }
}
