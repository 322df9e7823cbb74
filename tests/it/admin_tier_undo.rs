//! Undoing and restoring with care: nobody is left over unseen, and no page or record claims what is not so.

use serde_json::json;

use crate::support::{Answer, Client, Office, TestApp, queries};

const ADMIN: &str = "admin@localboxs.example";
const PAGE: &str = "/admin/tier-limits";
const PRO: &str = "/admin/tier-limits/PRO";

async fn administrator(app: &TestApp) -> Client {
    app.administrator(ADMIN).await;
    app.signed_in(ADMIN).await
}

/// What the review's form carries on.
fn carried(page: &Answer) -> Vec<(String, String)> {
    let document = scraper::Html::parse_document(page.text());
    let inputs = scraper::Selector::parse("#review-form input").unwrap();
    let value = |input: scraper::ElementRef<'_>, name| input.attr(name).unwrap_or_default().to_owned();
    document.select(&inputs).map(|input| (value(input, "name"), value(input, "value"))).collect()
}

async fn apply(admin: &mut Client, review: &Answer) -> Answer {
    let fields = carried(review);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    admin.post(&review.attribute("#review-form", "action"), &fields).await
}

async fn versions(app: &TestApp) -> Vec<String> {
    app.column(
        "SELECT version || ' ' || kind || ' ' || max_helpdesk_agents || ' ' || coalesce(from_version, 0) \
         FROM tier_limit_versions WHERE tier = 'PRO' ORDER BY version",
    )
    .await
}

