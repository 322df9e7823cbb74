//! Which tiers there are, and limits of single tenants.

use localboxs::db::migrate;
use serde_json::json;

use crate::support::{Answer, Client, Office, TestApp};

const ADMIN: &str = "admin@localboxs.example";
const PAGE: &str = "/admin/tier-limits";

async fn administrator(app: &TestApp) -> Client {
    app.administrator(ADMIN).await;
    app.signed_in(ADMIN).await
}

async fn tiers(app: &TestApp) -> Vec<String> {
    app.column("SELECT rank || ' ' || tier || ' ' || label FROM tier_limits ORDER BY rank").await
}

#[tokio::test]
async fn a_tier_is_added_renamed_moved_and_retired() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    let added = admin
        .post_htmx(&format!("{PAGE}/new"), &[("key", "team_2"), ("label", " Team Two "), ("copyFrom", "PRO")])
        .await;
    assert_eq!((added.status, added.header("hx-redirect")), (204, "/admin/tier-limits/TEAM_2"));
    assert_eq!(tiers(&app).await[4], "5 TEAM_2 Team Two");
    let page = admin.get(&format!("{PAGE}/TEAM_2")).await;
    assert_eq!(page.value_of("#maxHelpdeskAgents"), "3");
    assert!(!page.has("a[href$='/reset']") && page.has("#move-up") && !page.has("#move-down"));
    assert!(admin.get(&format!("{PAGE}/TEAM_2/reset")).await.text().contains("has no defaults"));
    let refused = admin.post(&format!("{PAGE}/TEAM_2/reset"), &[("version", "1")]).await;
    assert_eq!(refused.status, 422);

    let renamed =
        admin.post(&format!("{PAGE}/TEAM_2/rename"), &[("was", "Team Two"), ("label", "Team")]).await;
    assert_eq!((renamed.status, renamed.header("location")), (303, PAGE));
    let late = admin.post(&format!("{PAGE}/TEAM_2/rename"), &[("was", "Team Two"), ("label", "Crew")]).await;
    assert_eq!(late.status, 409);
    assert!(late.words("#error-summary").contains("“Team” meanwhile"));
    assert_eq!(late.value_of("#label"), "Crew");

    let page = admin.get(&format!("{PAGE}/TEAM_2")).await;
    let up = [("to", "up"), ("before", &*page.value_of("[name=before]"))];
    assert_eq!(admin.post(&format!("{PAGE}/TEAM_2/move"), &up).await.status, 303);
    assert_eq!(admin.get(PAGE).await.words(".flash p"), "The order is changed.");
    assert_eq!(
        tiers(&app).await,
        ["1 FREE Free", "2 PRO Pro", "3 PRO_PLUS Pro Plus", "4 TEAM_2 Team", "5 ENTERPRISE Enterprise"]
    );

    let before = tiers(&app).await;
    for to in ["", "left", "before", "UP"] {
        assert_eq!(admin.post(&format!("{PAGE}/PRO/move"), &[("to", to)]).await.status, 422, "{to}");
    }
    assert_eq!(tiers(&app).await, before, "what names no direction moves nothing");

    app.tenant("owner@acme.example", "TEAM_2").await;
    assert!(admin.get(&format!("{PAGE}/TEAM_2/retire")).await.text().contains("1 tenant is on Team."));
    let refused = admin.post(&format!("{PAGE}/TEAM_2/retire"), &[]).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.words("#error-summary").contains("1 tenant is on Team. Move it to another tier first."),
        "{}",
        refused.text()
    );
    app.execute("UPDATE users SET tier = 'FREE' WHERE email = 'owner@acme.example'").await;
    for tier in ["TEAM_2", "PRO_PLUS"] {
        let confirm = admin.get(&format!("{PAGE}/{tier}/retire")).await;
        assert!(confirm.has("#confirm-retire"));
        assert_eq!(admin.post(&format!("{PAGE}/{tier}/retire"), &[]).await.header("location"), PAGE);
        assert_eq!(admin.post(&format!("{PAGE}/{tier}/retire"), &[]).await.status, 404);
    }
    assert_eq!(tiers(&app).await.len(), 3);
    app.execute("UPDATE users SET tier = 'PRO' WHERE email = 'owner@acme.example'").await;
    assert!(admin.get(&format!("{PAGE}/FREE/retire")).await.text().contains("Administrators need no tier"));
    assert_eq!(admin.post(&format!("{PAGE}/FREE/retire"), &[]).await.header("location"), PAGE);
    assert_eq!(
        app.column("SELECT role || ' ' || tier FROM users ORDER BY role").await,
        ["ADMIN PRO", "USER PRO"],
        "an administrator keeps no tier from being retired"
    );
    let again = [("key", "TEAM_2"), ("label", "Team"), ("copyFrom", "PRO")];
    assert_eq!(admin.post(&format!("{PAGE}/new"), &again).await.status, 303);
    let history =
        "SELECT version || ' ' || kind FROM tier_limit_versions WHERE tier = 'TEAM_2' ORDER BY version";
    assert_eq!(app.column(history).await, ["1 added", "2 added"], "its past stays");
    assert_eq!(
        app.column("SELECT action FROM audit_events WHERE object = 'tier' ORDER BY id").await,
        [
            "tier.added",
            "tier.renamed",
            "tier.moved",
            "tier.retired",
            "tier.retired",
            "tier.retired",
            "tier.added"
        ]
    );
}

