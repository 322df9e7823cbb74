//! Tier Limits as administrators see and change them, without JavaScript and with htmx.

use serde_json::json;

use crate::support::{Answer, Client, Office, PASSWORD, TestApp, queries};

const ADMIN: &str = "admin@localboxs.example";
const SAM: &str = "sam@localboxs.example";
const PAGE: &str = "/admin/tier-limits";
const PRO: &str = "/admin/tier-limits/PRO";

async fn administrator(app: &TestApp) -> Client {
    app.administrator(ADMIN).await;
    app.signed_in(ADMIN).await
}

/// The editor's form as it comes, with these fields typed differently.
fn typed<'a>(page: &'a Answer, changes: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    let document = scraper::Html::parse_document(page.text());
    let inputs = scraper::Selector::parse("#limits-form input").unwrap();
    let mut fields: Vec<(String, String)> = document
        .select(&inputs)
        .filter(|input| input.attr("type") != Some("radio") || input.attr("checked").is_some())
        .map(|input| (input.attr("name").unwrap().into(), input.attr("value").unwrap_or_default().into()))
        .collect();
    for (name, value) in changes {
        let field = fields.iter_mut().find(|(key, _)| key == name).expect("such a field");
        field.1 = String::from(*value);
    }
    fields
}

async fn post(client: &mut Client, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    client.post(path, &fields).await
}

/// Every field of a form that only carries values on.
fn hidden(page: &Answer, form: &str) -> Vec<(String, String)> {
    let document = scraper::Html::parse_document(page.text());
    let inputs = scraper::Selector::parse(&format!("{form} input")).unwrap();
    document
        .select(&inputs)
        .filter(|input| input.attr("type") != Some("radio") || input.attr("checked").is_some())
        .map(|input| (input.attr("name").unwrap().into(), input.attr("value").unwrap_or_default().into()))
        .collect()
}

async fn versions(app: &TestApp) -> Vec<String> {
    app.column(
        "SELECT version || ' ' || kind || ' ' || max_helpdesk_agents || ' ' || coalesce(reason, '-') \
         FROM tier_limit_versions WHERE tier = 'PRO' ORDER BY version",
    )
    .await
}

#[tokio::test]
async fn all_tiers_stand_beside_each_other_with_what_differs_from_the_defaults() {
    let app = TestApp::new().await;
    app.tenant("owner@acme.example", "PRO").await;
    let mut admin = administrator(&app).await;
    app.execute("UPDATE tier_limits SET max_demos = 9, max_helpdesk_agents = 0 WHERE tier = 'PRO'").await;
    let page = admin.get(PAGE).await;
    assert_eq!((page.status, page.words("h1")), (200, "Tier Limits".into()));
    assert_eq!(
        page.texts("thead th"),
        [
            "Limit",
            "Edit Free0 tenants",
            "Edit Pro1 tenant",
            "Edit Pro Plus0 tenants",
            "Edit Enterprise0 tenants"
        ]
    );
    assert_eq!(page.texts("tr.group"), ["Helpdesk", "Workspace", "Documents", "API"]);
    assert_eq!(page.texts("tbody tr:not(.group)").len(), 10);
    assert_eq!(page.texts("td[data-label='Pro'] .changed").len(), 2);
    let pro = page.texts("td[data-label='Pro']");
    assert_eq!(pro[..2], ["0 – none (changed)", "9 (changed)"]);
    assert!(pro.contains(&"25 MB".to_owned()) && pro.contains(&"10,000".to_owned()));
    assert_eq!(
        page.texts("td[data-label='Enterprise']").iter().filter(|cell| *cell == "No limit").count(),
        8
    );
    assert!(!page.texts("main").concat().contains("-1"), "-1 is never shown");
    for path in [
        PAGE,
        PRO,
        "/admin/tier-limits/PRO/history",
        "/admin/tier-limits/PRO/reset",
        "/admin/tier-limits/PRO/review?version=1&maxDemos=1&maxHelpdeskAgents=0",
        "/admin/tier-limits/new",
    ] {
        let cost = queries(admin.get(path)).await;
        assert!(cost <= 3, "{path} costs {cost}");
    }
}

