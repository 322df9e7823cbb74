//! Admin > Audit log.

use std::time::Duration;

use axum::http::Method;
use chrono::{DateTime, Utc};
use localboxs::db;
use localboxs::db::audit::Event;
use localboxs::db::audit::search::{Cursor, Filter, Part, statement};
use localboxs::domain::ids::UserId;
use localboxs::domain::user::User;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, TestApp, queries};

const ADMIN: &str = "sam@localboxs.example";
const PAGE: &str = "/admin/audit";

/// An administrator, two tenants, and a little history.
async fn office() -> (TestApp, Client, User, User) {
    let app = TestApp::new().await;
    let admin = app.administrator(ADMIN).await;
    app.execute("UPDATE users SET name = 'Sam Lee', search_text = 'sam lee'").await;
    let rosa = app.tenant("owner@bakery.example", "PRO").await;
    app.execute("UPDATE users SET name = 'Rosa Bloom', search_text = 'rosa bloom' WHERE email = 'owner@bakery.example'").await;
    app.tenant("owner@bikes.example", "PRO").await;
    let client = app.signed_in(ADMIN).await;
    (app, client, admin, rosa)
}

async fn insert(app: &TestApp, event: Event) {
    let tx = app.app.db.write().await.unwrap();
    db::audit::insert(&*tx, event).await.unwrap();
    tx.commit().await.unwrap();
}

fn event(app: &TestApp, by: &User, tenant: Option<UserId>, action: &'static str, after: Value) -> Event {
    Event {
        at: app.app.now(),
        tenant,
        actor: "user",
        actor_id: Some(by.id),
        action,
        object: "agent",
        object_id: Uuid::from_u128(7).to_string(),
        before: None,
        after: Some(after),
        reason: None,
        request_id: Some("request-7".into()),
    }
}

async fn sentences(client: &mut Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("{PAGE}?{query}")).await;
    assert_eq!(page.status, 200, "{query}");
    page.texts("td[data-label='What happened'] a")
}

#[tokio::test]
async fn every_change_of_everybody_is_read_newest_first() {
    let (app, mut admin, sam, rosa) = office().await;
    app.advance(Duration::from_mins(1));
    insert(&app, event(&app, &rosa, Some(rosa.id), "agent.created", json!({ "name": "Ana" }))).await;
    app.advance(Duration::from_mins(1));
    let limits =
        |value: i64| json!({ "label": "Pro", "limits": { "maxHelpdeskAgents": value }, "tenantsOver": 4 });
    let lowered = Event {
        before: Some(limits(5)),
        object_id: "PRO".into(),
        ..event(&app, &sam, None, "tier.limits_changed", limits(3))
    };
    insert(&app, lowered).await;
    let page = admin.get(PAGE).await;
    assert_eq!(page.status, 200);
    let told = page.texts("td[data-label='What happened'] a");
    assert_eq!(
        told[..2],
        ["Sam Lee lowered Pro: Helpdesk agents from 5 to 3 · 4 tenants over", "Rosa Bloom created Ana"]
    );
    assert!(told.contains(&"The operator created the account of Rosa Bloom".to_owned()), "{told:?}");
    assert_eq!(page.texts("tbody td[data-label=When]")[0], "23 Nov 2026, 12:02:00 UTC");
    assert_eq!(page.texts("tbody td[data-label=Tenant]")[..2], ["None", "Rosa Bloom"]);
    assert!(!page.has("nav[aria-label='Pages of entries']"), "all of them are on one page");
}

