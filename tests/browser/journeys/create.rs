//! Creating agents.

use crate::journeys::everywhere;
use crate::person::Person;
use crate::stage::OWNER;
use crate::support::PASSWORD;

const ANA: &str = "owner+ana.ruiz@acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_with_a_generated_password_is_made_and_its_password_shown_once() {
    everywhere("PRO", &[1, 2], async |stage, person| {
        person.sign_in(OWNER, PASSWORD).await;
        person.press("Create your first agent").await;
        person.fill("name", "Ana Ruiz").await;
        person.press("Two").await;
        person.press("Create agent").await;
        person.sees("Copy it now.").await;
        let password = person.value("secret").await;
        assert!(stage.system.sandbox.password_matches(ANA, &password), "what is shown opens Chatwoot");
        assert!(person.value("hand-over").await.contains(&password));
        let ana = stage.system.sandbox.user_by_email(ANA).unwrap();
        assert_eq!(stage.system.sandbox.inbox_members(2), [ana.id]);
        assert_eq!(stage.system.sandbox.inbox_members(1), [] as [u64; 0]);

        person.page().refresh().await.unwrap();
        person.sees("Ready").await;
        assert_not_shown(person, &password).await;
        person.page().back().await.unwrap();
        person.until("the page before is there", "return !document.getElementById('secret')").await;
        assert_not_shown(person, &password).await;
        if person.has_htmx() {
            // Otherwise the page was the answer to a form, which a browser does not send again unasked.
            person.page().forward().await.unwrap();
            person.sees("Ana Ruiz").await;
            assert_not_shown(person, &password).await;
        }
        person.open("/integrations/helpdesk").await;
        person.sees("1 of 3 agents used").await;
        person.sees("Ana Ruiz").await;
        person.sees(ANA).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_with_mistakes_keeps_what_was_typed_but_no_password() {
    everywhere("PRO", &[1, 2], async |stage, person| {
        person.sign_in(OWNER, PASSWORD).await;
        person.press("Create your first agent").await;
        person.press("I'll choose one").await;
        person.fill("password", "short").await;
        person.press("One").await;
        person.press("Create agent").await;
        person.sees("There is a problem").await;
        person.sees("Enter the agent's name").await;
        person.sees("Choose a password with at least 8 characters").await;
        assert_eq!(person.value("password").await, "");
        assert_eq!(person.ask("return document.activeElement.id").await, focused(person));
        assert_eq!(person.ask(TICKED).await, "One");
        assert!(person.page().title().await.unwrap().starts_with("Error: "));

        person.press("Enter the agent's name").await;
        assert_eq!(person.ask("return document.activeElement.id").await, "name");
        person.fill("name", "Ana Ruiz").await;
        person.fill("password", "Bright-Kite-42").await;
        person.press("Create agent").await;
        person.sees("The agent is created.").await;
        person.sees("Ready").await;
        assert!(stage.system.sandbox.password_matches(ANA, "Bright-Kite-42"));
        assert!(!person.says("Bright-Kite-42").await, "a password that somebody chose is not repeated");
        assert_eq!(stage.system.sandbox.inbox_members(1).len(), 1);
    })
    .await;
}

const TICKED: &str = "return [...document.querySelectorAll('input[name=inboxes]:checked')]
    .map((box) => box.closest('label').textContent.trim()).join()";

/// Without scripts the browser begins a page at its top.
fn focused(person: &Person) -> &'static str {
    if person.browser.scripts == crate::browser::Scripts::Off { "" } else { "error-summary" }
}

async fn assert_not_shown(person: &Person, password: &str) {
    let source = person.page().source().await.unwrap();
    assert!(!source.contains(password), "the password is shown again at {}", person.path().await);
}