#[tokio::test]
async fn raising_is_saved_at_once_and_can_be_undone() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    let form = typed(&admin.get(PRO).await, &[("maxHelpdeskAgents", "8"), ("documentSizeLimit", "50")]);
    let saved = post(&mut admin, PRO, &form).await;
    assert_eq!((saved.status, saved.header("location")), (303, PAGE), "{}", saved.text());
    let page = admin.get(PAGE).await;
    assert_eq!(page.words(".flash p"), "Pro limits updated.");
    assert!(page.texts("td[data-label='Pro']").contains(&"50 MB (changed)".to_owned()));
    let undone = admin
        .post(
            &page.attribute(".flash form", "action"),
            &[("version", &page.value_of(".flash [name=version]"))],
        )
        .await;
    assert_eq!(undone.header("location"), PAGE);
    let page = admin.get(PAGE).await;
    assert!(page.words(".flash").contains("Undone") && !page.has(".flash form"));
    assert_eq!(versions(&app).await, ["1 added 3 -", "2 edited 8 -", "3 undone 3 -"]);

    app.administrator(SAM).await;
    let late = app.signed_in(SAM).await.post(&format!("{PRO}/undo"), &[("version", "2")]).await;
    assert_eq!((late.status, late.words("h1")), (409, "Nothing was undone".into()));
    assert!(late.words(".note").contains("changed again meanwhile"), "{}", late.text());
    assert_eq!(admin.post("/admin/tier-limits/FREE/undo", &[("version", "1")]).await.status, 409);
    assert_eq!(versions(&app).await.len(), 3);
}

#[tokio::test]
async fn lowering_is_reviewed_first_with_the_tenants_it_affects() {
    let office = Office::open().await;
    for (email, agents) in [("a@acme.example", 3), ("b@acme.example", 2), ("c@acme.example", 3)] {
        let mut owner = office.tenant(email, "PRO", &[]).await;
        for name in ["Ana", "Ben", "Cy"].iter().take(agents) {
            owner.agent(&json!({ "name": name })).await;
        }
    }
    let app = &office.app;
    app.execute("UPDATE users SET name = 'Acme ' || substr(email, 1, 1)").await;
    let mut admin = administrator(app).await;
    let form = typed(
        &admin.get(PRO).await,
        &[("maxHelpdeskAgents", "2"), ("maxDemos", "9"), ("maxDocuments", "50")],
    );
    let review = post(&mut admin, PRO, &form).await;
    assert_eq!(review.status, 303, "{}", review.text());
    assert_eq!(versions(app).await.len(), 1, "nothing is stored yet");
    let page = admin.get(review.header("location")).await;
    assert_eq!((page.status, page.words("h1")), (200, "Change Pro limits?".into()));
    let rows = page.texts("tbody tr");
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("Demos 5 9") || rows[0].starts_with("Demos59"), "{rows:?}");
    assert_eq!(
        page.texts("#effect-maxHelpdeskAgents p"),
        ["2 of 3 tenants have more than 2 agents. They keep them but can't add.", "Acme a, Acme c"]
    );
    assert_eq!(page.words("#effect-maxDocuments"), "Takes effect for what is added from now on.");
    assert_eq!(page.words("#effect-maxDemos"), "Takes effect at once.");

    let back = admin.get(&page.attribute("#go-back", "href")).await;
    assert_eq!((back.value_of("#maxHelpdeskAgents"), back.value_of("#maxDemos")), ("2".into(), "9".into()));

    let mut apply = hidden(&page, "#review-form");
    apply.iter_mut().find(|(name, _)| name == "reason").unwrap().1 = "too cheap".into();
    let applied = post(&mut admin, &page.attribute("#review-form", "action"), &apply).await;
    assert_eq!((applied.status, applied.header("location")), (303, PAGE), "{}", applied.text());
    assert_eq!(versions(app).await, ["1 added 3 -", "2 edited 2 too cheap"]);
    let over = app.signed_in("a@acme.example").await.get("/integrations/helpdesk").await;
    assert!(over.words("#plan").contains("3 agents, 1 over your Pro limit of 2"));
}