#[tokio::test]
async fn a_tier_goes_where_the_button_says_or_nowhere() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    let free = [("key", "TEAM"), ("label", "Team"), ("copyFrom", "FREE")];
    assert_eq!(admin.post(&format!("{PAGE}/new"), &free).await.status, 303);
    let page = admin.get(&format!("{PAGE}/TEAM")).await;
    assert_eq!(page.words("#move-up"), "Move before Enterprise");
    let path = page.attribute("form.buttons", "action");
    let up = [("to", "up"), ("before", &*page.value_of("[name=before]"))];
    let so_already = "It is so already. Nothing was changed.";
    for told in ["The order is changed.", so_already, so_already] {
        assert_eq!(admin.post(&path, &up).await.header("location"), PAGE);
        assert_eq!(admin.get(PAGE).await.words(".flash p"), told);
        assert_eq!(tiers(&app).await[3..], ["4 TEAM Team", "5 ENTERPRISE Enterprise"]);
    }
    assert_eq!(admin.post_htmx(&path, &up).await.header("hx-redirect"), PAGE);
    for other in [("up", "FREE"), ("up", ""), ("down", "PRO"), ("down", "GOLD")] {
        let form = [("to", other.0), ("before", other.1), ("after", other.1)];
        assert_eq!(admin.post(&path, &form).await.header("location"), PAGE);
        let told = admin.get(PAGE).await;
        let changed = "The order of the tiers was changed meanwhile, so nothing was moved.";
        assert_eq!((told.words(".flash p"), told.has(".flash.warn")), (changed.into(), true), "{other:?}");
    }
    for (tier, to) in [("FREE", "up"), ("ENTERPRISE", "down")] {
        assert_eq!(admin.post(&format!("{PAGE}/{tier}/move"), &[("to", to)]).await.status, 303);
        assert_eq!(admin.get(PAGE).await.words(".flash p"), so_already, "{tier}");
    }
    assert_eq!(tiers(&app).await[..2], ["1 FREE Free", "2 PRO Pro"]);
    let events = "SELECT action FROM audit_events WHERE object = 'tier' ORDER BY id";
    assert_eq!(app.column(events).await, ["tier.added", "tier.moved"]);
}

#[tokio::test]
async fn renaming_to_the_same_label_is_no_success() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    for (label, told) in [("Pro", "It is so already. Nothing was changed."), ("Plus", "The tier is renamed.")]
    {
        let renamed = admin.post(&format!("{PAGE}/PRO/rename"), &[("was", "Pro"), ("label", label)]).await;
        assert_eq!(renamed.header("location"), PAGE);
        assert_eq!(admin.get(PAGE).await.words(".flash p"), told);
    }
    let events = "SELECT action FROM audit_events WHERE object = 'tier'";
    assert_eq!(app.column(events).await, ["tier.renamed"]);
}

