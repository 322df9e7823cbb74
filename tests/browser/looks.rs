//! One page as people see it: light and dark, wide and narrow.

use std::path::Path;

use serde_json::json;

use crate::accessibility::findings;
use crate::person::Person;

const SIZES: [(u32, u32); 2] = [(1280, 900), (320, 640)];
const SCHEMES: [&str; 2] = ["light", "dark"];
const TWICE: &str = "
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
";
/// What sticks out at the side, also with the wider spacing that readers may set (WCAG 1.4.12).
const TOO_WIDE: &str = "
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
        p { margin-block-end: 2em !important }`);
    const page = document.documentElement;
    const faults = () => page.scrollWidth <= page.clientWidth ? [] : [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > page.clientWidth + .5)
        .map((element) => `${element.tagName}.${element.className} is too wide`);
    const before = faults();
    document.adoptedStyleSheets = [sheet];
    const after = faults().map((fault) => `${fault} with wide spacing`);
    document.adoptedStyleSheets = [];
    return [...before, ...after];
";

/// Fails when the page on show has a fault that a machine can find; keeps a picture of it when `SCREENSHOTS` is set.
pub async fn look(person: &Person, name: &str) {
    let mut faults = Vec::new();
    for (width, height) in SIZES {
        for scheme in SCHEMES {
            dress(person, scheme, width, height).await;
            let found = findings(person.page()).await;
            let too_wide: Vec<String> = serde_json::from_value(person.ask(TOO_WIDE).await).unwrap();
            let found = found
                .wrong
                .into_iter()
                .chain(found.unsure.into_iter().map(|place| format!("unsure: {place}")));
            faults.extend(found.chain(too_wide).map(|fault| format!("{scheme} {width}: {fault}")));
            picture(person, &format!("{name}-{width}-{scheme}"), width, height).await;
        }
    }
    undress(person).await;
    let twice: Vec<String> = serde_json::from_value(person.ask(TWICE).await).unwrap();
    faults.extend(twice.into_iter().map(|id| format!("the id {id} is there twice")));
    assert!(faults.is_empty(), "{name}: {faults:#?}");
}

async fn dress(person: &Person, scheme: &str, width: u32, height: u32) {
    // Without motion, or a check would see colours that are still on their way.
    let features = json!([
        { "name": "prefers-color-scheme", "value": scheme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ]);
    person.browser.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    size(person, width, height).await;
}

async fn size(person: &Person, width: u32, height: u32) {
    let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    person.browser.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
}

async fn undress(person: &Person) {
    person.browser.cdp("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
    person.browser.cdp("Emulation.clearDeviceMetricsOverride", json!({})).await;
}

async fn picture(person: &Person, name: &str, width: u32, height: u32) {
    if std::env::var_os("SCREENSHOTS").is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let whole = person.ask("return document.documentElement.scrollHeight").await;
    size(person, width, whole.as_u64().map_or(height, |whole| height.max(u32::try_from(whole).unwrap())))
        .await;
    person.page().screenshot(&folder.join(format!("{name}.png"))).await.unwrap();
    size(person, width, height).await;
}
