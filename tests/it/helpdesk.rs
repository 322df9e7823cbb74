//! The Helpdesk Setup page, the dashboard and the integrations.

use std::time::Duration;

use axum::http::Method;
use chatwoot_sandbox::{Fault, Reply};
use localboxs::services::health;
use serde_json::json;

use crate::support::{Office, TestApp, queries};

const OWNER: &str = "owner@acme.example";
const PAGE: &str = "/integrations/helpdesk";

/// What Chatwoot says when its account has no seat left.
fn full() -> Fault {
    let body = r#"{"error":"Account limit exceeded. Please purchase more licenses"}"#.to_owned();
    let reply = Reply::Custom { status: 402, content_type: "application/json".into(), body };
    Fault::on("POST", "/platform/api/v1/accounts/*/account_users").forever().reply(reply)
}

#[tokio::test]
async fn a_tenant_without_agents_reads_what_its_plan_includes() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let page = owner.get(PAGE).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.words("h1"), "Helpdesk Setup");
    assert_eq!(page.words(".headline"), "0 of 3 agents used · Pro plan · 3 left");
    assert!(page.words(".empty").contains("Your Pro plan includes 3."), "{}", page.text());
    assert!(page.words("#health").contains("Chatwoot connected"));
    let dashboard = owner.get("/").await;
    assert!(dashboard.text().contains("Nothing needs your attention."));
    assert!(dashboard.text().contains("Create your first agent"));
    assert!(owner.get("/integrations").await.words(".state").contains("No agents yet"));
}

#[tokio::test]
async fn a_full_plan_is_said_calmly_and_one_over_its_limit_with_a_way_back() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    for name in ["Ana", "Ben", "Cy"] {
        owner.agent(&json!({ "name": name })).await;
    }
    let mut owner = owner.client;
    let full = owner.get(PAGE).await;
    assert_eq!(full.words(".headline"), "All 3 agents used · Pro plan");
    assert!(!full.has("#plan .warn") && full.has("a[href$='/agents/new']"), "the way on stays a link");
    office.app.execute("UPDATE tier_limits SET max_helpdesk_agents = 1 WHERE tier = 'PRO'").await;
    let over = owner.get(PAGE).await;
    let words = over.words("#plan .warn");
    assert!(words.contains("3 agents, 2 over your Pro limit of 1. Everyone keeps working."), "{words}");
    assert!(words.contains("back to 1"), "{words}");
    assert_eq!(over.texts(".agent").len(), 3);
    assert!(owner.get("/").await.text().contains("3 agents, 2 over your Pro limit of 1"));
    office.app.execute("UPDATE tier_limits SET max_helpdesk_agents = -1 WHERE tier = 'PRO'").await;
    let unlimited = owner.get(PAGE).await;
    assert_eq!(unlimited.words(".headline"), "3 agents · no limit on Pro");
    assert!(!unlimited.words("#plan").contains("-1") && !unlimited.has("meter"));
}

#[tokio::test]
async fn who_needs_attention_comes_first_with_the_cause_and_a_way_on() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    office.sandbox.inject(full());
    let stuck = owner.create(&json!({ "name": "Ana" })).await;
    assert_eq!(stuck.json()["agent"]["state"], "needs_attention", "{}", stuck.text());
    office.sandbox.clear_faults();
    owner.agent(&json!({ "name": "Ben" })).await;
    owner.agent(&json!({ "name": "Cy" })).await;
    office.app.execute("UPDATE helpdesk_users SET password_set = FALSE WHERE name = 'Ben'").await;
    let mut owner = owner.client;
    let page = owner.get(PAGE).await;
    assert_eq!(page.texts(".agent h3"), ["Ana", "Ben", "Cy"]);
    assert_eq!(page.texts(".agent .badge"), ["Needs attention", "Password needed", "Ready"]);
    assert!(page.texts(".agent .note")[0].contains("Chatwoot's own agent limit is reached"));
    assert!(page.has(".agent form[action$='/retry'] button"));
    assert!(owner.get("/").await.words(".matters").contains("Ana"));
}

#[tokio::test]
async fn the_filter_knows_accents_and_other_scripts() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await;
    for name in ["Émile Zola", "李雷", "Ana"] {
        owner.agent(&json!({ "name": name })).await;
    }
    for (typed, found) in [
        ("%C3%89MILE", "Émile Zola"),
        ("emile", "Émile Zola"),
        ("%E6%9D%8E", "李雷"),
        ("Li+Lei", "李雷"),
        ("%2Bana%40ACME", "Ana"),
        ("a%00na", "Ana"),
    ] {
        let page = owner.client.get(&format!("{PAGE}?q={typed}")).await;
        assert_eq!(page.texts(".agent h3"), [found], "{typed}");
    }
}

