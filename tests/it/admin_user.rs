//! One user, and what administrators change about it.

use axum::http::Method;
use localboxs::domain::user::Role;
use localboxs::services::accounts::{self, Author, Person, manage};
use localboxs::services::audit::By;
use serde_json::json;

use crate::support::{Answer, Client, Factor, Office, PASSWORD, TestApp};

pub const SUPER: &str = "super@localboxs.example";
pub const ADMIN: &str = "admin@localboxs.example";
pub const EMAIL: &str = "ana@example.com";
const OTHERS: &str = "Only a super admin can change an administrator's account.";

pub struct People {
    pub app: TestApp,
    pub boss: Client,
    pub admin: Client,
    pub tenant: String,
}

pub async fn people() -> People {
    let app = TestApp::new().await;
    app.super_administrator(SUPER).await;
    app.administrator(ADMIN).await;
    let tenant = app.tenant(EMAIL, "PRO").await.id.to_string();
    let (boss, admin) = (app.signed_in(SUPER).await, app.signed_in(ADMIN).await);
    People { app, boss, admin, tenant }
}

pub async fn id_of(app: &TestApp, email: &str) -> String {
    accounts::find_by_email(&app.app, email).await.unwrap().unwrap().user.id.to_string()
}

/// Action, actor's role and tenant-or-not of every change that somebody signed in made.
pub async fn events(app: &TestApp) -> Vec<String> {
    app.column(
        "SELECT e.action || ' by ' || u.role FROM audit_events e JOIN users u ON u.id = e.actor_id \
         WHERE e.action LIKE 'user.%' ORDER BY e.id",
    )
    .await
}

#[tokio::test]
async fn a_users_page_says_what_is_known_and_leads_to_every_change() {
    let People { app: _app, mut admin, mut boss, tenant } = people().await;
    let page = admin.get(&format!("/admin/users/{tenant}")).await;
    assert_eq!(page.words("h1"), "Ana Ruiz");
    let facts = page.texts("dl div");
    for fact in [
        "E-mailana@example.com",
        "RoleTenant",
        "TierPro",
        "Agents0 of 3",
        "Second factorOff",
        "Last sign-inNever",
    ] {
        assert!(facts.iter().any(|line| line == fact), "{fact}: {facts:?}");
    }
    assert_eq!(page.attribute("#limits", "href"), format!("/admin/tenants/{tenant}/limits"));
    assert_eq!(page.attribute("#tenant", "href"), format!("/admin/tenants/{tenant}"));
    assert!(!page.has("#change-role"), "an admin changes no roles");
    assert!(boss.get(&format!("/admin/users/{tenant}")).await.has("#change-role"));
}

#[tokio::test]
async fn nobody_there_and_no_id_answer_alike() {
    let People { app: _app, mut admin, .. } = people().await;
    let mut pages = Vec::new();
    for id in ["0193596e-7a80-7c4e-9a51-6c2f0e8b1d35", "x", "1%00"] {
        for rest in ["", "/tier", "/suspend", "/password-link", "/nonsense"] {
            let page = admin.get(&format!("/admin/users/{id}{rest}")).await;
            assert_eq!(page.status, 404, "{id}{rest}");
            pages.push(page.words("main").split("Request").next().unwrap().to_owned());
        }
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "{pages:?}");
}

