//! Admin > Agents, across all tenants.

use std::time::{Duration, Instant};

use axum::http::Method;
use chatwoot_sandbox::{Fault, Reply};
use localboxs::db;
use localboxs::db::across::{Filter, Part, Show, statement};
use localboxs::domain::agent::{Agent, AgentState, Credential, Failure};
use localboxs::domain::ids::{AgentId, UserId};
use localboxs::domain::user::User;
use localboxs::services::provisioning;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Answer, Client, Office, TestApp, queries};

const ADMIN: &str = "sam@localboxs.example";
const PAGE: &str = "/admin/agents";
const RETRY: &str = "/admin/agents/retry";

/// What Chatwoot says when its account has no seat left.
fn full() -> Fault {
    let body = r#"{"error":"Account limit exceeded. Please purchase more licenses"}"#.to_owned();
    let reply = Reply::Custom { status: 402, content_type: "application/json".into(), body };
    Fault::on("POST", "/platform/api/v1/accounts/*/account_users").forever().reply(reply)
}

/// An agent that stands like this, with nothing under way.
fn agent(app: &TestApp, tenant: &User, name: &str, state: AgentState, seat: i64) -> Agent {
    let id = AgentId(Uuid::now_v7());
    Agent {
        id,
        tenant: tenant.id,
        name: name.to_owned(),
        email: format!("{}+{seat}@agents.example", name.split(' ').next().unwrap().to_lowercase()),
        tag: id.to_string(),
        state,
        holds_seat: true,
        removal_wanted: false,
        credential: if name.contains("locked") { Credential::Unset } else { Credential::Set },
        chatwoot_user: None,
        linked: true,
        verified: true,
        deletion_asked: false,
        failure: (state == AgentState::NeedsAttention).then_some(Failure::AccountFull),
        ..Agent::wished(id, tenant.id, app.app.now())
    }
}