#[tokio::test]
async fn a_tier_that_cannot_be_is_refused_at_its_fields() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    let long = "K".repeat(31);
    for (key, label, copy, field, sentence) in [
        ("", "Team", "PRO", "key", "1 to 30 of the characters"),
        ("TE AM", "Team", "PRO", "key", "1 to 30 of the characters"),
        ("TÉAM", "Team", "PRO", "key", "1 to 30 of the characters"),
        (&long, "Team", "PRO", "key", "1 to 30 of the characters"),
        ("pro", "Team", "PRO", "key", "There is a tier PRO already"),
        ("TEAM", " ", "PRO", "label", "1 to 40 characters"),
        ("TEAM", "Te\0am", "PRO", "label", "characters that can be seen"),
        ("TEAM", "PRO PLUS", "PRO", "label", "Another tier is called"),
        ("TEAM", "Team", "GOLD", "copyFrom", "Choose the tier"),
    ] {
        let form = [("key", key), ("label", label), ("copyFrom", copy)];
        let page = admin.post(&format!("{PAGE}/new"), &form).await;
        assert_eq!(page.status, 422, "{form:?}");
        assert!(page.words(&format!("#{field}-error")).contains(sentence), "{form:?}: {}", page.text());
        assert_eq!(page.attribute("#error-summary a", "href"), format!("#{field}"));
        assert_eq!(page.value_of("#key"), key);
    }
    assert_eq!(tiers(&app).await.len(), 4);
}

#[tokio::test]
async fn one_tenant_gets_a_limit_of_its_own_with_reason_and_end() {
    let office = Office::open().await;
    let mut owner = office.tenant("owner@acme.example", "FREE", &[]).await;
    let id =
        office.app.column("SELECT object_id FROM audit_events WHERE action = 'user.created'").await.remove(0);
    let mut admin = administrator(&office.app).await;
    let path = format!("/admin/tenants/{id}/limits");
    let page = admin.get(&path).await;
    assert_eq!(page.words("h1"), "Limits of Ana Ruiz");
    assert!(!page.has(".badge") && page.texts("tbody tr").len() == 10);
    let form = |value, reason, expires| {
        [
            ("limit", "maxHelpdeskAgents"),
            ("mode", "limit"),
            ("value", value),
            ("reason", reason),
            ("expires", expires),
        ]
    };
    for (value, reason, expires, field, sentence) in [
        ("2.5", "vip", "", "value", "without a fraction"),
        ("", "vip", "", "value", "choose No limit"),
        ("8", "  ", "", "reason", "Say why"),
        ("8", "\u{200d}", "", "reason", "Say why"),
        ("8", "\u{200b}", "", "reason", "Leave out line breaks and characters that cannot be seen"),
        ("8", "vi\0p", "", "reason", "characters that cannot be seen"),
        ("8", "vip\u{202e}piv", "", "reason", "characters that cannot be seen"),
        ("8", "vip", "2026-11-22", "expires", "This day is over"),
        ("8", "vip", "tomorrow", "expires", "Enter a day such as"),
        ("8", "vip", "2026-02-30", "expires", "Enter a day such as"),
        ("8", "vip", "2101-01-01", "expires", "no later than 2100-12-31"),
        ("8", "vip", "9999-12-31", "expires", "no later than 2100-12-31"),
        ("8", "vip", "+262142-12-31", "expires", "no later than 2100-12-31"),
    ] {
        let refused = admin.post(&path, &form(value, reason, expires)).await;
        assert_eq!(refused.status, 422, "{value} {reason} {expires}");
        assert!(refused.words(&format!("#{field}-error")).contains(sentence), "{}", refused.text());
        assert_eq!(
            (refused.value_of("#value"), refused.value_of("#expires")),
            (value.into(), expires.into())
        );
    }
    for value in ["2048", "2147483648"] {
        let form = [("limit", "documentSizeLimit"), ("mode", "limit"), ("value", value), ("reason", "vip")];
        let refused = admin.post(&path, &form).await;
        assert_eq!((refused.status, refused.words("#value-error")), (422, "Enter at most 2,047 MB".into()));
    }
    let set = admin.post_htmx(&path, &form("3", "big customer", "2026-11-23")).await;
    assert_eq!((set.status, set.header("hx-redirect")), (204, &*path), "{}", set.text());
    let page = admin.get(&path).await;
    assert!(page.words(".flash").contains("The override is set."));
    assert!(
        page.words(".own-limit").starts_with("3 Overrideto the end of 23 Nov 2026 (UTC)"),
        "{}",
        page.words(".own-limit")
    );
    for name in ["Ana", "Ben", "Cy"] {
        owner.agent(&json!({ "name": name })).await;
    }
    office.app.advance(std::time::Duration::from_hours(12));
    let mut admin = office.app.signed_in(ADMIN).await;
    assert!(admin.get(&path).await.words(".own-limit").starts_with("1 Override ended"));
    assert!(admin.get("/admin/audit").await.text().contains("to 3 to the end of 23 Nov 2026 (UTC)"));
    let seen = admin.get(&path).await.value_of("#override-form [name=seen]");
    let remove = [("limit", "maxHelpdeskAgents"), ("seen", &*seen)];
    let removed = admin.post(&format!("{path}/remove"), &remove).await;
    assert_eq!((removed.status, removed.header("location")), (303, &*path));
    assert!(!admin.get(&path).await.has(".own-limit"));
    let audit = "SELECT action || CAST(coalesce(after, before) AS TEXT) || coalesce(reason, '') FROM audit_events \
        WHERE object = 'override' AND tenant_id IS NOT NULL ORDER BY id";
    let audit = office.app.column(audit).await;
    assert_eq!(audit.len(), 2, "{audit:?}");
    assert!(
        audit[0].contains("maxHelpdeskAgents")
            && audit[0].contains("2026-11-24T00:00:00Z")
            && audit[0].contains("big customer"),
        "{audit:?}"
    );
    for wrong in ["/admin/tenants/x/limits", "/admin/tenants/0193596e-7a80-7c4e-9a51-6c2f0e8b1d35/limits"] {
        assert_eq!(admin.get(wrong).await.status, 404, "{wrong}");
        assert_eq!(admin.post(wrong, &form("3", "vip", "")).await.status, 404, "{wrong}");
    }
}

