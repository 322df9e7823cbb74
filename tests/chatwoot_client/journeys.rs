//! Whole lives of an agent against a faithful Chatwoot, with answers lost on the way.

use chatwoot_sandbox::{Fault, NewAccount, NewUser as Person, Reply, Role, Sandbox, Seed, Work};
use localboxs::chatwoot::{
    Chatwoot, Created, Deadlines, ErrorKind, Inspection, Installation, Joined, Linked, OwnedUser, Standing,
};
use localboxs::domain::connection::Route;
use localboxs::domain::ids::{ChatwootAccountId, InboxId};
use localboxs::domain::password::Password;

use crate::setup::{JANE, TAG, kind};

/// An installation with our account, another's, and a client of ours.
struct World {
    sandbox: Sandbox,
    client: Chatwoot,
    account: u64,
    inbox: u64,
}

impl World {
    async fn with(route: Route) -> Self {
        Self::seeded(route, |_| ()).await
    }

    async fn seeded(route: Route, more: impl FnOnce(&mut Seed)) -> Self {
        let mut seed = Seed::new();
        let app = seed.platform_app("LocalBoxs");
        seed.account("Somebody else");
        let account = seed.account(NewAccount::new("Ours").agent_limit(3));
        if route == Route::Platform {
            seed.permit_account(app.id, account);
        }
        let admin = seed.user(Person::new("Ada", "ada@example.com"));
        seed.member(account, admin.id, Role::Administrator);
        let inbox = seed.inbox(account, "Website");
        more(&mut seed);
        let sandbox = Sandbox::start(seed).await.unwrap();
        let installation = Installation {
            origin: sandbox.base_url().parse().unwrap(),
            account: ChatwootAccountId(i64::try_from(account).unwrap()),
            account_key: admin.access_token.into(),
            platform_key: Some(app.token.into()),
        };
        let client = Chatwoot::new(installation, Deadlines::default()).unwrap();
        Self { sandbox, client, account, inbox }
    }

    fn inbox(&self) -> InboxId {
        InboxId(i64::try_from(self.inbox).unwrap())
    }

    fn number(user: &OwnedUser) -> u64 {
        u64::try_from(user.id().0).unwrap()
    }

    async fn created(&self) -> OwnedUser {
        match self.client.create_user(JANE).await.unwrap() {
            Created::Ours { user, .. } => user,
            Created::SomebodyElse => panic!("somebody else"),
        }
    }

    async fn linked(&self, route: Route) -> OwnedUser {
        let user = self.created().await;
        let linked = self.client.link(&user, route, JANE.name, JANE.email).await;
        assert_eq!(linked, Ok(Linked::InAccount));
        user
    }
}

#[tokio::test]
async fn an_agent_lives_and_goes_by_both_routes() {
    for route in [Route::Platform, Route::Account] {
        let world = World::with(route).await;
        let World { sandbox, client, account, inbox } = &world;
        assert_eq!(client.version().await.unwrap().version, "4.9.2");
        assert_eq!(client.standing().await, Ok(Standing::Administrator));
        assert_eq!(client.route().await, Ok(route));
        assert_eq!(client.inboxes().await.unwrap()[0].id, world.inbox());

        let user = world.linked(route).await;
        assert_eq!(client.join_inbox(&user, world.inbox()).await, Ok(Joined::Listed));
        let ready = Inspection::Ours {
            user: user.clone(),
            in_account: true,
            role_is_agent: true,
            other_accounts: false,
        };
        assert_eq!(client.inspect_user(user.id(), TAG).await, Ok(ready));
        client.set_password(&user, &Password::new("Passw0rd!".into())).await.unwrap();
        assert!(sandbox.password_matches(JANE.email, "Passw0rd!"));
        assert_eq!(sandbox.inbox_members(*inbox), [World::number(&user)]);

        client.leave_inbox(&user, world.inbox()).await.unwrap();
        assert_eq!(sandbox.inbox_members(*inbox), [0; 0]);
        client.unlink(&user, route).await.unwrap();
        assert_eq!(sandbox.account_users(*account).len(), 1, "the administrator alone");
        client.delete_user(&user).await.unwrap();
        assert_ne!(client.inspect_user(user.id(), TAG).await, Ok(Inspection::Gone), "not before the job ran");
        sandbox.tick();
        assert_eq!(client.inspect_user(user.id(), TAG).await, Ok(Inspection::Gone));
    }
}

#[tokio::test]
async fn every_step_can_be_repeated() {
    for route in [Route::Platform, Route::Account] {
        let world = World::with(route).await;
        let World { sandbox, client, account, inbox } = &world;
        let user = world.linked(route).await;
        assert_eq!(world.created().await, user);
        let again = client.link(&user, route, JANE.name, JANE.email).await.unwrap();
        assert_eq!(again, if route == Route::Platform { Linked::InAccount } else { Linked::AlreadyThere });
        for _ in 0..2 {
            assert_eq!(client.join_inbox(&user, world.inbox()).await, Ok(Joined::Listed));
        }
        assert_eq!(sandbox.account_users(*account).len(), 2);
        assert_eq!(sandbox.inbox_members(*inbox).len(), 1);
        for _ in 0..2 {
            client.leave_inbox(&user, world.inbox()).await.unwrap();
        }
        for _ in 0..2 {
            client.unlink(&user, route).await.unwrap();
        }
        client.delete_user(&user).await.unwrap();
        sandbox.tick();
        client.delete_user(&user).await.unwrap();
    }
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_found_again_as_ours() {
    for lost in [Reply::Close, Reply::Reset, Reply::CutShort, Reply::CutInText, Reply::NullNumbers] {
        let world = World::with(Route::Platform).await;
        world.sandbox.inject(Fault::on("POST", "/platform/api/v1/users").commit_then(lost));
        let error = world.client.create_user(JANE).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unknown);
        let user = world.created().await;
        assert_eq!(world.sandbox.user_by_email(JANE.email).unwrap().id, World::number(&user));
        assert_eq!(world.sandbox.users().len(), 2);
    }
}

