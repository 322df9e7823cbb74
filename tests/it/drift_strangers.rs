//! People in Chatwoot with a mark of ours who are no agents, as after a restored backup: adopted or removed by a press.

use chatwoot_sandbox::{NewUser, Role};
use localboxs::services::drift::{self, Scope};
use serde_json::json;

use crate::support::{Answer, Client, Office};

const OWNER: &str = "owner@acme.example";
const LOST: &str = "owner+lost@acme.example";
const PAGE: &str = "/admin/agents/drift";
const ACCOUNT: u64 = 1;
/// What somebody signs in to Chatwoot with whom no agent here is.
const PASSWORD: &str = "Secret-123!";

/// Somebody in the account and these inboxes, with a mark that no agent has.
fn stranger(office: &Office, name: &str, email: &str, inboxes: &[u64]) -> u64 {
    office.sandbox.edit(|chatwoot| {
        let stranger = chatwoot.user(NewUser::new(name, email).password(PASSWORD));
        chatwoot.set_custom_attribute(stranger.id, "localboxs_ref", json!(format!("mark of {email}")));
        chatwoot.member(ACCOUNT, stranger.id, Role::Agent);
        chatwoot.permit_user(1, stranger.id);
        for inbox in inboxes {
            chatwoot.inbox_member(*inbox, stranger.id);
        }
        stranger.id
    })
}

/// An administrator, after a look.
async fn administrator(office: &Office) -> Client {
    look(office).await;
    office.app.administrator("sam@localboxs.example").await;
    office.app.signed_in("sam@localboxs.example").await
}

async fn look(office: &Office) {
    drift::look(&office.app.app, &Scope::Everybody, false).await.unwrap();
}

/// Where the only difference is decided about.
async fn only(office: &Office, choice: &str) -> String {
    let ids = office.app.column("SELECT id FROM drift").await;
    assert_eq!(ids.len(), 1, "{ids:?}");
    format!("{PAGE}/{}/{choice}", ids[0])
}

async fn agents(office: &Office) -> Vec<String> {
    office.app.column("SELECT email FROM helpdesk_users WHERE state <> 'removed' ORDER BY email").await
}

async fn actions(office: &Office) -> Vec<String> {
    let sql = "SELECT action FROM audit_events WHERE action LIKE 'drift.%' ORDER BY at, id";
    office.app.column(sql).await
}

/// Sends the press, which must be refused on the same page; why.
async fn refused(admin: &mut Client, path: &str) -> String {
    let answers: [Answer; 2] = [admin.post(path, &[]).await, admin.post_htmx(path, &[]).await];
    for answer in &answers {
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert!(answer.words("title").starts_with("Error: ") && answer.has("#strangers"));
    }
    answers[0].words("#error-summary")
}

