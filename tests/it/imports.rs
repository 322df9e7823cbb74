//! Creating agents from a list: through the pages without JavaScript and with htmx, and what is stored.

use axum::http::Method;
use localboxs::services::imports;

use crate::support::{Answer, Client, Office};

const OWNER: &str = "owner@acme.example";
const IMPORT: &str = "/integrations/helpdesk/import";

/// The form as a browser sends it, pasted or as a file.
pub async fn send(client: &mut Client, list: &str, file: &[u8], htmx: bool) -> Answer {
    let part = |name: &str, more: &str, value: &[u8]| {
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
        [head.as_bytes(), value, b"\r\n"].concat()
    };
    let file_head = "; filename=\"a.csv\"\r\nContent-Type: text/csv";
    let body = [part("list", "", list.as_bytes()), part("file", file_head, file), b"--x--\r\n".to_vec()];
    let call = client.call(Method::POST, IMPORT).body("multipart/form-data; boundary=x", body.concat());
    if htmx { call.htmx().send().await } else { call.send().await }
}

/// Where the list that was pasted can be checked.
pub async fn pasted(client: &mut Client, list: &str) -> String {
    let answer = send(client, list, b"", false).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").to_owned()
}

/// Works on imports and operations until every agent is set up.
pub async fn work_off(office: &Office) {
    for _ in 0..3_000 {
        let on = imports::advance(&office.app.app).await.unwrap();
        localboxs::services::provisioning::take_due(&office.app.app).await.unwrap();
        let open = office.app.column("SELECT status FROM operations WHERE status = 'due'").await;
        if on == 0 && open.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the import does not end");
}

fn results(page: &Answer) -> Vec<String> {
    page.texts("#rows tbody .badge")
}

#[tokio::test]
async fn a_list_is_looked_at_before_anything_happens_and_then_created() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[1, 2]).await;
    owner.agent(&serde_json::json!({ "name": "Old Hand" })).await;
    let mut owner = owner.client;
    let before = office.everything().await;
    let list = "name,inboxes\nAna Ruiz,demo 1;2\nBen,\nold hand,\nana ruiz,1\nCara,Nobody's\n";
    let place = pasted(&mut owner, list).await;
    let preview = owner.get(&place).await;
    assert_eq!(preview.status, 200);
    assert_eq!(preview.words("#plan-title"), "5 rows: 2 can be created, 2 have problems, 1 already exists.");
    assert!(preview.words("main").contains("Your plan has no limit on agents."));
    assert_eq!(
        results(&preview),
        ["Can be created", "Can be created", "Already exists", "Can't be created", "Can't be created"]
    );
    let rows = preview.texts("#rows tbody tr");
    assert!(rows[3].starts_with('5') && rows[3].contains("The same name as in row 2"), "{}", rows[3]);
    assert!(
        rows[4].starts_with('6') && rows[4].contains("“Nobody's” isn't one of your inboxes"),
        "{}",
        rows[4]
    );
    assert_eq!(preview.words("#start"), "Create 2 agents");
    assert_eq!(office.everything().await, before, "nothing happens before the confirmation");

    let started = owner.post(&format!("{place}/start"), &[]).await;
    assert_eq!((started.status, started.header("location")), (303, &*place));
    assert_eq!(results(&owner.get(&place).await)[..2], ["Waiting", "Waiting"]);
    work_off(&office).await;
    let page = owner.get(&place).await;
    assert_eq!(page.words("#progress-title"), "2 agents created, 1 was there already, 2 were not created.");
    assert_eq!(results(&page)[..3], ["Ready", "Ready", "Already exists"]);
    assert!(!page.has("[hx-get]"), "nothing to follow any more");
    assert_eq!(office.members(1), ["owner+ana.ruiz@acme.example"]);
    assert_eq!(office.members(2), ["owner+ana.ruiz@acme.example"]);
    assert_eq!(owner.get("/integrations/helpdesk").await.texts(".agent").len(), 3);
    let again = owner.post(&format!("{place}/start"), &[]).await;
    assert_eq!(again.status, 303, "started once");
    work_off(&office).await;
    assert_eq!(owner.get("/integrations/helpdesk").await.texts(".agent").len(), 3);
    let history =
        office.app.column("SELECT action FROM audit_events WHERE object = 'import' ORDER BY seq").await;
    assert_eq!(history, ["import.started", "import.finished"]);
}

