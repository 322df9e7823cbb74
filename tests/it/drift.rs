//! Differences between Chatwoot and what was asked for: found, shown, and ended only by a press.

use std::time::Duration;

use chatwoot_sandbox::{Fault, NewUser, Reply, Role};
use localboxs::app::App;
use localboxs::services::drift::{self, Outcome, Scope};
use localboxs::services::provisioning;
use serde_json::{Value, json};

use crate::imports::pasted;
use crate::support::{Answer, Api, CALLS, Office};

const OWNER: &str = "owner@acme.example";
const ACCOUNT: u64 = 1;

/// A tenant with inboxes 1 and 2 whose agent Ana answers inbox 1, changed by us long ago.
struct Scene {
    office: Office,
    owner: Api,
    ana: String,
    person: u64,
}

impl Scene {
    async fn set() -> Self {
        let office = Office::open().await;
        let mut owner = office.tenant(OWNER, "PRO", &[1, 2]).await;
        let ana = owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
        let person = office.sandbox.user_by_email("owner+ana@acme.example").unwrap().id;
        office.app.advance(Duration::from_mins(11));
        Self { office, owner, ana, person }
    }

    fn app(&self) -> &App {
        &self.office.app.app
    }

    async fn look(&self) -> Outcome {
        drift::look(self.app(), &Scope::Everybody, false).await.unwrap()
    }

    /// Looks as long as something is due; the first time only says when.
    async fn no_look_is_due(&self) {
        drift::look_if_due(self.app()).await.unwrap();
        while drift::look_if_due(self.app()).await.unwrap() {}
    }