async fn store(app: &TestApp, agents: &[Agent]) {
    let tx = app.app.db.write().await.unwrap();
    for (seat, agent) in (1..).zip(agents) {
        db::agents::insert(&*tx, agent, seat).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Two tenants with an agent in every state, and an administrator.
async fn everybody() -> (TestApp, Client) {
    let app = TestApp::new().await;
    let bakery = app.tenant("owner@bakery.example", "PRO").await;
    let bikes = app.tenant("owner@bikes.example", "ENTERPRISE").await;
    app.execute("UPDATE users SET name = 'Rosa Bloom', search_text = 'rosa bloom' WHERE email = 'owner@bakery.example'").await;
    let everybody = [
        (&bakery, "Stuck One", AgentState::NeedsAttention),
        (&bakery, "Ready One", AgentState::Ready),
        (&bikes, "Taken One", AgentState::Conflict),
        (&bikes, "Ready locked", AgentState::Ready),
        (&bikes, "Making One", AgentState::SettingUp),
        (&bikes, "Leaving One", AgentState::Removing),
        (&bikes, "Gone One", AgentState::Removed),
    ];
    let stored =
        (1..).zip(everybody).map(|(seat, (tenant, name, state))| agent(&app, tenant, name, state, seat));
    store(&app, &stored.collect::<Vec<_>>()).await;
    app.administrator(ADMIN).await;
    let admin = app.signed_in(ADMIN).await;
    (app, admin)
}

fn names(page: &Answer) -> Vec<String> {
    let first = |cell: String| cell.split(' ').next().unwrap().to_owned();
    page.texts("tbody td[data-label=Agent]").into_iter().map(first).collect()
}

#[tokio::test]
async fn who_needs_attention_is_shown_first_with_tenant_step_and_cause() {
    let (_app, mut admin) = everybody().await;
    let page = admin.get(PAGE).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.words("h2#agents"), "3 agents need attention");
    assert_eq!(names(&page), ["Ready", "Taken", "Stuck"]);
    assert_eq!(page.texts(".badge"), ["Password needed", "Needs attention", "Needs attention"]);
    let wrong = page.texts("td[data-label='What is wrong']");
    assert_eq!(wrong[0], "No working password is set Step: Set the password");
    assert_eq!(wrong[1], "The address belongs to somebody else in Chatwoot Step: Create the sign-in");
    assert_eq!(wrong[2], "Chatwoot's own agent limit is reached");
    assert_eq!(page.texts("td[data-label=Tenant]")[2], "Rosa Bloom Pro");
    assert_eq!(
        page.texts("tbody input[name=agents]").len(),
        2,
        "where trying again can help, and who can be compared with Chatwoot"
    );
    assert!(admin.get("/").await.text().contains("3 agents need attention"));
}

#[tokio::test]
async fn filters_narrow_by_state_tenant_and_the_beginning_of_a_name_or_address() {
    let (app, mut admin) = everybody().await;
    for (query, expected) in [
        ("show=all", vec!["Leaving", "Making", "Ready", "Taken", "Ready", "Stuck"]),
        ("show=ready", vec!["Ready", "Ready"]),
        ("show=conflict", vec!["Taken"]),
        ("show=setting_up", vec!["Making"]),
        ("show=removing", vec!["Leaving"]),
        ("show=nonsense", vec!["Ready", "Taken", "Stuck"]),
        ("tenant=ROSA", vec!["Stuck"]),
        ("show=all&tenant=owner%40bakery", vec!["Ready", "Stuck"]),
        ("show=all&q=ready", vec!["Ready", "Ready"]),
        ("q=ready", vec!["Ready"]),
        ("show=all&q=ready%2B2", vec!["Ready"]),
        ("show=ready&q=Ready+l&tenant=owner", vec!["Ready"]),
        ("show=all&q=%25", vec![]),
        ("show=all&q=nobody%00", vec![]),
        ("show=all&tenant=nobody", vec![]),
        ("show=suspended", vec![]),
        ("show=needs_attention", vec!["Ready", "Taken", "Stuck"]),
    ] {
        let page = admin.get(&format!("{PAGE}?{query}")).await;
        assert_eq!(names(&page), expected, "{query}");
    }
    app.execute("UPDATE users SET search_text = 'émile' WHERE name = 'Rosa Bloom'").await;
    assert_eq!(
        names(&admin.get(&format!("{PAGE}?tenant=%C3%89MILE")).await),
        ["Stuck"],
        "in any letter case"
    );
    let page = admin.get(&format!("{PAGE}?show=all&q=ready&tenant=owner")).await;
    assert_eq!((page.value_of("#q"), page.value_of("#tenant")), ("ready".into(), "owner".into()));
    assert_eq!(page.attribute("#show option[selected]", "value"), "all");
    assert_eq!(page.words("h2#agents"), "2 agents");
    let none = admin.get_htmx(&format!("{PAGE}?q=nobody")).await;
    assert_eq!(
        none.words(".empty"),
        "No agents match. Names and addresses are matched from their beginning. Clear filter"
    );
    assert_eq!(none.attribute("#results", "data-told"), "No agents need attention");
    app.execute("UPDATE helpdesk_users SET state = 'ready', password_set = TRUE").await;
    assert_eq!(admin.get(PAGE).await.words(".empty"), "No agent needs attention. See all agents");
    assert!(admin.get("/").await.text().contains("No agent needs attention."));
}

#[tokio::test]
async fn pages_hold_fifty_and_the_headline_counts_all() {
    let (app, mut admin) = everybody().await;
    let bikes = app.tenant("owner@many.example", "ENTERPRISE").await;
    let many = (1..=120).map(|seat| agent(&app, &bikes, &format!("Many{seat}"), AgentState::Ready, seat));
    store(&app, &many.collect::<Vec<_>>()).await;
    let mut page = admin.get(&format!("{PAGE}?show=ready&q=many")).await;
    let mut seen = Vec::new();
    loop {
        assert_eq!(page.words("h2#agents"), "120 agents");
        seen.extend(names(&page));
        if !page.has("a[rel=next]") {
            break;
        }
        page = admin.get(&page.attribute("a[rel=next]", "href")).await;
    }
    assert_eq!(seen, (1..=120).rev().map(|seat| format!("Many{seat}")).collect::<Vec<_>>());
    let back = admin.get(&page.attribute("a[rel=prev]", "href")).await;
    assert_eq!(names(&back), seen[50..100]);
    app.execute("UPDATE helpdesk_users SET state = 'needs_attention', failure = 'account_full'").await;
    let small = admin.call(Method::GET, PAGE).header("accept-encoding", "br").send().await;
    assert!(small.body.len() <= 8 * 1024, "{} bytes", small.body.len());
    let off = admin.get(&format!("{PAGE}?show=ready&older=00000000-0000-0000-0000-000000000000")).await;
    assert!(off.words(".empty").contains("Go to the first page"), "{}", off.text());
}

#[tokio::test]
async fn whoever_types_too_little_is_told_so_and_the_export_has_them_all() {
    let (app, mut admin) = everybody().await;
    let large = app.tenant("owner@large.example", "ENTERPRISE").await;
    let many = (1..=1_100).map(|seat| agent(&app, &large, &format!("Many{seat}"), AgentState::Ready, seat));
    store(&app, &many.collect::<Vec<_>>()).await;
    for query in ["show=all&q=many", "show=ready&q=many"] {
        let page = admin.get(&format!("{PAGE}?{query}")).await;
        assert_eq!(page.words("h2#agents"), "More than 1000 agents", "{query}");
        assert!(page.words(".note").contains("Type more to choose"), "{query}");
        assert_eq!(names(&page).len(), 50);
        assert_eq!(admin.get(&format!("/admin/agents.csv?{query}")).await.text().lines().count(), 1_101);
    }
    let page = admin.get(&format!("{PAGE}?show=all&q=many&tenant=owner%40large")).await;
    assert_eq!(page.words("h2#agents"), "1100 agents", "a tenant's own are counted");
    let page = admin.get(&format!("{PAGE}?show=all&q=many1100")).await;
    assert_eq!((page.words("h2#agents"), page.has(".note")), ("1 agent".into(), false));
}

#[tokio::test]
async fn chosen_agents_of_any_tenants_are_tried_again_without_waiting_for_chatwoot() {
    let office = Office::open().await;
    let mut bakery = office.tenant("owner@bakery.example", "PRO", &[1]).await;
    let mut bikes = office.tenant("owner@bikes.example", "PRO", &[2]).await;
    let ready = bikes.agent(&json!({ "name": "Cy" })).await;
    office.sandbox.inject(full());
    let mut stuck = Vec::new();
    for (owner, name) in [(&mut bakery, "Ana"), (&mut bikes, "Ben")] {
        let made = owner.create(&json!({ "name": name })).await;
        stuck.push(made.json()["agent"]["id"].as_str().unwrap().to_owned());
    }
    office.sandbox.clear_faults();
    let sam = office.app.administrator(ADMIN).await;
    let mut admin = office.app.signed_in(ADMIN).await;
    let page = admin.get(PAGE).await;
    assert_eq!(page.words("h2#agents"), "2 agents need attention");
    assert!(page.texts("td[data-label='What is wrong']")[0].ends_with("Step: Add to the Chatwoot account"));

    let before = office.sandbox.request_count();
    let chosen = [&stuck[0], &stuck[1], &ready, &stuck[0], &Uuid::nil().to_string()];
    let form: Vec<_> =
        chosen.iter().map(|id| ("agents", id.as_str())).chain([("show", "attention")]).collect();
    let result = admin.post(RETRY, &form).await;
    assert_eq!(result.status, 200, "{}", result.text());
    assert_eq!(office.sandbox.request_count(), before, "the worker asks Chatwoot, not the request");
    assert_eq!(result.words("h1"), "Trying again with 2 agents, 2 skipped");
    let skipped = result.texts("section[aria-labelledby=skipped] li");
    assert_eq!(skipped, ["Cy of Ana Ruiz It is ready.", "An agent you chose It is no longer there."]);
    let again = admin.post(RETRY, &form[..1]).await;
    assert!(again.text().contains("It is being worked on already."), "{}", again.text());

    let by = format!(
        "SELECT actor FROM audit_events WHERE action = 'agent.retried' AND actor_id IN (SELECT id FROM users WHERE email = '{ADMIN}')"
    );
    assert_eq!(office.app.column(&by).await, ["user", "user"]);
    assert_ne!(sam.id, UserId(Uuid::nil()));
    let history = bakery.client.get("/").await.texts(".history span");
    assert_eq!(history[0], "Your administrator tried again to set up Ana");

    let start = Instant::now();
    while admin.get(PAGE).await.texts(".badge") != ["Password needed", "Password needed"] {
        provisioning::take_due(&office.app.app).await.unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "they are made, without a password that nobody waits for"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(bakery.agents().await[0]["state"], "ready");
}

#[tokio::test]
async fn what_chatwoot_refused_for_good_is_not_offered_and_not_tried_again() {
    let (app, mut admin) = everybody().await;
    app.execute("UPDATE helpdesk_users SET failure = 'address_refused' WHERE state = 'needs_attention'")
        .await;
    let offered = admin.get(PAGE).await.texts("tbody label");
    assert!(offered.iter().all(|label| !label.contains("Stuck")), "{offered:?}");
    let stuck =
        app.uuids("SELECT id FROM helpdesk_users WHERE state = 'needs_attention'").await[0].to_string();
    let result = admin.post(RETRY, &[("agents", &stuck)]).await;
    assert_eq!(result.words("h1"), "Nothing was started: 1 agent skipped");
    assert!(result.words("section[aria-labelledby=skipped] li").contains("Chatwoot refused it for good."));
    assert!(app.column("SELECT actor FROM audit_events WHERE action = 'agent.retried'").await.is_empty());
}

#[tokio::test]
async fn choosing_nobody_or_too_many_is_refused_with_the_list() {
    let (app, mut admin) = everybody().await;
    let stuck =
        app.uuids("SELECT id FROM helpdesk_users WHERE state = 'needs_attention'").await[0].to_string();
    let before = app.column("SELECT action FROM audit_events").await.len();
    let nobody = admin.post_htmx(RETRY, &[("show", "all"), ("q", "stuck")]).await;
    assert_eq!(nobody.status, 422);
    assert_eq!(nobody.words("#error-summary li"), "Choose at least one agent.");
    assert!(nobody.words("title").starts_with("Error: "));
    assert_eq!((nobody.value_of("#q"), names(&nobody)), ("stuck".into(), vec!["Stuck".into()]));
    let many: Vec<String> = (0..50).map(|_| Uuid::new_v4().to_string()).chain([stuck.clone()]).collect();
    let form: Vec<_> = many.iter().map(|id| ("agents", id.as_str())).collect();
    let refused = admin.post(RETRY, &form).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.words("#error-summary li"), "Choose at most 50 agents at once.");
    assert!(refused.has(&format!("#choose-{stuck}[checked]")), "what was chosen stays chosen");
    assert_eq!(admin.post(RETRY, &[("agents", "nonsense")]).await.status, 422);
    assert_eq!(app.column("SELECT action FROM audit_events").await.len(), before);
    assert_eq!(admin.get(RETRY).await.header("location"), PAGE);
}

#[tokio::test]
async fn the_export_has_the_whole_filter() {
    let (app, mut admin) = everybody().await;
    app.execute("UPDATE helpdesk_users SET name = '=cmd' WHERE state = 'conflict'").await;
    let page = admin.get(PAGE).await;
    let file = admin.get(&page.attribute("a[download]", "href")).await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"agents-2026-11-23.csv\"");
    let mut reader = csv::Reader::from_reader(file.body.as_ref());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let row: Vec<&str> = rows[1].iter().take(8).collect();
    assert_eq!(
        row,
        [
            "'=cmd",
            "taken+3@agents.example",
            "owner@bikes.example",
            "Ana Ruiz",
            "Enterprise",
            "conflict",
            "Create the sign-in",
            "The address belongs to somebody else in Chatwoot"
        ]
    );
    assert_eq!(rows.len(), 3);
    let all = admin.get("/admin/agents.csv?show=all").await;
    assert_eq!(all.text().lines().count(), 7);
}

