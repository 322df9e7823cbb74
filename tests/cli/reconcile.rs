use std::time::Duration;

use chatwoot_sandbox::{NewUser, Role};
use localboxs::app::App;
use localboxs::chatwoot::{Chatwoot as Client, Deadlines};
use localboxs::clock::Clock;
use localboxs::config::Config;
use localboxs::domain::ids::InboxId;
use localboxs::services::accounts;
use localboxs::services::agents::{self, Actor, NewAgent};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::support::{Chatwoot, Program};

const BAKERY: &str = "owner@bakery.example";

/// A tenant whose agent Ana answers inbox 1, made long ago; and Ana's number in Chatwoot.
async fn scene() -> (Program, Chatwoot, u64) {
    let chatwoot = Chatwoot::start().await;
    let mut program = Program::migrated().await;
    program.connect(&chatwoot);
    program.run(&["user", "add", "--email", BAKERY, "--name", "Owner"]).succeeded();
    let demo = ["demos", "add", "--email", BAKERY, "--business-name", "Bloom"];
    let more = ["--business-url", "https://shop.example", "--inbox-id", "1"];
    program.run(&[&demo[..], &more[..]].concat()).succeeded();
    let app = app(&program, &chatwoot).await;
    let tenant = accounts::find_by_email(&app, BAKERY).await.unwrap().unwrap().user.id;
    let new =
        NewAgent { name: "Ana".to_owned(), password: None, inboxes: vec![InboxId(1)], idempotency_key: None };
    agents::create(&app, &Actor { tenant, user: tenant, request_id: None }, new).await.unwrap();
    let long_ago = "UPDATE operations SET updated_at = '2020-01-01 00:00:00+00:00'";
    app.db.read().execute_unprepared(long_ago).await.unwrap();
    app.db.close().await;
    let ana = chatwoot.sandbox.user_by_email("owner+ana@bakery.example").unwrap().id;
    (program, chatwoot, ana)
}

async fn app(program: &Program, chatwoot: &Chatwoot) -> App {
    let url = program.database.url.clone();
    let origin = chatwoot.sandbox.base_url();
    let given = |name: &str| {
        Some(match name {
            "DATABASE_URL" => url.clone(),
            "CHATWOOT_BASE_URL" => origin.clone(),
            "CHATWOOT_ACCOUNT_ID" => chatwoot.account.to_string(),
            "CHATWOOT_API_KEY" => chatwoot.account_key.clone(),
            "CHATWOOT_PLATFORM_API_KEY" => chatwoot.platform_key.clone(),
            _ => return None,
        })
    };
    let config = Config { patience: Duration::from_secs(5), ..Config::read(&given).unwrap() };
    let client = Client::new(config.chatwoot.installation().unwrap(), Deadlines::default()).unwrap();
    App::new(config, program.database.open().await, Some(client), Clock::System)
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_are_shown_and_changed_only_when_asked_for() {
    let (program, chatwoot, ana) = scene().await;
    let ran = program.run(&["reconcile"]).succeeded();
    assert_eq!(ran.out, "Chatwoot is as it is set here.\n");
    chatwoot.sandbox.edit(|state| {
        state.rename(ana, "Anna");
        state.remove_inbox_member(1, ana);
    });
    let ran = program.run(&["reconcile"]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert!(
        ran.out.starts_with("Tenant") && ran.out.contains("Anna") && ran.out.contains("Inbox 1"),
        "{ran:?}"
    );
    assert!(ran.err.contains("2 differences are left."), "{ran:?}");
    assert!(chatwoot.sandbox.inbox_members(1).is_empty());

    let ran = program.run(&["reconcile", "--repair", "--tenant", BAKERY]).succeeded();
    assert!(ran.out.contains("2 of 2 differences are repaired."), "{ran:?}");
    assert_eq!(chatwoot.sandbox.inbox_members(1), [ana]);
    assert_eq!(chatwoot.sandbox.user_by_email("owner+ana@bakery.example").unwrap().name, "Ana");
    program.run(&["reconcile", "--tenant", BAKERY]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_with_our_mark_and_without_an_agent_are_adopted_while_there_is_a_seat() {
    let (program, chatwoot, _) = scene().await;
    program.run(&["user", "set-tier", "--email", BAKERY, "--tier", "FREE"]).succeeded();
    let account = chatwoot.account;
    chatwoot.sandbox.edit(|state| {
        for (name, email) in [("Bo Lost", "owner+bo@bakery.example"), ("Cy", "nobody+cy@rival.example")] {
            let person = state.user(NewUser::new(name, email));
            state.set_custom_attribute(person.id, "localboxs_ref", json!(format!("mark of {name}")));
            state.member(account, person.id, Role::Agent);
            state.permit_user(chatwoot.platform_app, person.id);
        }
    });
    let ran = program.run(&["reconcile"]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert!(ran.out.contains("Bo Lost") && ran.err.contains("2 differences are left."), "{ran:?}");
    let full = program.run(&["reconcile", "--repair"]);
    assert_eq!(full.status, Some(3), "{full:?}");
    assert!(
        full.out.contains("Bo Lost · owner+bo@bakery.example: Owner has no free seat: 1 of 1 agent"),
        "{full:?}"
    );
    assert!(full.out.contains("Cy · nobody+cy@rival.example: This person's address"), "{full:?}");
    assert!(full.out.contains("0 of 2 differences are repaired."), "{full:?}");
    program.run(&["user", "set-tier", "--email", BAKERY, "--tier", "PRO"]).succeeded();
    let ran = program.run(&["reconcile", "--repair"]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert!(ran.out.contains("1 of 2 differences are repaired."), "{ran:?}");
    assert!(ran.err.contains("1 difference is left. Admin > Agents shows them."), "{ran:?}");
    let app = app(&program, &chatwoot).await;
    let tenant = accounts::find_by_email(&app, BAKERY).await.unwrap().unwrap().user.id;
    let agents = agents::list(&app, tenant, None, 10).await.unwrap().0;
    let names: Vec<_> = agents.iter().map(|view| view.agent.name.as_str()).collect();
    assert_eq!(names, ["Bo Lost", "Ana"]);
    app.db.close().await;
    assert_eq!(chatwoot.sandbox.users().len(), 5, "nobody was made or deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_compared_is_said_in_one_sentence() {
    let program = Program::migrated().await;
    program
        .run(&["reconcile"])
        .failed_with("Chatwoot is not configured; `localboxs doctor` says what is missing.");
    let (program, chatwoot, _) = scene().await;
    program
        .run(&["reconcile", "--tenant", "nobody@nowhere.example"])
        .failed_with("There is no user nobody@nowhere.example; `localboxs user list` shows all.");
    chatwoot.sandbox.edit(|state| drop(state.rotate_token(chatwoot.administrator)));
    program
        .run(&["reconcile"])
        .failed_with("Chatwoot rejected the account key; `localboxs doctor` checks the connection.");
}