#[tokio::test]
async fn twenty_six_agents_fill_two_pages_and_can_be_filtered() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[1, 2, 3, 4]).await;
    for number in 1..=26 {
        owner.agent(&json!({ "name": format!("Agent {number}"), "inboxIds": [1, 2, 3] })).await;
    }
    let mut owner = owner.client;
    let first = owner.get(PAGE).await;
    assert_eq!(first.texts(".agent").len(), 25);
    assert_eq!(first.texts(".agent [role=switch]").len(), 100);
    assert_eq!(first.texts(".pages a"), ["Page 1", "Page 2"]);
    assert_eq!(owner.get(&format!("{PAGE}?page=2")).await.texts(".agent h3"), ["Agent 1"]);
    let one = owner.get(&format!("{PAGE}?q=agent+26")).await;
    assert_eq!((one.texts(".agent h3"), one.value_of("#q")), (vec!["Agent 26".into()], "agent 26".into()));
    let none = owner.get(&format!("{PAGE}?q=%3Cb%3E")).await;
    assert!(none.words(".empty").contains("No agents match “<b>”. Clear filter"), "{}", none.text());
    assert_eq!(owner.get(&format!("{PAGE}?page=x")).await.texts(".agent").len(), 25);
    assert!(owner.get(&format!("{PAGE}?page=99999999999999999999")).await.has(".agent"));
    assert!(owner.get(&format!("{PAGE}?page=77")).await.words(".empty").contains("Go to the first page"));

    assert!(first.body.len() <= 100_000, "{} bytes", first.body.len());
    let small = owner.call(Method::GET, PAGE).header("accept-encoding", "br").send().await;
    assert_eq!(small.header("content-encoding"), "br");
    assert!(small.body.len() <= 8 * 1024, "{} bytes", small.body.len());
}

#[tokio::test]
async fn without_chatwoot_the_page_says_who_can_help() {
    let app = TestApp::new().await;
    health::adopt_configuration(&app.app).await.unwrap();
    app.tenant(OWNER, "PRO").await;
    let mut owner = app.signed_in(OWNER).await;
    let page = owner.get(PAGE).await;
    assert!(page.words("#health").contains("Chatwoot isn't connected yet"), "{}", page.text());
    assert!(page.words("#health").contains("Your administrator connects it"));
    assert!(!page.has("a[href$='/agents/new']") && !page.has("#check-now"));
    let form = owner.get(&format!("{PAGE}/agents/new")).await;
    assert!(form.words("#closed").contains("switched off on this server"));
    assert!(!form.has("#agent-form"));
    app.administrator("admin@acme.example").await;
    let dashboard = app.signed_in("admin@acme.example").await.get("/").await;
    assert!(dashboard.words("#health").contains("CHATWOOT_BASE_URL"), "{}", dashboard.text());
    assert!(dashboard.text().contains("localboxs doctor"));
}

#[tokio::test]
async fn a_check_says_what_it_found_in_place_or_on_the_page() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    office.sandbox.stop().await;
    let checked = owner.post(&format!("{PAGE}/health"), &[]).await;
    assert_eq!((checked.status, checked.header("location")), (303, PAGE));
    let page = owner.get(PAGE).await;
    assert!(page.words("#health").contains("Can't reach Chatwoot · checked just now"), "{}", page.text());
    office.app.advance(Duration::from_mins(5));
    owner.post(&format!("{PAGE}/health"), &[]).await;
    let later = owner.get(PAGE).await;
    assert!(later.words("#health").contains("Can't reach Chatwoot · noticed 5 min ago · checked just now"));
    assert!(page.words("#health").contains("What you change is kept"));
    assert!(owner.get("/").await.words(".matters").contains("Can't reach Chatwoot"));
    office.sandbox.resume().await.unwrap();
    office.app.advance(Duration::from_mins(2));
    let fragment = owner.post_htmx(&format!("{PAGE}/health"), &[]).await;
    assert_eq!(fragment.status, 200);
    assert!(
        fragment.words("#health").contains("Chatwoot connected · checked just now"),
        "{}",
        fragment.text()
    );
    assert_eq!(fragment.words("#live"), "Chatwoot connected");
    assert!(!fragment.text().contains("<html"));
    assert_eq!(owner.get(&format!("{PAGE}/health")).await.header("location"), PAGE);
}

#[tokio::test]
async fn nobody_sees_another_tenants_agents() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await;
    let mut other = office.tenant("other@rival.example", "PRO", &[2]).await.client;
    for path in [PAGE, "/", "/integrations/helpdesk?q=ana"] {
        assert!(!other.get(path).await.text().contains("Ana"), "{path}");
    }
}

#[tokio::test]
async fn no_page_costs_more_than_three_queries_with_session_and_user() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1, 2]).await;
    let agent = format!("{PAGE}/agents/{}", owner.agent(&json!({ "name": "Ana", "inboxIds": [1] })).await);
    let (new, password, remove) =
        (format!("{PAGE}/agents/new"), format!("{agent}/password"), format!("{agent}/remove"));
    for page in ["/", "/integrations", PAGE, &new, &agent, &password, &remove] {
        let cost = queries(owner.client.get(page)).await;
        assert!(cost <= 3, "{page} costs {cost}");
    }
    assert_eq!(queries(owner.client.get(PAGE)).await, 2);
}