#[tokio::test]
async fn the_effect_is_shown_while_typing_and_leaves_out_who_has_an_override() {
    let office = Office::open().await;
    for email in ["a@acme.example", "b@acme.example"] {
        let mut owner = office.tenant(email, "PRO", &[]).await;
        owner.agent(&json!({ "name": "Ana" })).await;
    }
    let app = &office.app;
    let mut admin = administrator(app).await;
    let preview = format!("{PRO}/preview?of=maxHelpdeskAgents");
    let form =
        |agents| [("version", "1"), ("maxHelpdeskAgents.mode", "limit"), ("maxHelpdeskAgents", agents)];
    let fragment = admin.post_htmx(&preview, &form("0")).await;
    assert_eq!(fragment.status, 200);
    assert!(!fragment.text().contains("<html"));
    assert!(fragment.words("#preview-maxHelpdeskAgents").starts_with("2 of 2 tenants have agents."));
    assert!(fragment.words("#live").starts_with("2 of 2 tenants"));
    app.execute(
        "INSERT INTO tenant_overrides (user_id, limit_name, value, reason, created_at) SELECT id, 'maxHelpdeskAgents', \
         9, 'vip', created_at FROM users WHERE email = 'a@acme.example'",
    )
    .await;
    let fragment = admin.post_htmx(&preview, &form("0")).await;
    assert!(
        fragment
            .words("#preview-maxHelpdeskAgents")
            .starts_with("1 of 2 tenants has agents. It keeps them but can't add. 1 tenant has an override"),
        "{}",
        fragment.text()
    );
    assert_eq!(admin.post_htmx(&preview, &form("9")).await.words("#preview-maxHelpdeskAgents"), "");
    let wrong = admin.post_htmx(&preview, &form("2 agents")).await;
    assert!(wrong.words("#preview-maxHelpdeskAgents").contains("Enter the number alone"));
    let plain = admin.post(&preview, &form("2")).await;
    assert_eq!(
        (plain.status, plain.header("location")),
        (303, "/admin/tier-limits/PRO?version=1&maxHelpdeskAgents=2")
    );
    assert_eq!(admin.get(&preview).await.header("location"), PRO);
}

#[tokio::test]
async fn what_cannot_be_saved_is_said_at_its_field_and_stays_typed() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    let editor = admin.get(PRO).await;
    for (field, value, sentence) in [
        ("maxDemos", "-2", "enter 0 or more"),
        ("maxDemos", "2.5", "without a fraction"),
        ("maxDemos", "many", "enter a whole number"),
        ("maxDemos", "2147483648", "enter at most 2,147,483,647"),
        ("maxDemos", "", "or choose No limit"),
        ("documentSizeLimit", "5 MB", "counted in MB"),
        ("documentSizeLimit", "2048", "enter at most 2,047 MB"),
        ("documentSizeLimit", "2147483648", "enter at most 2,047 MB"),
        ("chunkSize", "99", "from 100 to 32,000"),
        ("chunkSize", "32001", "from 100 to 32,000"),
    ] {
        let form = typed(&editor, &[(field, value), ("maxWorkflows", "77")]);
        let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        for page in [admin.post(PRO, &fields).await, admin.post_htmx(PRO, &fields).await] {
            assert_eq!(page.status, 422, "{field} {value}");
            assert!(page.words("title").starts_with("Error: "));
            assert!(page.words("#error-summary").contains(sentence), "{}", page.words("#error-summary"));
            assert!(page.words(&format!("#{field}-error")).contains(sentence));
            assert_eq!(page.attribute("#error-summary a", "href"), format!("#{field}"));
            assert_eq!(
                (page.value_of(&format!("#{field}")), page.value_of("#maxWorkflows")),
                (value.into(), "77".into())
            );
        }
    }
    let same = post(&mut admin, PRO, &typed(&editor, &[])).await;
    assert_eq!(same.status, 422);
    assert!(same.words("#error-summary").contains("You haven't changed anything."));
    assert_eq!(versions(&app).await.len(), 1);
    for path in ["/admin/tier-limits/GOLD", "/admin/tier-limits/%00", "/admin/tier-limits/pro/history"] {
        assert_eq!(admin.get(path).await.status, 404, "{path}");
    }
    let strange = admin.get(&format!("{PRO}/review?version=1&maxDemos=-7")).await;
    assert_eq!(strange.status, 422, "an address that was tampered with");
}