#[tokio::test]
async fn each_filter_narrows_the_list_and_stays_in_the_form() {
    let (app, _, sam, rosa) = office().await;
    app.advance(Duration::from_hours(24));
    let mut admin = app.signed_in(ADMIN).await;
    insert(&app, event(&app, &rosa, Some(rosa.id), "agent.created", json!({ "name": "Ana" }))).await;
    insert(&app, event(&app, &sam, Some(rosa.id), "agent.retried", json!({ "name": "Ana" }))).await;
    let (by_rosa, by_sam) = ("Rosa Bloom created Ana", "Sam Lee tried again to set up Ana");
    for (query, expected) in [
        ("actor=rosa", vec![by_rosa]),
        ("actor=SAM%40local", vec![by_sam]),
        ("actor=rosa&tenant=rosa&action=agent.created&from=2026-11-24&to=2026-11-24", vec![by_rosa]),
        ("action=agent.retried", vec![by_sam]),
        ("from=2026-11-24", vec![by_sam, by_rosa]),
        ("object=00000000-0000-0000-0000-000000000007", vec![by_sam, by_rosa]),
        ("tenant=owner%40bikes", vec!["The operator created the account of Ana Ruiz"]),
        ("tenant=owner%40bikes&action=agent.created", vec![]),
        ("actor=nobody", vec![]),
        ("tenant=nobody", vec![]),
        ("object=nobody", vec![]),
        ("action=nothing", vec![]),
        ("to=2026-11-22", vec![]),
        ("actor=%00%25_%27%3B--", vec![]),
    ] {
        assert_eq!(sentences(&mut admin, query).await, expected, "{query}");
    }
    assert_eq!(sentences(&mut admin, "actor=operator").await.len(), 3);
    assert_eq!(sentences(&mut admin, "to=2026-11-23&actor=operator").await.len(), 3);
    let page = admin.get(&format!("{PAGE}?actor=rosa&action=agent.created&from=2026-11-24")).await;
    assert_eq!((page.value_of("#actor"), page.value_of("#from")), ("rosa".into(), "2026-11-24".into()));
    assert_eq!(page.attribute("option[selected]", "value"), "agent.created");
    assert_eq!(page.attribute("#results", "data-told"), "1 entry found");
    let nothing = admin.get_htmx(&format!("{PAGE}?tenant=nobody")).await;
    assert_eq!(nothing.words("#results .empty"), "No entries match. Clear filter");
    assert_eq!(nothing.attribute("#results", "data-told"), "No entries match");
    assert!(nothing.text().contains("<html"), "htmx picks its part of the same page");
}

#[tokio::test]
async fn objects_are_found_by_the_name_or_address_of_an_agent_a_tier_or_a_user() {
    let (app, mut admin, sam, rosa) = office().await;
    let agent = Uuid::now_v7();
    let now = app.app.now();
    let stored = localboxs::domain::agent::Agent {
        id: localboxs::domain::ids::AgentId(agent),
        tenant: rosa.id,
        name: "Zoë Quinn".into(),
        email: "owner+zoe.quinn@bakery.example".into(),
        tag: "tag".into(),
        state: localboxs::domain::agent::AgentState::Ready,
        holds_seat: true,
        removal_wanted: false,
        credential: localboxs::domain::agent::Credential::Set,
        chatwoot_user: None,
        linked: true,
        verified: true,
        deletion_asked: false,
        failure: None,
        ..localboxs::domain::agent::Agent::wished(localboxs::domain::ids::AgentId(agent), rosa.id, now)
    };
    let tx = app.app.db.write().await.unwrap();
    db::agents::insert(&*tx, &stored, 1).await.unwrap();
    tx.commit().await.unwrap();
    let about = |object_id: String, action| Event {
        object_id,
        ..event(&app, &sam, None, action, json!({ "name": "Zoë Quinn", "label": "Team" }))
    };
    insert(&app, about(agent.to_string(), "agent.ready")).await;
    insert(&app, about("TEAM".into(), "tier.added")).await;
    for query in ["object=zo%C3%AB", "object=ZO%C3%8B+q", "object=owner%2Bzoe"] {
        assert_eq!(sentences(&mut admin, query).await, ["Zoë Quinn is ready"], "{query}");
    }
    assert_eq!(sentences(&mut admin, "object=team").await, ["Sam Lee added the tier Team"]);
    insert(&app, about("PRO_PLUS".into(), "tier.added")).await;
    assert_eq!(sentences(&mut admin, "object=pro+plus").await, ["Sam Lee added the tier Team"]);
    let users = sentences(&mut admin, "object=rosa").await;
    assert_eq!(users, ["The operator created the account of Rosa Bloom"]);
}

#[tokio::test]
async fn a_day_that_is_none_is_refused_at_its_field_with_what_was_typed() {
    let (_app, mut admin, ..) = office().await;
    for (query, field, words) in [
        ("from=tomorrow", "from", "Enter a day such as 2026-11-23."),
        ("to=2026-02-30", "to", "Enter a day such as 2026-11-23."),
        ("to=999999-01-01", "to", "Enter a day such as 2026-11-23."),
        ("from=2026-11-24&to=2026-11-23", "to", "The last day is before the first. Enter a later one."),
    ] {
        let page = admin.get(&format!("{PAGE}?actor=sam&{query}")).await;
        assert_eq!(page.status, 422, "{query}");
        assert!(page.words("title").starts_with("Error: "));
        assert_eq!(page.words("#error-summary li"), words);
        assert_eq!(page.attribute("#error-summary a", "href"), format!("#{field}"));
        assert_eq!(page.words(&format!("#{field}-error")), words);
        assert_eq!(page.value_of("#actor"), "sam");
        assert!(!page.has("tbody"));
        assert_eq!(admin.get(&format!("/admin/audit.csv?{query}")).await.status, 422);
    }
}

