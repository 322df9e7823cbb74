//! People: whose they are, and what is sent about them.

use localboxs::chatwoot::{Created, ErrorKind, Inspection, Linked};
use localboxs::domain::agent::Failure;
use localboxs::domain::connection::Route;
use localboxs::domain::ids::ChatwootUserId;
use localboxs::domain::password::{Password, unmet_rules};
use serde_json::json as value;

use crate::server::{Server, answer, json};
use crate::setup::{JANE, PLATFORM_KEY, TAG, client, kind, ours, person};

#[tokio::test]
async fn a_person_with_our_tag_and_address_in_no_other_account_is_ours() {
    for accounts in ["[]", r#"[{"id":3,"name":"Ours","active_at":null,"role":"agent"}]"#] {
        let server = Server::answering(json(200, &person(TAG, accounts))).await;
        let created = client(&server).create_user(JANE).await.unwrap();
        assert_eq!(created, Created::Ours { user: ours(), named: true });
    }
}

#[tokio::test]
async fn a_person_without_exactly_our_marks_is_somebody_else() {
    let answers = [
        person("another", "[]"),
        person(&TAG.to_uppercase(), "[]"),
        person(TAG, r#"[{"id":4,"name":"Theirs","active_at":null,"role":"agent"}]"#),
        person(TAG, r#"[{"id":3,"name":"Ours","role":"agent"},{"id":4,"name":"Theirs","role":"agent"}]"#),
        person(TAG, "[]").replace(r#""custom_attributes":{"localboxs_ref":"5f0c2a7e9b1d4c3e"},"#, ""),
        person(TAG, "[]").replace(r#"{"localboxs_ref":"5f0c2a7e9b1d4c3e"}"#, "{}"),
        person(TAG, "[]").replace(r#"{"localboxs_ref":"5f0c2a7e9b1d4c3e"}"#, "null"),
        person(TAG, "[]").replace(r#""5f0c2a7e9b1d4c3e""#, r#"["5f0c2a7e9b1d4c3e"]"#),
        person(TAG, "[]").replace(r#""email":"olga+jane"#, r#""email":"olga"#),
    ];
    for body in answers {
        let server = Server::answering(json(200, &body)).await;
        assert_eq!(client(&server).create_user(JANE).await, Ok(Created::SomebodyElse), "{body}");
    }
}

#[tokio::test]
async fn letter_case_does_not_make_an_address_somebody_elses() {
    let server = Server::answering(json(200, &person(TAG, "[]"))).await;
    let new = localboxs::chatwoot::NewUser { email: "Olga+JANE@Example.com", ..JANE };
    assert_eq!(client(&server).create_user(new).await, Ok(Created::Ours { user: ours(), named: true }));
}

#[tokio::test]
async fn creating_sends_the_tag_and_a_new_acceptable_password_each_time() {
    let server = Server::answering(json(200, &person(TAG, "[]"))).await;
    let client = client(&server);
    client.create_user(JANE).await.unwrap();
    client.create_user(JANE).await.unwrap();

    let [first, second] = &server.seen()[..] else { panic!("two calls") };
    assert_eq!(first.line(), "POST /platform/api/v1/users");
    assert_eq!(first.header("content-type"), Some("application/json"));
    let (mut first, second) = (first.json(), second.json());
    let password = first["password"].take();
    assert_eq!(unmet_rules(password.as_str().unwrap()), []);
    assert_ne!(password, second["password"]);
    assert_eq!(
        first,
        value!({"name": "Jane", "email": "olga+jane@example.com", "password": null,
                "custom_attributes": {"localboxs_ref": TAG}})
    );
}

#[tokio::test]
async fn the_key_travels_under_a_name_without_underscores() {
    let server = Server::answering(json(200, &person(TAG, "[]"))).await;
    client(&server).create_user(JANE).await.unwrap();
    let seen = server.only();
    assert_eq!(seen.header("api-access-token"), Some(PLATFORM_KEY));
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert!(!seen.head.contains("api_access_token"));
}

#[tokio::test]
async fn inspection_tells_membership_role_and_other_accounts() {
    let inspect = async |accounts: &str| {
        let server = Server::answering(json(200, &person(TAG, accounts))).await;
        let inspection = client(&server).inspect_user(ChatwootUserId(7), TAG).await.unwrap();
        assert_eq!(server.only().line(), "GET /platform/api/v1/users/7");
        let Inspection::Ours { user, in_account, role_is_agent, other_accounts } = inspection else {
            panic!("{inspection:?}")
        };
        assert_eq!(user, ours());
        (in_account, role_is_agent, other_accounts)
    };
    assert_eq!(inspect("[]").await, (false, false, false));
    assert_eq!(inspect(r#"[{"id":3,"role":"agent"}]"#).await, (true, true, false));
    assert_eq!(inspect(r#"[{"id":3,"role":"administrator"}]"#).await, (true, false, false));
    assert_eq!(inspect(r#"[{"id":3,"role":null}]"#).await, (true, false, false));
    assert_eq!(inspect(r#"[{"id":4,"role":"agent"}]"#).await, (false, false, true));
}

#[tokio::test]
async fn inspection_believes_a_404_only_in_chatwoots_own_words() {
    let inspect = async |reply| {
        let server = Server::answering(reply).await;
        client(&server).inspect_user(ChatwootUserId(7), TAG).await.map_err(|error| error.kind)
    };
    assert_eq!(inspect(json(404, r#"{"status":404,"error":"Not Found"}"#)).await, Ok(Inspection::Gone));
    let foreign = [
        json(404, r#"{"message":"no Route matched with those values"}"#),
        json(404, "{}"),
        json(404, ""),
        answer(404, "content-type: text/plain\r\n", "404 page not found"),
        answer(404, "content-type: text/html\r\n", "<!DOCTYPE html>"),
    ];
    for reply in foreign {
        assert_eq!(inspect(reply).await, Err(ErrorKind::ServerError));
    }
}

#[tokio::test]
async fn inspection_does_not_take_another_person_for_the_one_asked_about() {
    let server = Server::answering(json(200, &person("another", "[]"))).await;
    let client = client(&server);
    assert_eq!(client.inspect_user(ChatwootUserId(7), TAG).await, Ok(Inspection::SomebodyElse));
    assert_eq!(kind(client.inspect_user(ChatwootUserId(8), TAG).await), ErrorKind::Unknown);
}

#[tokio::test]
async fn the_platform_links_by_number_and_without_a_role() {
    let reply = r#"{"id":5,"account_id":3,"user_id":7,"role":"agent","inviter_id":null}"#;
    let server = Server::answering(json(200, reply)).await;
    let linked = client(&server).link(&ours(), Route::Platform, JANE.name, JANE.email).await;
    assert_eq!(linked, Ok(Linked::InAccount));
    let seen = server.only();
    assert_eq!(seen.line(), "POST /platform/api/v1/accounts/3/account_users");
    assert_eq!(seen.json(), value!({"user_id": 7}));
}

#[tokio::test]
async fn a_link_of_another_person_or_account_is_noticed() {
    for reply in [r#"{"account_id":3,"user_id":8}"#, r#"{"account_id":4,"user_id":7}"#] {
        let server = Server::answering(json(200, reply)).await;
        let linked = client(&server).link(&ours(), Route::Platform, JANE.name, JANE.email).await;
        assert_eq!(linked, Ok(Linked::DifferentPerson), "{reply}");
    }
}

#[tokio::test]
async fn the_platform_unlinks_by_number_in_the_body() {
    let server = Server::answering(json(200, "")).await;
    assert_eq!(client(&server).unlink(&ours(), Route::Platform).await, Ok(()));
    let seen = server.only();
    assert_eq!(seen.line(), "DELETE /platform/api/v1/accounts/3/account_users");
    assert_eq!(seen.json(), value!({"user_id": 7}));
}

#[tokio::test]
async fn setting_a_password_sends_nothing_else() {
    let server = Server::answering(json(200, &person(TAG, "[]"))).await;
    let password = Password::new("Passw0rd!".into());
    assert_eq!(client(&server).set_password(&ours(), &password).await, Ok(()));
    let seen = server.only();
    assert_eq!(seen.line(), "PATCH /platform/api/v1/users/7");
    assert_eq!(seen.json(), value!({"password": "Passw0rd!"}));
}

#[tokio::test]
async fn a_refused_password_is_told_apart_from_a_refused_address() {
    let password = Password::new("x".into());
    for (body, failure) in [
        (r#"{"message":"…","attributes":["password"]}"#, Failure::PasswordRefused),
        (r#"{"message":"…","attributes":["password","email"]}"#, Failure::AddressRefused),
        (r#"{"message":"…","attributes":["base"]}"#, Failure::AccountFull),
        (r#"{"message":"…","attributes":["user"]}"#, Failure::RemovedInChatwoot),
        (r#"{"message":"…","attributes":["invented"]}"#, Failure::Refused),
        (r#"{"error":"param is missing or the value is empty: agent"}"#, Failure::Refused),
    ] {
        let server = Server::answering(json(422, body)).await;
        let error = client(&server).set_password(&ours(), &password).await.unwrap_err();
        assert_eq!(error.failure(), failure, "{body}");
    }
}

#[tokio::test]
async fn deleting_twice_is_done_twice() {
    for reply in [json(200, ""), json(404, r#"{"status":404,"error":"Not Found"}"#)] {
        let server = Server::answering(reply).await;
        assert_eq!(client(&server).delete_user(&ours()).await, Ok(()));
        assert_eq!(server.only().line(), "DELETE /platform/api/v1/users/7");
    }
}

#[tokio::test]
async fn somebody_elses_person_is_not_deleted() {
    let server = Server::answering(json(401, r#"{"error":"Non permissible resource"}"#)).await;
    assert_eq!(kind(client(&server).delete_user(&ours()).await), ErrorKind::NotPermissible);
}

#[tokio::test]
async fn a_sign_in_address_is_fetched_with_the_platform_key_and_never_printed() {
    let url = "https://chat.example/app/login?email=a%40b.example&sso_auth_token=00ff";
    let server = Server::answering(json(200, &value!({ "url": url }).to_string())).await;
    let fetched = client(&server).sign_in_url(&ours()).await.unwrap();
    assert_eq!(fetched.reveal(), url);
    assert!(!format!("{fetched:?}").contains("00ff"));
    let [call] = &server.seen()[..] else { panic!("one call") };
    assert!(call.line().starts_with("GET /platform/api/v1/users/") && call.line().ends_with("/login"));
    assert_eq!(call.header("api-access-token"), Some(PLATFORM_KEY));
    for body in ["{}", "[]", r#"{"url":1}"#, r#"{"url":"ftp://chat.example/?sso_auth_token=1"}"#] {
        let server = Server::answering(json(200, body)).await;
        let refused = client(&server).sign_in_url(&ours()).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Unknown, "{body}");
    }
}
