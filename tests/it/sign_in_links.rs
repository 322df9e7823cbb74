//! Handing a sign-in over with a link: by the page, with htmx, over JSON, and used by somebody without a session.

use std::time::Duration;

use axum::http::Method;
use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::support::{Answer, Api, CALLS, Client, Office, Setup};

const OWNER: &str = "owner@acme.example";
const ANA: &str = "owner+ana@acme.example";

async fn with_ana(office: &Office) -> (Api, String) {
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let agent = owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    (owner, agent)
}

/// A new link over JSON, as a path.
async fn link(owner: &mut Api, agent: &str) -> String {
    let made = owner.post(&format!("{CALLS}/agents/{agent}/sign-in-link"), &json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    path_of(made.json()["url"].as_str().unwrap())
}

fn path_of(url: &str) -> String {
    let path = url.strip_prefix("http://localhost:3000").unwrap();
    assert!(path.starts_with("/agent-sign-in/") && path.len() > 60, "{path}");
    path.to_owned()
}

fn page(agent: &str) -> String {
    format!("/integrations/helpdesk/agents/{agent}/sign-in-link")
}

/// Where a used link leads.
fn onward(page: &Answer) -> String {
    let url = page.attribute("#open-chatwoot", "href");
    assert_eq!(page.header("refresh"), format!("0; url={url}"));
    url
}

async fn actions(office: &Office) -> Vec<String> {
    let sql = "SELECT action FROM audit_events WHERE action LIKE 'agent.sign_in%' ORDER BY seq";
    office.app.column(sql).await
}

#[tokio::test]
async fn a_link_is_shown_once_signs_in_once_and_leaves_only_a_hash() {
    let office = Office::open().await;
    let (owner, agent) = with_ana(&office).await;
    let mut owner = owner.client;
    let first = owner.get(&page(&agent)).await;
    assert_eq!((first.status, first.words("#state-title")), (200, "Ana has no open link".into()));
    let made = owner.post(&page(&agent), &[]).await;
    assert_eq!(made.status, 200, "{}", made.text());
    assert!(made.header("cache-control").contains("no-store") && made.has("[hx-history=false]"));
    let path = path_of(&made.value_of("#secret"));
    let token = path.rsplit('/').next().unwrap().to_owned();
    assert!(made.words("#hand-over").contains(&token));
    let later = owner.get(&page(&agent)).await;
    assert!(later.words("#last").contains("works once, until 24 Nov 2026, 12:00 UTC"));
    assert!(!later.text().contains(&token), "shown once");

    let mut anybody = office.app.anonymous();
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let looked = anybody.call(method, &path).send().await;
        assert_eq!(looked.status, 200, "a look uses nothing up");
    }
    let landing = anybody.get(&path).await;
    assert_eq!(landing.words("h1"), "Sign in as Ana");
    assert_eq!(landing.header("cache-control"), "no-store");
    assert!(office.sandbox.sso_tokens().is_empty(), "Chatwoot is asked only after a press");
    assert!(!landing.text().contains(ANA) && !landing.text().contains(OWNER), "no more than the name");
    let action = landing.attribute("main form", "action");
    let used = anybody.post(&action, &[]).await;
    assert_eq!((used.status, used.words("h1")), (200, "Signing in as Ana".into()), "{}", used.text());
    assert_eq!((used.header("cache-control"), used.header("referrer-policy")), ("no-store", "no-referrer"));
    assert!(used.header("content-security-policy").contains("form-action 'self'"));
    let ana = office.sandbox.user_by_email(ANA).unwrap().id;
    let url = onward(&used);
    assert_eq!(office.sandbox.edit(|chatwoot| chatwoot.follow_sign_in_link(&url)), Ok(ana));

    for again in [anybody.get(&path).await, anybody.post(&path, &[]).await] {
        assert_eq!((again.status, again.words("h1")), (410, "This link doesn't work".into()));
        assert!(again.words("#over").contains("It was used on 23 Nov 2026"));
        assert!(again.words("#over").contains("ask whoever sent you the link for a new one"));
        assert_eq!(again.header("referrer-policy"), "no-referrer");
    }
    assert_eq!(office.sandbox.sso_tokens().len(), 1);
    assert!(owner.get(&page(&agent)).await.words("#last").contains("The last link was used just now"));
    assert_eq!(actions(&office).await, ["agent.sign_in_link_made", "agent.sign_in_link_used"]);
    let history = owner.get(&format!("/integrations/helpdesk/agents/{agent}")).await;
    assert!(history.words(".history").contains("Somebody signed in as Ana with the sign-in link"));
    let stored = office.app.stored_bytes().await;
    assert!(!stored.windows(token.len()).any(|window| window == token.as_bytes()));
    let sso = &office.sandbox.sso_tokens()[0].token;
    assert!(!stored.windows(sso.len()).any(|window| window == sso.as_bytes()));
}

