//! The same form sent twice without JavaScript, by one person or by two: nobody is told what is not so.

use crate::support::{Answer, Client, TestApp};

const ADMIN: &str = "admin@localboxs.example";
const SAM: &str = "sam@localboxs.example";
const PAGE: &str = "/admin/tier-limits";
const PRO: &str = "/admin/tier-limits/PRO";

/// Two administrators: Ana Ruiz and Sam Lee.
async fn two(app: &TestApp) -> (Client, Client) {
    app.administrator(ADMIN).await;
    app.administrator(SAM).await;
    app.execute(&format!("UPDATE users SET name = 'Sam Lee' WHERE email = '{SAM}'")).await;
    (app.signed_in(ADMIN).await, app.signed_in(SAM).await)
}

async fn versions(app: &TestApp) -> Vec<String> {
    let versions =
        "SELECT version || ' ' || kind FROM tier_limit_versions WHERE tier = 'PRO' ORDER BY version";
    app.column(versions).await
}

async fn events(app: &TestApp, action: &str) -> usize {
    app.column(&format!("SELECT action FROM audit_events WHERE action = '{action}'")).await.len()
}

/// Where both answers lead, and what is said there.
async fn twice(admin: &mut Client, path: &str, form: &[(&str, &str)]) -> [(u16, String, String); 2] {
    let mut told = Vec::new();
    for _ in 0..2 {
        let answer = admin.post(path, form).await;
        let place = answer.header("location").to_owned();
        let page = admin.get(&place).await;
        told.push((answer.status, place, page.words(".flash p")));
    }
    told.try_into().unwrap()
}

fn saved(place: &str, words: &str) -> [(u16, String, String); 2] {
    let answer = (303, place.to_owned(), words.to_owned());
    [answer.clone(), answer]
}

#[tokio::test]
async fn a_tier_saved_twice_by_one_person_is_saved() {
    let app = TestApp::new().await;
    let (mut admin, _) = two(&app).await;
    let raise = [("version", "1"), ("maxDemos", "8")];
    assert_eq!(twice(&mut admin, PRO, &raise).await, saved(PAGE, "Pro limits updated."));
    let lower = [("version", "2"), ("maxDemos", "2"), ("reason", "vip")];
    let review = format!("{PRO}/review");
    assert_eq!(twice(&mut admin, &review, &lower).await, saved(PAGE, "Pro limits updated."));
    assert_eq!(admin.post_htmx(&review, &lower).await.header("hx-redirect"), PAGE);
    let reset = [("version", "3")];
    assert_eq!(twice(&mut admin, &format!("{PRO}/reset"), &reset).await, saved(PAGE, "Pro limits updated."));
    assert_eq!(versions(&app).await, ["1 added", "2 edited", "3 edited", "4 reset"]);
    let undo = [("version", "4")];
    let undone = "Undone: the limits are as they were before.";
    assert_eq!(twice(&mut admin, &format!("{PRO}/undo"), &undo).await, saved(PAGE, undone));
    assert_eq!(versions(&app).await[4..], ["5 undone"]);
    assert_eq!(events(&app, "tier.limits_changed").await, 4);
}

#[tokio::test]
async fn what_somebody_else_saved_just_so_is_so_already_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let (mut admin, mut sam) = two(&app).await;
    let form = [("version", "1"), ("maxDemos", "8")];
    assert_eq!(sam.post(PRO, &form).await.status, 303);
    for page in [admin.post(PRO, &form).await, admin.post_htmx(&format!("{PRO}/review"), &form).await] {
        assert_eq!(page.status, 409);
        let told = page.words("#conflict");
        assert!(told.starts_with("Sam Lee changed Pro limits just now."), "{told}");
        assert!(told.ends_with("Everything you wanted is so already."), "{told}");
        assert!(!told.contains("saved yet"), "{told}");
    }
    let reset = [("version", "2")];
    assert_eq!(sam.post(&format!("{PRO}/reset"), &reset).await.status, 303);
    let page = admin.post(&format!("{PRO}/reset"), &reset).await;
    assert_eq!(page.status, 409);
    assert!(page.words("#conflict").ends_with("Everything you wanted is so already."), "{}", page.text());
    assert_eq!(sam.post(&format!("{PRO}/undo"), &[("version", "3")]).await.status, 303);
    assert_eq!(admin.post(&format!("{PRO}/undo"), &[("version", "3")]).await.status, 409);
    assert_eq!(versions(&app).await.len(), 4);
}