#[tokio::test]
async fn a_tier_is_changed_after_its_impact_is_said() {
    let office = Office::open().await;
    let app = &office.app;
    app.administrator(ADMIN).await;
    let mut owner = office.tenant("owner@acme.example", "PRO", &[1]).await;
    for name in ["Ben", "Cleo"] {
        owner.agent(&json!({ "name": name })).await;
    }
    let mut admin = app.signed_in(ADMIN).await;
    let path = format!("/admin/users/{}/tier", id_of(app, "owner@acme.example").await);

    let page = admin.get(&path).await;
    let options = page.texts("label.option");
    assert_eq!(
        options[0],
        "Free1 agentAna Ruiz has 2 active agents; Free allows 1. Nothing is removed, but no agent can be added until it is back to 1."
    );
    assert_eq!(
        (options[1].as_str(), options[3].as_str()),
        ("Pro (now)3 agents", "EnterpriseNo limit on agents")
    );
    assert_eq!(page.value_of("input[checked]"), "PRO");

    app.execute("UPDATE tier_limits SET max_demos = 0 WHERE tier = 'FREE'").await;
    let free = admin.get(&path).await.texts("label.option").remove(0);
    let demos = "Ana Ruiz has 1 demo; Free allows 0. Nothing is removed, but no demo can be added until it is back to 0.";
    assert!(free.ends_with(demos), "{free}");

    let answer = admin.post(&path, &[("tier", "FREE")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, path.trim_end_matches("/tier")));
    assert_eq!(admin.get(path.trim_end_matches("/tier")).await.words(".flash"), "The tier is changed.");
    assert_eq!(
        owner.get("/api/dashboard/tier-limits").await.json()["tier"],
        "FREE",
        "from the next request on"
    );
    let refused = owner.create(&json!({ "name": "Dora" })).await;
    assert_eq!(refused.json_error(), (403, "tier_limit_reached".into()));

    let late = [("was", "PRO"), ("tier", "ENTERPRISE")];
    for page in [admin.post(&path, &late).await, admin.post_htmx(&path, &late).await] {
        assert_eq!((page.status, page.value_of("input[checked]")), (409, "ENTERPRISE".into()));
        let told = page.words("#error-summary");
        assert!(told.contains("The tier of Ana Ruiz was changed meanwhile: it is Free now."), "{told}");
        assert_eq!(page.value_of("[name=was]"), "FREE", "the same form again, for what is there now");
    }
    let tier = "SELECT tier FROM users WHERE email = 'owner@acme.example'";
    assert_eq!(app.column(tier).await, ["FREE"], "a colleague's choice is not overwritten");

    let wrong = admin.post_htmx(&path, &[("tier", "GOLD\0")]).await;
    assert_eq!(
        (wrong.status, wrong.words("#error-summary a")),
        (422, "There is no such tier; use FREE, PRO, PRO_PLUS, ENTERPRISE".into())
    );
    assert_eq!(events(app).await, ["user.tier_set by ADMIN"]);
}

#[tokio::test]
async fn somebody_suspended_is_out_at_once_and_let_in_again() {
    let People { app, mut admin, tenant, .. } = people().await;
    let mut client = app.signed_in(EMAIL).await;
    let path = |action: &str| format!("/admin/users/{tenant}/{action}");
    let page = admin.get(&path("suspend")).await;
    assert_eq!(page.words("h1"), "Suspend Ana Ruiz?");
    assert_eq!(page.texts(".consequences li").len(), 3);

    let htmx = admin.post_htmx(&path("suspend"), &[]).await;
    assert_eq!((htmx.status, htmx.header("hx-redirect")), (204, format!("/admin/users/{tenant}").as_str()));
    assert!(client.get("/").await.header("location").ends_with("&suspended"));
    let page = admin.get(&format!("/admin/users/{tenant}")).await;
    assert_eq!(page.words(".flash"), "The account is suspended.");
    assert!(page.has("#enable") && !page.has("#suspend"));

    assert_eq!(admin.post(&path("enable"), &[]).await.status, 303);
    assert_eq!(client.get("/").await.status, 303, "sessions from before stay ended");
    app.signed_in(EMAIL).await;
    assert_eq!(events(&app).await, ["user.disabled by ADMIN", "user.enabled by ADMIN"]);
}

#[tokio::test]
async fn somebody_is_signed_out_everywhere() {
    let People { app, mut admin, tenant, .. } = people().await;
    let mut clients = [app.signed_in(EMAIL).await, app.signed_in(EMAIL).await];
    assert_eq!(admin.post(&format!("/admin/users/{tenant}/sign-out"), &[]).await.status, 303);
    for client in &mut clients {
        assert_eq!(client.get("/").await.status, 303);
    }
    assert_eq!(events(&app).await, ["user.sessions_ended by ADMIN"]);
}