#[tokio::test]
async fn pressed_by_many_at_once_it_signs_in_once() {
    let office = Office::open().await;
    let (mut owner, agent) = with_ana(&office).await;
    let path = link(&mut owner, &agent).await;
    let presses = (0..8).map(|_| {
        let (mut client, path) = (office.app.anonymous(), path.clone());
        async move { client.post(&path, &[]).await }
    });
    let answers = futures_util::future::join_all(presses).await;
    let shown = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(shown, 1);
    assert!(answers.iter().all(|answer| [200, 410].contains(&answer.status)));
    assert_eq!(actions(&office).await, ["agent.sign_in_link_made", "agent.sign_in_link_used"]);
}

#[tokio::test]
async fn a_link_ends_when_it_is_revoked_replaced_or_old() {
    let office = Office::open().await;
    let (mut owner, agent) = with_ana(&office).await;
    let mut anybody = office.app.anonymous();
    let replaced = link(&mut owner, &agent).await;
    let revoked = link(&mut owner, &agent).await;
    assert!(anybody.get(&replaced).await.words("#over").contains("It was taken back"));
    let done = owner.delete(&format!("{CALLS}/agents/{agent}/sign-in-link")).await;
    assert_eq!(done.status, 204);
    assert_eq!(owner.delete(&format!("{CALLS}/agents/{agent}/sign-in-link")).await.status, 204, "again");
    let over = anybody.post(&revoked, &[]).await;
    assert!(over.status == 410 && over.words("#over").contains("ask whoever sent you the link"));
    let by_page = link(&mut owner, &agent).await;
    let answer = owner.client.post(&format!("{}/revoke", page(&agent)), &[]).await;
    assert_eq!((answer.status, answer.header("location")), (303, &*page(&agent)));
    let answer = owner.client.post_htmx(&format!("{}/revoke", page(&agent)), &[]).await;
    assert_eq!((answer.status, answer.header("hx-redirect")), (204, &*page(&agent)));
    assert_eq!(anybody.get(&by_page).await.status, 410);
    let old = link(&mut owner, &agent).await;
    office.app.advance(Duration::from_hours(24));
    let over = anybody.post(&old, &[]).await;
    assert!(over.status == 410 && over.words("#over").contains("valid for 24 hours"), "{}", over.text());
    let mut owner = office.app.signed_in(OWNER).await;
    assert!(owner.get(&page(&agent)).await.words("#last").contains("The last link was not used"));
    let wrong = anybody.get(&format!("/agent-sign-in/{}", "0".repeat(64))).await;
    assert_eq!((wrong.status, wrong.words("h1")), (404, "This link doesn't work".into()));
    assert!(office.sandbox.sso_tokens().is_empty());
    let expected = ["made", "revoked", "made", "revoked", "made", "revoked", "made"];
    assert_eq!(actions(&office).await, expected.map(|done| format!("agent.sign_in_link_{done}")));
}

#[tokio::test]
async fn suspending_or_removing_an_agent_revokes_its_link_for_good() {
    let office = Office::open().await;
    let (mut owner, agent) = with_ana(&office).await;
    let mut anybody = office.app.anonymous();
    let here = format!("/integrations/helpdesk/agents/{agent}");
    let sentence = "The sign-in link that is out for Ana stops working.";
    assert!(!owner.client.get(&format!("{here}/suspend")).await.text().contains(sentence), "none is out");
    for (away, back) in [("suspend", "resume"), ("remove", "undo-removal")] {
        for with in ["page", "htmx", "json"] {
            let path = link(&mut owner, &agent).await;
            let asked = owner.client.get(&format!("{here}/{away}")).await;
            assert!(asked.words(".consequences").contains(sentence), "{away}: {}", asked.text());
            assert!(!owner.client.get(&format!("{here}/{back}")).await.text().contains(sentence));
            let calls = format!("{CALLS}/agents/{agent}");
            let done = match (with, away) {
                ("page", _) => owner.client.post(&format!("{here}/{away}"), &[]).await.status == 303,
                ("htmx", _) => owner.client.post_htmx(&format!("{here}/{away}"), &[]).await.status == 204,
                (_, "remove") => owner.delete(&calls).await.status == 202,
                _ => owner.post(&format!("{calls}/{away}"), &json!({})).await.status == 200,
            };
            assert!(done, "{away} with {with}");
            let last = ["agent.sign_in_link_made", "agent.sign_in_link_revoked"];
            let told = actions(&office).await;
            assert!(told.ends_with(&last.map(str::to_owned)), "{away} with {with}: {told:?}");
            assert_eq!(owner.client.post(&format!("{here}/{back}"), &[]).await.status, 303);
            let over = anybody.post(&path, &[]).await;
            assert_eq!(over.status, 410, "{away} with {with}: {}", over.text());
            assert!(over.words("#over").contains("It was taken back"));
            let history = owner.client.get(&here).await;
            assert!(history.words(".history").contains("You revoked the sign-in link of Ana"));
            office.app.advance(Duration::from_mins(16));
            owner = office.api(office.app.signed_in(OWNER).await);
        }
    }
    assert!(office.sandbox.sso_tokens().is_empty());
    let path = link(&mut owner, &agent).await;
    assert_eq!(anybody.post(&path, &[]).await.status, 200, "a new one works");
    owner.client.post(&format!("{here}/suspend"), &[]).await;
    let told = actions(&office).await;
    assert_eq!(
        told.last().map(String::as_str),
        Some("agent.sign_in_link_used"),
        "nothing was left to revoke"
    );
}