    /// The differences after a look, as the API tells them.
    async fn differences(&mut self) -> Vec<Value> {
        let answer = self.owner.post(&format!("{CALLS}/drift/check"), &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["differences"].as_array().unwrap().clone()
    }

    /// The only difference, and its kind.
    async fn only(&mut self) -> (String, Value) {
        let all = self.differences().await;
        assert_eq!(all.len(), 1, "{all:#?}");
        (all[0]["kind"].as_str().unwrap().to_owned(), all[0].clone())
    }

    async fn decide(&mut self, difference: &Value, choice: &str) -> Answer {
        let (id, version) = (difference["id"].as_str().unwrap(), &difference["version"]);
        self.owner.post(&format!("{CALLS}/drift/{id}/{choice}?version={version}"), &json!({})).await
    }

    async fn agent(&mut self) -> Value {
        let path = format!("{CALLS}/agents/{}", self.ana);
        self.owner.get(&path).await.json()["agent"].clone()
    }

    fn page(&self) -> String {
        format!("/integrations/helpdesk/agents/{}", self.ana)
    }

    async fn actions(&self) -> Vec<String> {
        self.office
            .app
            .column("SELECT action FROM audit_events WHERE action LIKE 'drift.%' ORDER BY at, id")
            .await
    }
}

#[tokio::test]
async fn a_chatwoot_that_agrees_shows_no_difference_and_is_only_read() {
    let mut scene = Scene::set().await;
    let before = scene.office.sandbox.snapshot();
    assert_eq!(scene.differences().await, Vec::<Value>::new());
    assert_eq!(scene.look().await, Outcome::Compared);
    assert_eq!(scene.office.sandbox.snapshot(), before);
    let calls: Vec<String> =
        scene.office.sandbox.requests().iter().rev().take(6).map(|call| call.method.clone()).collect();
    assert!(calls.iter().all(|method| method == "GET"), "{calls:?}");
    assert_eq!(scene.actions().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_inbox_taken_in_chatwoot_stays_taken_until_somebody_decides() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.remove_inbox_member(1, scene.person));
    let (kind, difference) = scene.only().await;
    assert_eq!((kind.as_str(), &difference["inboxId"]), ("left_inbox", &json!(1)));
    assert_eq!(
        [&difference["field"], &difference["ours"], &difference["theirs"]],
        ["Inbox Demo 1", "On", "Off"]
    );
    scene.look().await;
    provisioning::take_due(scene.app()).await.unwrap();
    assert!(scene.office.members(1).is_empty(), "nothing is given back by itself");
    let answer = scene.decide(&difference, "use-ours").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(scene.office.members(1), ["owner+ana@acme.example"]);
    assert_eq!(scene.differences().await, Vec::<Value>::new());
    assert_eq!(scene.actions().await, ["drift.found", "drift.ours_used"]);
}

#[tokio::test]
async fn what_chatwoot_shows_of_an_inbox_can_count() {
    let mut scene = Scene::set().await;
    let calls = scene.office.sandbox.request_count();
    scene.office.sandbox.edit(|chatwoot| {
        chatwoot.remove_inbox_member(1, scene.person);
        chatwoot.inbox_member(2, scene.person);
    });
    let all = scene.differences().await;
    assert_eq!([&all[0]["kind"], &all[1]["kind"]], ["joined_inbox", "left_inbox"]);
    assert!(scene.office.sandbox.request_count() > calls);
    let before = scene.office.sandbox.request_count();
    for difference in &all {
        assert_eq!(scene.decide(difference, "use-chatwoot").await.status, 200);
    }
    assert_eq!(scene.office.sandbox.request_count(), before, "Chatwoot is as it should be already");
    assert_eq!(scene.agent().await["inboxIds"], json!([2]));
    assert_eq!(scene.differences().await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_inbox_given_in_chatwoot_can_be_taken_away_again() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.inbox_member(2, scene.person));
    let (kind, difference) = scene.only().await;
    assert_eq!(kind, "joined_inbox");
    assert_eq!(scene.decide(&difference, "use-ours").await.status, 200);
    assert!(scene.office.members(2).is_empty());
    assert_eq!(scene.differences().await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_inbox_of_another_tenant_is_found_and_never_becomes_ours() {
    let mut scene = Scene::set().await;
    let mut other = scene.office.tenant("other@rival.example", "PRO", &[3]).await;
    other.agent(&json!({ "name": "Bo", "inboxIds": [3] })).await;
    scene.office.app.advance(Duration::from_mins(11));
    scene.office.sandbox.edit(|chatwoot| chatwoot.inbox_member(3, scene.person));
    assert_eq!(scene.look().await, Outcome::Compared);
    let list = scene.owner.get(&format!("{CALLS}/drift")).await.json();
    let difference = list["differences"][0].clone();
    assert_eq!((&difference["kind"], &difference["field"]), (&json!("joined_inbox"), &json!("Inbox 3")));
    assert_eq!(difference["canUseChatwoot"], false);
    assert!(other.get(&format!("{CALLS}/drift")).await.json()["differences"].as_array().unwrap().is_empty());
    assert_eq!(scene.decide(&difference, "use-chatwoot").await.status, 409);
    let (id, foreign) = (difference["id"].as_str().unwrap(), ["use-ours", "use-chatwoot"]);
    for choice in foreign {
        assert_eq!(other.post(&format!("{CALLS}/drift/{id}/{choice}"), &json!({})).await.status, 404);
    }
    assert_eq!(scene.differences().await.len(), 1, "a look at one tenant keeps what it can't see");
    assert_eq!(scene.decide(&difference, "use-ours").await.status, 200);
    assert_eq!(scene.office.members(3), ["other+bo@rival.example"]);
}

#[tokio::test]
async fn somebody_taken_out_of_the_account_is_put_back_only_by_a_press() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.remove_account_user(ACCOUNT, scene.person));
    let (kind, difference) = scene.only().await;
    assert_eq!(kind, "left_account");
    scene.office.sandbox.tick();
    assert!(scene.office.sandbox.account_users(ACCOUNT).iter().all(|member| member.user_id != scene.person));
    assert_eq!(scene.decide(&difference, "use-ours").await.status, 200);
    assert_eq!(scene.agent().await["state"], "ready");
    assert!(scene.office.sandbox.account_users(ACCOUNT).iter().any(|member| member.user_id == scene.person));
    assert_eq!(scene.office.members(1), ["owner+ana@acme.example"]);
    assert_eq!(scene.differences().await, Vec::<Value>::new());
}

#[tokio::test]
async fn somebody_deleted_in_chatwoot_can_be_created_again_or_removed_here() {
    for choice in ["use-ours", "use-chatwoot"] {
        let mut scene = Scene::set().await;
        scene.office.sandbox.edit(|chatwoot| chatwoot.delete_user(scene.person));
        let (kind, difference) = scene.only().await;
        assert_eq!(kind, "person_gone");
        assert!(scene.office.sandbox.user_by_email("owner+ana@acme.example").is_none());
        let answer = scene.decide(&difference, choice).await;
        if choice == "use-ours" {
            assert_eq!(answer.status, 200, "{}", answer.text());
            let agent = scene.agent().await;
            assert_eq!((&agent["state"], &agent["passwordSet"]), (&json!("ready"), &json!(false)));
            assert_eq!(scene.office.members(1), ["owner+ana@acme.example"]);
        } else {
            assert_eq!(answer.status, 202, "{}", answer.text());
            assert_eq!(scene.agent().await["state"], "removing");
            scene.office.pass(Duration::from_mins(11)).await;
            assert!(scene.owner.agents().await.is_empty());
            assert!(scene.office.sandbox.user_by_email("owner+ana@acme.example").is_none());
        }
        assert_eq!(scene.differences().await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_role_raised_in_chatwoot_is_lowered_only_by_a_press_and_only_for_ours() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.set_role(ACCOUNT, scene.person, Role::Administrator));
    let humans = |scene: &Scene| {
        let members = scene.office.sandbox.account_users(ACCOUNT);
        members.into_iter().filter(|member| member.user_id != scene.person).collect::<Vec<_>>()
    };
    let before = humans(&scene);
    let (kind, difference) = scene.only().await;
    assert_eq!((kind.as_str(), &difference["theirs"]), ("role_changed", &json!("Administrator")));
    scene.look().await;
    let role = |scene: &Scene| {
        let members = scene.office.sandbox.account_users(ACCOUNT);
        members.iter().find(|member| member.user_id == scene.person).unwrap().role
    };
    assert_eq!(role(&scene), Some(Role::Administrator));
    assert_eq!(scene.decide(&difference, "use-chatwoot").await.status, 409, "no tenant may keep that");
    assert_eq!(scene.decide(&difference, "use-ours").await.status, 200);
    assert_eq!(role(&scene), Some(Role::Agent));
    assert_eq!(format!("{:?}", humans(&scene)), format!("{before:?}"));
    assert_eq!(scene.differences().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_suspended_agent_that_somebody_put_back_is_shown_and_taken_out_or_resumed_by_a_press() {
    for choice in ["use-ours", "use-chatwoot"] {
        let mut scene = Scene::set().await;
        let path = format!("{CALLS}/agents/{}/suspend", scene.ana);
        assert_eq!(scene.owner.client.post_json(&path, &json!({})).await.status, 200);
        assert_eq!(scene.office.members(1), Vec::<String>::new());
        scene.office.app.advance(Duration::from_mins(11));
        assert_eq!(scene.differences().await, Vec::<Value>::new(), "being out is what was asked for");
        scene.office.sandbox.edit(|chatwoot| chatwoot.member(ACCOUNT, scene.person, Role::Agent));
        let (kind, difference) = scene.only().await;
        assert_eq!(kind, "joined_account");
        let page = scene.owner.client.get(&scene.page()).await;
        assert_eq!(page.texts("#drift td[data-label=Chatwoot]"), ["In the account"]);
        assert_eq!(scene.decide(&difference, choice).await.status, 200);
        let (state, members) = match choice {
            "use-ours" => ("suspended", Vec::new()),
            _ => ("ready", vec!["owner+ana@acme.example"]),
        };
        assert_eq!(scene.agent().await["state"], state);
        assert_eq!(scene.office.members(1), members);
        let inside = scene.office.sandbox.account_users(ACCOUNT);
        assert_eq!(inside.iter().any(|member| member.user_id == scene.person), choice != "use-ours");
        assert_eq!(scene.differences().await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn either_name_can_count() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Anna"));
    let (kind, difference) = scene.only().await;
    assert_eq!(
        (kind.as_str(), &difference["ours"], &difference["theirs"]),
        ("renamed", &json!("Ana"), &json!("Anna"))
    );
    assert_eq!(scene.decide(&difference, "use-ours").await.status, 200);
    assert_eq!(scene.office.sandbox.user_by_email("owner+ana@acme.example").unwrap().name, "Ana");
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Anna  Ruiz"));
    let (_, difference) = scene.only().await;
    assert_eq!(scene.decide(&difference, "use-chatwoot").await.status, 200);
    assert_eq!(scene.agent().await["name"], "Anna Ruiz");
    assert_eq!(scene.office.sandbox.user_by_email("owner+ana@acme.example").unwrap().name, "Anna  Ruiz");
    assert_eq!(scene.differences().await, Vec::<Value>::new());
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "\u{200B}"));
    let (_, difference) = scene.only().await;
    assert_eq!(scene.decide(&difference, "use-chatwoot").await.status, 409);
    assert_eq!(scene.agent().await["name"], "Anna Ruiz");
}

#[tokio::test]
async fn a_difference_that_changed_in_the_meantime_is_shown_as_it_is_now() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Anna"));
    let (_, seen) = scene.only().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Mallory"));
    let (_, now) = scene.only().await;
    assert_eq!((&now["id"], &now["version"]), (&seen["id"], &json!(2)));
    for choice in ["use-ours", "use-chatwoot"] {
        let refused = scene.decide(&seen, choice).await;
        assert_eq!(refused.json_error(), (409, "conflict".into()));
        assert!(refused.text().contains("Name: Ana here, Mallory in Chatwoot"), "{}", refused.text());
    }
    let mut browser = scene.owner.client.clone();
    let path = format!("{}/drift/{}/use-chatwoot", scene.page(), seen["id"].as_str().unwrap());
    let page = browser.post(&path, &[("version", "1")]).await;
    assert_eq!(page.status, 409);
    assert!(page.words("#error-summary").contains("Mallory"), "{}", page.words("#error-summary"));
    assert!(page.text().contains("<title>Error: "));
    assert_eq!(page.texts("#drift td[data-label=Chatwoot]"), ["Mallory"]);
    assert_eq!(scene.agent().await["name"], "Ana");
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Ana"));
    assert_eq!(scene.differences().await, Vec::<Value>::new());
    let over = browser.post(&path, &[("version", "2")]).await;
    assert_eq!((over.status, over.words("#error-summary").contains("no longer there")), (409, true));
    assert_eq!(scene.actions().await, ["drift.found", "drift.found", "drift.ended"]);
}

#[tokio::test]
async fn pages_show_what_differs_and_decide_without_scripts_and_with_htmx() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| {
        chatwoot.rename(scene.person, "Anna");
        chatwoot.remove_inbox_member(1, scene.person);
    });
    let mut browser = scene.owner.client.clone();
    let checked = browser.post("/integrations/helpdesk/drift/check", &[]).await;
    assert_eq!((checked.status, checked.header("location")), (303, "/integrations/helpdesk"));
    let list = browser.get("/integrations/helpdesk").await;
    assert!(list.text().contains("Chatwoot differs. The agents below say where."));
    assert_eq!(list.words(".badge"), "Out of sync");
    let home = browser.get("/").await;
    assert!(home.text().contains("This person has another name in Chatwoot. Decide which one counts."));
    let page = browser.get(&scene.page()).await;
    assert_eq!(page.words(".badge"), "Out of sync");
    assert_eq!(page.texts("#drift td[data-label=LocalBoxs]"), ["Ana", "On"]);
    assert_eq!(page.texts("#drift td[data-label=Chatwoot]"), ["Anna", "Off"]);
    assert_eq!(page.texts("#drift button").len(), 4);
    let [inbox, name] = &scene.differences().await[..] else { panic!("two differences") };
    let to = |difference: &Value, choice: &str| {
        format!("{}/drift/{}/{choice}", scene.page(), difference["id"].as_str().unwrap())
    };
    let done = browser.post(&to(name, "use-chatwoot"), &[("version", "1")]).await;
    assert_eq!((done.status, done.header("location")), (303, scene.page().as_str()));
    let done = browser.post_htmx(&to(inbox, "use-ours"), &[("version", "1")]).await;
    assert_eq!((done.status, done.header("hx-redirect")), (204, scene.page().as_str()));
    let page = browser.get(&scene.page()).await;
    assert_eq!((page.words("h1"), page.words(".badge")), ("Anna".into(), "Ready".into()));
    assert!(!page.has("#drift"));
    assert!(page.text().contains("brought Ana") || page.text().contains("brought Anna"), "{}", page.text());
    assert_eq!(scene.office.members(1), ["owner+ana@acme.example"]);
    assert_eq!(browser.get(&to(name, "use-ours")).await.header("location"), scene.page());
}

#[tokio::test]
async fn what_chatwoot_lost_right_after_our_change_is_asked_for_again_but_only_once() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    let person = office.sandbox.user_by_email("owner+ana@acme.example").unwrap().id;
    office.app.advance(Duration::from_mins(2));
    office.sandbox.edit(|chatwoot| chatwoot.remove_inbox_member(1, person));
    let look = async || drift::look(&office.app.app, &Scope::Everybody, false).await.unwrap();
    look().await;
    assert_eq!(office.app.column("SELECT kind FROM operations WHERE status = 'due'").await, ["repair"]);
    provisioning::take_due(&office.app.app).await.unwrap();
    owner.until(&format!("{CALLS}/drift"), |_| office.members(1).len() == 1).await;
    let done = "SELECT status FROM operations WHERE kind = 'repair'";
    while office.app.column(done).await != ["done"] {
        tokio::task::yield_now().await;
    }
    office.app.advance(Duration::from_mins(1));
    office.sandbox.edit(|chatwoot| chatwoot.remove_inbox_member(1, person));
    look().await;
    assert!(office.members(1).is_empty());
    assert_eq!(office.app.column("SELECT kind FROM drift").await, ["left_inbox"]);
}

