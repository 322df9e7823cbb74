//! Sign-in links and passwords.

use std::time::Duration;

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed, SignInRefused};

use crate::support::Ask;

async fn with_agent() -> (Sandbox, Ask) {
    let mut seed = Seed::new();
    let app = seed.platform_app("ours");
    let account = seed.account("Acme & Sons");
    let agent = seed.user(NewUser::new("Jo <Agent>", "jo+1@acme.example").password("Passw0rd!"));
    seed.member(account, agent.id, Role::Agent);
    seed.permit_user(app.id, agent.id);
    let inbox = seed.inbox(account, "Website");
    seed.inbox(account, "Not theirs");
    seed.inbox_member(inbox, agent.id);
    let sandbox = Sandbox::start(seed).await.unwrap();
    (sandbox, Ask::get("/platform/api/v1/users/1/login").token(&app.token))
}

async fn link(sandbox: &Sandbox, login: &Ask) -> String {
    login.send(sandbox).await.json()["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_is_good_once() {
    let (sandbox, login) = with_agent().await;
    let link = link(&sandbox, &login).await;
    let start = format!("{}/app/login?email=jo%2B1%40acme.example&sso_auth_token=", sandbox.base_url());
    assert!(link.starts_with(&start), "{link}");
    assert_eq!(sandbox.edit(|state| state.follow_sign_in_link(&link)), Ok(1));
    let again = sandbox.edit(|state| state.follow_sign_in_link(&link));
    assert_eq!(again, Err(SignInRefused::UnknownOrUsed));
}

#[tokio::test]
async fn a_link_expires_after_five_minutes_and_several_live_side_by_side() {
    let (sandbox, login) = with_agent().await;
    let (early, late) = (link(&sandbox, &login).await, link(&sandbox, &login).await);
    sandbox.edit(|state| state.advance_clock(Duration::from_secs(299)));
    assert_eq!(sandbox.edit(|state| state.follow_sign_in_link(&early)), Ok(1));
    sandbox.edit(|state| state.advance_clock(Duration::from_secs(2)));
    let expired = sandbox.edit(|state| state.follow_sign_in_link(&late));
    assert_eq!(expired, Err(SignInRefused::Expired));
}

#[tokio::test]
async fn a_link_opens_a_page_that_names_the_agent_and_its_inboxes() {
    let (sandbox, login) = with_agent().await;
    let link = link(&sandbox, &login).await;
    let page = Ask::get(link.trim_start_matches(&sandbox.base_url())).send(&sandbox).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Signed in as Jo &lt;Agent&gt;"));
    assert!(page.text().contains("<li>Website</li>") && !page.text().contains("Not theirs"));
}

#[tokio::test]
async fn a_password_opens_the_same_page_and_a_wrong_one_does_not() {
    let (sandbox, _) = with_agent().await;
    let form = Ask::post("/app/login").form("email=Jo%2B1@acme.example&password=Passw0rd%21");
    assert_eq!(form.send(&sandbox).await.status, 200);
    let wrong = Ask::post("/app/login").form("email=jo%2B1@acme.example&password=wrong");
    let wrong = wrong.send(&sandbox).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("role=\"alert\""));
}

#[tokio::test]
async fn nobody_unconfirmed_gets_in() {
    let (sandbox, _) = with_agent().await;
    let new = NewUser::new("New", "new@acme.example").password("Passw0rd!").unconfirmed();
    sandbox.edit(|state| state.user(new));
    let refused = sandbox.edit(|state| state.sign_in("new@acme.example", "Passw0rd!"));
    assert_eq!(refused, Err(SignInRefused::Unconfirmed));
}
