//! What axe-core has to say about the page on show.

use serde::Deserialize;
use thirtyfour::prelude::*;

const AXE: &str = include_str!("axe.min.js");
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    const places = (findings) => findings.flatMap(({ id, nodes }) =>
        nodes.map(({ target, any }) => `${id}: ${target.join(' ')} ${any[0]?.message ?? ''}`));
    // What an open menu covers, or a box scrolls away, cannot be read and need not be.
    const covered = /overlapped by another element|partially obscured by another element/;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const options = { runOnly: tags, rules: { 'target-size': { enabled: true } } };
    // A page that follows an agent may exchange what axe is just looking at: then that look says nothing.
    const look = async (looks) => {
        let changed = false;
        const observer = new MutationObserver(() => { changed = true; });
        observer.observe(document.body, { childList: true, subtree: true });
        const found = await axe.run(options);
        observer.disconnect();
        return changed && looks > 0 ? look(looks - 1) : found;
    };
    look(5).then(({ violations, incomplete }) => done({ wrong: places(violations), unsure: places(incomplete).filter((place) => !covered.test(place)) }));
";

/// Each finding as `rule: selector reason`.
#[derive(Debug, Deserialize)]
pub struct Findings {
    pub wrong: Vec<String>,
    /// What only a person can judge.
    pub unsure: Vec<String>,
}

pub async fn findings(page: &WebDriver) -> Findings {
    page.execute(AXE, Vec::new()).await.unwrap();
    page.execute_async(RUN, Vec::new()).await.unwrap().convert().unwrap()
}