#[tokio::test]
async fn what_the_same_person_changed_otherwise_is_a_choice_between_both_pages() {
    let app = TestApp::new().await;
    let (mut admin, _) = two(&app).await;
    assert_eq!(admin.post(PRO, &[("version", "1"), ("maxDemos", "8")]).await.status, 303);
    let page = admin.post(PRO, &[("version", "1"), ("maxDemos", "9")]).await;
    assert_eq!(page.status, 409);
    let told = page.words("#conflict");
    assert!(
        told.starts_with("You changed Pro limits just now. Nothing of this form is saved yet."),
        "{told}"
    );
    assert_eq!(page.texts("#conflict-form thead th")[2..], ["Savedjust now", "Yours"]);
    assert!(page.texts("#conflict-form .quiet").contains(&"Keep what is saved".to_owned()));
    assert_eq!(versions(&app).await.len(), 2);
}

#[tokio::test]
async fn over_json_a_stale_version_stays_a_conflict() {
    let app = TestApp::new().await;
    let (mut admin, _) = two(&app).await;
    let body = serde_json::json!({ "tier": "PRO", "version": 1, "limits": { "maxDemos": 8 } });
    for status in [200, 409] {
        let answer = admin.call(axum::http::Method::PUT, "/api/admin/tier-limits").json(&body).send().await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

fn override_form<'a>(value: &'a str, reason: &'a str, seen: &'a str) -> [(&'a str, &'a str); 6] {
    let limit = ("limit", "maxHelpdeskAgents");
    [
        limit,
        ("mode", "limit"),
        ("value", value),
        ("reason", reason),
        ("expires", "2026-12-24"),
        ("seen", seen),
    ]
}

#[tokio::test]
async fn an_override_set_twice_is_set_or_so_already() {
    let app = TestApp::new().await;
    let (mut admin, mut sam) = two(&app).await;
    let id = app.tenant("owner@acme.example", "PRO").await.id;
    let path = format!("/admin/tenants/{id}/limits");
    let form = override_form("8", "vip", "");
    assert_eq!(twice(&mut admin, &path, &form).await, saved(&path, "The override is set."));
    assert_eq!(events(&app, "override.set").await, 1);

    let told = |page: &Answer| page.words("#error-summary");
    let theirs = sam.post(&path, &override_form("8", "asked for it", "")).await;
    assert_eq!(theirs.status, 409);
    let so_already = "Ana Ruiz changed the override of Helpdesk agents meanwhile: it is 8 agents to the end of \
        24 Dec 2026 (UTC) already, as you wanted it, because “vip”";
    assert!(told(&theirs).contains(so_already), "{}", told(&theirs));
    assert!(!told(&theirs).contains("saved yet"), "{}", told(&theirs));
    let other = sam.post_htmx(&path, &override_form("9", "vip", "")).await;
    assert!(told(&other).contains("(UTC) now. Nothing of yours is saved yet"), "{}", told(&other));
    let own = admin.post(&path, &override_form("8", "asked for it", "")).await;
    assert_eq!(own.status, 409);
    assert!(told(&own).contains("You changed the override of Helpdesk agents meanwhile"), "{}", told(&own));
    assert!(told(&own).contains("Nothing of this form is saved yet"), "{}", told(&own));
    assert_eq!(events(&app, "override.set").await, 1);
}

#[tokio::test]
async fn a_tier_added_twice_by_one_person_is_added_once() {
    let app = TestApp::new().await;
    let (mut admin, mut sam) = two(&app).await;
    let new = format!("{PAGE}/new");
    let form = [("key", "starter"), ("label", " Starter "), ("copyFrom", "PRO")];
    let starter = format!("{PAGE}/STARTER");
    assert_eq!(twice(&mut admin, &new, &form).await, saved(&starter, "The tier is added."));
    assert_eq!(admin.post_htmx(&new, &form).await.header("hx-redirect"), starter);
    let theirs = sam.post(&new, &form).await;
    assert_eq!(theirs.status, 422);
    assert!(theirs.words("#key-error").contains("There is a tier STARTER already"), "{}", theirs.text());
    for other in [("Start", "PRO"), ("Starter", "FREE")] {
        let form = [("key", "starter"), ("label", other.0), ("copyFrom", other.1)];
        assert_eq!(admin.post(&new, &form).await.status, 422, "{other:?}");
    }
    app.advance(std::time::Duration::from_mins(2));
    assert_eq!(admin.post(&new, &form).await.status, 422, "that is no double click");
    assert_eq!(events(&app, "tier.added").await, 1);
}