#[tokio::test]
async fn somebody_is_adopted_as_chatwoot_shows_them() {
    for with_htmx in [false, true] {
        let office = Office::open().await;
        let mut owner = office.tenant(OWNER, "FREE", &[1, 2]).await;
        let mut other = office.tenant("other@rival.example", "FREE", &[3]).await;
        other.agent(&json!({ "name": "Bo", "inboxIds": [3] })).await;
        let person = stranger(&office, "Lost  One", LOST, &[1, 3]);
        let mut admin = administrator(&office).await;
        let page = admin.get(PAGE).await;
        assert_eq!(page.texts("td[data-label=Tenant]"), ["Ana Ruiz"]);
        assert!(
            page.words("#strangers + p + p")
                .contains("takes a seat and leaves password and inboxes as they are")
        );
        let path = only(&office, "adopt").await;
        assert_eq!(owner.client.post(&path, &[]).await.status, 403);
        let snapshot = office.sandbox.user_by_email(LOST).unwrap();
        if with_htmx {
            let done = admin.post_htmx(&path, &[]).await;
            assert_eq!((done.status, done.header("hx-redirect")), (204, PAGE));
        } else {
            let done = admin.post(&path, &[]).await;
            assert_eq!((done.status, done.header("location")), (303, PAGE));
        }
        let page = admin.get(PAGE).await;
        assert_eq!(page.words(".flash"), "That person is an agent here again.");
        assert_eq!(page.words("#differences"), "Nothing differs");

        let agent = owner.agents().await.remove(0);
        assert_eq!((&agent["name"], &agent["email"]), (&json!("Lost One"), &json!(LOST)));
        assert_eq!((&agent["state"], &agent["passwordSet"]), (&json!("ready"), &json!(true)));
        assert_eq!(agent["inboxIds"], json!([1]), "only what is the tenant's own");
        let now = office.sandbox.user_by_email(LOST).unwrap();
        assert_eq!((now.id, &now.name), (person, &snapshot.name));
        assert_eq!(now.custom_attributes, snapshot.custom_attributes);
        assert!(office.sandbox.password_matches(LOST, PASSWORD), "the password stays");
        assert_eq!(office.members(1), [LOST]);
        let list = owner.client.get("/integrations/helpdesk").await;
        assert_eq!(list.words(".headline"), "Your 1 agent is in use · Free plan");
        let id = agent["id"].as_str().unwrap();
        let history = owner.client.get(&format!("/integrations/helpdesk/agents/{id}")).await;
        let told = history.words(".history");
        assert!(told.contains("Your administrator adopted Lost One from Chatwoot as an agent"), "{told}");
        let log = admin.get("/admin/audit").await;
        assert!(log.text().contains("adopted Lost One from Chatwoot as an agent"), "{}", log.text());
        assert_eq!(actions(&office).await, ["drift.stranger_found", "drift.stranger_adopted"]);
        assert_eq!(admin.post(&path, &[]).await.status, 404, "decided already");

        office.app.advance(std::time::Duration::from_mins(11));
        look(&office).await;
        let kinds = office.app.column("SELECT kind FROM drift").await;
        assert_eq!(kinds, ["joined_inbox"], "an inbox that isn't the tenant's is shown from now on");
    }
}

#[tokio::test]
async fn nobody_is_adopted_into_a_plan_that_is_full() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[1]).await;
    owner.agent(&json!({ "name": "Ana" })).await;
    stranger(&office, "Lost One", LOST, &[1]);
    let mut admin = administrator(&office).await;
    let chatwoot = office.sandbox.snapshot();
    let why = refused(&mut admin, &only(&office, "adopt").await).await;
    assert!(why.contains("Ana Ruiz has no free seat: 1 of 1 agent used on the Free plan."), "{why}");
    assert!(why.contains("Nobody was adopted."), "{why}");
    assert_eq!(agents(&office).await, ["owner+ana@acme.example"]);
    assert_eq!(office.sandbox.snapshot(), chatwoot);
    assert_eq!(actions(&office).await, ["drift.stranger_found"]);
    let log = admin.get("/admin/audit").await;
    assert!(log.text().contains("asked for a seat beyond the limit of 1 and got none"), "{}", log.text());
    office.app.execute("UPDATE users SET tier = 'PRO'").await;
    let path = only(&office, "adopt").await;
    assert_eq!(admin.post(&path, &[]).await.status, 303);
    assert_eq!(agents(&office).await, ["owner+ana@acme.example", LOST]);
}

#[tokio::test]
async fn of_many_presses_one_adopts() {
    let office = Office::open().await;
    office.tenant(OWNER, "ENTERPRISE", &[1]).await;
    stranger(&office, "Lost One", LOST, &[1]);
    let admin = administrator(&office).await;
    let path = only(&office, "adopt").await;
    let presses = (0..6).map(|_| {
        let (mut admin, path) = (admin.clone(), path.clone());
        async move { admin.post(&path, &[]).await.status }
    });
    let statuses = futures_util::future::join_all(presses).await;
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [303, 404, 409].contains(status)), "{statuses:?}");
    assert_eq!(agents(&office).await, [LOST]);
}