#[tokio::test]
async fn a_lost_second_factor_is_reset() {
    let People { app, mut admin, tenant, .. } = people().await;
    let mut client = app.signed_in(EMAIL).await;
    Factor::turn_on(&app, &mut client).await;
    assert!(admin.get(&format!("/admin/users/{tenant}")).await.has("#reset-second-factor"));
    assert_eq!(admin.post(&format!("/admin/users/{tenant}/reset-second-factor"), &[]).await.status, 303);
    assert_eq!(client.get("/").await.status, 303);
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.header("location"), "/");
    assert_eq!(events(&app).await, ["user.second_factor_reset by ADMIN"]);
}

#[tokio::test]
async fn an_admin_changes_no_administrators_account() {
    let People { app, mut admin, .. } = people().await;
    for email in [SUPER, ADMIN] {
        let user = id_of(&app, email).await;
        let page = admin.get(&format!("/admin/users/{user}")).await;
        assert_eq!(page.status, 200);
        assert!(!page.has("#suspend") && !page.has("#new-link"));
        for (action, form) in [
            ("tier", vec![("tier", "PRO")]),
            ("suspend", vec![]),
            ("enable", vec![]),
            ("sign-out", vec![]),
            ("reset-second-factor", vec![]),
            ("password-link", vec![]),
        ] {
            let path = format!("/admin/users/{user}/{action}");
            for answer in [admin.get(&path).await, admin.post(&path, &form).await] {
                assert_eq!(
                    (answer.status, answer.words(".alert p")),
                    (403, OTHERS.into()),
                    "{email} {action}"
                );
            }
        }
    }
    let tenant = id_of(&app, EMAIL).await;
    let role = [("role", "ADMIN"), ("password", PASSWORD)];
    for user in [tenant, id_of(&app, SUPER).await] {
        let path = format!("/admin/users/{user}/role");
        for answer in [admin.get(&path).await, admin.post(&path, &role).await] {
            assert_eq!(answer.status, 403);
        }
    }
    assert_eq!(events(&app).await, ["user.change_refused by ADMIN"; 3]);
}

#[tokio::test]
async fn a_super_admin_changes_roles_with_the_own_password() {
    let People { app, mut boss, mut admin, tenant } = people().await;
    let mut client = app.signed_in(EMAIL).await;
    let path = format!("/admin/users/{tenant}/role");
    assert_eq!(boss.get(&path).await.value_of("input[checked]"), "USER");
    let wrong = boss.post(&path, &[("role", "ADMIN"), ("password", "guess")]).await;
    assert_eq!(
        (wrong.status, wrong.words("#password-error")),
        (422, "That isn't your password. Type it again".into())
    );
    assert_eq!(wrong.value_of("input[checked]"), "ADMIN", "what was chosen is kept");
    let none = boss.post(&path, &[("role", "KING"), ("password", PASSWORD)]).await;
    assert_eq!(none.words("#error-summary a"), "Choose a role");

    assert_eq!(boss.post(&path, &[("role", "ADMIN"), ("password", PASSWORD)]).await.status, 303);
    assert_eq!(client.get("/").await.status, 303, "signed out");
    assert_eq!(app.signed_in(EMAIL).await.get("/admin/users").await.status, 200);
    assert_eq!(events(&app).await, ["user.role_set by SUPER_ADMIN"]);

    // Rights are those of now, not of the session's beginning.
    let demoted = format!("/admin/users/{}/role", id_of(&app, ADMIN).await);
    assert_eq!(boss.post(&demoted, &[("role", "USER"), ("password", PASSWORD)]).await.status, 303);
    assert_eq!(admin.get("/admin/users").await.status, 303);
}