#[tokio::test]
async fn pages_lead_to_older_and_newer_entries_without_gaps_also_while_others_write() {
    let (app, mut admin, _, rosa) = office().await;
    for number in 0..120 {
        let named = json!({ "name": format!("Agent {number}") });
        insert(&app, event(&app, &rosa, Some(rosa.id), "agent.created", named)).await;
    }
    let filter = "tenant=rosa&action=agent.created";
    let link = |page: &crate::support::Answer, rel: &str| page.attribute(&format!("a[rel={rel}]"), "href");
    let mut page = admin.get(&format!("{PAGE}?{filter}")).await;
    let mut seen = page.texts("td[data-label='What happened'] a");
    let first = seen.clone();
    assert!(!page.has("a[rel=prev]"));
    let small = admin.call(Method::GET, PAGE).header("accept-encoding", "br").send().await;
    assert!(small.body.len() <= 8 * 1024, "{} bytes", small.body.len());
    assert_eq!(page.attribute("#results", "data-told"), "50 entries on this page, and there are more");
    insert(&app, event(&app, &rosa, Some(rosa.id), "agent.created", json!({ "name": "Late" }))).await;
    while page.has("a[rel=next]") {
        page = admin.get(&link(&page, "next")).await;
        seen.extend(page.texts("td[data-label='What happened'] a"));
    }
    let expected: Vec<_> =
        (0..120).rev().map(|number| format!("Rosa Bloom created Agent {number}")).collect();
    assert_eq!(seen, expected);
    let page = admin.get(&link(&page, "prev")).await;
    assert_eq!(page.texts("td[data-label='What happened'] a"), expected[50..100]);
    let page = admin.get(&link(&page, "prev")).await;
    assert_eq!(page.texts("td[data-label='What happened'] a"), first);
    let page = admin.get(&link(&page, "prev")).await;
    assert_eq!(page.texts("td[data-label='What happened'] a"), ["Rosa Bloom created Late"]);
    assert!(!page.has("a[rel=prev]") && page.has("a[rel=next]"));
    assert_eq!(sentences(&mut admin, "older=nonsense&newer=1.x").await.len(), 50);
}

