//! The list of users: searched, filtered, sorted and paged over all of them.

use localboxs::db;
use localboxs::domain::user::{Role, Sort, UserFilter};
use localboxs::services::accounts::{self, directory};
use sea_orm::DbBackend;
use std::fmt::Write as _;

use crate::support::{Answer, Client, Office, TestApp, queries};
use serde_json::json;

const ROOT: &str = "root@localboxs.example";

async fn with_admin() -> (TestApp, Client) {
    let app = TestApp::new().await;
    app.administrator(ROOT).await;
    let admin = app.signed_in(ROOT).await;
    (app, admin)
}

async fn rename(app: &TestApp, email: &str, name: &str) {
    let user = accounts::find_by_email(&app.app, email).await.unwrap().unwrap().user;
    let by = localboxs::services::audit::By { user: user.id, request_id: None };
    accounts::rename(&app.app, &by, name).await.unwrap();
}

/// Many tenants, straight into the database: `User 00001` of FREE, `User 00002` of PRO, and so on.
async fn fill(app: &TestApp, count: usize) {
    let hash = app.column("SELECT password_hash FROM users").await.remove(0);
    let is_sqlite = app.app.db.read().get_database_backend() == DbBackend::Sqlite;
    let tiers = ["FREE", "PRO", "PRO_PLUS", "ENTERPRISE"];
    let numbers: Vec<usize> = (1..=count).collect();
    for chunk in numbers.chunks(1_000) {
        let mut rows = Vec::new();
        for number in chunk {
            let id = uuid::Uuid::from_u128(*number as u128);
            let id = if is_sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'") };
            let (name, email) =
                (format!("User {number:05}"), format!("user{}@example.com", 100_000 - number));
            let (tier, at) = (tiers[number % 4], "'2026-11-01T00:00:00+00:00'");
            let mut row = String::new();
            write!(
                row,
                "({id}, '{email}', '{name}', '{hash}', 'USER', '{tier}', 0, {at}, {at}, '{}')",
                db::users::search_text(&name, &email)
            )
            .unwrap();
            rows.push(row);
        }
        app.execute(&format!(
            "INSERT INTO users (id, email, name, password_hash, role, tier, seat_version, created_at, updated_at, search_text) VALUES {}",
            rows.join(", ")
        ))
        .await;
    }
    app.execute("ANALYZE").await;
}

fn names(page: &Answer) -> Vec<String> {
    page.texts("td[data-label=Name] a")
}

#[tokio::test]
async fn every_user_is_listed_with_what_an_administrator_asks_for() {
    let office = Office::open().await;
    office.app.administrator(ROOT).await;
    let mut owner = office.tenant("owner@acme.example", "PRO", &[1]).await;
    owner.agent(&json!({ "name": "Ben" })).await;
    let mut admin = office.app.signed_in(ROOT).await;

    let page = admin.get("/admin/users").await;
    assert_eq!(
        (page.status, page.words("h1"), page.words("#found")),
        (200, "Users".into(), "2 users found".into())
    );
    let rows = page.texts("tbody tr");
    assert!(rows[0].starts_with("Ana Ruizowner@acme.example Tenant Pro Active 1 of 3 just now"), "{rows:?}");
    assert!(rows[1].starts_with("Ana Ruizroot@localboxs.example Admin – Active – just now"), "{rows:?}");
    assert_eq!(page.attribute(".nav a[aria-current]:is(nav.side *)", "href"), "/admin/users");
}

#[tokio::test]
async fn search_folds_case_in_every_script_and_takes_wildcards_as_they_are() {
    let (app, mut admin) = with_admin().await;
    app.tenant("a_b@example.com", "PRO").await;
    app.tenant("axb@example.com", "PRO").await;
    rename(&app, "axb@example.com", "ÉLODIE Łukasz").await;
    for (typed, found) in [
        ("élodie%20łUKASZ", 1),
        ("%C3%89LODIE", 1),
        ("A_B%40EXAMPLE", 1),
        ("%25", 0),
        ("%00example", 3),
        ("nobody", 0),
        ("!", 0),
        ("%20%20", 3),
    ] {
        let page = admin.get(&format!("/admin/users?q={typed}")).await;
        assert_eq!(names(&page).len(), if typed == "%00example" { 3 } else { found }, "{typed}");
    }
    let page = admin.get("/admin/users?q=nobody").await;
    assert_eq!(page.words(".empty"), "No user matches. Clear filter");
    assert_eq!(page.attribute("#results", "data-told"), "No users found");
    assert_eq!(page.value_of("#q"), "nobody");
}

#[tokio::test]
async fn filters_narrow_the_list_and_stay_chosen() {
    let (app, mut admin) = with_admin().await;
    app.tenant("free@example.com", "FREE").await;
    app.tenant("pro@example.com", "PRO").await;
    accounts::disable(&app.app, "pro@example.com").await.unwrap();
    for (query, found) in [
        ("role=USER", 2),
        ("role=ADMIN", 1),
        ("role=SUPER_ADMIN", 0),
        ("tier=PRO", 1),
        ("tier=GOLD", 0),
        ("status=suspended", 1),
        ("status=active", 2),
        ("role=USER&tier=FREE&status=active", 1),
        ("role=nonsense&status=nonsense&sort=nonsense&page=x", 3),
    ] {
        assert_eq!(names(&admin.get(&format!("/admin/users?{query}")).await).len(), found, "{query}");
    }
    let page = admin.get("/admin/users?tier=PRO&status=suspended").await;
    assert_eq!(page.attribute("#tier option[selected]", "value"), "PRO");
    assert_eq!(page.attribute("#status option[selected]", "value"), "suspended");
    assert_eq!(page.words("td[data-label=Status]"), "Suspended");
    let sort = page.attribute("th a[href*='sort=email']", "href");
    assert_eq!(sort, "/admin/users?tier=PRO&status=suspended&sort=email&dir=asc");
}

