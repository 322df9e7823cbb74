//! Journeys in a real headless Chromium. `cargo test` leaves them out because
//! they need one; `./scripts/test browser` installs it and runs them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken precondition fails the test")]

mod accessibility;
mod announcements;
mod browser;
mod budgets;
mod journeys;
mod keyboard;
mod keyboard_of_administrators;
mod looks;
mod person;
mod rows;
mod stage;
mod states;
#[expect(dead_code, reason = "shared with the tests of the whole system, which use the rest")]
#[path = "../system/support/mod.rs"]
mod support;

use accessibility::findings;
use browser::Browser;

#[tokio::test]
async fn the_accessibility_check_finds_what_is_wrong_and_nothing_else() {
    let browser = Browser::start().await;

    let unlabelled = "<main><h1>Sign in</h1><input></main>";
    browser.show(unlabelled).await;
    let wrong = findings(&browser.page).await.wrong;
    assert!(wrong.len() == 1 && wrong[0].starts_with("label: input"), "{wrong:?}");

    let labelled = "<main><h1>Sign in</h1><label>E-mail <input></label></main>";
    browser.show(labelled).await;
    assert_eq!(findings(&browser.page).await.wrong, [] as [&str; 0]);

    browser.quit().await;
}
