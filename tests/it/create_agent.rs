//! Creating an agent through the page, without JavaScript and with htmx.

use serde_json::json;

use crate::support::{Answer, Client, Office};

const OWNER: &str = "owner@acme.example";
const NEW: &str = "/integrations/helpdesk/agents/new";

async fn idem(client: &mut Client) -> String {
    client.get(NEW).await.value_of("[name=idem]")
}

fn shown_password(page: &Answer) -> String {
    page.value_of("#secret")
}

#[tokio::test]
async fn a_generated_password_is_on_the_answer_and_nowhere_else() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1, 2]).await.client;
    let idem = idem(&mut owner).await;
    let form = [("idem", &*idem), ("name", "José Ruiz"), ("mode", "generate"), ("inboxes", "1")];
    let page = owner.post(NEW, &form).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.words("h1"), "José Ruiz");
    assert!(page.header("cache-control").contains("no-store"));
    let address = page.header("hx-push-url").to_owned();
    let password = shown_password(&page);
    assert!(office.sandbox.password_matches("owner+jose.ruiz@acme.example", &password));
    assert_eq!(office.members(1), ["owner+jose.ruiz@acme.example"]);
    let later = owner.get(&address).await;
    assert_eq!((later.status, later.words(".badge")), (200, "Ready".to_owned()));
    assert!(!later.has("#secret") && !later.text().contains(&password));
    let stored = office.app.stored_bytes().await;
    assert!(!stored.windows(password.len()).any(|window| window == password.as_bytes()));
}

#[tokio::test]
async fn htmx_gets_the_same_page() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let page = owner.post_htmx(NEW, &[("idem", "one"), ("name", "Ana"), ("mode", "generate")]).await;
    assert_eq!((page.status, page.words("main h1")), (200, "Ana".to_owned()));
    assert!(page.text().starts_with("<!doctype html>") && page.has("#secret"));
}

#[tokio::test]
async fn a_chosen_password_leads_to_the_agents_page() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let form = |name| [("name", name), ("mode", "choose"), ("password", "Chosen pass-w0rd")];
    let plain = owner.post(NEW, &form("Ana")).await;
    assert_eq!(plain.status, 303);
    assert!(!owner.get(plain.header("location")).await.text().contains("Chosen pass-w0rd"));
    let htmx = owner.post_htmx(NEW, &form("Ben")).await;
    assert_eq!(htmx.status, 204);
    assert!(htmx.header("hx-redirect").starts_with("/integrations/helpdesk/agents/"));
    assert!(office.sandbox.password_matches("owner+ben@acme.example", "Chosen pass-w0rd"));
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_agent_and_says_so() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let form = [("idem", "the-form"), ("name", "Ana"), ("mode", "generate")];
    let first = owner.post(NEW, &form).await;
    let again = owner.post(NEW, &form).await;
    assert_eq!((first.status, again.status), (200, 200));
    assert!(again.words("#shown-before").contains("can't be shown again"), "{}", again.text());
    assert!(!again.has("#secret"));
    assert_eq!(owner.get("/integrations/helpdesk").await.texts(".agent").len(), 1);
    let other = owner.post(NEW, &[("idem", "the-form"), ("name", "Ben"), ("mode", "generate")]).await;
    assert_eq!((other.status, other.value_of("#name")), (422, "Ben".to_owned()));
    assert!(other.words("#error-summary").contains("already sent once"));
    assert_ne!(other.value_of("[name=idem]"), "the-form");
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed_but_never_the_password() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1, 2]).await.client;
    let before = office.everything().await;
    for (name, password, sentence) in [
        ("", "Passw0rd!", "Enter the agent's name"),
        ("  ", "Passw0rd!", "Enter the agent's name"),
        ("🎉", "Passw0rd!", "at least one letter or number"),
        ("Ana", "Pw0rd!x", "at least 8 characters"),
        ("Ana", "passw0rd!", "at least one capital letter"),
        ("Ana", "PASSW0RD!", "at least one small letter"),
        ("Ana", "Password!", "at least one digit"),
        ("Ana", "Passw0rdd", "at least one special character"),
        ("Ana", "Pässw0rd!", "Chatwoot refuses accents"),
        ("Ana\u{202e}", "Passw0rd!", "cannot be seen"),
    ] {
        let form = [("name", name), ("mode", "choose"), ("password", password), ("inboxes", "2")];
        for page in [owner.post(NEW, &form).await, owner.post_htmx(NEW, &form).await] {
            assert_eq!(page.status, 422, "{name} {password}");
            assert!(page.words("title").starts_with("Error: "), "{}", page.words("title"));
            assert!(page.words("#error-summary").contains(sentence), "{}", page.words("#error-summary"));
            assert!(page.words(".field .error").contains(sentence));
            assert!(page.has("[aria-invalid=true]") && page.has("[data-autofocus]"));
            assert_eq!((page.value_of("#name"), page.value_of("#password")), (name.into(), String::new()));
            assert!(!page.text().contains(password));
            assert!(page.has("input[name=inboxes][value='2'][checked]"));
            for target in page.texts("#error-summary a") {
                assert!(page.has("#name") && page.has("#password"), "{target}");
            }
        }
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn an_inbox_of_somebody_else_is_refused_before_chatwoot_hears_of_it() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await.client;
    let before = office.everything().await;
    for inbox in ["2", "4", "-1", "0", "9223372036854775808", "x", ""] {
        let page = owner.post(NEW, &[("name", "Ana"), ("mode", "generate"), ("inboxes", inbox)]).await;
        assert_eq!(page.status, 422, "{inbox}");
        assert!(page.words("#error-summary").contains("isn't yours"), "{inbox}");
        assert!(page.has("#inboxes"));
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn at_the_limit_there_is_an_explanation_instead_of_a_form() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[]).await;
    owner.agent(&json!({ "name": "Ana" })).await;
    let before = office.everything().await;
    let mut owner = owner.client;
    let page = owner.get(NEW).await;
    assert!(page.words("#closed").contains("Your Free plan includes 1 agent and it is in use."));
    assert!(!page.has("#agent-form"));
    let form = [("name", "Ben"), ("mode", "generate")];
    let raced = owner.post(NEW, &form).await;
    assert_eq!(raced.status, 409);
    assert!(raced.words("#closed").contains("Nothing was created."));
    assert_eq!(office.everything().await, before);
    for page in [page, raced, owner.post_htmx(NEW, &form).await] {
        assert_eq!(page.words("#suspend"), "Suspend an agent");
        let way = page.attribute("#holders .actions a", "href");
        let confirm = owner.get(&way).await;
        assert_eq!((confirm.status, confirm.words("h1")), (200, "Suspend Ana?".into()));
        assert!(page.has("a.button[href='/integrations/helpdesk']"), "See your agents");
    }
    office.app.execute("UPDATE helpdesk_users SET state = 'needs_attention'").await;
    assert!(!owner.get(NEW).await.has("#suspend"), "nobody is there whose suspension would free it");
}

