//! The account: diagnosis, membership by the account key, inboxes.

use localboxs::chatwoot::{Chatwoot, Deadlines, ErrorKind, Joined, Linked, Standing, Version};
use localboxs::domain::connection::Route;
use localboxs::domain::drift::Person;
use localboxs::domain::ids::{ChatwootUserId, InboxId};
use localboxs::domain::inbox::Inbox;
use serde_json::json as value;

use crate::server::{Server, json};
use crate::setup::{ACCOUNT_KEY, JANE, PLATFORM_KEY, client, installation, kind, ours};

const GONE: &str = r#"{"error":"Resource could not be found"}"#;

#[tokio::test]
async fn the_version_is_asked_without_any_key() {
    let body = r#"{"version":"4.9.2","timestamp":"2026-11-23 12:00:29","queue_services":"failing","data_services":"ok"}"#;
    let server = Server::answering(json(200, body)).await;
    let version = Version { version: "4.9.2".into(), data_services_ok: true, queue_services_ok: false };
    assert_eq!(client(&server).version().await, Ok(version));
    let seen = server.only();
    assert_eq!(seen.line(), "GET /api");
    assert_eq!(seen.header("api-access-token"), None);
}

#[tokio::test]
async fn a_version_that_looks_like_none_is_no_answer_of_chatwoot() {
    for version in ["", "<b>4</b>", "4.9.2 (call 555-0100)", &"9".repeat(33)] {
        let body = format!(r#"{{"version":"{version}","data_services":"ok"}}"#);
        let server = Server::answering(json(200, &body)).await;
        assert_eq!(kind(client(&server).version().await), ErrorKind::Unknown, "{version}");
    }
}

#[tokio::test]
async fn the_standing_is_that_in_our_account() {
    let standing = async |accounts: &str| {
        let body =
            format!(r#"{{"access_token":"secret","id":1,"role":"administrator","accounts":{accounts}}}"#);
        let server = Server::answering(json(200, &body)).await;
        let standing = client(&server).standing().await.unwrap();
        assert_eq!(server.only().line(), "GET /api/v1/profile");
        assert_eq!(server.only().header("api-access-token"), Some(ACCOUNT_KEY));
        standing
    };
    let admin = r#"{"id":3,"name":"Ours","status":"active","role":"administrator"}"#;
    let other = r#"{"id":9,"name":"Other","status":"active","role":"administrator"}"#;
    assert_eq!(standing(&format!("[{other},{admin}]")).await, Standing::Administrator);
    assert_eq!(standing(&format!("[{}]", admin.replace("administrator", "agent"))).await, Standing::Agent);
    assert_eq!(
        standing(&format!("[{}]", admin.replace(r#""administrator""#, "null"))).await,
        Standing::Agent
    );
    assert_eq!(standing(&format!("[{}]", admin.replace("active", "suspended"))).await, Standing::Suspended);
    assert_eq!(standing(&format!("[{other}]")).await, Standing::NotMember { visible: vec![9] });
    assert_eq!(standing("[]").await, Standing::NotMember { visible: vec![] });
}

#[tokio::test]
async fn the_route_is_the_platforms_only_where_chatwoot_lets_it() {
    let server = Server::answering(json(200, r#"{"id":3,"name":"Ours","status":"active"}"#)).await;
    let client = client(&server);
    assert_eq!(client.route().await, Ok(Route::Platform));
    server.answer(json(401, r#"{"error":"Non permissible resource"}"#));
    assert_eq!(client.route().await, Ok(Route::Account));
    server.answer(json(404, r#"{"status":404,"error":"Not Found"}"#));
    assert_eq!(kind(client.route().await), ErrorKind::NotFound);
    server.answer(json(401, r#"{"error":"Invalid access_token"}"#));
    assert_eq!(kind(client.route().await), ErrorKind::PlatformKeyRejected);
    server.answer(json(200, r#"{"id":4,"name":"Another"}"#));
    assert_eq!(kind(client.route().await), ErrorKind::Unknown);
    for seen in server.seen() {
        assert_eq!(seen.line(), "GET /platform/api/v1/accounts/3");
        assert_eq!(seen.header("api-access-token"), Some(PLATFORM_KEY));
    }
}

#[tokio::test]
async fn inboxes_come_sorted_and_without_their_secrets() {
    let body =
        r#"{"payload":[{"id":9,"name":"zeta","imap_password":"inbox-secret"},{"id":2,"name":"Web & <b>"}]}"#;
    let server = Server::answering(json(200, body)).await;
    let inboxes = client(&server).inboxes().await.unwrap();
    assert_eq!(
        inboxes,
        [Inbox { id: InboxId(2), name: "Web & <b>".into() }, Inbox { id: InboxId(9), name: "zeta".into() }]
    );
    assert_eq!(server.only().line(), "GET /api/v1/accounts/3/inboxes");
}

#[tokio::test]
async fn the_account_adds_an_agent_by_address_and_checks_the_number() {
    let link = async |reply| {
        let server = Server::answering(reply).await;
        let linked = client(&server).link(&ours(), Route::Account, JANE.name, JANE.email).await;
        let seen = server.only();
        assert_eq!(seen.line(), "POST /api/v1/accounts/3/agents");
        assert_eq!(seen.header("api-access-token"), Some(ACCOUNT_KEY));
        assert_eq!(seen.json(), value!({"name": "Jane", "email": "olga+jane@example.com", "role": "agent"}));
        linked.map_err(|error| error.kind)
    };
    let taken = r#"{"message":"User has already been taken","attributes":["user_id"]}"#;
    let full = r#"{"error":"Account limit exceeded. Please purchase more licenses"}"#;
    assert_eq!(link(json(200, r#"{"id":7,"account_id":3,"role":"agent"}"#)).await, Ok(Linked::InAccount));
    assert_eq!(link(json(200, r#"{"id":8,"account_id":3}"#)).await, Ok(Linked::DifferentPerson));
    assert_eq!(link(json(422, taken)).await, Ok(Linked::AlreadyThere));
    assert_eq!(link(json(402, full)).await, Err(ErrorKind::AccountFull));
    let email = ErrorKind::Invalid { attributes: vec!["email"] };
    assert_eq!(link(json(422, r#"{"message":"…","attributes":["email"]}"#)).await, Err(email));
}

#[tokio::test]
async fn the_account_removes_an_agent_by_number_once_or_twice() {
    for reply in [json(200, ""), json(404, GONE)] {
        let server = Server::answering(reply).await;
        assert_eq!(client(&server).unlink(&ours(), Route::Account).await, Ok(()));
        assert_eq!(server.only().line(), "DELETE /api/v1/accounts/3/agents/7");
    }
}

#[tokio::test]
async fn joining_an_inbox_sends_numbers_and_looks_for_ours_in_the_list() {
    let join = async |reply| {
        let server = Server::answering(reply).await;
        let joined = client(&server).join_inbox(&ours(), InboxId(2)).await;
        let seen = server.only();
        assert_eq!(seen.line(), "POST /api/v1/accounts/3/inbox_members");
        assert_eq!(seen.body, r#"{"inbox_id":2,"user_ids":[7]}"#);
        joined.map_err(|error| error.kind)
    };
    assert_eq!(join(json(200, r#"{"payload":[{"id":6},{"id":7}]}"#)).await, Ok(Joined::Listed));
    assert_eq!(join(json(200, r#"{"payload":[{"id":6}]}"#)).await, Ok(Joined::NotInAccount));
    assert_eq!(join(json(404, GONE)).await, Err(ErrorKind::NotFound));
    let gone = ErrorKind::Invalid { attributes: vec!["user"] };
    assert_eq!(join(json(422, r#"{"message":"User must exist","attributes":["user"]}"#)).await, Err(gone));
}

#[tokio::test]
async fn leaving_an_inbox_names_both_in_the_body() {
    let server = Server::answering(json(200, "")).await;
    let client = client(&server);
    assert_eq!(client.leave_inbox(&ours(), InboxId(2)).await, Ok(()));
    let seen = server.only();
    assert_eq!(seen.line(), "DELETE /api/v1/accounts/3/inbox_members");
    assert_eq!(seen.body, r#"{"inbox_id":2,"user_ids":[7]}"#);
    server.answer(json(404, GONE));
    assert_eq!(kind(client.leave_inbox(&ours(), InboxId(2)).await), ErrorKind::NotFound);
}

#[tokio::test]
async fn without_a_platform_key_nobody_is_created_and_nothing_is_sent() {
    let server = Server::answering(json(200, "")).await;
    let origin = format!("http://127.0.0.1:{}", server.port);
    let installation = localboxs::chatwoot::Installation { platform_key: None, ..installation(&origin) };
    let client = Chatwoot::new(installation, Deadlines::default()).unwrap();
    assert_eq!(kind(client.create_user(JANE).await), ErrorKind::PlatformKeyMissing);
    assert_eq!(kind(client.route().await), ErrorKind::PlatformKeyMissing);
    assert_eq!(server.seen().len(), 0);
    assert_eq!(client.unlink(&ours(), Route::Account).await, Ok(()));
}

/// As recorded from 4.9.2, with the attributes that a tagged person brings.
const AGENTS: &str = r#"[{"id":2,"account_id":1,"availability_status":"offline","auto_offline":true,"confirmed":true,"email":"a1@a.co","provider":"email","available_name":"A1","custom_attributes":{"localboxs_ref":"5f0c"},"name":"A1","role":"agent","thumbnail":""},{"id":1,"account_id":1,"availability_status":"offline","auto_offline":true,"confirmed":true,"email":"admin@a.co","provider":"email","available_name":"Admin","name":"Admin","role":"administrator","thumbnail":""}]"#;

#[tokio::test]
async fn one_call_shows_everybody_in_the_account_with_their_marks() {
    let server = Server::answering(json(200, AGENTS)).await;
    let person = |id, name: &str, email: &str, role: &str, tag: Option<&str>| Person {
        id: ChatwootUserId(id),
        name: name.into(),
        email: email.into(),
        role: Some(role.into()),
        tag: tag.map(str::to_owned),
    };
    let expected = vec![
        person(2, "A1", "a1@a.co", "agent", Some("5f0c")),
        person(1, "Admin", "admin@a.co", "administrator", None),
    ];
    assert_eq!(client(&server).agents().await, Ok(expected));
    assert_eq!(server.only().line(), "GET /api/v1/accounts/3/agents");
    assert_eq!(server.only().header("api-access-token"), Some(ACCOUNT_KEY));
}

#[tokio::test]
async fn a_list_that_is_none_shows_nobody_gone() {
    for body in ["{}", "null", r#"[{"id":2}]"#, r#"[[2,"a1@a.co"]]"#, r#"[{"id":"2","email":"a1@a.co"}]"#] {
        let server = Server::answering(json(200, body)).await;
        assert_eq!(kind(client(&server).agents().await), ErrorKind::Unknown, "{body}");
    }
}

#[tokio::test]
async fn the_members_of_an_inbox_are_read_by_number() {
    let body = format!(r#"{{"payload":{AGENTS}}}"#);
    let server = Server::answering(json(200, &body)).await;
    let members = client(&server).inbox_members(InboxId(9)).await.unwrap();
    assert_eq!(members.into_iter().collect::<Vec<_>>(), [ChatwootUserId(1), ChatwootUserId(2)]);
    assert_eq!(server.only().line(), "GET /api/v1/accounts/3/inbox_members/9");
    server.answer(json(404, GONE));
    assert_eq!(kind(client(&server).inbox_members(InboxId(9)).await), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_role_and_a_name_are_given_back_alone() {
    let server = Server::answering(json(200, r#"{"id":7,"role":"agent"}"#)).await;
    let client = client(&server);
    assert_eq!(client.make_agent(&ours()).await, Ok(()));
    assert_eq!(server.seen().last().unwrap().line(), "PATCH /api/v1/accounts/3/agents/7");
    assert_eq!(server.seen().last().unwrap().json(), value!({ "role": "agent" }));
    assert_eq!(client.rename(&ours(), "Jane").await, Ok(()));
    assert_eq!(server.seen().last().unwrap().line(), "PATCH /platform/api/v1/users/7");
    assert_eq!(server.seen().last().unwrap().json(), value!({ "name": "Jane" }));
    server.answer(json(200, r#"{"id":8}"#));
    assert_eq!(kind(client.make_agent(&ours()).await), ErrorKind::Unknown);
}
