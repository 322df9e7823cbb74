//! Renamed, suspended, resumed, removed and brought back, over JSON.

use std::time::Duration;

use axum::http::Method;
use chatwoot_sandbox::{Fault, Reply, Role};
use serde_json::{Value, json};

use crate::support::{Answer, Api, CALLS, Office};

const OWNER: &str = "owner@acme.example";
const ANA: &str = "owner+ana@acme.example";
const HOLD: Duration = Duration::from_secs(606);

async fn with_ana(tier: &str) -> (Office, Api, String) {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, tier, &[1, 2]).await;
    let id = owner.agent(&json!({ "name": "Ana", "inboxIds": [1, 2] })).await;
    (office, owner, id)
}

async fn ask(owner: &mut Api, id: &str, what: &str) -> Answer {
    owner.post(&format!("{CALLS}/agents/{id}/{what}"), &json!({})).await
}

async fn rename(owner: &mut Api, id: &str, name: &str) -> Answer {
    let body = json!({ "name": name });
    owner.send(Method::PATCH, &format!("{CALLS}/agents/{id}"), |call| call.json(&body)).await
}

fn state(answer: &Answer) -> (u16, String) {
    let state = answer.json()["agent"]["state"].as_str().unwrap_or_default().to_owned();
    (answer.status, state)
}

fn is(status: u16, state: &str) -> (u16, String) {
    (status, state.to_owned())
}

/// Chatwoot's number of Ana, and whether she is in the account.
fn ana(office: &Office) -> (u64, bool) {
    let id = office.sandbox.user_by_email(ANA).unwrap().id;
    (id, office.sandbox.account_users(1).iter().any(|member| member.user_id == id))
}

#[tokio::test]
async fn a_suspended_agent_is_out_at_once_and_resumed_with_the_same_inboxes() {
    let (office, mut owner, id) = with_ana("FREE").await;
    let (number, _) = ana(&office);
    assert_eq!(state(&ask(&mut owner, &id, "suspend").await), is(200, "suspended"));
    assert_eq!(ana(&office), (number, false));
    assert_eq!((office.members(1), office.members(2)), (vec![], vec![]));
    assert_eq!(state(&ask(&mut owner, &id, "suspend").await), is(200, "suspended"), "a repeat");
    let back = ask(&mut owner, &id, "resume").await;
    assert_eq!(state(&back), is(200, "ready"));
    assert_eq!(back.json()["agent"]["inboxIds"], json!([1, 2]));
    assert_eq!(ana(&office), (number, true));
    assert_eq!((office.members(1), office.members(2)), (vec![ANA.into()], vec![ANA.into()]));
    assert_eq!(state(&ask(&mut owner, &id, "resume").await), is(200, "ready"), "a repeat");
}

#[tokio::test]
async fn a_suspended_agent_uses_no_seat_and_needs_one_to_come_back() {
    let (_office, mut owner, id) = with_ana("FREE").await;
    ask(&mut owner, &id, "suspend").await;
    let ben = owner.agent(&json!({ "name": "Ben" })).await;
    let refused = ask(&mut owner, &id, "resume").await;
    assert_eq!(refused.json_error(), (403, "tier_limit_reached".into()));
    assert_eq!(owner.agents().await[1]["state"], "suspended");
    ask(&mut owner, &ben, "suspend").await;
    assert_eq!(state(&ask(&mut owner, &id, "resume").await), is(200, "ready"));
}