/// Pro raised from 3 agents to 6, and a tenant that has that many.
async fn raised_and_used(office: &Office) -> Client {
    let mut owner = office.tenant("owner@acme.example", "PRO", &[]).await;
    let mut admin = administrator(&office.app).await;
    let saved = admin.post(PRO, &[("version", "1"), ("maxHelpdeskAgents", "6")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    for name in ["Ana", "Ben", "Cy", "Dee", "Eli", "Fay"] {
        owner.agent(&json!({ "name": name })).await;
    }
    admin
}

#[tokio::test]
async fn undoing_what_leaves_somebody_over_is_reviewed_first() {
    let office = Office::open().await;
    let app = &office.app;
    let mut admin = raised_and_used(&office).await;
    let page = admin.get(PAGE).await;
    let (place, version) = (page.attribute(".flash form", "action"), page.value_of(".flash [name=version]"));
    let pressed = admin.post(&place, &[("version", &*version)]).await;
    assert_eq!(pressed.status, 303, "{}", pressed.text());
    assert_eq!(versions(app).await.len(), 2, "nothing is stored yet");
    let htmx = admin.post_htmx(&place, &[("version", &*version)]).await;
    assert_eq!((htmx.status, htmx.header("hx-redirect")), (204, pressed.header("location")));

    let cost = queries(admin.get(pressed.header("location"))).await;
    assert!(cost <= 3, "the review costs {cost}");
    let review = admin.get(pressed.header("location")).await;
    assert_eq!((review.status, review.words("h1")), (200, "Undo version 2 of Pro?".into()));
    assert!(
        review.words("#effect-maxHelpdeskAgents").starts_with("The only tenant has more than 3 agents."),
        "{}",
        review.text()
    );
    assert_eq!(review.attribute("#go-back", "href"), PAGE);
    let applied = apply(&mut admin, &review).await;
    assert_eq!((applied.status, applied.header("location")), (303, PAGE), "{}", applied.text());
    assert_eq!(versions(app).await[2], "3 undone 3 1");
    let history = admin.get(&format!("{PRO}/history")).await;
    assert!(history.text().contains("Ana Ruiz went back to version 1 with Undo"), "{}", history.text());
    let over = "SELECT CAST(after AS TEXT) FROM audit_events WHERE action = 'tier.limits_changed' \
        ORDER BY id DESC LIMIT 1";
    let over = app.column(over).await.remove(0).replace(' ', "");
    assert!(over.contains("\"tenantsOver\":1"), "{over}");
}

#[tokio::test]
async fn undoing_what_nobody_uses_is_done_at_once() {
    let office = Office::open().await;
    let app = &office.app;
    let mut owner = office.tenant("owner@acme.example", "PRO", &[]).await;
    let mut admin = administrator(app).await;
    assert_eq!(admin.post(PRO, &[("version", "1"), ("maxHelpdeskAgents", "6")]).await.status, 303);
    for name in ["Ana", "Ben", "Cy"] {
        owner.agent(&json!({ "name": name })).await;
    }
    let undone = admin.post(&format!("{PRO}/undo"), &[("version", "2")]).await;
    assert_eq!((undone.status, undone.header("location")), (303, PAGE));
    assert!(admin.get(PAGE).await.words(".flash").contains("Undone"));
    assert_eq!(versions(app).await[2], "3 undone 3 1");
}

#[tokio::test]
async fn only_what_takes_the_newest_version_back_is_called_undoing() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    for (version, agents) in [("1", "6"), ("2", "9")] {
        let form = [("version", version), ("maxHelpdeskAgents", agents)];
        assert_eq!(admin.post(PRO, &form).await.status, 303);
    }
    for claim in ["undo=1", "undo=2", "undo=-1", "undo=999", "undo=9223372036854775807"] {
        let page = admin.get(&format!("{PRO}/review?version=3&maxHelpdeskAgents=3&{claim}")).await;
        assert_eq!((page.status, page.words("h1")), (200, "Change Pro limits?".into()), "{claim}");
    }
    let lie = [("version", "3"), ("maxHelpdeskAgents", "3"), ("undo", "1")];
    assert_eq!(admin.post(&format!("{PRO}/review"), &lie).await.status, 303);
    assert_eq!(versions(&app).await[3], "4 edited 3 0");
}

#[tokio::test]
async fn a_review_claims_to_restore_only_the_version_it_restores() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    let saved = admin.post(PRO, &[("version", "1"), ("maxDemos", "8"), ("maxWorkflows", "90")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let review = format!("{PRO}/review?version=2");
    for claim in [
        "maxDemos=1&restore=999",
        "maxDemos=1&restore=-1",
        "maxDemos=1&restore=1",
        "maxDemos=5&restore=1",
        "restore=9223372036854775807",
    ] {
        let page = admin.get(&format!("{review}&{claim}")).await;
        assert_eq!((page.status, page.words("h1")), (200, "Change Pro limits?".into()), "{claim}");
        assert!(!page.has("[name=restore]"), "{claim}");
    }
    assert_eq!(admin.get(&format!("{PAGE}/GOLD/review?version=1&restore=1")).await.status, 404);

    let link = admin.get(&format!("{PRO}/history")).await.attribute("section:nth-of-type(2) a", "href");
    let cost = queries(admin.get(&link)).await;
    assert!(cost <= 3, "{link} costs {cost}");
    let page = admin.get(&link).await;
    assert_eq!(page.words("h1"), "Restore version 1 of Pro?");
    assert_eq!(apply(&mut admin, &page).await.status, 303);
    assert_eq!(versions(&app).await[2], "3 restored 3 1");
}

#[tokio::test]
async fn a_reason_that_cannot_be_read_is_refused_and_stays_typed() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    app.execute("UPDATE tier_limits SET max_demos = 9 WHERE tier = 'PRO'").await;
    for reason in ["vip\u{202e}piv", "one\ntwo", "ding\u{7}", "\u{200b}"] {
        let form = [("version", "1"), ("maxDemos", "1"), ("reason", reason)];
        for path in [format!("{PRO}/review"), format!("{PRO}/reset")] {
            for page in [admin.post(&path, &form).await, admin.post_htmx(&path, &form).await] {
                assert_eq!(page.status, 422, "{reason:?}");
                let told = page.words("#reason-error");
                assert_eq!(told, "Leave out line breaks and characters that cannot be seen");
                assert_eq!(page.value_of("#reason"), reason);
            }
        }
    }
    let form = [("version", "1"), ("maxDemos", "1"), ("reason", " 👩\u{200d}🚒 می\u{200c}خواهد ")];
    assert_eq!(admin.post(&format!("{PRO}/review"), &form).await.status, 303);
    let kept = "SELECT reason FROM tier_limit_versions WHERE version = 2";
    assert_eq!(app.column(kept).await, ["👩\u{200d}🚒 می\u{200c}خواهد"]);
}

#[tokio::test]
async fn the_audit_log_tells_a_reset_a_restoring_and_an_undoing_as_such() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    let raise = [("version", "1"), ("maxDemos", "8")];
    assert_eq!(admin.post(PRO, &raise).await.status, 303);
    assert_eq!(admin.post(&format!("{PRO}/undo"), &[("version", "2")]).await.status, 303);
    let restore = [("version", "3"), ("maxDemos", "8"), ("restore", "2")];
    assert_eq!(admin.post(&format!("{PRO}/review"), &restore).await.status, 303);
    assert_eq!(admin.post(&format!("{PRO}/reset"), &[("version", "4")]).await.status, 303);
    let log = admin.get("/admin/audit").await;
    for told in [
        "Ana Ruiz raised Pro: Demos from 5 to 8",
        "Ana Ruiz undid version 2 of Pro: Demos from 8 to 5",
        "Ana Ruiz restored version 2 of Pro: Demos from 5 to 8",
        "Ana Ruiz reset Pro to its defaults: Demos from 8 to 5",
    ] {
        assert!(log.text().contains(told), "{told} in {}", log.text());
    }
    let entry =
        admin.get(&log.attribute("tbody tr:first-child td[data-label='What happened'] a", "href")).await;
    assert!(entry.words("h1").contains("reset Pro to its defaults"), "{}", entry.text());
}