#[tokio::test]
async fn htmx_gets_the_same_page_with_the_link() {
    let office = Office::open().await;
    let (owner, agent) = with_ana(&office).await;
    let mut owner = owner.client;
    let made = owner.post_htmx(&page(&agent), &[]).await;
    assert_eq!(made.status, 200);
    assert!(made.text().starts_with("<!doctype html>") && made.has("#main #secret[value]"));
}

#[tokio::test]
async fn only_a_few_links_are_made_for_an_agent_in_an_hour() {
    let office = Office::open().await;
    let (mut owner, agent) = with_ana(&office).await;
    for _ in 0..5 {
        link(&mut owner, &agent).await;
    }
    let refused = owner.post(&format!("{CALLS}/agents/{agent}/sign-in-link"), &json!({})).await;
    assert_eq!(refused.json_error(), (429, "too_many_requests".into()));
    assert_eq!(refused.header("retry-after"), "3600");
    let refused = owner.client.post(&page(&agent), &[]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "3600"));
    let said = refused.words("#error-summary");
    assert!(said.contains("5 sign-in links can be made for an agent in an hour, and 5 were."), "{said}");
    assert!(said.contains("You can make the next one in 60 minutes."), "{said}");
    let other = owner.agent(&json!({ "name": "Ben" })).await;
    link(&mut owner, &other).await;
    office.app.advance(Duration::from_mins(61));
    let mut owner = office.api(office.app.signed_in(OWNER).await);
    link(&mut owner, &agent).await;
}

#[tokio::test]
async fn nobody_makes_or_sees_links_of_somebody_elses_agent() {
    let office = Office::open().await;
    let (mut owner, agent) = with_ana(&office).await;
    let open = link(&mut owner, &agent).await;
    let mut other = office.tenant("other@b.example", "PRO", &[]).await;
    let absent = uuid::Uuid::now_v7().to_string();
    for (theirs, nobodys) in [(page(&agent), page(&absent))] {
        let (theirs, nobodys) = (other.client.get(&theirs).await, other.client.get(&nobodys).await);
        assert_eq!((theirs.status, nobodys.status), (404, 404));
    }
    assert_eq!(other.client.post(&page(&agent), &[]).await.status, 404);
    assert_eq!(other.client.post(&format!("{}/revoke", page(&agent)), &[]).await.status, 404);
    let calls = format!("{CALLS}/agents/{agent}/sign-in-link");
    assert_eq!(other.post(&calls, &json!({})).await.json_error(), (404, "not_found".into()));
    assert_eq!(other.delete(&calls).await.json_error(), (404, "not_found".into()));
    assert_eq!(office.app.anonymous().get(&open).await.status, 200, "still open");
}