#[tokio::test]
async fn who_is_nobodys_or_more_than_an_agent_is_not_adopted() {
    let office = Office::open().await;
    office.tenant(OWNER, "PRO", &[1]).await;
    let person = stranger(&office, "Lost One", "somebody+else@rival.example", &[]);
    let mut admin = administrator(&office).await;
    let page = admin.get(PAGE).await;
    assert_eq!(page.texts("td[data-label=Tenant]"), ["None fits"]);
    assert!(!page.has("button[id^=adopt-]") && page.has("button[id^=remove-]"));
    let why = refused(&mut admin, &only(&office, "adopt").await).await;
    assert!(why.contains("is not made from that of any tenant"), "{why}");
    office.sandbox.edit(|chatwoot| chatwoot.delete_user(person));

    let person = stranger(&office, "Lost One", LOST, &[]);
    look(&office).await;
    let path = only(&office, "adopt").await;
    office.sandbox.edit(|chatwoot| chatwoot.set_role(ACCOUNT, person, Role::Administrator));
    assert!(refused(&mut admin, &path).await.contains("has another role there"));
    office.sandbox.edit(|chatwoot| chatwoot.set_role(ACCOUNT, person, Role::Agent));

    let elsewhere = office.sandbox.edit(|chatwoot| {
        let elsewhere = chatwoot.account("Elsewhere");
        chatwoot.member(elsewhere, person, Role::Agent);
        elsewhere
    });
    assert!(refused(&mut admin, &path).await.contains("in another account of Chatwoot as well"));
    office.sandbox.edit(|chatwoot| chatwoot.remove_account_user(elsewhere, person));

    office.sandbox.edit(|chatwoot| chatwoot.set_custom_attribute(person, "localboxs_ref", json!("another")));
    assert!(refused(&mut admin, &path).await.contains("no longer there"));
    office.sandbox.edit(|chatwoot| {
        chatwoot.set_custom_attribute(person, "localboxs_ref", json!(format!("mark of {LOST}")));
    });

    office.tenant("owner+lost@acme.example", "PRO", &[]).await;
    office
        .app
        .execute(&format!("UPDATE users SET email = 'owner+l@acme.example' WHERE email = '{LOST}'"))
        .await;
    office.sandbox.edit(|chatwoot| chatwoot.delete_user(person));
    stranger(&office, "Either", "owner+l.ost@acme.example", &[]);
    look(&office).await;
    assert_eq!(admin.get(PAGE).await.texts("td[data-label=Tenant]"), ["Several fit"]);
    let why = refused(&mut admin, &only(&office, "adopt").await).await;
    assert!(why.contains("addresses of several tenants"), "{why}");
    assert_eq!(agents(&office).await, [""; 0]);
    assert!(!actions(&office).await.iter().any(|action| action.ends_with("adopted")));
}

#[tokio::test]
async fn an_agent_that_was_removed_or_whose_address_is_in_use_does_not_come_back_by_adoption() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let ana = owner.agent(&json!({ "name": "Ana" })).await;
    let mut admin = administrator(&office).await;
    let mark = office.app.column("SELECT tag FROM helpdesk_users").await.remove(0);
    // As it looks when a late call puts somebody back whom we removed.
    office.app.execute("UPDATE helpdesk_users SET state = 'removed', seat = NULL").await;
    look(&office).await;
    let why = refused(&mut admin, &only(&office, "adopt").await).await;
    assert!(why.contains("was removed here"), "{why}");

    // And when an agent was made anew under the address, in vain.
    office.app.execute("UPDATE helpdesk_users SET state = 'conflict', tag = 'new'").await;
    let why = refused(&mut admin, &only(&office, "adopt").await).await;
    assert!(why.contains("has the address of this person"), "{why}");
    assert_eq!(office.app.column("SELECT state FROM helpdesk_users").await, ["conflict"]);
    let restored = format!("UPDATE helpdesk_users SET state = 'ready', tag = '{mark}'");
    office.app.execute(&restored).await;
    let why = admin.post(&only(&office, "adopt").await, &[]).await;
    assert!(why.status == 409 && why.words("#error-summary").contains("no longer there"), "{}", why.text());
    assert_eq!(owner.agents().await[0]["id"], json!(ana));
}

#[tokio::test]
async fn removing_somebody_leaves_them_in_their_other_accounts() {
    let office = Office::open().await;
    let person = stranger(&office, "Lost One", LOST, &[1]);
    office.sandbox.edit(|chatwoot| {
        let elsewhere = chatwoot.account("Elsewhere");
        chatwoot.member(elsewhere, person, Role::Agent);
    });
    let mut admin = administrator(&office).await;
    let path = only(&office, "remove").await;
    assert_eq!(admin.post(&path, &[]).await.status, 303);
    office.sandbox.tick();
    assert!(office.sandbox.account_users(ACCOUNT).iter().all(|member| member.user_id != person));
    assert!(office.sandbox.users().iter().any(|user| user.id == person), "they are needed elsewhere");
    assert_eq!(actions(&office).await, ["drift.stranger_found", "drift.stranger_removed"]);
}
