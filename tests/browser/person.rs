//! What a person does with a page and sees on it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::session::scriptret::ScriptRet;

use crate::browser::{Browser, Scripts};
use crate::support::{PASSWORD, Server};

/// How long a page may take for anything before the test gives up.
const DEADLINE: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Finds what can be pressed by its words: all of them, or else their beginning.
const FIND: &str = "
    const words = (element) => element.textContent.replace(/\\s+/g, ' ').trim();
    const shown = [...document.querySelectorAll('a, button, summary, label')]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }));
    return shown.find((element) => words(element) === arguments[0])
        ?? shown.find((element) => words(element).startsWith(arguments[0]));
";

/// Somebody before a browser that shows one server.
pub struct Person {
    pub browser: Browser,
    base: String,
}

impl Person {
    pub async fn at(server: &Server, scripts: Scripts) -> Self {
        Self { browser: Browser::with(scripts).await, base: server.base.clone() }
    }

    /// The same, already signed in.
    pub async fn signed_in(server: &Server, scripts: Scripts, email: &str) -> Self {
        let person = Self::at(server, scripts).await;
        person.open("/sign-in").await;
        person.sign_in(email, PASSWORD).await;
        person.sees("Needs attention").await;
        person
    }

    pub async fn sign_in(&self, email: &str, password: &str) {
        self.fill("email", email).await;
        self.fill("password", password).await;
        self.press("Sign in").await;
    }

    pub async fn open(&self, path: &str) {
        self.page().goto(format!("{}{path}", self.base)).await.unwrap();
    }

    /// Path, query and fragment of the page on show.
    pub async fn path(&self) -> String {
        let address = self.page().current_url().await.unwrap().to_string();
        address.strip_prefix(&self.base).unwrap_or(&address).to_owned()
    }

    /// Presses the link, button, heading of details or label with these words.
    pub async fn press(&self, words: &str) {
        let start = Instant::now();
        loop {
            let found = self.page().execute(FIND, vec![json!(words)]).await;
            // While a page is changing there may be nothing to press yet, or it has just gone.
            if let Ok(element) = found.and_then(ScriptRet::element)
                && element.click().await.is_ok()
            {
                return;
            }
            self.look_again(start, &format!("“{words}” can be pressed")).await;
        }
    }

    /// Whether there is something to press with these words.
    pub async fn offers(&self, words: &str) -> bool {
        let found = self.page().execute(FIND, vec![json!(words)]).await;
        found.unwrap().element().is_ok()
    }

    /// Types into the field with this id instead of what is there.
    pub async fn fill(&self, id: &str, text: &str) {
        let start = Instant::now();
        // A page that is about to be replaced loses its field, or what was typed.
        while self.type_into(id, text).await.is_err() || self.value(id).await != text {
            self.look_again(start, &format!("the field {id} takes text")).await;
        }
    }

    async fn type_into(&self, id: &str, text: &str) -> WebDriverResult<()> {
        let field = self.page().find(By::Id(id)).await?;
        field.clear().await?;
        field.send_keys(text).await
    }

    /// Waits until the page shows this text.
    pub async fn sees(&self, text: &str) {
        self.until_of(&format!("the page says “{text}”"), SAYS, json!(text)).await;
    }

    /// Waits until there is something to press with these words.
    pub async fn sees_to_press(&self, words: &str) {
        let script = format!("return !!(function () {{ {FIND} }}).apply(null, arguments)");
        self.until_of(&format!("“{words}” is there"), &script, json!(words)).await;
    }

    pub async fn says(&self, text: &str) -> bool {
        self.ask_of(SAYS, json!(text)).await == json!(true)
    }

    pub async fn value(&self, id: &str) -> String {
        let value = self.ask_of("return document.getElementById(arguments[0])?.value ?? ''", json!(id)).await;
        value.as_str().unwrap().to_owned()
    }

    pub async fn ask(&self, script: &str) -> Value {
        self.ask_of(script, json!(null)).await
    }

    pub async fn ask_of(&self, script: &str, argument: Value) -> Value {
        self.page().execute(script, vec![argument]).await.unwrap().json().clone()
    }

    /// Waits until this script returns something.
    pub async fn until(&self, what: &str, script: &str) -> Value {
        self.until_of(what, script, json!(null)).await
    }

    async fn until_of(&self, what: &str, script: &str, argument: Value) -> Value {
        let start = Instant::now();
        loop {
            if let Ok(answer) = self.page().execute(script, vec![argument.clone()]).await {
                let answer = answer.json().clone();
                if !matches!(answer, Value::Null | Value::Bool(false)) {
                    return answer;
                }
            }
            self.look_again(start, what).await;
        }
    }

    async fn look_again(&self, start: Instant, what: &str) {
        if start.elapsed() > DEADLINE {
            let shown = self.ask("return document.body.innerText").await;
            panic!(
                "still waiting until {what} at {}, which says:\n{}",
                self.path().await,
                shown.as_str().unwrap()
            );
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }

    /// Everything the browser's console said since the last time.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.page().get_log("browser").await.unwrap();
        entries.into_iter().map(|entry| entry.message).collect()
    }

    pub fn page(&self) -> &WebDriver {
        &self.browser.page
    }

    pub fn has_htmx(&self) -> bool {
        self.browser.scripts == Scripts::On
    }

    /// Ends the visit. A browser notes by itself when a server refuses or empties its cache; nothing else may
    /// have been said.
    pub async fn leave(self) {
        self.leave_after(&[]).await;
    }

    /// The same for somebody who provoked these messages.
    pub async fn leave_after(self, provoked: &[&str]) {
        let said = self.console().await;
        let unexpected = said.iter().filter(|said| !self.is_expected(said));
        let unexpected: Vec<_> =
            unexpected.filter(|said| !provoked.iter().any(|provoked| said.contains(provoked))).collect();
        assert!(unexpected.is_empty(), "the console says {unexpected:#?}");
        self.browser.quit().await;
    }

    fn is_expected(&self, said: &str) -> bool {
        let refused = ["409 (Conflict)", "410 (Gone)", "422 (Unprocessable", "429 (Too Many"];
        let blocked = self.browser.scripts == Scripts::WithoutHtmx && said.contains("htmx");
        let emptied =
            said.contains("Clear-Site-Data header") && said.contains("Cleared data types: \"cache\"");
        let noted =
            refused.iter().any(|status| said.contains(&format!("responded with a status of {status}")));
        noted || emptied || (blocked && said.contains("ERR_BLOCKED_BY_CLIENT"))
    }
}

const SAYS: &str = "return document.body.innerText.includes(arguments[0])";