/// Acme on PRO with this many agents, the path of its limits, and an administrator.
async fn acme(office: &Office, agents: &[&str]) -> (String, Client) {
    let mut owner = office.tenant("owner@acme.example", "PRO", &[1, 2]).await;
    for name in agents {
        owner.agent(&json!({ "name": name })).await;
    }
    office.app.execute("UPDATE users SET name = 'Acme' WHERE email = 'owner@acme.example'").await;
    let id = "SELECT object_id FROM audit_events WHERE action = 'user.created'";
    let id = office.app.column(id).await.remove(0);
    (format!("/admin/tenants/{id}/limits"), administrator(&office.app).await)
}

fn override_form<'a>(seen: &'a str, value: &'a str, expires: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("limit", "maxHelpdeskAgents"),
        ("mode", "limit"),
        ("value", value),
        ("reason", "asked for it"),
        ("expires", expires),
        ("seen", seen),
    ]
}

async fn overrides(app: &TestApp) -> Vec<String> {
    app.column("SELECT limit_name || ' ' || value || ' ' || reason FROM tenant_overrides ORDER BY limit_name")
        .await
}

#[tokio::test]
async fn two_administrators_overwrite_no_override_unseen() {
    let office = Office::open().await;
    let app = &office.app;
    let (path, mut admin) = acme(&office, &[]).await;
    let seen = |page: &Answer| page.value_of("#override-form [name=seen]");
    let opened = seen(&admin.get(&path).await);
    let mut theirs = override_form(&opened, "5", "2026-11-30");
    theirs[3].1 = "vip";
    assert_eq!(admin.post(&path, &theirs).await.status, 303);
    let mine = override_form(&opened, "9", "2026-12-24");
    for page in [admin.post(&path, &mine).await, admin.post_htmx(&path, &mine).await] {
        assert_eq!((page.status, page.value_of("#value")), (409, "9".into()));
        assert_eq!(
            (page.value_of("#reason"), page.value_of("#expires")),
            ("asked for it".into(), "2026-12-24".into())
        );
        let told = page.words("#error-summary");
        assert!(told.contains("changed the override of Helpdesk agents meanwhile"), "{told}");
        assert!(told.contains("it is 5 agents to the end of 30 Nov 2026 (UTC) now"), "{told}");
    }
    let remove = [("limit", "maxHelpdeskAgents"), ("seen", &*opened)];
    let late = admin.post(&format!("{path}/remove"), &remove).await;
    assert_eq!(late.status, 409, "nor is it removed unseen");
    assert_eq!(overrides(app).await, ["maxHelpdeskAgents 5 vip"]);
    let other = [("limit", "maxDemos"), ("mode", "none"), ("reason", "vip"), ("seen", &*opened)];
    assert_eq!(admin.post(&path, &other).await.status, 303, "another limit is nobody's conflict");

    let page = admin.post(&path, &mine).await;
    let now = seen(&page);
    assert_eq!(admin.post(&path, &override_form(&now, "9", "")).await.status, 303, "with open eyes");
    let gone = seen(&admin.get(&path).await);
    let remove = [("limit", "maxHelpdeskAgents"), ("seen", &*gone)];
    assert_eq!(admin.post(&format!("{path}/remove"), &remove).await.status, 303);
    let page = admin.post(&path, &override_form(&gone, "7", "")).await;
    assert_eq!(page.status, 409);
    let told = page.words("#error-summary");
    assert!(told.contains("Somebody removed the override of Helpdesk agents meanwhile"), "{told}");
    assert_eq!(overrides(app).await, ["maxDemos -1 vip"]);
}