#[tokio::test]
async fn two_administrators_at_once_overwrite_nothing() {
    let app = TestApp::new().await;
    app.tenant("owner@acme.example", "PRO").await;
    let mut admin = administrator(&app).await;
    app.administrator(SAM).await;
    app.execute("UPDATE users SET name = 'Sam Lee' WHERE email = 'sam@localboxs.example'").await;
    let mut sam = app.anonymous();
    sam.sign_in(SAM, PASSWORD).await;

    let opened = admin.get(PRO).await;
    let theirs = typed(&sam.get(PRO).await, &[("maxHelpdeskAgents", "5"), ("maxDocuments", "700")]);
    assert_eq!(post(&mut sam, PRO, &theirs).await.status, 303);
    let mine = typed(&opened, &[("maxHelpdeskAgents", "9"), ("maxDemos", "8")]);
    let fields: Vec<(&str, &str)> = mine.iter().map(|(name, value)| (&**name, &**value)).collect();
    let page = admin.post(PRO, &fields).await;
    let htmx = admin.post_htmx(PRO, &fields).await;
    assert_eq!((page.status, htmx.status), (409, 409));
    assert!(htmx.has("#main #conflict-form"));
    assert!(page.words("#conflict").starts_with("Sam Lee changed Pro limits just now"), "{}", page.text());
    assert_eq!(page.texts("#conflict-form thead th")[1..2], ["When you opened"]);
    let rows = page.texts("#conflict-form tbody tr");
    assert_eq!(rows.len(), 3, "{rows:?}");
    let choice = |name: &str| page.value_of(&format!("[name={name}][checked]"));
    assert_eq!(choice("maxDemos"), "8", "only you touched it");
    assert_eq!(choice("maxDocuments"), "700", "only Sam touched it");
    assert_eq!(choice("maxHelpdeskAgents"), "9", "both: yours, but marked");
    assert!(rows.iter().any(|row| row.contains("both of you changed it")));

    let chosen = hidden(&page, "#conflict-form");
    let saved = post(&mut admin, PRO, &chosen).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let row = "SELECT max_helpdesk_agents || ' ' || max_documents || ' ' || max_demos FROM tier_limits WHERE tier = 'PRO'";
    assert_eq!(app.column(row).await, ["9 700 8"], "nothing of either is lost");
    assert_eq!(versions(&app).await.len(), 3);

    let same = post(
        &mut sam,
        PRO,
        &typed(&opened, &[("maxDemos", "8"), ("maxHelpdeskAgents", "9"), ("maxDocuments", "700")]),
    )
    .await;
    assert_eq!(same.status, 409);
    assert!(same.words("#conflict").contains("Everything you wanted is so already."), "{}", same.text());
    let review = admin.get(&format!("{PRO}/review?version=1&maxDemos=2")).await;
    let late = post(&mut admin, &format!("{PRO}/review"), &hidden(&review, "#review-form")).await;
    assert_eq!(late.status, 409);
    let reset = admin.post(&format!("{PRO}/reset"), &[("version", "1")]).await;
    assert_eq!(reset.status, 409);
    assert!(reset.words("#error-summary").contains("Somebody changed Pro meanwhile"));
}