#[tokio::test]
async fn an_entry_shows_before_and_after_where_it_came_from_and_its_place() {
    let (app, mut admin, sam, rosa) = office().await;
    let changed = Event {
        before: Some(json!({ "limit": "maxHelpdeskAgents", "value": 3 })),
        reason: Some("They grow <fast>".into()),
        ..event(
            &app,
            &sam,
            Some(rosa.id),
            "override.set",
            json!({ "limit": "maxHelpdeskAgents", "value": -1 }),
        )
    };
    insert(&app, changed).await;
    let list = admin.get(&format!("{PAGE}?action=override.set")).await;
    let page = admin.get(&list.attribute("td[data-label='What happened'] a", "href")).await;
    assert_eq!(page.words("h1"), "Sam Lee set Helpdesk agents of Rosa Bloom to no limit");
    let cells = page.texts("tbody tr:last-child td");
    assert_eq!(cells, ["Value", "3", "no limit"]);
    let facts = page.words("dl");
    for fact in [
        "Sam Lee (sam@localboxs.example)",
        "They grow <fast>",
        "request-7",
        "Entry 2 in the chain of Rosa Bloom",
    ] {
        assert!(facts.contains(fact), "{fact} in {facts}");
    }
    let hash = app.column("SELECT hash FROM audit_events WHERE action = 'override.set'").await.remove(0);
    assert!(facts.contains(&hash));
    for id in ["nonsense", "00000000-0000-0000-0000-000000000009"] {
        assert_eq!(admin.get(&format!("{PAGE}/{id}")).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn what_people_do_is_told_with_their_network_and_what_the_program_does_without() {
    let (app, mut admin, _, rosa) = office().await;
    let limits = format!("/admin/tenants/{}/limits", rosa.id);
    let wanted = [("limit", "maxDemos"), ("mode", "limit"), ("value", "9"), ("reason", "They grow")];
    assert_eq!(admin.post(&limits, &wanted).await.status, 303);
    let stored = "SELECT coalesce(network, 'none') FROM audit_events WHERE action = ";
    let network = app.column(&format!("{stored}'override.set'")).await.remove(0);
    assert!(network.ends_with(".0/24"), "{network}");
    assert!(app.column(&format!("{stored}'user.created'")).await.iter().all(|network| network == "none"));
    let list = admin.get(&format!("{PAGE}?action=override.set")).await;
    let page = admin.get(&list.attribute("td[data-label='What happened'] a", "href")).await;
    assert!(page.words("dl").contains(&format!("Network{network}")), "{}", page.words("dl"));
    let whole = localboxs::services::audit::verify(&app.app).await.unwrap();
    assert!(matches!(whole, localboxs::services::audit::Verdict::Whole { .. }), "{whole:?}");
}

#[tokio::test]
async fn an_export_has_every_entry_of_the_filter_and_nothing_that_a_spreadsheet_would_run() {
    let (app, mut admin, _, rosa) = office().await;
    for number in 0..600 {
        let named = json!({ "name": format!("=Agent {number}") });
        insert(&app, event(&app, &rosa, Some(rosa.id), "agent.ready", named)).await;
    }
    let list = admin.get(&format!("{PAGE}?tenant=rosa&action=agent.ready")).await;
    let file = admin.get(&list.attribute("a[download]", "href")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"audit-2026-11-23.csv\"");
    let mut reader = csv::Reader::from_reader(file.body.as_ref());
    assert_eq!(&reader.headers().unwrap()[0], "time");
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 600);
    assert_eq!((&rows[0][0], &rows[0][2]), ("2026-11-23T12:00:00.000000Z", "owner@bakery.example"));
    assert_eq!(&rows[0][9], "'=Agent 599 is ready");
    assert_eq!(&rows[599][9], "'=Agent 0 is ready");
    let nothing = admin.get("/admin/audit.csv?tenant=nobody").await;
    assert_eq!(nothing.text().lines().count(), 1, "only the heads");
}

#[tokio::test]
async fn only_administrators_read_it() {
    let (app, ..) = office().await;
    let mut tenant = app.signed_in("owner@bakery.example").await;
    for path in [PAGE, "/admin/audit.csv", "/admin/audit/00000000-0000-0000-0000-000000000009"] {
        let answer = tenant.get(path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.text().contains("created the account"), "{path}");
        let answer = app.anonymous().get(path).await;
        assert!(answer.header("location").starts_with("/sign-in"), "{path}");
    }
}

#[tokio::test]
async fn no_page_costs_more_than_three_queries() {
    let (_app, mut admin, ..) = office().await;
    assert_eq!(queries(admin.get(PAGE)).await, 2);
    let everything = format!("{PAGE}?actor=sam&tenant=rosa&object=x&action=agent.created&from=2026-11-23");
    assert_eq!(queries(admin.get(&everything)).await, 3);
    let entry = admin.get(PAGE).await.texts("tbody tr").len();
    assert!(entry > 0);
}

#[tokio::test]
async fn every_filter_walks_along_an_index_and_sorts_nothing() {
    let app = TestApp::new().await;
    let conn = app.app.db.read();
    if conn.get_database_backend() != DbBackend::Sqlite {
        return;
    }
    let id = || Some(vec![UserId(Uuid::now_v7())]);
    let day: DateTime<Utc> = app.app.now();
    let none = Filter::default;
    let filters = [
        ("audit_events_at", none()),
        ("audit_events_at", Filter { from: Some(day), until: Some(day), ..none() }),
        ("audit_events_actor", Filter { actors: id(), ..none() }),
        ("audit_events_actor_kind", Filter { actor_kind: Some("operator"), ..none() }),
        ("audit_events_tenant_at", Filter { tenants: id(), ..none() }),
        ("audit_events_action", Filter { action: Some("agent.created".into()), ..none() }),
        ("audit_events_object", Filter { objects: Some(vec!["PRO".into()]), ..none() }),
    ];
    let cursor = Cursor { at: day, id: Uuid::now_v7() };
    for (index, filter) in filters {
        for part in [Part::Newest, Part::OlderThan(cursor), Part::NewerThan(cursor)] {
            let Statement { sql, values, .. } = statement(DbBackend::Sqlite, &filter, part, 51);
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let explain = Statement::from_sql_and_values(DbBackend::Sqlite, explain, values.unwrap());
            let rows = conn.query_all_raw(explain).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
            let told = format!("{filter:?} {part:?}: {plan:#?}");
            assert!(plan[0].contains(&format!("USING INDEX {index}")), "{told}");
            assert!(plan.iter().all(|line| !line.contains("TEMP B-TREE")), "{told}");
        }
    }
}