#[tokio::test]
async fn an_override_below_what_is_in_use_is_reviewed_first() {
    let office = Office::open().await;
    let app = &office.app;
    let (path, mut admin) = acme(&office, &["Ana", "Ben", "Cy"]).await;
    let review = admin.post(&path, &override_form("", "1", "")).await;
    assert_eq!((review.status, review.words("h1")), (200, "Lower Helpdesk agents of Acme?".into()));
    assert_eq!(
        review.words("#effect"),
        "Acme has 3 agents, 2 over the limit of 1 that then holds. It keeps them but can't add."
    );
    assert!(overrides(app).await.is_empty(), "nothing is stored yet");
    let fields = hidden(&review);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let back = admin.post(&path, &[&fields[..], &[("back", "yes")]].concat()).await;
    assert_eq!((back.status, back.value_of("#value")), (200, "1".into()), "what was typed stays");
    assert!(overrides(app).await.is_empty());
    assert_eq!(admin.post(&path, &fields).await.status, 303);
    assert_eq!(overrides(app).await, ["maxHelpdeskAgents 1 asked for it"]);

    let page = admin.get(&path).await;
    let seen = page.value_of("#override-form [name=seen]");
    let raised = admin.post(&path, &override_form(&seen, "2", "")).await;
    assert_eq!(raised.status, 303, "raising is saved at once, even if it is not enough");
    let seen = admin.get(&path).await.value_of("#override-form [name=seen]");
    assert_eq!(admin.post(&path, &override_form(&seen, "8", "")).await.status, 303);
    app.execute("UPDATE tier_limits SET max_helpdesk_agents = 2 WHERE tier = 'PRO'").await;

    let seen = admin.get(&path).await.value_of("#override-form [name=seen]");
    let remove = [("limit", "maxHelpdeskAgents"), ("seen", &*seen)];
    let review = admin.post_htmx(&format!("{path}/remove"), &remove).await;
    assert_eq!((review.status, overrides(app).await.len()), (200, 1));
    assert_eq!(
        review.words("#effect"),
        "Acme has 3 agents, 1 over the limit of 2 that then holds. It keeps them but can't add."
    );
    let fields = hidden(&review);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let removed = admin.post(&review.attribute("#review-form", "action"), &fields).await;
    assert_eq!((removed.status, overrides(app).await.len()), (303, 0));
}

fn hidden(page: &Answer) -> Vec<(String, String)> {
    let document = scraper::Html::parse_document(page.text());
    let inputs = scraper::Selector::parse("#review-form input").unwrap();
    let value = |input: scraper::ElementRef<'_>, name| input.attr(name).unwrap_or_default().to_owned();
    document.select(&inputs).map(|input| (value(input, "name"), value(input, "value"))).collect()
}

#[tokio::test]
async fn the_schema_can_be_taken_back_and_applied_again() {
    let app = TestApp::new().await;
    let db = &app.app.db;
    while migrate::status(db).await.unwrap().iter().any(|change| change.applied) {
        migrate::down(db).await.unwrap();
    }
    migrate::up(db).await.unwrap();
    assert_eq!(app.column("SELECT kind FROM tier_limit_versions").await, ["added"; 4]);
}
