use chatwoot_sandbox::{Fault, Reply};

use super::support::{Chatwoot, Program, Ran};

/// A program with a user, a schema and good keys for this Chatwoot.
async fn healthy() -> (Program, Chatwoot) {
    let mut program = Program::migrated().await;
    program
        .run(&["user", "add", "--email", "admin@acme.example", "--name", "Sam", "--role", "ADMIN"])
        .succeeded();
    let chatwoot = Chatwoot::start().await;
    program.connect(&chatwoot);
    (program, chatwoot)
}

/// The doctor fails with exactly this problem, this in its remedy, and no key.
fn finds(program: &Program, chatwoot: &Chatwoot, problem: &str, remedy: &str) {
    let ran = program.run(&["doctor"]);
    let problems: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("PROBLEM")).collect();
    assert_eq!((ran.status, problems), (Some(1), vec![problem]), "{ran:?}");
    let mut lines = ran.out.lines().skip_while(|line| *line != problem);
    let said = lines.nth(1).unwrap();
    assert!(said.contains(remedy), "{said}");
    assert_eq!(ran.err, "1 problem was found; what to do stands below it.\n");
    hides_keys(&ran, chatwoot);
}

fn hides_keys(ran: &Ran, chatwoot: &Chatwoot) {
    for key in [&chatwoot.account_key, &chatwoot.agents_key, &chatwoot.platform_key] {
        assert!(!ran.out.contains(key.as_str()) && !ran.err.contains(key.as_str()), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_installation_has_no_problems() {
    let (program, chatwoot) = healthy().await;
    let ran = program.run(&["doctor"]).succeeded();
    assert!(ran.out.lines().all(|line| line.starts_with("ok ")), "{}", ran.out);
    assert!(ran.out.contains("version 4.9.2 answers at http://127.0.0.1:"), "{}", ran.out);
    assert!(ran.out.contains("it may add agents to account 1 itself"), "{}", ran.out);
    hides_keys(&ran, &chatwoot);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_route_is_named() {
    let (program, chatwoot) = healthy().await;
    chatwoot.sandbox.edit(|state| state.forbid_account(chatwoot.platform_app, chatwoot.account));
    let ran = program.run(&["doctor"]).succeeded();
    assert!(ran.out.contains("the account key adds them to account 1"), "{}", ran.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_account_key_is_found() {
    let (mut program, chatwoot) = healthy().await;
    program.set("CHATWOOT_API_KEY", "wrong");
    let problem = "PROBLEM  Account key: Chatwoot does not know it (\"Invalid Access Token\")";
    finds(&program, &chatwoot, problem, "Set CHATWOOT_API_KEY to the access token of an administrator");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_key_is_found() {
    let (mut program, chatwoot) = healthy().await;
    program.set("CHATWOOT_API_KEY", &chatwoot.agents_key);
    let problem = "PROBLEM  Account key: its owner is only an agent in account 1";
    finds(&program, &chatwoot, problem, "Make that person an administrator in Chatwoot");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_key_in_the_place_of_the_account_key_is_found() {
    let (mut program, chatwoot) = healthy().await;
    program.set("CHATWOOT_API_KEY", &chatwoot.platform_key);
    let problem = "PROBLEM  Account key: it is the key of a platform app or a bot";
    finds(&program, &chatwoot, problem, "belongs in CHATWOOT_PLATFORM_API_KEY");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_key_in_the_place_of_the_platform_key_is_found() {
    let (mut program, chatwoot) = healthy().await;
    program.set("CHATWOOT_PLATFORM_API_KEY", &chatwoot.account_key);
    let problem = "PROBLEM  Platform key: Chatwoot does not accept it (\"Invalid access_token\")";
    finds(&program, &chatwoot, problem, "underscores_in_headers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_platform_key_is_found() {
    let (mut program, chatwoot) = healthy().await;
    program.unset("CHATWOOT_PLATFORM_API_KEY");
    let problem = "PROBLEM  Platform key: CHATWOOT_PLATFORM_API_KEY is not set, so nobody can be created";
    finds(&program, &chatwoot, problem, "/super_admin > Platform Apps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_account_is_found() {
    let (program, chatwoot) = healthy().await;
    chatwoot.sandbox.edit(|state| state.set_suspended(chatwoot.account, true));
    finds(&program, &chatwoot, "PROBLEM  Account key: account 1 is suspended", "/super_admin > Accounts");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_left_the_account_is_found() {
    let (program, chatwoot) = healthy().await;
    let (account, person) = (chatwoot.account, chatwoot.administrator);
    chatwoot.sandbox.edit(|state| state.remove_account_user(account, person));
    let problem = "PROBLEM  Account key: its owner is not in account 1, but in: none";
    finds(&program, &chatwoot, problem, "Correct CHATWOOT_ACCOUNT_ID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chatwoot_that_is_down_is_found() {
    let (program, chatwoot) = healthy().await;
    chatwoot.sandbox.stop().await;
    let problem = format!("PROBLEM  Chatwoot: nothing answers at {}", chatwoot.sandbox.base_url());
    finds(&program, &chatwoot, &problem, "Check CHATWOOT_BASE_URL");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_redirects_or_is_not_chatwoots_is_found() {
    let (program, chatwoot) = healthy().await;
    let base = chatwoot.sandbox.base_url();
    let replies = [
        (
            Reply::Redirect { status: 301, location: "https://chat.example".into() },
            "it redirects elsewhere, where no key is sent",
        ),
        (Reply::LoginPage, "something answers, but not as Chatwoot does"),
        (Reply::Gateway(502), "something answers, but not as Chatwoot does"),
    ];
    for (reply, said) in replies {
        chatwoot.sandbox.clear_faults();
        chatwoot.sandbox.inject(Fault::any().forever().reply(reply));
        finds(&program, &chatwoot, &format!("PROBLEM  Chatwoot: {said} at {base}"), "CHATWOOT_BASE_URL");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_user_and_missing_tables_are_found() {
    let chatwoot = Chatwoot::start().await;
    let mut program = Program::new().await;
    program.connect(&chatwoot);
    let tables = program.run(&["doctor"]);
    assert_eq!(tables.status, Some(1));
    assert!(tables.out.contains("localboxs migrate up"), "{}", tables.out);

    program.run(&["migrate", "up"]).succeeded();
    finds(&program, &chatwoot, "PROBLEM  Users: nobody can sign in yet", "localboxs user add --email");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_with_an_inbox_that_chatwoot_does_not_have_is_found() {
    let (program, chatwoot) = healthy().await;
    for inbox in ["1", "77"] {
        let args = ["demos", "add", "--email", "admin@acme.example", "--business-name", "Demo"];
        let more = ["--business-url", "https://demo.example", "--inbox-id", inbox];
        program.run(&[&args[..], &more[..]].concat()).succeeded();
    }
    let problem = "PROBLEM  Inboxes: demos name inboxes that the account does not have: 77";
    finds(&program, &chatwoot, problem, "localboxs demos list");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_the_configuration_is_told_at_once() {
    let (mut program, _) = healthy().await;
    program.set("PORT", "x");
    program.set("CHATWOOT_ACCOUNT_ID", "x");
    program.set("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318");
    let ran = program.run(&["doctor"]);
    let problems: Vec<&str> =
        ran.out.lines().filter(|line| line.starts_with("PROBLEM  Configuration: ")).collect();
    assert_eq!((ran.status, problems.len()), (Some(1), 3), "{ran:?}");
}