#[tokio::test]
async fn htmx_is_led_to_the_look_at_the_list_and_follows_the_work() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let answer = send(&mut owner, "name\nAna\nBen", b"", true).await;
    assert_eq!(answer.status, 204);
    let place = answer.header("hx-redirect").to_owned();
    let started = owner.post_htmx(&format!("{place}/start"), &[]).await;
    assert_eq!((started.status, started.header("hx-redirect")), (204, &*place));
    let page = owner.get(&place).await;
    let poll = page.attribute("#results", "hx-get");
    assert_eq!(owner.get_htmx(&poll).await.status, 204, "unchanged");
    assert_eq!(owner.get(&poll).await.header("location"), place, "without htmx it is the page");
    work_off(&office).await;
    let done = owner.get_htmx(&poll).await;
    assert_eq!(done.status, 200);
    assert!(done.words("#live").starts_with("Import finished. 2 agents created"), "{}", done.text());
    assert!(!done.has("#results[hx-get]") && !done.text().contains("<html"));
}

#[tokio::test]
async fn a_list_with_more_rows_than_seats_offers_what_fits() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let place = pasted(&mut owner, "name\nAna\nBen\nCara\nDora\nEva").await;
    let preview = owner.get(&place).await;
    assert_eq!(preview.words("#plan-title"), "5 rows: 3 can be created, 2 have no seat.");
    assert!(preview.words("main").contains("You have 3 seats left."));
    assert_eq!(preview.words("#start"), "Create 3 agents");
    owner.post(&format!("{place}/start"), &[]).await;
    work_off(&office).await;
    let page = owner.get(&place).await;
    assert_eq!(page.words("#progress-title"), "3 agents created, 2 were not created.");
    let failed = owner.get(&format!("{place}/not-created.csv")).await;
    assert_eq!(failed.header("content-disposition"), "attachment; filename=\"not-created.csv\"");
    assert_eq!(
        failed.text(),
        "name,email,inboxes,problem\nDora,,,No seat was left for it on the plan.\nEva,,,No seat was left for it on the plan.\n"
    );
    let place = pasted(&mut owner, failed.text()).await;
    let preview = owner.get(&place).await;
    assert!(!preview.has("#start") && preview.words("main").contains("You have no seat left."));
    assert!(preview.words("main").contains("Suspend an agent to free a seat"));
    let refused = owner.post(&format!("{place}/start"), &[]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.words("#error-summary").contains("nothing to create"));
}

#[tokio::test]
async fn seats_that_are_taken_meanwhile_are_told_row_by_row() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await;
    let place = pasted(&mut owner.client, "name\nAna\nBen\nCara").await;
    owner.agent(&serde_json::json!({ "name": "Zoe" })).await;
    owner.agent(&serde_json::json!({ "name": "ana" })).await;
    owner.client.post(&format!("{place}/start"), &[]).await;
    work_off(&office).await;
    let page = owner.client.get(&place).await;
    assert_eq!(results(&page), ["Already exists", "Ready", "Not created"]);
    assert!(page.texts("#rows tbody tr")[2].contains("all 3 are in use"));
}

#[tokio::test]
async fn an_import_in_trouble_holds_up_nobody_elses() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await.client;
    let mut other = office.tenant("other@b.example", "PRO", &[]).await.client;
    let first = pasted(&mut owner, "name\nAna").await;
    owner.post(&format!("{first}/start"), &[]).await;
    let second = pasted(&mut other, "name\nBen").await;
    other.post(&format!("{second}/start"), &[]).await;
    // Whoever is no tenant any more has no plan from which a seat could be taken.
    office.app.execute(&format!("UPDATE users SET role = 'ADMIN' WHERE email = '{OWNER}'")).await;
    for _ in 0..2 {
        imports::advance(&office.app.app).await.unwrap();
    }
    assert_eq!(office.app.column("SELECT name FROM helpdesk_users").await, ["Ben"]);
    office.app.execute(&format!("UPDATE users SET role = 'USER' WHERE email = '{OWNER}'")).await;
    work_off(&office).await;
    assert_eq!(office.app.column("SELECT name FROM helpdesk_users ORDER BY name").await, ["Ana", "Ben"]);
    assert_eq!(office.app.column("SELECT DISTINCT status FROM imports").await, ["finished"]);
}

