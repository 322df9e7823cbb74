//! The API's description: true, complete, and readable.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Description, Office, TestApp};

const OWNER: &str = "owner@acme.example";

#[tokio::test]
async fn everything_it_refers_to_is_there() {
    let description = description(&TestApp::new().await).await;
    assert_eq!(description["openapi"], "3.1.0");
    let text = description.to_string();
    let references: HashSet<&str> =
        text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(references.len() > 5);
    for reference in references {
        assert!(description.pointer(reference).is_some(), "{reference}");
    }
    let ids: Vec<&str> = operations(&description)
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{ids:?}");
}

#[tokio::test]
async fn every_operation_says_what_it_does_and_how_it_refuses() {
    let description = description(&TestApp::new().await).await;
    for (method, path, operation) in operations(&description) {
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{method} {path}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {path}");
        for (status, answer) in answers {
            let is_refusal = status.starts_with('4') || status.starts_with('5');
            let schema = &answer["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(is_refusal, *schema == "#/components/schemas/Error", "{method} {path} {status}");
        }
        if is_secured(operation) {
            assert!(answers.contains_key("401") && answers.contains_key("403"), "{method} {path}");
        }
    }
    let create = &description["paths"]["/api/dashboard/integrations/chatwoot/create-user"]["post"];
    let key = create["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|parameter| parameter["name"] == "Idempotency-Key");
    assert_eq!(key.unwrap()["in"], "header");
    assert_eq!(description["components"]["securitySchemes"]["session"]["in"], "cookie");
}

#[tokio::test]
async fn every_described_operation_is_there_and_asks_who_calls() {
    let app = TestApp::new().await;
    app.administrator("admin@localboxs.example").await;
    app.tenant(OWNER, "PRO").await;
    let mut admin = app.signed_in("admin@localboxs.example").await;
    let mut owner = app.signed_in(OWNER).await;
    let description = description(&app).await;
    let mut secured = 0;
    for (method, path, operation) in operations(&description) {
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let path = path.replace("{id}", "0193596e-7a80-7c4e-9a51-6c2f0e8b1d35");
        let anonymous = app.anonymous().call(method.clone(), &path).json(&json!({})).send().await;
        if !is_secured(operation) {
            assert!(![401, 404, 405].contains(&anonymous.status), "{method} {path}: {}", anonymous.text());
            continue;
        }
        secured += 1;
        assert_eq!(anonymous.json_error(), (401, "not_signed_in".into()), "{method} {path}");
        let stranger = if path.starts_with("/api/admin/") { &mut owner } else { &mut admin };
        let refused = stranger.call(method.clone(), &path).json(&json!({})).send().await;
        assert_eq!(refused.json_error(), (403, "not_allowed".into()), "{method} {path}");
    }
    assert!(secured >= 9, "{secured}");
}

#[test]
fn no_route_of_the_api_is_added_without_its_description() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let plain: Vec<String> = sources(&web)
        .into_iter()
        .filter(|(_, source)| source.contains(".route(\"/api") || source.contains(".nest(\"/api"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(plain, Vec::<String>::new());
    for (path, source) in sources(&web.join("api")) {
        assert!(!source.contains("routing::"), "{path} routes without a description");
    }
}

#[tokio::test]
async fn an_answer_that_differs_from_the_description_is_noticed() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    let description = Description(description(&office.app).await);
    let path = "/api/dashboard/integrations/chatwoot/inboxes";
    let truth = owner.get(path).await.json();
    let faults = |body: &Value| description.faults("GET", path, 200, Some(body));
    assert_eq!(faults(&truth), Vec::<String>::new());
    for (pointer, wrong) in [("/inboxes/0/id", json!("1")), ("/asOf", json!(1)), ("/inboxes", json!(null))] {
        let mut other = truth.clone();
        *other.pointer_mut(pointer).unwrap() = wrong;
        assert_eq!(faults(&other).len(), 1, "{pointer}");
    }
    let mut more = truth.clone();
    more["inboxes"][0]["accessToken"] = json!("secret");
    assert_eq!(faults(&more).len(), 1);
    let mut less = truth;
    less.as_object_mut().unwrap().remove("asOf");
    assert_eq!(faults(&less).len(), 1);
    assert_eq!(description.faults("GET", path, 418, None).len(), 1);
    assert_eq!(description.faults("GET", "/api/secret", 200, None).len(), 1);
}

#[tokio::test]
async fn its_page_shows_every_operation_and_shape_to_anybody() {
    let app = TestApp::new().await;
    let description = description(&app).await;
    let page = app.anonymous().get("/api/docs").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.words("h1"), "JSON API");
    let headings = page.texts("main h3");
    for (method, path, operation) in operations(&description) {
        assert!(headings.contains(&format!("{} {path}", method.to_uppercase())), "{method} {path}");
        for status in operation["responses"].as_object().unwrap().keys() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(
                page.texts(&format!("#{id} dt")).iter().any(|line| line.starts_with(status)),
                "{id} {status}"
            );
        }
    }
    for (name, shape) in description["components"]["schemas"].as_object().unwrap() {
        let fields = page.texts(&format!("#shape-{name} dt"));
        for field in shape["properties"].as_object().into_iter().flatten().map(|(field, _)| field) {
            assert!(
                fields.iter().any(|line| line.split(' ').next() == Some(field)),
                "{name}.{field}: {fields:?}"
            );
        }
    }
}

#[tokio::test]
async fn its_page_needs_no_script_no_inline_style_and_no_network() {
    let app = TestApp::new().await;
    app.tenant(OWNER, "PRO").await;
    for page in [app.anonymous().get("/api/docs").await, app.signed_in(OWNER).await.get("/api/docs").await] {
        assert!(!page.has("main script") && !page.has("main [style]") && !page.has("main style"));
        assert!(!page.text().contains("https://"), "an outside address");
        let targets = links(&page);
        assert!(targets.len() > 20);
        for target in targets.iter().filter_map(|target| target.strip_prefix('#')) {
            assert!(page.has(&format!("[id=\"{target}\"]")), "#{target} leads nowhere");
        }
        assert!(page.body.len() < 100 * 1024, "{} bytes", page.body.len());
    }
}

#[tokio::test]
async fn its_examples_hold_no_secret() {
    let app = TestApp::new().await;
    let description = description(&app).await;
    for (name, shape) in description["components"]["schemas"].as_object().unwrap() {
        let password = &shape["properties"]["password"];
        assert!(password["example"].is_null() || password["example"] == "(shown once)", "{name}");
        assert!(password["examples"].is_null(), "{name}");
    }
}

async fn description(app: &TestApp) -> Value {
    let answer = app.anonymous().get("/api/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    answer.json()
}

/// Method, path and description of each operation.
fn operations(description: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (method, path, operation))
    })
}

fn is_secured(operation: &Value) -> bool {
    operation.get("security").is_none()
}

fn links(page: &Answer) -> Vec<String> {
    let document = scraper::Html::parse_document(page.text());
    let anchors = scraper::Selector::parse("main a").unwrap();
    document.select(&anchors).filter_map(|anchor| anchor.attr("href").map(str::to_owned)).collect()
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![(path.display().to_string(), fs::read_to_string(&path).unwrap())]
            }
        })
        .collect()
}