#[tokio::test]
async fn an_agent_on_which_somebody_works_is_left_alone() {
    let mut scene = Scene::set().await;
    scene.office.app.execute("UPDATE operations SET status = 'failed'").await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Anna"));
    assert_eq!(scene.differences().await, Vec::<Value>::new());
    scene.office.app.execute("UPDATE operations SET status = 'done'").await;
    let (_, difference) = scene.only().await;
    scene.office.app.execute("UPDATE operations SET status = 'failed'").await;
    assert_eq!(scene.decide(&difference, "use-ours").await.status, 409);
}

#[tokio::test]
async fn very_many_missing_at_once_pause_everything_until_an_administrator_accepts() {
    let mut scene = Scene::set().await;
    let mut large = scene.office.tenant("large@acme.example", "ENTERPRISE", &[3]).await;
    for name in ["Bo", "Cy", "Di"] {
        large.agent(&json!({ "name": name, "inboxIds": [3] })).await;
    }
    scene.office.app.advance(Duration::from_mins(11));
    let snapshot = scene.office.sandbox.snapshot();
    let nobody = Reply::Custom { status: 200, content_type: "application/json".into(), body: "[]".into() };
    scene.office.sandbox.inject(Fault::on("GET", "/api/v1/accounts/*/agents").forever().reply(nobody));
    let before = scene.office.everything().await;
    assert!(matches!(scene.look().await, Outcome::Paused(paused) if paused.missing == 4));
    assert_eq!(scene.office.app.column("SELECT kind FROM drift").await, Vec::<String>::new());
    assert_eq!(scene.actions().await, ["drift.paused"]);
    assert_ne!(scene.office.everything().await, before);
    assert_eq!(scene.office.sandbox.snapshot(), snapshot);
    let mut browser = scene.owner.client.clone();
    let page = browser.get("/integrations/helpdesk").await;
    let words = page.words("#paused");
    assert!(words.starts_with("Work in Chatwoot is paused.") && !words.contains('4'), "{words}");
    assert!(browser.get("/").await.text().contains("Work in Chatwoot is paused"));
    let list = pasted(&mut browser, "name\nZoe").await;
    browser.post(&format!("{list}/start"), &[]).await;
    assert!(browser.get(&list).await.words("#paused").contains("this list goes on by itself afterwards"));
    assert_ne!(scene.owner.get(&format!("{CALLS}/drift")).await.json()["pausedAt"], Value::Null);

    // Work that waits stays where it is.
    scene.office.app.execute("UPDATE operations SET status = 'due', due_at_ms = 0").await;
    provisioning::take_due(scene.app()).await.unwrap();
    let leased = "SELECT kind FROM operations WHERE lease_owner IS NOT NULL";
    assert_eq!(scene.office.app.column(leased).await, Vec::<String>::new());
    scene.office.app.execute("UPDATE operations SET status = 'done'").await;

    scene.office.app.administrator("sam@localboxs.example").await;
    let mut admin = scene.office.app.signed_in("sam@localboxs.example").await;
    let page = admin.get("/admin/agents/drift").await;
    assert!(page.has("#accept") && page.words("#paused").contains("Nothing was stored or changed"));
    let accepted = admin.post("/admin/agents/drift/accept", &[]).await;
    assert_eq!((accepted.status, accepted.header("location")), (303, "/admin/agents/drift"));
    let page = admin.get("/admin/agents/drift").await;
    assert_eq!((page.words("#differences"), page.has("#paused")), ("4 differences".into(), false));
    assert_eq!(admin.post("/admin/agents/drift/accept", &[]).await.status, 409);
    assert_eq!(scene.look().await, Outcome::Compared, "those who are known to be missing are no news");

    scene.office.sandbox.clear_faults();
    assert_eq!(scene.look().await, Outcome::Compared);
    assert_eq!(scene.office.app.column("SELECT kind FROM drift").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_pause_ends_by_itself_when_everybody_is_back() {
    let mut scene = Scene::set().await;
    for name in ["Bo", "Cy"] {
        scene.owner.agent(&json!({ "name": name })).await;
    }
    let nobody = Reply::Custom { status: 200, content_type: "application/json".into(), body: "[]".into() };
    scene.office.sandbox.inject(Fault::on("GET", "/api/v1/accounts/*/agents").forever().reply(nobody));
    assert!(matches!(scene.look().await, Outcome::Paused(_)));
    scene.office.sandbox.clear_faults();
    assert_eq!(scene.look().await, Outcome::Compared);
    assert_eq!(scene.actions().await, ["drift.paused", "drift.resumed"]);
    assert!(!scene.owner.client.clone().get("/integrations/helpdesk").await.has("#paused"));
}

#[tokio::test]
async fn somebody_with_our_mark_and_without_an_agent_is_shown_to_administrators_who_can_remove_them() {
    let mut scene = Scene::set().await;
    let stranger = scene.office.sandbox.edit(|chatwoot| {
        let stranger = chatwoot.user(NewUser::new("Lost One", "owner+lost@acme.example"));
        chatwoot.set_custom_attribute(stranger.id, "localboxs_ref", json!("from-a-backup"));
        chatwoot.member(ACCOUNT, stranger.id, Role::Agent);
        chatwoot.permit_user(1, stranger.id);
        stranger.id
    });
    assert_eq!(scene.differences().await, Vec::<Value>::new(), "no tenant is told");
    scene.office.app.administrator("sam@localboxs.example").await;
    let mut admin = scene.office.app.signed_in("sam@localboxs.example").await;
    let page = admin.get("/admin/agents/drift").await;
    assert_eq!(page.words("#differences"), "1 person without an agent");
    assert!(page.text().contains("Lost One · owner+lost@acme.example"));
    let id = scene.office.app.column("SELECT id FROM drift").await.remove(0);
    let path = format!("/admin/agents/drift/{id}/remove");
    assert_eq!(scene.owner.client.clone().post(&path, &[]).await.status, 403);
    let removed = admin.post(&path, &[]).await;
    assert_eq!((removed.status, removed.header("location")), (303, "/admin/agents/drift"));
    scene.office.sandbox.tick();
    assert!(scene.office.sandbox.users().iter().all(|user| user.id != stranger));
    assert_eq!(scene.actions().await, ["drift.stranger_found", "drift.stranger_removed"]);
    assert_eq!(admin.post(&path, &[]).await.status, 404);
    assert!(scene.office.sandbox.users().iter().any(|user| user.id == scene.person));
}

#[tokio::test]
async fn two_replicas_make_one_look_when_it_is_time_and_none_while_chatwoot_is_away() {
    let scene = Scene::set().await;
    let second = scene.office.app.second().await;
    let lists = || scene.office.sandbox.requests_to("GET", "/api/v1/accounts/1/agents").len();
    assert!(
        !drift::look_if_due(&second).await.unwrap() || lists() == 1,
        "only what changed may be looked at"
    );
    let before = lists();
    scene.office.app.execute("UPDATE drift_looks SET due_at_ms = 1").await;
    scene.app().chatwoot_answers.send_replace(false);
    assert!(!drift::look_if_due(scene.app()).await.unwrap());
    scene.app().chatwoot_answers.send_replace(true);
    let (one, other) = tokio::join!(drift::look_if_due(scene.app()), drift::look_if_due(&second));
    assert_eq!((lists() - before, one.unwrap() != other.unwrap()), (1, true));
    assert!(!drift::look_if_due(scene.app()).await.unwrap() && !drift::look_if_due(&second).await.unwrap());
    let due = scene.office.app.column("SELECT CAST(due_at_ms > 1 AS text) FROM drift_looks").await;
    assert!(["1", "true"].contains(&due[0].as_str()));
    second.db.close().await;
}

#[tokio::test]
async fn a_minute_after_our_own_change_its_tenant_is_looked_at_again() {
    let mut scene = Scene::set().await;
    assert!(!drift::look_if_due(scene.app()).await.unwrap(), "a new installation begins with a pause");
    assert!(drift::look_if_due(scene.app()).await.unwrap(), "the creation is long done");
    assert!(!drift::look_if_due(scene.app()).await.unwrap());
    let assign = json!({ "agentId": scene.ana, "inboxId": 2, "action": "add" });
    assert_eq!(scene.owner.post(&format!("{CALLS}/assign-agent"), &assign).await.status, 200);
    scene.office.app.advance(Duration::from_secs(59));
    assert!(!drift::look_if_due(scene.app()).await.unwrap());
    scene.office.app.advance(Duration::from_secs(2));
    assert!(drift::look_if_due(scene.app()).await.unwrap());
    assert!(!drift::look_if_due(scene.app()).await.unwrap());
}

#[tokio::test]
async fn who_asked_for_a_look_is_not_looked_at_again_right_after() {
    let mut scene = Scene::set().await;
    let mut other = scene.office.tenant("other@rival.example", "PRO", &[3]).await;
    other.agent(&json!({ "name": "Bo", "inboxIds": [3] })).await;
    scene.office.app.advance(Duration::from_mins(11));
    let looks = |scene: &Scene, inbox: u64| {
        let path = format!("/api/v1/accounts/1/inbox_members/{inbox}");
        scene.office.sandbox.requests_to("GET", &path).len()
    };
    let bo = scene.office.sandbox.user_by_email("other+bo@rival.example").unwrap().id;
    scene.no_look_is_due().await;
    let due = "UPDATE drift_looks SET due_at_ms = 1";
    for (waited, looked_again) in [(60, 0), (179, 0), (181, 1)] {
        let before = (looks(&scene, 1), looks(&scene, 3));
        scene.differences().await;
        assert_eq!(looks(&scene, 1), before.0 + 1);
        scene.office.app.advance(Duration::from_secs(waited));
        scene.office.app.execute(due).await;
        assert!(drift::look_if_due(scene.app()).await.unwrap());
        let after = (looks(&scene, 1), looks(&scene, 3));
        assert_eq!(after, (before.0 + 1 + looked_again, before.1 + 1), "after {waited} s");
        assert!(!drift::look_if_due(scene.app()).await.unwrap());
    }
    // What another tenant's inbox had shown is not over because nobody looked there.
    scene.office.sandbox.edit(|chatwoot| chatwoot.inbox_member(1, bo));
    scene.look().await;
    assert_eq!(scene.office.app.column("SELECT kind FROM drift").await, ["joined_inbox"]);
    scene.differences().await;
    scene.office.app.execute(due).await;
    assert!(drift::look_if_due(scene.app()).await.unwrap());
    assert_eq!(scene.office.app.column("SELECT kind FROM drift").await, ["joined_inbox"]);
}

#[tokio::test]
async fn a_look_somebody_asked_for_long_enough_after_a_change_of_ours_is_the_look_after_it() {
    let mut scene = Scene::set().await;
    scene.no_look_is_due().await;
    for (waited, looked_again) in [(30, true), (61, false)] {
        let action = if looked_again { "add" } else { "remove" };
        let assign = json!({ "agentId": scene.ana, "inboxId": 2, "action": action });
        assert_eq!(scene.owner.post(&format!("{CALLS}/assign-agent"), &assign).await.status, 200);
        scene.office.app.advance(Duration::from_secs(waited));
        scene.differences().await;
        scene.office.app.advance(Duration::from_secs(62));
        assert_eq!(drift::look_if_due(scene.app()).await.unwrap(), looked_again, "asked {waited} s after");
        let told = scene.owner.get(&format!("{CALLS}/drift")).await.json();
        assert!(told["comparedAt"].is_string(), "{told}");
    }
    let page = scene.owner.client.clone().get("/integrations/helpdesk").await;
    assert!(page.words("#compared").contains("Agents compared with Chatwoot 1 min ago"), "{}", page.text());
}

#[tokio::test]
async fn a_look_that_fails_changes_nothing_and_says_why() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Anna"));
    scene.only().await;
    let fault = Fault::on("GET", "/api/v1/accounts/*/inbox_members/*").forever().reply(Reply::RailsError);
    scene.office.sandbox.inject(fault);
    let refused = scene.owner.post(&format!("{CALLS}/drift/check"), &json!({})).await;
    assert_eq!(refused.json_error(), (502, "chatwoot_refused".into()));
    assert_eq!(scene.office.app.column("SELECT kind FROM drift").await, ["renamed"]);
    let page = scene.owner.client.clone().post("/integrations/helpdesk/drift/check", &[]).await;
    assert_eq!(page.status, 502);
}

#[tokio::test]
async fn administrators_compare_the_agents_they_choose() {
    let mut scene = Scene::set().await;
    let bo = scene.owner.agent(&json!({ "name": "Bo" })).await;
    scene.office.app.advance(Duration::from_mins(11));
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Anna"));
    scene.office.app.administrator("sam@localboxs.example").await;
    let mut admin = scene.office.app.signed_in("sam@localboxs.example").await;
    let absent = "00000000-0000-4000-8000-000000000000";
    let form = [("show", "all"), ("agents", scene.ana.as_str()), ("agents", bo.as_str()), ("agents", absent)];
    let page = admin.post("/admin/agents/check", &form).await;
    assert_eq!((page.status, page.words("h1")), (200, "3 agents compared: 1 out of sync".into()));
    let lines = page.texts(".steps li");
    assert!(
        lines.iter().any(|line| line.contains("Ana of") && line.contains("Name: Ana here, Anna in Chatwoot"))
    );
    assert!(lines.iter().any(|line| line.contains("Bo of") && line.contains("In sync")));
    assert!(lines.iter().any(|line| line.contains("It is no longer there.")));
    let none = admin.post("/admin/agents/check", &[("show", "all")]).await;
    assert_eq!(none.status, 422);
    let list = admin.get("/admin/agents?show=out_of_sync").await;
    assert_eq!((list.words("h2#agents"), list.words(".badge")), ("1 agent".into(), "Out of sync".into()));
    assert!(admin.get("/admin/agents").await.text().contains("1 agent needs attention"));
}

#[tokio::test]
async fn where_only_the_account_key_adds_people_they_are_put_back_by_it() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| {
        chatwoot.forbid_account(1, ACCOUNT);
        chatwoot.remove_account_user(ACCOUNT, scene.person);
    });
    localboxs::services::health::check(scene.app()).await.unwrap();
    scene.office.sandbox.tick();
    let (kind, difference) = scene.only().await;
    assert_eq!(kind, "left_account");
    assert_eq!(scene.decide(&difference, "use-ours").await.status, 200);
    assert_eq!(scene.agent().await["state"], "ready");
    assert_eq!(scene.office.members(1), ["owner+ana@acme.example"]);
}