#[tokio::test]
async fn imports_take_their_turns_row_by_row() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await.client;
    let mut other = office.tenant("other@b.example", "PRO", &[]).await.client;
    for (client, list) in [(&mut owner, "name\nA1\nA2\nA3\nA4\nA5"), (&mut other, "name\nB1\nB2")] {
        let place = pasted(client, list).await;
        client.post(&format!("{place}/start"), &[]).await;
    }
    assert_eq!(imports::advance(&office.app.app).await.unwrap(), 1, "one has more rows than turns");
    let order = office.app.column("SELECT name FROM helpdesk_users ORDER BY id").await;
    assert_eq!(order, ["A1", "B1", "A2", "B2", "A3", "A4"]);
}

#[tokio::test]
async fn only_one_import_of_a_tenant_runs_at_a_time() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await.client;
    let mut other = office.tenant("other@b.example", "ENTERPRISE", &[]).await.client;
    let first = pasted(&mut owner, "name\nAna").await;
    owner.post(&format!("{first}/start"), &[]).await;
    let second = pasted(&mut owner, "name\nBen").await;
    for refused in [
        owner.post(&format!("{second}/start"), &[]).await,
        owner.post_htmx(&format!("{second}/start"), &[]).await,
    ] {
        assert_eq!(refused.status, 409);
        assert!(refused.words("#error-summary").contains("Another import is still running"));
        assert!(refused.words("title").starts_with("Error: ") && refused.has("#rows"));
    }
    let theirs = pasted(&mut other, "name\nAna").await;
    assert_eq!(other.post(&format!("{theirs}/start"), &[]).await.status, 303);
    work_off(&office).await;
    assert_eq!(owner.post(&format!("{second}/start"), &[]).await.status, 303);
    work_off(&office).await;
    assert_eq!(owner.get("/integrations/helpdesk").await.texts(".agent").len(), 2);
}

#[tokio::test]
async fn an_import_is_somebody_elses_like_one_that_is_not_there() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let mut other = office.tenant("other@b.example", "PRO", &[]).await.client;
    let place = pasted(&mut owner, "name\nCanary").await;
    let id = place.rsplit('/').next().unwrap();
    let absent = uuid::Uuid::now_v7().to_string();
    for end in ["", "/status", "/not-created.csv"] {
        let theirs = other.get(&format!("{place}{end}")).await;
        let nobodys = other.get(&format!("{IMPORT}/{absent}{end}")).await;
        assert_eq!(theirs.status, nobodys.status, "{end}");
        assert!(!theirs.text().contains("Canary"));
    }
    for end in ["/start", "/passwords"] {
        assert_eq!(other.post(&format!("{place}{end}"), &[]).await.status, 404, "{end}");
    }
    let list = other.get(&format!("{IMPORT}?from={id}")).await;
    assert_eq!(list.status, 404);
    assert_eq!(office.app.column("SELECT status FROM imports").await, ["draft"]);
}

#[tokio::test]
async fn the_list_comes_back_to_be_changed() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await.client;
    let list = "name,email,inboxes\nAna,a@b.example,One\n=Ben,,\"a\"\"b; c, d\"\n";
    let place = pasted(&mut owner, list).await;
    let preview = owner.get(&place).await;
    assert!(preview.words("main").contains("addresses in the list aren't used"));
    let change = owner.get(&preview.attribute("#change", "href")).await;
    assert_eq!(change.texts("textarea#list").len(), 1);
    let document = scraper::Html::parse_document(change.text());
    let area = scraper::Selector::parse("#list").unwrap();
    let text: String = document.select(&area).next().unwrap().text().collect();
    assert_eq!(text, list);
}

