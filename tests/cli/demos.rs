use std::time::Duration;

use localboxs::app::App;
use localboxs::clock::Clock;
use localboxs::config::Config;
use localboxs::db;
use localboxs::domain::ids::InboxId;
use localboxs::services::accounts;
use localboxs::services::agents::{self, Actor, NewAgent};

use super::support::{Program, Ran};

const BAKERY: &str = "owner@bakery.example";
const BIKES: &str = "owner@bikes.example";

async fn with_tenants() -> Program {
    let program = Program::migrated().await;
    for email in [BAKERY, BIKES] {
        program.run(&["user", "add", "--email", email, "--name", "Owner"]).succeeded();
    }
    program
}

fn add(program: &Program, email: &str, name: &str, inbox: &str) -> Ran {
    program.run(&add_args(email, name, inbox))
}

fn add_args<'a>(email: &'a str, name: &'a str, inbox: &'a str) -> [&'a str; 10] {
    let [url, at] = ["--business-url", "https://shop.example"];
    ["demos", "add", "--email", email, "--business-name", name, url, at, "--inbox-id", inbox]
}

fn id_of(program: &Program, name: &str) -> String {
    let out = program.run(&["demos", "list"]).succeeded().out;
    let line = out.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{out}"));
    line.split_whitespace().last().unwrap().to_owned()
}

#[tokio::test]
async fn a_tenants_demos_are_listed_with_their_inboxes() {
    let program = with_tenants().await;
    add(&program, BAKERY, "Bloom", "4").succeeded();
    add(&program, BIKES, "Rad", "5").succeeded();
    program
        .run(&[
            "demos",
            "add",
            "--email",
            BIKES,
            "--business-name",
            "Later",
            "--business-url",
            "https://l.example",
        ])
        .succeeded();
    let all = program.run(&["demos", "list"]).succeeded().out;
    assert!(all.contains("Bloom") && all.contains("Rad") && all.contains("Later"), "{all}");
    let bikes = program.run(&["demos", "list", "--email", BIKES]).succeeded().out;
    assert!(!bikes.contains("Bloom") && bikes.contains("Rad"), "{bikes}");
}

#[tokio::test]
async fn an_inbox_belongs_to_one_demo_only() {
    let program = with_tenants().await;
    add(&program, BAKERY, "Bloom", "4").succeeded();
    add(&program, BIKES, "Rad", "4").failed_with("Inbox 4 belongs to another tenant's demo.");
    add(&program, BAKERY, "Again", "4").failed_with("Inbox 4 belongs to this tenant's demo Bloom already.");
}

#[tokio::test]
async fn a_demo_that_cannot_be_is_refused_in_one_sentence() {
    let program = with_tenants().await;
    add(&program, "nobody@nowhere.example", "Bloom", "4")
        .failed_with("There is no user nobody@nowhere.example.");
    add(&program, BAKERY, " ", "4").failed_with("A business name has 1 to 200 characters that can be seen.");
    add(&program, BAKERY, "Bloom", "0").failed_with("An inbox id is a number from 1 up.");
    assert_eq!(add(&program, BAKERY, "Bloom", "99999999999999999999").status, Some(2));
    let args =
        ["demos", "add", "--email", BAKERY, "--business-name", "B", "--business-url", "javascript:alert(1)"];
    program.run(&args).failed_with("A business URL is a web address such as https://bakery.example.");
    assert!(program.run(&["demos", "list"]).out.starts_with("There are no demos yet"));
}

#[tokio::test]
async fn a_command_waits_for_a_server_that_keeps_the_database_busy() {
    let program = with_tenants().await;
    let server = program.database.open().await;
    let busy = server.write().await.unwrap();
    let mut adding = program.start(&add_args(BAKERY, "Bloom", "4"));
    let early = tokio::time::timeout(Duration::from_secs(3), adding.ended()).await;
    assert!(early.is_err() || program.database.is_postgres(), "{early:?}: {}", adding.said());
    busy.commit().await.unwrap();
    assert!(adding.ended().await.success(), "{}", adding.said());
    id_of(&program, "Bloom");
}

#[tokio::test]
async fn another_tenants_demo_cannot_be_removed() {
    let program = with_tenants().await;
    add(&program, BAKERY, "Bloom", "4").succeeded();
    let id = id_of(&program, "Bloom");
    program
        .run(&["demos", "remove", "--email", BIKES, "--id", &id])
        .failed_with(&format!("{BIKES} has no demo {id}."));
    id_of(&program, "Bloom");
}

// More than one thread: what the agent's creation began goes on while the command is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn removing_a_demo_takes_its_inbox_from_every_agent_of_the_tenant() {
    let program = with_tenants().await;
    add(&program, BAKERY, "Bloom", "4").succeeded();
    add(&program, BAKERY, "Stays", "5").succeeded();
    let app = app_without_chatwoot(&program).await;
    let tenant = accounts::find_by_email(&app, BAKERY).await.unwrap().unwrap().user.id;
    let new = NewAgent {
        name: "Ana".to_owned(),
        password: None,
        inboxes: vec![InboxId(4), InboxId(5)],
        idempotency_key: None,
    };
    agents::create(&app, &Actor { tenant, user: tenant, request_id: None }, new).await.unwrap();

    let id = id_of(&program, "Bloom");
    program.run(&["demos", "remove", "--email", BAKERY, "--id", &id]).succeeded();

    let (views, _) = agents::list(&app, tenant, None, 10).await.unwrap();
    assert_eq!(views[0].wanted_inboxes(), [InboxId(5)]);
    let latest = db::audit::latest(app.db.read(), tenant, None, 1).await.unwrap();
    assert_eq!((latest[0].actor.as_str(), latest[0].action.as_str()), ("operator", "demo.removed"));
}

/// Configured, but nothing answers, so that wishes stay wishes.
async fn app_without_chatwoot(program: &Program) -> App {
    let url = program.database.url.clone();
    let given = |name: &str| {
        Some(match name {
            "DATABASE_URL" => url.clone(),
            "CHATWOOT_BASE_URL" => "http://127.0.0.1:1".to_owned(),
            "CHATWOOT_ACCOUNT_ID" => "1".to_owned(),
            "CHATWOOT_API_KEY" | "CHATWOOT_PLATFORM_API_KEY" => "none".to_owned(),
            _ => return None,
        })
    };
    let config = Config { patience: Duration::from_millis(10), ..Config::read(&given).unwrap() };
    App::new(config, program.database.open().await, None, Clock::System)
}