#[tokio::test]
async fn nothing_is_said_any_more_of_an_agent_that_is_removed() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Anna"));
    scene.only().await;
    let path = format!("{CALLS}/agents/{}", scene.ana);
    assert_eq!(scene.owner.delete(&path).await.status, 202);
    let list = scene.owner.get(&format!("{CALLS}/drift")).await.json();
    assert_eq!(list["differences"], json!([]));
    scene.office.pass(Duration::from_mins(11)).await;
    assert_eq!(scene.look().await, Outcome::Compared);
    assert_eq!(scene.office.app.column("SELECT kind FROM drift").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_version_that_is_no_number_decides_nothing() {
    let mut scene = Scene::set().await;
    scene.office.sandbox.edit(|chatwoot| chatwoot.rename(scene.person, "Anna"));
    let (_, difference) = scene.only().await;
    let id = difference["id"].as_str().unwrap();
    for choice in ["use-ours", "use-chatwoot"] {
        for version in ["", "x", "1.0", "9223372036854775808"] {
            let path = format!("{CALLS}/drift/{id}/{choice}?version={version}");
            let refused = scene.owner.post(&path, &json!({})).await;
            assert_eq!(refused.json_error(), (422, "invalid_fields".into()), "{path}");
            assert_eq!(refused.json()["fields"]["version"], json!(["Give a whole number."]), "{path}");
        }
    }
    assert_eq!(scene.only().await.1["version"], difference["version"]);
}

#[tokio::test]
async fn whom_trying_again_made_anew_or_put_back_is_no_longer_called_absent() {
    for deleted in [true, false] {
        let mut scene = Scene::set().await;
        let person = scene.person;
        scene.office.sandbox.edit(|chatwoot| {
            if deleted {
                chatwoot.delete_user(person);
            } else {
                chatwoot.remove_account_user(ACCOUNT, person);
            }
        });
        let (_, difference) = scene.only().await;
        let page = scene.page();
        scene.owner.client.post(&format!("{page}/password"), &[("mode", "generate")]).await;
        assert_eq!(scene.agent().await["state"], "needs_attention");
        scene.owner.client.post(&format!("{page}/retry"), &[]).await;
        assert_eq!(scene.agent().await["state"], "ready");
        let now = scene.office.sandbox.user_by_email("owner+ana@acme.example").unwrap().id;
        assert_eq!(now != person, deleted);
        let shown = scene.owner.client.get(&page).await;
        assert!(!shown.has("#drift"), "{}", shown.words("#drift"));
        let (id, version) = (difference["id"].as_str().unwrap(), difference["version"].to_string());
        let old = format!("{page}/drift/{id}/use-chatwoot");
        let pressed = scene.owner.client.post(&old, &[("version", &version)]).await;
        assert_eq!(pressed.status, 409, "{}", pressed.text());
        assert!(pressed.words("#error-summary").contains("no longer there"), "{}", pressed.text());
        assert_eq!(scene.decide(&difference, "use-chatwoot").await.status, 404);
        assert_eq!(scene.office.members(1), ["owner+ana@acme.example"], "nobody is taken out");
        assert_eq!(scene.differences().await, Vec::<Value>::new());
    }
}