#[tokio::test]
async fn nobody_changes_the_own_role_or_suspends_themselves() {
    let People { app, mut boss, .. } = people().await;
    app.super_administrator("second@localboxs.example").await;
    let user = id_of(&app, SUPER).await;
    let page = boss.get(&format!("/admin/users/{user}/role")).await;
    assert!(page.words("#own-role").starts_with("You can't change your own role."));
    assert!(!page.has("#role-form"));
    let form = [("role", "ADMIN"), ("password", PASSWORD)];
    let refused = boss.post(&format!("/admin/users/{user}/role"), &form).await;
    assert_eq!(
        (refused.status, refused.words("#error-summary li")),
        (409, "You can't change your own role".into())
    );
    let refused = boss.post(&format!("/admin/users/{user}/suspend"), &[]).await;
    assert_eq!(
        (refused.status, refused.words("#error-summary li")),
        (409, "You can't suspend your own account".into())
    );
    assert_eq!(events(&app).await, [] as [&str; 0]);
}

#[tokio::test]
async fn two_super_admins_who_take_each_other_away_at_once_leave_one() {
    for round in 0..6 {
        let app = TestApp::new().await;
        let one = app.super_administrator(SUPER).await.id;
        let two = app.super_administrator("second@localboxs.example").await.id;
        let take = |by, user| {
            let app = app.app.clone();
            let author = Author::from(By { user: by, request_id: None });
            tokio::spawn(async move {
                if round % 2 == 0 {
                    manage::set_role(&app, &author, Person::Id(user), Role::Admin).await.is_ok()
                } else {
                    manage::disable(&app, &author, Person::Id(user)).await.is_ok()
                }
            })
        };
        let (first, second) = (take(one, two), take(two, one));
        let done = [first.await.unwrap(), second.await.unwrap()];
        assert_eq!(done.iter().filter(|done| **done).count(), 1);
        let left = "SELECT email FROM users WHERE role = 'SUPER_ADMIN' AND disabled_at IS NULL";
        assert_eq!(app.column(left).await.len(), 1);
    }
}

#[tokio::test]
async fn the_operator_cannot_take_the_last_two_super_admins_away_at_once_either() {
    let app = TestApp::new().await;
    let emails = [SUPER, "second@localboxs.example", "third@localboxs.example"];
    for email in emails {
        app.super_administrator(email).await;
    }
    let tasks = emails.map(|email| {
        let app = app.app.clone();
        tokio::spawn(async move { accounts::set_role(&app, email, Role::User).await.is_ok() })
    });
    let mut done = 0;
    for task in tasks {
        done += usize::from(task.await.unwrap());
    }
    assert_eq!(done, 2);
    assert_eq!(app.column("SELECT email FROM users WHERE role = 'SUPER_ADMIN'").await.len(), 1);
    assert_eq!(
        accounts::disable(
            &app.app,
            &app.column("SELECT email FROM users WHERE role = 'SUPER_ADMIN'").await[0]
        )
        .await
        .unwrap_err()
        .to_string(),
        "At least one super admin must remain"
    );
}

#[tokio::test]
async fn a_demoted_super_admin_changes_nothing_with_a_request_in_flight() {
    let People { app, .. } = people().await;
    let boss = accounts::find_by_email(&app.app, SUPER).await.unwrap().unwrap().user.id;
    let admin = accounts::find_by_email(&app.app, ADMIN).await.unwrap().unwrap().user.id;
    app.execute("UPDATE users SET role = 'USER' WHERE email = 'super@localboxs.example'").await;
    let author = Author::from(By { user: boss, request_id: None });
    let refused = manage::disable(&app.app, &author, Person::Id(admin)).await.unwrap_err();
    assert_eq!(refused.to_string(), OTHERS);
}