#[tokio::test]
async fn earlier_limits_are_listed_with_their_differences_and_can_be_restored() {
    let app = TestApp::new().await;
    let mut admin = administrator(&app).await;
    for agents in ["8", "12"] {
        let form = typed(&admin.get(PRO).await, &[("maxHelpdeskAgents", agents)]);
        assert_eq!(post(&mut admin, PRO, &form).await.status, 303);
    }
    let history = admin.get(&format!("{PRO}/history")).await;
    assert_eq!(history.texts("main h2"), ["Version 3", "Version 2", "Version 1"]);
    assert_eq!(
        history.texts(".consequences li"),
        ["Helpdesk agents: from 8 to 12", "Helpdesk agents: from 3 to 8"]
    );
    assert!(history.text().contains("As it came with the installation"));
    let link = history.attribute("section:nth-of-type(2) a", "href");
    let review = admin.get(&link).await;
    assert_eq!(review.words("h1"), "Restore version 2 of Pro?");
    let form = hidden(&review, "#review-form");
    assert_eq!(post(&mut admin, &format!("{PRO}/review"), &form).await.status, 303);
    assert_eq!(versions(&app).await[3], "4 restored 8 -");
    let same = admin.get(&format!("{PRO}/history")).await;
    assert!(same.text().contains("Ana Ruiz restored version 2") && same.text().contains("The same as now."));

    let lie = [("version", "4"), ("restore", "1"), ("maxHelpdeskAgents", "99")];
    assert_eq!(admin.post(&format!("{PRO}/review"), &lie).await.status, 303);
    assert_eq!(versions(&app).await[4], "5 edited 99 -", "what is no restored version is not called one");

    let reset = admin.get(&format!("{PRO}/reset")).await;
    assert_eq!(reset.words("#effect-maxHelpdeskAgents"), "No tenant has more than 3 agents.");
    assert_eq!(post(&mut admin, &format!("{PRO}/reset"), &hidden(&reset, "#review-form")).await.status, 303);
    assert_eq!(versions(&app).await[5], "6 reset 3 -");
    assert!(admin.get(&format!("{PRO}/reset")).await.text().contains("has its defaults already"));
}

#[tokio::test]
async fn tenants_see_none_of_it() {
    let app = TestApp::new().await;
    let id = app.tenant("owner@acme.example", "PRO").await.id;
    let mut owner = app.signed_in("owner@acme.example").await;
    let own = format!("/admin/tenants/{id}/limits");
    for path in [
        PAGE,
        PRO,
        "/admin/tier-limits/PRO/review",
        "/admin/tier-limits/PRO/history",
        "/admin/tier-limits/PRO/reset",
        "/admin/tier-limits/new",
        "/admin/tier-limits/PRO/rename",
        "/admin/tier-limits/PRO/retire",
        &own,
    ] {
        assert_eq!(owner.get(path).await.status, 403, "{path}");
        assert_eq!(app.anonymous().get(path).await.status, 303, "{path}");
    }
    let form = [("version", "1"), ("maxHelpdeskAgents", "99"), ("limit", "maxDemos")];
    let remove = format!("{own}/remove");
    for path in [
        PRO,
        "/admin/tier-limits/PRO/review",
        "/admin/tier-limits/PRO/preview?of=maxDemos",
        "/admin/tier-limits/PRO/reset",
        "/admin/tier-limits/PRO/undo",
        "/admin/tier-limits/PRO/rename",
        "/admin/tier-limits/PRO/move",
        "/admin/tier-limits/PRO/retire",
        "/admin/tier-limits/new",
        &own,
        &remove,
    ] {
        assert_eq!(owner.post(path, &form).await.status, 403, "{path}");
    }
    assert_eq!(versions(&app).await.len(), 1);
}