#[tokio::test]
async fn only_a_ready_agent_of_ours_is_signed_in() {
    let office = Office::open().await;
    let (mut owner, agent) = with_ana(&office).await;
    let mut anybody = office.app.anonymous();
    let path = link(&mut owner, &agent).await;
    let away = async |client: &mut Client, path: &str| {
        let answer = client.post(path, &[]).await;
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert!(answer.words("#over").contains("can't be signed in at the moment"));
    };
    let set = async |column: &str, value: &str| {
        office.app.execute(&format!("UPDATE helpdesk_users SET {column} = {value}")).await;
    };
    set("state", "'needs_attention'").await;
    away(&mut anybody, &path).await;
    set("state", "'ready'").await;
    // Another tag stands for a person who is not ours, such as after a restore of Chatwoot.
    let tag = office.app.column("SELECT tag FROM helpdesk_users").await.remove(0);
    set("tag", "'another'").await;
    away(&mut anybody, &path).await;
    set("tag", &format!("'{tag}'")).await;
    office.app.execute("UPDATE users SET disabled_at = created_at").await;
    away(&mut anybody, &path).await;
    office.app.execute("UPDATE users SET disabled_at = NULL").await;
    assert!(office.sandbox.sso_tokens().is_empty(), "no link was fetched");
    assert_eq!(anybody.post(&path, &[]).await.status, 200, "nothing of that used it up");
    let making = owner.agent(&json!({ "name": "Ben" })).await;
    office.app.execute("UPDATE helpdesk_users SET state = 'setting_up' WHERE name = 'Ben'").await;
    let refused = owner.post(&format!("{CALLS}/agents/{making}/sign-in-link"), &json!({})).await;
    assert_eq!(refused.json_error(), (409, "conflict".into()));
    let refused = owner.client.post(&page(&making), &[]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.words("#error-summary").contains("once the agent is ready"));
}

#[tokio::test]
async fn an_agent_that_chatwoot_made_an_administrator_is_not_signed_in() {
    let office = Office::open().await;
    let (mut owner, agent) = with_ana(&office).await;
    let path = link(&mut owner, &agent).await;
    let ana = office.sandbox.user_by_email(ANA).unwrap();
    let body = format!(
        r#"{{"id":{},"name":"Ana","email":"{ANA}","custom_attributes":{{"localboxs_ref":"{}"}},"accounts":[{{"id":1,"name":"Acme","role":"administrator"}}]}}"#,
        ana.id,
        office.app.column("SELECT tag FROM helpdesk_users").await.remove(0),
    );
    let reply = Reply::Custom { status: 200, content_type: "application/json".into(), body };
    office.sandbox.inject(Fault::on("GET", "/platform/api/v1/users/*").forever().reply(reply));
    let answer = office.app.anonymous().post(&path, &[]).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(office.sandbox.sso_tokens().is_empty());
}

#[tokio::test]
async fn a_link_survives_what_chatwoot_does() {
    let office = Office::with_patience(Duration::from_secs(2)).await;
    let (mut owner, agent) = with_ana(&office).await;
    let path = link(&mut owner, &agent).await;
    let mut anybody = office.app.anonymous();
    let json_reply = |status: u16, body: &str| Reply::Custom {
        status,
        content_type: "application/json".into(),
        body: body.into(),
    };
    let login = "/platform/api/v1/users/*/login";
    for (reply, status) in [
        (Reply::Hang, 504),
        (json_reply(500, r#"{"status":500,"error":"Internal Server Error"}"#), 502),
        (json_reply(200, "{}"), 502),
        (json_reply(200, r#"{"url":"javascript:alert(1)//?sso_auth_token=1"}"#), 502),
        (json_reply(401, r#"{"error":"Invalid access_token"}"#), 502),
    ] {
        office.sandbox.inject(Fault::on("GET", login).forever().reply(reply));
        let answer = anybody.post(&path, &[]).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.words("#later").contains("The link still works"), "{}", answer.text());
        assert!(answer.has("#sign-in") && answer.words("title").starts_with("Error: "));
        assert!(!answer.text().contains("javascript:") && answer.header("refresh").is_empty());
        office.sandbox.clear_faults();
    }
    office.app.app.chatwoot_answers.send_replace(false);
    assert_eq!(anybody.post(&path, &[]).await.status, 503);
    office.app.app.chatwoot_answers.send_replace(true);
    assert_eq!(anybody.post(&path, &[]).await.status, 200);
}

#[tokio::test]
async fn the_operator_can_switch_links_off() {
    let office = Office::open_with(Setup { without_sign_in_links: true, ..Setup::default() }).await;
    let (mut owner, agent) = with_ana(&office).await;
    let refused = owner.post(&format!("{CALLS}/agents/{agent}/sign-in-link"), &json!({})).await;
    assert_eq!(refused.json_error(), (403, "not_allowed".into()));
    let shown = owner.client.get(&page(&agent)).await;
    assert!(shown.words("main").contains("switched off on this server") && !shown.has("#make-link"));
    assert_eq!(owner.client.post(&page(&agent), &[]).await.status, 403);
    let way = owner.client.get(&format!("/integrations/helpdesk/agents/{agent}")).await;
    assert!(!way.has("#sign-in-link"), "no way there");
    let landing = office.app.anonymous().get(&format!("/agent-sign-in/{}", "0".repeat(64))).await;
    assert_eq!(landing.status, 403);
    assert!(landing.words("#over").contains("switched off"));
    assert_eq!(owner.delete(&format!("{CALLS}/agents/{agent}/sign-in-link")).await.status, 204);
}