#[tokio::test]
async fn fifty_resumes_at_once_take_one_seat() {
    let (office, mut owner, id) = with_ana("PRO").await;
    let mut suspended = vec![id];
    for name in ["Ben", "Cleo"] {
        suspended.push(owner.agent(&json!({ "name": name })).await);
    }
    for id in &suspended {
        assert_eq!(state(&ask(&mut owner, id, "suspend").await), is(200, "suspended"));
    }
    for name in ["Dora", "Eli"] {
        owner.agent(&json!({ "name": name })).await;
    }
    let mut all = Vec::new();
    for n in 0..50 {
        let (mut client, id) = (owner.client.clone(), suspended[n % 3].clone());
        all.push(tokio::spawn(async move {
            client.post_json(&format!("{CALLS}/agents/{id}/resume"), &json!({})).await.status
        }));
    }
    for one in all {
        assert!([200, 202, 403].contains(&one.await.unwrap()));
    }
    let seats =
        office.app.column("SELECT CAST(count(*) AS VARCHAR(9)) FROM helpdesk_users WHERE seat IS NOT NULL");
    assert_eq!(seats.await, ["3"]);
}

#[tokio::test]
async fn an_inbox_taken_in_chatwoot_before_the_suspension_is_not_given_back() {
    let (office, mut owner, id) = with_ana("FREE").await;
    let (number, _) = ana(&office);
    office.sandbox.edit(|chatwoot| chatwoot.remove_inbox_member(2, number));
    ask(&mut owner, &id, "suspend").await;
    let back = ask(&mut owner, &id, "resume").await;
    assert_eq!(back.json()["agent"]["inboxIds"], json!([1]), "{}", back.text());
    assert_eq!((office.members(1), office.members(2)), (vec![ANA.into()], vec![]));
}

#[tokio::test]
async fn who_was_taken_out_in_chatwoot_before_the_suspension_comes_back_only_when_tried_again() {
    let (office, mut owner, id) = with_ana("FREE").await;
    let (number, _) = ana(&office);
    office.sandbox.edit(|chatwoot| chatwoot.remove_account_user(1, number));
    assert_eq!(state(&ask(&mut owner, &id, "suspend").await), is(200, "suspended"));
    let back = ask(&mut owner, &id, "resume").await;
    assert_eq!(state(&back), is(200, "needs_attention"));
    assert_eq!(back.json()["agent"]["problem"]["code"], "removed_in_chatwoot");
    assert_eq!(ana(&office), (number, false));
    assert_eq!(state(&ask(&mut owner, &id, "retry").await), is(200, "ready"));
    assert_eq!(ana(&office), (number, true));
}

#[tokio::test]
async fn a_person_deleted_in_chatwoot_while_suspended_is_not_made_again_by_itself() {
    let (office, mut owner, id) = with_ana("FREE").await;
    let (number, _) = ana(&office);
    ask(&mut owner, &id, "suspend").await;
    office.sandbox.edit(|chatwoot| chatwoot.delete_user(number));
    let back = ask(&mut owner, &id, "resume").await;
    assert_eq!(back.json()["agent"]["problem"]["code"], "removed_in_chatwoot", "{}", back.text());
    assert!(office.sandbox.user_by_email(ANA).is_none());
}

#[tokio::test]
async fn an_inbox_whose_demo_went_meanwhile_is_not_given_back() {
    let (office, mut owner, id) = with_ana("FREE").await;
    ask(&mut owner, &id, "suspend").await;
    office.app.execute("DELETE FROM demos WHERE inbox_id = 2").await;
    ask(&mut owner, &id, "resume").await;
    assert_eq!((office.members(1), office.members(2)), (vec![ANA.into()], vec![]));
}

#[tokio::test]
async fn a_new_name_goes_to_chatwoot_and_the_address_stays() {
    let (office, mut owner, id) = with_ana("FREE").await;
    let renamed = rename(&mut owner, &id, "  Ana María  ").await;
    assert_eq!(state(&renamed), is(200, "ready"));
    let agent = &renamed.json()["agent"];
    assert_eq!(
        (&agent["name"], &agent["email"], agent.get("beingRenamed")),
        (&json!("Ana María"), &json!(ANA), None)
    );
    assert_eq!(office.sandbox.user_by_email(ANA).unwrap().name, "Ana María");
    assert_eq!(rename(&mut owner, &id, " ").await.status, 422);
    let sent = office.sandbox.requests_to("PATCH", "/platform/api/v1/users/*");
    assert!(sent.iter().all(|request| !format!("{request:?}").contains("email")), "{sent:?}");
}

