//! How much a page may cost: bytes, requests and movement, never time.

use std::io::Read;

use serde_json::{Value, json};

use crate::browser::Scripts;
use crate::person::Person;
use crate::stage::{OWNER, Stage};

const HELPDESK: &str = "/integrations/helpdesk";
const KIB: usize = 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_visit_is_light_and_the_next_page_is_one_request() {
    let stage = Stage::new("ENTERPRISE", &[1, 2, 3, 4]).await;
    stage.many_agents(12, &[1, 2]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.browser.cdp("Network.enable", json!({})).await;
    person.browser.cdp("Network.clearBrowserCache", json!({})).await;
    loads(&person).await;
    person.open(HELPDESK).await;
    person.sees("Agent 12").await;
    person.until("everything is loaded", "return document.readyState === 'complete'").await;
    let first = loads(&person).await;
    let bytes: f64 = first.iter().filter_map(|load| load.bytes).sum();
    assert!(first.len() <= 6, "{first:#?}");
    assert!(bytes <= 35.0 * 1024.0, "{bytes} bytes: {first:#?}");

    person.open("/integrations/helpdesk/agents/new").await;
    person.sees("Create agent").await;
    person.until("everything is loaded", "return document.readyState === 'complete'").await;
    let next = loads(&person).await;
    assert!(next.len() == 1 && next[0].url.ends_with("/agents/new"), "{next:#?}");
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_list_is_small_when_compressed_and_so_is_what_every_page_needs() {
    let stage = Stage::new("ENTERPRISE", &[1, 2, 3, 4]).await;
    stage.many_agents(25, &[1, 2]).await;
    let client = stage.client().await;
    let page = client.get(HELPDESK).await.1;
    assert!(page.contains("Agent 25") && page.contains("Agent 01"), "all of them are on one page");
    let compressed = stage.compressed(HELPDESK).await;
    assert!(compressed.len() <= 8 * KIB, "{} bytes", compressed.len());
    assert_eq!(unpacked(&compressed).len(), page.len(), "and is the same page");
    assert!(page.len() <= 100 * KIB, "{} bytes", page.len());

    let parts: Vec<&str> = page.split(['"', '#']).filter(|part| part.starts_with("/assets/")).collect();
    for (name, ending, most) in
        [("app.", ".css", 6), ("app.", ".js", 3), ("icons.", ".svg", 3), ("htmx-", ".js", 18)]
    {
        let file = |part: &&&str| part.starts_with(&format!("/assets/{name}")) && part.ends_with(ending);
        let path = parts.iter().find(file).unwrap();
        let bytes = stage.compressed(path).await.len();
        assert!(bytes <= most * KIB, "{path}: {bytes} bytes");
    }
    let own = include_str!("../../static/app.js").len();
    assert!(own <= 3 * KIB, "our own script has {own} bytes");
}

/// Notes everything that moved although nobody moved it.
const SHIFTS: &str = "
    window.shifts = [];
    new PerformanceObserver((list) => shifts.push(...list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput)
        .map(({ value, sources }) => `${value} ${sources.map(({ node }) => node?.outerHTML?.slice(0, 120)).join()}`)))
        .observe({ type: 'layout-shift', buffered: true });
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_moves_while_a_page_loads_and_changes() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let agent = stage.agents(&["Ana Ruiz"], &[1]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.browser.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": SHIFTS })).await;
    for (width, height) in [(1280, 900), (320, 640)] {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        person.browser.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        let page = format!("{HELPDESK}/agents/{agent}");
        for path in ["/", "/integrations", "/integrations/helpdesk/agents/new", &page, HELPDESK] {
            person.open(path).await;
            person.sees("LocalBoxs").await;
            stands_still(&person, &format!("{path} {width}")).await;
        }
        for saved in ["Saved: has access", "Saved: no access"] {
            person.press("Two").await;
            person.sees(saved).await;
            stands_still(&person, &format!("{saved} {width}")).await;
        }
    }
    person.leave().await;
}

async fn stands_still(person: &Person, what: &str) {
    // Two frames later everything that would move has moved.
    let settled =
        "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
    person.ask(settled).await;
    assert_eq!(person.ask("return shifts").await, json!([]), "{what}");
}

/// One address fetched over the network.
#[derive(Debug)]
struct Load {
    request: String,
    url: String,
    /// Head and body as they were on the wire.
    bytes: Option<f64>,
}

/// Everything fetched since the last time; what the browser still had is not.
async fn loads(person: &Person) -> Vec<Load> {
    let mut loads: Vec<Load> = Vec::new();
    for entry in person.page().get_log("performance").await.unwrap() {
        let event: Value = serde_json::from_str(&entry.message).unwrap();
        let happened = &event["message"]["params"];
        let request = happened["requestId"].as_str().unwrap_or_default();
        let mine = |load: &Load| load.request == request;
        match event["message"]["method"].as_str().unwrap() {
            "Network.requestWillBeSent" => {
                let url = happened["request"]["url"].as_str().unwrap().to_owned();
                loads.push(Load { request: request.to_owned(), url, bytes: None });
            }
            "Network.requestServedFromCache" => loads.retain(|load| !mine(load)),
            "Network.responseReceived" if happened["response"]["fromDiskCache"] == true => {
                loads.retain(|load| !mine(load));
            }
            "Network.loadingFinished" => {
                let finished = loads.iter_mut().filter(|load| mine(load));
                finished.for_each(|load| load.bytes = happened["encodedDataLength"].as_f64());
            }
            _ => {}
        }
    }
    loads.retain(|load| load.bytes.is_some());
    loads
}

fn unpacked(compressed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    brotli::Decompressor::new(compressed, 4096).read_to_end(&mut plain).unwrap();
    plain
}