#[tokio::test]
async fn somebody_new_gets_a_link_that_is_shown_once() {
    let People { app, mut admin, mut boss, .. } = people().await;
    let form = admin.get("/admin/users/new").await;
    assert!(!form.has("#role") && boss.get("/admin/users/new").await.has("#role"));

    let new = [("email", " Rosa@Bakery.example"), ("name", "Rosa Bloom"), ("tier", "PRO_PLUS")];
    let page = admin.post("/admin/users/new", &new).await;
    assert_eq!((page.status, page.words("h1")), (200, "Link for Rosa Bloom".into()));
    let link = page.value_of("#secret");
    assert!(link.starts_with("http://localhost:3000/set-password/"), "{link}");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(
        app.column("SELECT email || ' ' || role || ' ' || tier FROM users WHERE name = 'Rosa Bloom'").await,
        ["rosa@bakery.example USER PRO_PLUS"]
    );
    let again = admin.post("/admin/users/new", &new).await;
    assert_eq!(
        (again.status, again.words("#email-error")),
        (422, "Somebody with this e-mail exists already".into())
    );
    assert_eq!(
        (again.value_of("#name"), again.attribute("#tier option[selected]", "value")),
        ("Rosa Bloom".into(), "PRO_PLUS".into())
    );
    assert_eq!(events(&app).await, ["user.created by ADMIN"]);
    assert_eq!(app.anonymous().sign_in("rosa@bakery.example", "").await.status, 422, "no password works yet");
}

#[tokio::test]
async fn unusable_entries_each_get_a_sentence_and_change_nothing() {
    let People { app, mut boss, .. } = people().await;
    let page = boss.post("/admin/users/new", &[("email", "x"), ("name", ""), ("tier", "PRO")]).await;
    assert_eq!(page.status, 422);
    assert_eq!(
        page.texts("#error-summary a"),
        [
            "Enter an e-mail address, such as ana@example.com",
            "Enter a name of 1 to 100 characters that can be seen"
        ]
    );
    for (field, value) in [
        ("email", "rosa@localhost"),
        ("email", "ro\0sa@example.com"),
        ("name", "a\0"),
        ("name", "Ro\u{202e}sa"),
        ("name", "Ro\u{2066}sa"),
        ("name", "Ro\u{feff}sa"),
        ("tier", "GOLD"),
        ("tier", "\0"),
        ("role", "ROOT"),
    ] {
        let mut form =
            vec![("email", "rosa@bakery.example"), ("name", "Rosa"), ("tier", "PRO"), ("role", "USER")];
        form.iter_mut().filter(|(name, _)| *name == field).for_each(|(_, old)| *old = value);
        let page = boss.post("/admin/users/new", &form).await;
        assert_eq!(page.status, 422, "{field} {value}: {}", page.text());
        assert!(page.has(&format!("#{field}-error")), "{field} {value}");
    }
    assert_eq!(events(&app).await, [] as [&str; 0]);
}

#[tokio::test]
async fn only_a_super_admin_adds_administrators() {
    let People { app, mut admin, mut boss, .. } = people().await;
    for role in ["ADMIN", "SUPER_ADMIN"] {
        let email = format!("{role}@new.example");
        let new = [("email", email.as_str()), ("name", "New"), ("tier", "FREE"), ("role", role)];
        let refused: Answer = admin.post("/admin/users/new", &new).await;
        assert_eq!(
            (refused.status, refused.words(".alert p")),
            (403, "Only a super admin can add administrators.".into())
        );
        for password in ["", "guess"] {
            let wrong = boss.post("/admin/users/new", &[&new[..], &[("password", password)]].concat()).await;
            assert_eq!(
                (wrong.status, wrong.words("#password-error")),
                (422, "That isn't your password. Type it again".into())
            );
            assert_eq!(
                (wrong.value_of("#email"), wrong.value_of("input[checked]")),
                (email.clone(), role.into())
            );
            assert!(!wrong.text().contains("guess"), "passwords are never shown again");
        }
        let right = [&new[..], &[("password", PASSWORD)]].concat();
        assert_eq!(boss.post("/admin/users/new", &right).await.status, 200);
        assert_eq!(
            app.column(&format!("SELECT role FROM users WHERE email = '{}'", email.to_lowercase())).await,
            [role]
        );
    }
}

