//! What axe-core has to say about the page on show.

use thirtyfour::prelude::*;

const AXE: &str = include_str!("axe.min.js");
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run().then(result => done(result.violations.flatMap(violation =>
        violation.nodes.map(node => `${violation.id}: ${node.target.join(' ')}`))));
";

/// Each violation as `rule: selector`.
pub async fn violations(page: &WebDriver) -> Vec<String> {
    page.execute(AXE, Vec::new()).await.unwrap();
    let found = page.execute_async(RUN, Vec::new()).await.unwrap();
    found.convert().unwrap()
}
