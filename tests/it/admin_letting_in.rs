//! What lets somebody into another's account, and whom it is refused.

use crate::admin_user::{ADMIN, People, SUPER, events, id_of, people};
use crate::support::{Factor, PASSWORD, queries};

type Typed<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn an_open_session_of_a_super_admin_does_not_take_over_its_own_account() {
    let People { app, mut boss, .. } = people().await;
    Factor::turn_on(&app, &mut boss).await;
    let user = format!("/admin/users/{}", id_of(&app, SUPER).await);
    let why = "This is your own account. You change it under Your account";
    for (action, form) in [("password-link", "#link-form"), ("reset-second-factor", "#confirm-form")] {
        let path = format!("{user}/{action}");
        let page = boss.get(&path).await;
        assert!(!page.has(form) && page.words("#own").starts_with(why), "{}", page.text());
        // Not even with the password, which belongs on the page of the own account.
        for typed in [&[][..], &[("password", PASSWORD)]] {
            for refused in [boss.post(&path, typed).await, boss.post_htmx(&path, typed).await] {
                assert_eq!((refused.status, refused.words("#error-summary li")), (409, why.into()));
                assert!(!refused.has("#secret"));
            }
        }
    }
    assert_eq!(app.column("SELECT token_hash FROM password_links").await, [] as [&str; 0]);
    assert!(boss.get("/account").await.text().contains("10 recovery codes are left."));
    assert_eq!(events(&app).await, [] as [&str; 0]);
}

#[tokio::test]
async fn letting_somebody_into_an_administrators_account_costs_the_own_password() {
    let People { app, mut boss, mut admin, tenant } = people().await;
    Factor::turn_on(&app, &mut admin).await;
    let user = format!("/admin/users/{}", id_of(&app, ADMIN).await);
    for action in ["password-link", "reset-second-factor"] {
        let path = format!("{user}/{action}");
        assert_eq!(boss.get(&path).await.attribute("#password", "autocomplete"), "current-password");
        for typed in ["", "guess"] {
            let wrong = boss.post_htmx(&path, &[("password", typed)]).await;
            let told = (wrong.status, wrong.words("#password-error"));
            assert_eq!(told, (422, "That isn't your password. Type it again".into()), "{action}");
            assert_eq!(wrong.words("#error-summary a"), told.1);
            assert!(wrong.words("title").starts_with("Error: ") && !wrong.text().contains("guess"));
        }
        assert_eq!(boss.post(&path, &[]).await.status, 422, "{action}");
        assert!(!boss.get(&format!("/admin/users/{tenant}/{action}")).await.has("#password"), "{action}");
        let done = boss.post(&path, &[("password", PASSWORD)]).await;
        assert_eq!(done.status, if action == "password-link" { 200 } else { 303 });
    }
    assert!(!boss.get(&format!("{user}/sign-out")).await.has("#password"), "it opens nothing to anybody");
    let link = boss.post(&format!("/admin/users/{tenant}/password-link"), &[]).await;
    assert!(link.has("#secret"), "a tenant's link is made as before");
    let made = "user.password_link_made by SUPER_ADMIN";
    assert_eq!(events(&app).await, [made, "user.second_factor_reset by SUPER_ADMIN", made]);
}

#[tokio::test]
async fn too_many_wrong_own_passwords_leave_every_form_that_asks_for_one_where_it_was() {
    let People { app, mut boss, tenant, .. } = people().await;
    let user = format!("/admin/users/{}", id_of(&app, ADMIN).await);
    for _ in 0..4 {
        boss.post(&format!("{user}/password-link"), &[("password", "guess")]).await;
    }
    let new = [("email", "rosa@bakery.example"), ("name", "Rosa"), ("tier", "PRO_PLUS"), ("role", "ADMIN")];
    let forms: [(String, Typed, &str); 5] = [
        (
            format!("/admin/users/{tenant}/role"),
            &[("role", "ADMIN")],
            "#role-form input[value=ADMIN][checked]",
        ),
        (format!("{user}/password-link"), &[], "#link-form #password"),
        (format!("{user}/reset-second-factor"), &[], "#confirm-form #password"),
        ("/admin/users/new".into(), &new, "#user-form #email[value='rosa@bakery.example']"),
        ("/account/second-factor/off".into(), &[("code", "1")], "main"),
    ];
    for (path, chosen, kept) in forms {
        let form = [chosen, &[("password", "guess")]].concat();
        for page in [boss.post(&path, &form).await, boss.post_htmx(&path, &form).await] {
            assert_eq!((page.status, page.header("retry-after")), (429, "1"), "{path}");
            assert_eq!(
                page.words("#error-summary li"),
                "Too many attempts. Try again in 1 second.",
                "{path}"
            );
            assert!(page.has(kept) && page.words("title").starts_with("Error: "), "{path}: {}", page.text());
        }
    }
    let layout = boss.get("/").await.attribute("meta[name=htmx-config]", "content");
    assert!(layout.contains(r#"{"code":"(409|422|429)","swap":true}"#), "htmx draws it like the others");
}

#[tokio::test]
async fn what_ends_is_said_truly_of_somebody_with_a_password_and_somebody_invited() {
    let People { app, mut admin, tenant, .. } = people().await;
    let new = [("email", "pend@bakery.example"), ("name", "Pend"), ("tier", "PRO")];
    let link = admin.post("/admin/users/new", &new).await.value_of("#secret");
    let link = link.strip_prefix("http://localhost:3000").unwrap().to_owned();
    let invited = format!("/admin/users/{}", id_of(&app, "pend@bakery.example").await);
    let known = format!("/admin/users/{tenant}");
    let ends = "The link to set a password that is open now stops working.";

    let page = admin.get(&format!("{known}/sign-out")).await;
    assert_eq!(
        page.texts(".consequences li"),
        [
            "Every session of Ana Ruiz ends at once, on every device.",
            "The password stays the same, so Ana Ruiz can sign in again."
        ]
    );
    admin.post(&format!("{known}/password-link"), &[]).await;
    let page = admin.get(&format!("{known}/sign-out")).await;
    assert_eq!(page.texts(".consequences li")[2], ends);
    assert!(admin.get(&format!("{known}/password-link")).await.text().contains("The present password works"));

    assert_eq!(queries(admin.get(&format!("{invited}/sign-out"))).await, 3);
    let none = "Pend has set no password yet, so there is nothing to sign out of.";
    let again = "To let Pend in, make a new link afterwards.";
    let page = admin.get(&format!("{invited}/sign-out")).await;
    assert_eq!(page.texts(".consequences li"), [none, ends, again]);
    assert!(
        admin.get(&format!("{invited}/suspend")).await.texts(".consequences li").contains(&ends.to_owned())
    );
    assert!(!admin.get(&format!("{invited}/password-link")).await.text().contains("present password"));

    assert_eq!(app.anonymous().get(&link).await.status, 200);
    assert_eq!(admin.post(&format!("{invited}/sign-out"), &[]).await.status, 303);
    let dead = app.anonymous().get(&link).await;
    assert!(dead.status == 404 && dead.words("#dead").contains("or was withdrawn"));
    let page = admin.get(&format!("{invited}/sign-out")).await;
    assert_eq!(
        page.texts(".consequences li"),
        [none, "No link to set one is open: to let Pend in, make a new link."]
    );
    admin.post(&format!("{invited}/suspend"), &[]).await;
    let page = admin.get(&format!("{invited}/enable")).await;
    assert_eq!(
        page.texts(".consequences li"),
        ["Pend has set no password yet: make a new link for that next."]
    );
}