#[tokio::test]
async fn a_name_that_chatwoot_does_not_take_yet_is_being_changed() {
    let office = Office::with_patience(Duration::from_millis(150)).await;
    let mut owner = office.tenant(OWNER, "FREE", &[]).await;
    let made = owner.create(&json!({ "name": "Ana" })).await.json();
    let id = made["agent"]["id"].as_str().unwrap().to_owned();
    let path = format!("{CALLS}/agents/{id}");
    owner.until(&path, |answer| answer.json()["agent"]["state"] == "ready").await;
    let fault = Fault::on("PATCH", "/platform/api/v1/users/*").reply(Reply::Hang).forever();
    office.sandbox.inject(fault);
    let waits = rename(&mut owner, &id, "Ana Ruiz").await;
    assert_eq!((waits.status, &waits.json()["agent"]["beingRenamed"]), (202, &json!(true)));
    office.sandbox.clear_faults();
    owner.until(&path, |answer| answer.json()["agent"].get("beingRenamed").is_none()).await;
    assert_eq!(office.sandbox.user_by_email(ANA).unwrap().name, "Ana Ruiz");
}

#[tokio::test]
async fn a_removal_undone_gives_back_exactly_what_was_there() {
    let (office, mut owner, id) = with_ana("FREE").await;
    let (number, _) = ana(&office);
    assert_eq!(state(&owner.delete(&format!("{CALLS}/agents/{id}")).await), is(202, "removing"));
    assert_eq!(ana(&office), (number, false), "access ends at once");
    assert_eq!(owner.create(&json!({ "name": "Ben" })).await.json_error().1, "tier_limit_reached");
    assert_eq!(rename(&mut owner, &id, "Other").await.status, 409);
    office.pass(Duration::from_mins(9)).await;
    assert_eq!(state(&ask(&mut owner, &id, "undo-removal").await), is(200, "ready"));
    assert_eq!(state(&ask(&mut owner, &id, "undo-removal").await), is(200, "ready"), "a repeat");
    assert_eq!(ana(&office), (number, true));
    assert_eq!((office.members(1), office.members(2)), (vec![ANA.into()], vec![ANA.into()]));
    office.pass(HOLD).await;
    assert_eq!(ana(&office), (number, true));
    assert_eq!(ask(&mut owner, &id, "undo-removal").await.status, 409, "that was long ago");
}

#[tokio::test]
async fn after_ten_minutes_it_is_too_late_to_undo() {
    let (office, mut owner, id) = with_ana("FREE").await;
    owner.delete(&format!("{CALLS}/agents/{id}")).await;
    office.app.advance(Duration::from_mins(10));
    let late = ask(&mut owner, &id, "undo-removal").await;
    assert_eq!(late.json_error(), (409, "conflict".into()));
    office.pass(Duration::from_secs(6)).await;
    assert_eq!(ask(&mut owner, &id, "undo-removal").await.status, 404);
    assert!(office.sandbox.user_by_email(ANA).is_none());
}

#[tokio::test]
async fn a_suspended_agent_brought_back_from_its_removal_is_suspended() {
    let (office, mut owner, id) = with_ana("FREE").await;
    ask(&mut owner, &id, "suspend").await;
    let ben = owner.agent(&json!({ "name": "Ben" })).await;
    assert_eq!(state(&owner.delete(&format!("{CALLS}/agents/{id}")).await), is(202, "removing"));
    assert_eq!(state(&ask(&mut owner, &id, "undo-removal").await), is(200, "suspended"));
    assert!(!ana(&office).1);
    ask(&mut owner, &ben, "suspend").await;
    assert_eq!(state(&ask(&mut owner, &id, "resume").await), is(200, "ready"));
    assert_eq!(office.members(2), [ANA]);
}