#[tokio::test]
async fn every_column_sorts_both_ways_and_pages_reach_everybody_once() {
    let (app, mut admin) = with_admin().await;
    fill(&app, 130).await;
    for sort in Sort::ALL {
        for dir in ["asc", "desc"] {
            let mut all = Vec::new();
            for page in 1..=3 {
                let page =
                    admin.get(&format!("/admin/users?sort={}&dir={dir}&page={page}", sort.key())).await;
                assert_eq!(page.words("#found"), "131 users found");
                all.extend(page.texts("td small"));
            }
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 131, "{sort:?} {dir}");
        }
    }
    let by_email = admin.get("/admin/users?sort=email&dir=desc").await;
    assert_eq!(by_email.texts("td small").remove(0), "user99999@example.com");
    assert_eq!(
        by_email.attribute("th[aria-sort=descending] a[aria-current]", "href"),
        "/admin/users?sort=email&dir=asc"
    );
    assert_eq!(admin.get("/admin/users?sort=last-sign-in&dir=desc").await.texts("td small").remove(0), ROOT);
    let tiers = |page: Answer| page.texts("td[data-label=Tier]");
    let up = tiers(admin.get("/admin/users?role=USER&sort=tier&dir=asc").await);
    assert_eq!((up[0].as_str(), up[49].as_str()), ("Free", "Pro"));
    let down = tiers(admin.get("/admin/users?role=USER&sort=tier&dir=desc").await);
    assert_eq!((down[0].as_str(), down[49].as_str()), ("Enterprise", "Pro Plus"));
    let beyond = admin.get("/admin/users?page=99").await;
    assert_eq!(beyond.words(".empty"), "There are no users on this page. Go to the first page");
    assert_eq!(admin.get("/admin/users?page=2").await.texts(".pages a"), ["Page 1", "Page 2", "Page 3"]);
}

#[tokio::test]
async fn agents_sort_by_how_many_there_are() {
    let office = Office::open().await;
    office.app.administrator(ROOT).await;
    let mut few = office.tenant("few@acme.example", "PRO", &[1]).await;
    let mut many = office.tenant("many@acme.example", "PRO", &[2]).await;
    few.agent(&json!({ "name": "Ben" })).await;
    for name in ["Ana", "Cleo"] {
        many.agent(&json!({ "name": name })).await;
    }
    let mut admin = office.app.signed_in(ROOT).await;
    let page = admin.get("/admin/users?sort=agents&dir=desc").await;
    assert_eq!(page.texts("td[data-label=Agents]"), ["2 of 3", "1 of 3", "–"]);
    office.app.execute("UPDATE tier_limits SET max_helpdesk_agents = 1 WHERE tier = 'PRO'").await;
    let page = admin.get("/admin/users?sort=agents&dir=desc").await;
    assert_eq!(page.texts("td[data-label=Agents]"), ["2 of 1 · 1 over", "1 of 1", "–"]);
}

#[tokio::test]
async fn only_administrators_see_the_list() {
    let (app, _) = with_admin().await;
    app.tenant("ana@example.com", "PRO").await;
    let mut tenant = app.signed_in("ana@example.com").await;
    for path in ["/admin/users", "/admin/users/new"] {
        assert_eq!(tenant.get(path).await.status, 403, "{path}");
        assert!(app.anonymous().get(path).await.header("location").starts_with("/sign-in?next="), "{path}");
    }
}

#[tokio::test]
async fn the_list_costs_three_queries_and_each_order_has_its_index() {
    let (app, mut admin) = with_admin().await;
    fill(&app, 4_000).await;
    for sort in Sort::ALL {
        let path = format!("/admin/users?q=user&role=USER&sort={}", sort.key());
        assert_eq!(queries(admin.get(&path)).await, 3, "{path}");
    }
    for (sort, index) in [
        (Sort::Name, "users_by_name"),
        (Sort::Email, "users_by_email"),
        (Sort::Tier, "users_by_tier"),
        (Sort::LastSignIn, "users_by_sign_in"),
        (Sort::Agents, "users_by_agents"),
    ] {
        // PostgreSQL rather reads the table once when a search finds few.
        let is_sqlite = app.app.db.read().get_database_backend() == DbBackend::Sqlite;
        let searched: &[_] = if is_sqlite { &[("0017", false)] } else { &[] };
        for (search, descending) in [("", false), ("", true)].iter().chain(searched).copied() {
            let filter = UserFilter {
                search: search.into(),
                role: Some(Role::User),
                sort,
                descending,
                ..UserFilter::default()
            };
            let plan = plan(&app, &filter).await;
            // Several indexes give an order; which of them PostgreSQL takes depends on its statistics.
            let by_index = if is_sqlite {
                plan.contains(index)
            } else {
                plan.contains(" using users_by") || plan.contains("users_email_key")
            };
            assert!(by_index, "{filter:?}: {plan}");
        }
    }
}

/// How the database would read the first page.
async fn plan(app: &TestApp, filter: &UserFilter) -> String {
    let conn = app.app.db.read();
    let tiers = directory::tiers(&app.app).await.unwrap();
    let (explain, column) = match conn.get_database_backend() {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => ("EXPLAIN", "QUERY PLAN"),
    };
    let rows = db::directory::explain(conn, filter, &tiers, explain, app.app.now()).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
    lines.join("\n")
}
