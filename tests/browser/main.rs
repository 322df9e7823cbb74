//! Journeys in a real headless Chromium. `cargo test` leaves them out because
//! they need one; `./scripts/test browser` installs it and runs them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken precondition fails the test")]

mod accessibility;
mod browser;

use accessibility::violations;
use browser::Browser;

#[tokio::test]
async fn the_accessibility_check_finds_what_is_wrong_and_nothing_else() {
    let browser = Browser::start().await;

    let unlabelled = "<main><h1>Sign in</h1><input></main>";
    browser.show(unlabelled).await;
    assert_eq!(violations(&browser.page).await, ["label: input"]);

    let labelled = "<main><h1>Sign in</h1><label>E-mail <input></label></main>";
    browser.show(labelled).await;
    assert_eq!(violations(&browser.page).await, [] as [&str; 0]);

    browser.quit().await;
}