#[tokio::test]
async fn a_list_sent_after_the_session_ended_is_not_lost() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let mut ended = owner.clone();
    ended.cookies.clear();
    for (list, file) in [("name\nAna", &b""[..]), ("", b"name\nAna")] {
        let page = send(&mut ended, list, file, false).await;
        assert_eq!((page.status, page.value_of("input[name=list]")), (401, "name\nAna".to_owned()));
        assert_eq!(page.attribute("main form", "action"), IMPORT);
        assert_eq!(send(&mut ended, list, file, true).await.status, 401);
    }
    let again = owner.post(IMPORT, &[("list", "name\nAna")]).await;
    assert_eq!(again.status, 303, "as that page sends it after signing in");
}

#[tokio::test]
async fn imports_are_forgotten_when_they_had_their_time() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let first = pasted(&mut owner, "name\nAna").await;
    let second = pasted(&mut owner, "name\nBen").await;
    assert_eq!(owner.get(&first).await.status, 410, "a new list replaces the one only looked at");
    owner.post(&format!("{second}/start"), &[]).await;
    work_off(&office).await;
    pasted(&mut owner, "name\nCara").await;
    office.app.advance(std::time::Duration::from_hours(25));
    localboxs::services::upkeep::forget_expired(&office.app.app).await.unwrap();
    assert_eq!(office.app.column("SELECT status FROM imports").await, ["finished"]);
    office.app.advance(std::time::Duration::from_hours(30 * 24));
    localboxs::services::upkeep::forget_expired(&office.app.app).await.unwrap();
    assert!(office.app.column("SELECT status FROM imports").await.is_empty());
    assert!(office.app.column("SELECT name FROM import_rows").await.is_empty());
}

#[tokio::test]
async fn a_file_wins_over_a_list_that_the_page_itself_had_filled_in() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await.client;
    let place = pasted(&mut owner, "name\nAna\n").await;
    let from = owner.get(&place).await.attribute("#change", "href");
    let form = owner.get(&from).await;
    let (list, filled) = ("name,email,inboxes\r\nAna,,\r\n", form.attribute("[name=filled]", "value"));
    assert!(form.words("textarea#list").contains("name,email,inboxes Ana,,"), "{}", form.text());
    let sent = async |owner: &mut Client, list: &str| {
        let part = |name: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; {name}\r\n\r\n{value}\r\n")
        };
        let body = [
            part("name=\"filled\"", &filled),
            part("name=\"list\"", list),
            part("name=\"file\"; filename=\"a.csv\"", "name\nBen"),
            "--x--\r\n".to_owned(),
        ];
        let call = owner.call(Method::POST, IMPORT);
        call.body("multipart/form-data; boundary=x", body.concat()).send().await
    };
    let looked = sent(&mut owner, list).await;
    assert_eq!(looked.status, 303, "{}", looked.text());
    assert_eq!(owner.get(looked.header("location")).await.texts("#rows td[data-label=Name]"), ["Ben"]);
    let typed = sent(&mut owner, "name\nCara").await;
    assert!(typed.words("#list-error").contains("not both"), "somebody typed that: {}", typed.text());
    assert_eq!(typed.attribute("[name=filled]", "value"), filled);
}

#[tokio::test]
async fn a_list_that_a_newer_one_replaced_says_so_and_leads_on() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await.client;
    let first = pasted(&mut owner, "name\nAna\n").await;
    let second = pasted(&mut owner, "name\nBen\n").await;
    let before = office.everything().await;
    let id = first.rsplit('/').next().unwrap();
    for (status, page) in [
        (409, owner.post(&format!("{first}/start"), &[]).await),
        (409, owner.post_htmx(&format!("{first}/start"), &[]).await),
        (410, owner.get(&first).await),
        (410, owner.get(&format!("{IMPORT}?from={id}")).await),
    ] {
        assert_eq!((page.status, page.words("h1")), (status, "A newer list replaced this one".to_owned()));
        assert!(page.words("#replaced").contains("Nothing was changed."));
        assert_eq!(page.attribute("#newer", "href"), second);
        assert_eq!(page.attribute("#import-again", "href"), IMPORT);
    }
    assert_eq!(office.everything().await, before);
    let mut other = office.tenant("other@b.example", "PRO", &[]).await.client;
    assert_eq!(other.get(&first).await.status, 404, "nobody else is told of it");
    assert_eq!(owner.post(&format!("{second}/start"), &[]).await.status, 303);
}