#[tokio::test]
async fn only_administrators_see_and_retry_them() {
    let (app, _) = everybody().await;
    let mut tenant = app.signed_in("owner@bakery.example").await;
    for path in [PAGE, "/admin/agents.csv", RETRY] {
        let answer = tenant.get(path).await;
        assert!(answer.status == 403 && !answer.text().contains("Taken"), "{path}");
        assert!(app.anonymous().get(path).await.header("location").starts_with("/sign-in"), "{path}");
    }
    let stuck =
        app.uuids("SELECT id FROM helpdesk_users WHERE state = 'needs_attention'").await[0].to_string();
    assert_eq!(tenant.post(RETRY, &[("agents", &stuck)]).await.status, 403);
    assert!(app.column("SELECT id FROM audit_events WHERE action = 'agent.retried'").await.is_empty());
}

#[tokio::test]
async fn no_page_costs_more_than_three_queries() {
    let (_app, mut admin) = everybody().await;
    assert_eq!(queries(admin.get("/")).await, 3);
    assert_eq!(queries(admin.get(PAGE)).await, 2);
    assert_eq!(queries(admin.get(&format!("{PAGE}?show=all&tenant=rosa&q=a"))).await, 3);
}

#[tokio::test]
async fn every_filter_uses_an_index() {
    let app = TestApp::new().await;
    let conn = app.app.db.read();
    if conn.get_database_backend() != DbBackend::Sqlite {
        return;
    }
    let all = Filter::default;
    let tenants = Some(vec![UserId(Uuid::now_v7())]);
    let filters = [
        ("sqlite_autoindex_helpdesk_users_1", all()),
        ("helpdesk_users_no_password", Filter { show: Show::Attention, ..all() }),
        ("operations_failed", Filter { show: Show::Attention, ..all() }),
        ("helpdesk_users_state", Filter { show: Show::State(AgentState::Ready), ..all() }),
        ("helpdesk_users_owner", Filter { tenants: tenants.clone(), ..all() }),
        ("helpdesk_users_owner", Filter { tenants, beginning: "ana".into(), ..all() }),
        ("operations_failed", Filter { show: Show::Attention, beginning: "ana".into(), ..all() }),
        (
            "helpdesk_users_state",
            Filter { show: Show::State(AgentState::Conflict), beginning: "ana".into(), ..all() },
        ),
        (
            "helpdesk_users_name_beginning",
            Filter { show: Show::State(AgentState::Ready), beginning: "ana".into(), ..all() },
        ),
        ("helpdesk_users_name_beginning", Filter { beginning: "ana".into(), ..all() }),
        ("helpdesk_users_email_beginning", Filter { beginning: "ana".into(), ..all() }),
    ];
    for (index, filter) in filters {
        for part in [Part::Newest, Part::OlderThan(AgentId(Uuid::now_v7()))] {
            let Statement { sql, values, .. } = statement(conn, &filter, part, 51);
            let explain = Statement::from_sql_and_values(
                DbBackend::Sqlite,
                format!("EXPLAIN QUERY PLAN {sql}"),
                values.into_iter().flatten().collect::<Vec<_>>(),
            );
            let rows = conn.query_all_raw(explain).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
            let told = format!("{filter:?} {part:?}: {plan:#?}");
            assert!(plan.iter().any(|line| line.contains(index)), "{told}");
            let whole = |line: &String| {
                line.starts_with("SCAN") && !line.contains("USING") && !line.contains("SCAN c")
            };
            assert!(!plan.iter().any(whole), "{told}");
        }
    }
}