#[tokio::test]
async fn a_failure_after_the_change_counts_as_unknown() {
    let world = World::with(Route::Platform).await;
    let user = world.created().await;
    let path = format!("/platform/api/v1/accounts/{}/account_users", world.account);
    world.sandbox.inject(Fault::on("POST", &path).commit_then(Reply::RailsError));
    let error = world.client.link(&user, Route::Platform, JANE.name, JANE.email).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::ServerError);
    assert!(error.outcome_unknown());
    assert_eq!(world.sandbox.account_users(world.account).len(), 2);
}

#[tokio::test]
async fn strangers_are_never_ours_and_never_touched_again() {
    let world = World::seeded(Route::Platform, |seed| {
        let stranger = seed.user(Person::new("Jane Stranger", JANE.email));
        seed.member(1, stranger.id, Role::Administrator);
    })
    .await;
    let before = format!("{:?}", world.sandbox.user_by_email(JANE.email));
    assert_eq!(world.client.create_user(JANE).await, Ok(Created::SomebodyElse));
    assert_eq!(format!("{:?}", world.sandbox.user_by_email(JANE.email)), before);
}

#[tokio::test]
async fn a_link_keeps_the_role_that_somebody_gave_in_chatwoot() {
    let world = World::with(Route::Platform).await;
    let user = world.created().await;
    world.sandbox.edit(|state| state.member(world.account, World::number(&user), Role::Administrator));
    let linked = world.client.link(&user, Route::Platform, JANE.name, JANE.email).await;
    assert_eq!(linked, Ok(Linked::InAccount));
    let Ok(Inspection::Ours { role_is_agent, in_account, .. }) =
        world.client.inspect_user(user.id(), TAG).await
    else {
        panic!("ours")
    };
    assert_eq!((in_account, role_is_agent), (true, false));
}

#[tokio::test]
async fn an_account_link_that_made_another_person_is_noticed() {
    let world = World::with(Route::Account).await;
    let user = world.created().await;
    world.client.delete_user(&user).await.unwrap();
    world.sandbox.tick();
    let linked = world.client.link(&user, Route::Account, JANE.name, JANE.email).await;
    assert_eq!(linked, Ok(Linked::DifferentPerson));
}

#[tokio::test]
async fn an_inbox_given_outside_the_account_is_noticed() {
    let world = World::with(Route::Platform).await;
    let user = world.created().await;
    assert_eq!(world.client.join_inbox(&user, world.inbox()).await, Ok(Joined::NotInAccount));
    assert_eq!(kind(world.client.join_inbox(&user, InboxId(99)).await), ErrorKind::NotFound);
}

#[tokio::test]
async fn at_chatwoots_own_limit_even_somebody_inside_is_refused() {
    let world = World::seeded(Route::Account, |seed| {
        let second = seed.user(Person::new("Bo", "bo@example.com"));
        seed.member(2, second.id, Role::Agent);
    })
    .await;
    let user = world.linked(Route::Account).await;
    let again = world.client.link(&user, Route::Account, JANE.name, JANE.email).await;
    assert_eq!(kind(again), ErrorKind::AccountFull);
    let inspection = world.client.inspect_user(user.id(), TAG).await.unwrap();
    assert!(matches!(inspection, Inspection::Ours { in_account: true, .. }), "{inspection:?}");
}

#[tokio::test]
async fn unlinking_by_the_account_leaves_the_deletion_to_chatwoots_queue() {
    let world = World::with(Route::Account).await;
    let user = world.linked(Route::Account).await;
    world.client.unlink(&user, Route::Account).await.unwrap();
    let deletion = Work::DeleteUser(World::number(&user));
    assert!(world.sandbox.jobs().iter().any(|job| job.work == deletion));
}

#[tokio::test]
async fn the_key_arrives_through_a_proxy_that_drops_underscores() {
    let world = World::with(Route::Platform).await;
    world.sandbox.inject(Fault::any().without_underscore_headers().forever());
    assert_eq!(world.client.standing().await, Ok(Standing::Administrator));
    assert_eq!(world.client.route().await, Ok(Route::Platform));
}

#[tokio::test]
async fn a_chatwoot_that_went_away_and_came_back_is_found_again() {
    let world = World::with(Route::Platform).await;
    let user = world.created().await;
    world.sandbox.stop().await;
    let down = world.client.create_user(JANE).await.unwrap_err();
    assert_eq!(down.kind, ErrorKind::Unreachable);
    assert!(!down.outcome_unknown());
    world.sandbox.resume().await.unwrap();
    assert_eq!(world.created().await, user);
}

#[tokio::test]
async fn slowing_down_and_gateway_pages_change_nothing() {
    let world = World::with(Route::Platform).await;
    let all = || Fault::any();
    world.sandbox.inject(all().reply(Reply::TooManyRequests(chatwoot_sandbox::RetryAfter::Unsaid)));
    let kind_of_refusal = kind(world.client.create_user(JANE).await);
    assert!(matches!(kind_of_refusal, ErrorKind::RateLimited { .. }), "{kind_of_refusal:?}");
    for status in [502, 503, 504] {
        world.sandbox.inject(all().reply(Reply::Gateway(status)));
        assert_eq!(kind(world.client.create_user(JANE).await), ErrorKind::ServerError);
    }
    assert_eq!(world.sandbox.user_by_email(JANE.email).map(|user| user.id), None);
}