#[tokio::test]
async fn the_address_is_shown_before_it_is_used() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await;
    owner.agent(&json!({ "name": "Ana" })).await;
    let mut owner = owner.client;
    let preview = format!("{NEW}/preview");
    let fragment = owner.post_htmx(&preview, &[("name", "Ana"), ("password", "Canary-1")]).await;
    assert_eq!(fragment.words("#email-preview"), "Ana will sign in as owner+ana-2@acme.example");
    assert!(!fragment.text().contains("<html") && !fragment.text().contains("Canary"));
    let empty = owner.post_htmx(&preview, &[("name", " ")]).await;
    assert!(empty.words("#email-preview").contains("made from yours"));
    let form = [("name", "Bob & Co"), ("mode", "choose"), ("password", "Canary-1"), ("inboxes", "1")];
    let page = owner.post(&preview, &form).await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("Canary"));
    assert_eq!(page.value_of("#name"), "Bob & Co");
    assert_eq!(page.words("#email-preview"), "Bob & Co will sign in as owner+bob.co@acme.example");
    assert!(page.has("#own-password[checked]") && page.has("input[name=inboxes][checked]"));
    let long = "李".repeat(2_000);
    let page = owner.post(&preview, &[("name", &*long)]).await;
    assert_eq!((page.status, page.value_of("#name")), (200, long), "no address could hold so much");
    assert_eq!(owner.get(&preview).await.header("location"), NEW);
}

#[tokio::test]
async fn unknown_and_doubled_fields_are_named_and_nothing_typed_is_lost() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[1]).await.client;
    let before = office.everything().await;
    let unknown: &[(&str, &str)] = &[
        ("name", "Ana"),
        ("tier", "<b>"),
        ("mode", "choose"),
        ("password", "Canary-Passw0rd"),
        ("inboxes", "1"),
    ];
    let doubled: &[(&str, &str)] = &[
        ("name", "Ana"),
        ("name", "Ben"),
        ("mode", "choose"),
        ("password", "Canary-Passw0rd"),
        ("inboxes", "1"),
    ];
    for (form, sentence) in [
        (unknown, "The form has a field “tier” that isn't known here."),
        (doubled, "The form has the field “name” twice."),
    ] {
        for page in [owner.post(NEW, form).await, owner.post_htmx(NEW, form).await] {
            assert_eq!(page.status, 422, "{}", page.text());
            assert!(page.words("#error-summary").contains(sentence), "{}", page.words("#error-summary"));
            assert_eq!(page.value_of("#name"), "Ana");
            assert!(page.has("#own-password[checked]") && page.has("input[name=inboxes][checked]"));
            assert!(!page.text().contains("Canary"));
        }
    }
    assert_eq!(office.everything().await, before);
}

#[tokio::test]
async fn an_address_that_chatwoot_has_already_is_a_conflict_in_plain_words() {
    let office = Office::open().await;
    let mut owner = office.tenant("human.admin@chat.example", "PRO", &[]).await.client;
    let admin = office.sandbox.user_by_email("human.admin@chat.example").unwrap().id;
    office.sandbox.edit(|state| state.set_email(admin, "human.admin+ana@chat.example"));
    let page = owner.post(NEW, &[("name", "Ana"), ("mode", "generate")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!page.has("#secret"), "no password that would not work");
    assert!(page.has("#not-used"));
    assert_eq!(page.words(".badge"), "Needs attention");
    assert!(page.words("#agent-body .note").contains("Somebody else in Chatwoot already uses this address"));
    assert!(!page.has("form[action$='/retry']") && page.has("a[href$='/remove']"));
    assert!(owner.get("/integrations/helpdesk").await.words(".headline").starts_with("0 of 3"));
}
