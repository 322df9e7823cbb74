//! The overview a person looks at.

use chatwoot_sandbox::{NewInbox, NewUser, Role, Sandbox, Seed};

use crate::support::Ask;

async fn overview() -> (Sandbox, String) {
    let mut seed = Seed::new();
    let app = seed.platform_app("ours");
    let account = seed.account("Acme <script>");
    let agent = seed.user(NewUser::new("Jo \"J\" O'Neil", "jo@acme.example"));
    let outsider = seed.user(NewUser::new("Outsider", "out@b.example").unconfirmed());
    seed.member(account, agent.id, Role::Agent);
    seed.permit_user(app.id, agent.id);
    let inbox = seed.inbox(account, NewInbox::new("Website"));
    seed.inbox_member(inbox, agent.id);
    seed.inbox_member(inbox, outsider.id);
    let sandbox = Sandbox::start(seed).await.unwrap();
    Ask::get("/platform/api/v1/users/1/login").token(&app.token).send(&sandbox).await;
    Ask::new("DELETE", "/platform/api/v1/users/1").token(&app.token).send(&sandbox).await;
    let page = Ask::get("/").header("Accept", "text/html").send(&sandbox).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=UTF-8")));
    (sandbox, page.text().to_owned())
}

#[tokio::test]
async fn the_overview_shows_accounts_agents_inboxes_members_and_jobs() {
    let (_, page) = overview().await;
    for part in [
        "Version 4.9.2",
        "<td>Jo &quot;J&quot; O&#39;Neil</td><td>jo@acme.example</td><td>agent</td><td>yes</td>",
        "<td>Website</td><td>WebWidget</td>",
        "Outsider (not in the account)",
        "<li>delete user 1</li>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[tokio::test]
async fn the_overview_escapes_what_people_typed_and_shows_no_secret() {
    let (sandbox, page) = overview().await;
    assert!(page.contains("Acme &lt;script&gt;") && !page.contains("<script"));
    let platform = sandbox.platform_apps()[0].token.clone();
    let secrets = [sandbox.canaries(), vec![platform]].concat();
    assert!(secrets.len() >= 6, "users' tokens, the link's and the inbox's: {}", secrets.len());
    for secret in secrets {
        assert!(!page.contains(&secret));
    }
}

#[tokio::test]
async fn the_overview_has_language_title_landmark_headings_and_table_heads() {
    let (_, page) = overview().await;
    for part in ["<html lang=\"en\">", "<title>Chatwoot sandbox</title>", "name=\"viewport\"", "<main>"] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<h1>").count(), 1);
    let tables = page.matches("<table>").count();
    assert_eq!(page.matches("<caption>").count(), tables);
    assert_eq!(page.matches("<thead>").count(), tables);
    assert!(page.matches("<th scope=\"col\">").count() >= tables);
}