#[tokio::test]
async fn a_tenant_reaches_none_of_it() {
    let People { app, tenant, .. } = people().await;
    let mut client = app.signed_in(EMAIL).await;
    for rest in
        ["", "/tier", "/role", "/suspend", "/enable", "/sign-out", "/reset-second-factor", "/password-link"]
    {
        let path = format!("/admin/users/{tenant}{rest}");
        assert_eq!(client.get(&path).await.status, 403, "{path}");
        assert!(app.anonymous().get(&path).await.header("location").starts_with("/sign-in"), "{path}");
        if !rest.is_empty() {
            let role = [("role", "SUPER_ADMIN"), ("tier", "ENTERPRISE"), ("password", PASSWORD)];
            assert_eq!(client.call(Method::POST, &path).form(&role).send().await.status, 403, "{path}");
        }
    }
    assert_eq!(events(&app).await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_tenant_with_agents_or_demos_becomes_no_administrator() {
    let office = Office::open().await;
    let app = &office.app;
    app.super_administrator(SUPER).await;
    let mut owner = office.tenant("owner@acme.example", "PRO", &[1]).await;
    owner.agent(&json!({ "name": "Ben" })).await;
    let mut boss = app.signed_in(SUPER).await;
    let id = id_of(app, "owner@acme.example").await;
    let path = format!("/admin/users/{id}/role");
    let why = "Remove its 1 agent and 1 demo first: an administrator has none";
    let page = boss.get(&path).await;
    assert!(page.words("#kept-a-tenant").starts_with(why) && !page.has("#role-form"), "{}", page.text());
    assert_eq!(page.attribute("#kept-a-tenant a", "href"), format!("/admin/tenants/{id}"));
    let refused = boss.post(&path, &[("role", "ADMIN"), ("password", PASSWORD)]).await;
    assert_eq!((refused.status, refused.words("#error-summary li")), (409, why.into()));
    let operator = accounts::set_role(&app.app, "owner@acme.example", Role::Admin).await.unwrap_err();
    assert_eq!(operator.to_string(), why);
    app.execute("DELETE FROM demos").await;
    app.execute("UPDATE helpdesk_users SET state = 'removed', seat = NULL").await;
    assert_eq!(boss.post(&path, &[("role", "ADMIN"), ("password", PASSWORD)]).await.status, 303);
    assert_eq!(app.column("SELECT role FROM users WHERE email = 'owner@acme.example'").await, ["ADMIN"]);
}

#[tokio::test]
async fn what_changes_nothing_says_so_and_is_not_noted() {
    let People { app, mut boss, mut admin, tenant } = people().await;
    let user = format!("/admin/users/{tenant}");
    let mut client = app.signed_in(EMAIL).await;
    for (action, sentence) in [
        ("enable", "The account isn't suspended. Nothing was changed."),
        ("reset-second-factor", "The second factor is off. Nothing was changed."),
    ] {
        assert_eq!(admin.post(&format!("{user}/{action}"), &[]).await.status, 303);
        assert_eq!(admin.get(&user).await.words(".flash"), sentence);
    }
    let same = [("role", "USER"), ("password", PASSWORD)];
    assert_eq!(boss.post(&format!("{user}/role"), &same).await.status, 303);
    assert_eq!(boss.get(&user).await.words(".flash"), "It was so already. Nothing was changed.");
    let limits = format!("/admin/tenants/{tenant}/limits");
    admin.post(&format!("{limits}/remove"), &[("limit", "maxDemos")]).await;
    let flash = admin.get(&limits).await.words(".flash");
    assert_eq!(flash, "There was no such override. Nothing was changed.");
    assert_eq!(client.post("/account/sessions/end", &[("session", "unknown")]).await.status, 303);
    assert_eq!(client.get("/account").await.words(".flash"), "That session had ended already.");
    assert_eq!(app.column("SELECT action FROM audit_events WHERE actor = 'user'").await, [] as [&str; 0]);
}