#[tokio::test]
async fn a_person_with_another_account_is_taken_out_and_not_deleted() {
    let (office, mut owner, id) = with_ana("FREE").await;
    let (number, _) = ana(&office);
    office.sandbox.edit(|chatwoot| {
        let other = chatwoot.account("Other");
        chatwoot.member(other, number, Role::Agent);
    });
    owner.delete(&format!("{CALLS}/agents/{id}")).await;
    office.pass(HOLD).await;
    assert_eq!(owner.get(&format!("{CALLS}/agents/{id}")).await.status, 404);
    assert_eq!(ana(&office), (number, false));
}

#[tokio::test]
async fn the_address_of_somebody_gone_is_not_used_again_for_a_day() {
    let (office, mut owner, id) = with_ana("FREE").await;
    owner.delete(&format!("{CALLS}/agents/{id}")).await;
    office.pass(HOLD).await;
    let again = owner.create(&json!({ "name": "Ana" })).await.json();
    assert_eq!(again["agent"]["email"], "owner+ana-2@acme.example");
    owner.delete(&format!("{CALLS}/agents/{}", again["agent"]["id"].as_str().unwrap())).await;
    office.pass(HOLD).await;
    office.app.advance(Duration::from_hours(24));
    let mut owner = office.api(office.app.signed_in(OWNER).await);
    assert_eq!(owner.create(&json!({ "name": "Ana" })).await.json()["agent"]["email"], ANA);
}

#[tokio::test]
async fn somebody_whom_a_late_call_brings_back_is_taken_away_again() {
    let (office, mut owner, id) = with_ana("FREE").await;
    let attributes: Value = json!(office.sandbox.user_by_email(ANA).unwrap().custom_attributes);
    owner.delete(&format!("{CALLS}/agents/{id}")).await;
    office.pass(HOLD).await;
    office.sandbox.edit(|chatwoot| {
        let new = chatwoot_sandbox::NewUser::new("Ana", ANA);
        let late = chatwoot.user(new.custom_attributes(attributes.as_object().unwrap().clone()));
        chatwoot.member(1, late.id, Role::Agent);
        chatwoot.permit_user(1, late.id);
    });
    office.pass(Duration::from_mins(1)).await;
    assert!(office.sandbox.user_by_email(ANA).is_none());
    office.pass(Duration::from_hours(2)).await;
    let open = office.app.column("SELECT status FROM operations WHERE status <> 'done'").await;
    assert_eq!(open, [""; 0], "nothing is left to do");
}

#[tokio::test]
async fn the_wrong_state_is_a_conflict_that_names_it() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let refused = Fault::on("POST", "/platform/api/v1/accounts/*/account_users")
        .reply(Reply::Custom { status: 422, content_type: "application/json".into(), body: "{}".into() })
        .forever();
    office.sandbox.inject(refused);
    let made = owner.create(&json!({ "name": "Ana" })).await.json();
    let id = made["agent"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made["agent"]["state"], "needs_attention");
    for what in ["suspend", "resume", "password"] {
        let answer = ask(&mut owner, &id, what).await;
        assert_eq!(answer.json_error(), (409, "conflict".into()), "{what}");
        assert!(answer.text().contains("needs attention"), "{}", answer.text());
    }
    office.sandbox.clear_faults();
    ask(&mut owner, &id, "retry").await;
    ask(&mut owner, &id, "suspend").await;
    assert!(ask(&mut owner, &id, "password").await.text().contains("is suspended"));
    let inbox = json!({ "agentId": id, "inboxId": 1, "action": "add" });
    assert_eq!(owner.post(&format!("{CALLS}/assign-agent"), &inbox).await.status, 409);
    owner.delete(&format!("{CALLS}/agents/{id}")).await;
    for what in ["suspend", "resume", "password"] {
        assert!(ask(&mut owner, &id, what).await.text().contains("being removed"), "{what}");
    }
}
