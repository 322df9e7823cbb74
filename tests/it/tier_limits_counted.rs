//! What a preview says is what is counted after the change.

use chrono::{DateTime, TimeDelta, Utc};
use localboxs::app::App;
use localboxs::db::demos::Demo;
use localboxs::db::overrides::NewOverride;
use localboxs::db::users::NewUser;
use localboxs::db::{self, WriteTx};
use localboxs::domain::agent::{Agent, AgentState, Credential};
use localboxs::domain::ids::{AgentId, DemoId, TenantId, UserId};
use localboxs::domain::limit_change::ChangeKind;
use localboxs::domain::limits::LimitName;
use localboxs::domain::tier::Limit;
use localboxs::domain::user::Role;
use localboxs::services::audit::By;
use localboxs::services::tier_limits::{self, Change, Changed};
use proptest::prelude::Rng as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use crate::support::TestApp;

const TENANTS: u64 = 2_000;
const CHANGES: usize = 200;
const TIERS: [&str; 4] = ["FREE", "PRO", "PRO_PLUS", "ENTERPRISE"];

/// The same numbers each time, so that a failure can be looked at again.
pub fn numbers() -> TestRng {
    let seeded = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(Config::default(), seeded).new_rng()
}

pub fn below(rng: &mut TestRng, end: u64) -> u64 {
    rng.next_u64() % end
}

#[tokio::test]
async fn previews_equal_what_is_counted_afterwards_for_two_hundred_changes() {
    let test = TestApp::new().await;
    let app = &test.app;
    let mut rng = numbers();
    let by = fill(app, &mut rng).await;
    for nth in 0..CHANGES {
        let tier = TIERS[usize::try_from(below(&mut rng, 4)).unwrap()];
        let wanted = wanted(&mut rng);
        let preview = tier_limits::preview(app, tier, &wanted).await.unwrap();
        let change = Change {
            tier: tier.to_owned(),
            version: None,
            wanted: wanted.clone(),
            kind: ChangeKind::Edited,
            reason: String::new(),
            reviewed: true,
        };
        let changed = tier_limits::change(app, &by, change).await.unwrap();
        assert_eq!(matches!(changed, Changed::Nothing(_)), preview.effects.is_empty());
        for effect in &preview.effects {
            let (name, is_lowered) = (effect.difference.name, effect.difference.is_lowered());
            assert_eq!(effect.own, own(&test, tier, name).await, "change {nth} of {tier} to {wanted:?}");
            let is_counted = matches!(name, LimitName::HelpdeskAgents | LimitName::Demos);
            assert_eq!(effect.over.is_some(), is_lowered && is_counted, "{name:?}");
            let Some(over) = &effect.over else { continue };
            let counted = counted(&test, tier, over.name).await;
            assert_eq!(over.total, counted, "change {nth} of {tier} to {wanted:?}");
            assert_eq!(over.tenants.len(), usize::try_from(counted.min(20)).unwrap());
            assert!(over.tenants.iter().all(|tenant| tenant.used > over.limit));
        }
        // Somebody gives back a seat, or a demo goes.
        let churn = format!(
            "UPDATE helpdesk_users SET seat = NULL WHERE name = 'Agent {}'",
            below(&mut rng, TENANTS)
        );
        test.execute(&churn).await;
        test.execute(&format!("DELETE FROM demos WHERE business_name = 'Demo {}'", below(&mut rng, TENANTS)))
            .await;
    }
    let history = "SELECT CAST(count(*) AS TEXT) FROM tier_limit_versions v JOIN tier_limits t ON t.tier = v.tier \
        AND t.version = v.version AND t.max_helpdesk_agents = v.max_helpdesk_agents AND t.max_demos = v.max_demos";
    assert_eq!(test.column(history).await, ["4"]);
}

#[tokio::test]
async fn overrides_are_told_of_limits_that_are_not_counted_too() {
    let app = TestApp::new().await;
    let admin = app.administrator("admin@localboxs.example").await.id;
    for (nth, names) in [&["maxIntegrations", "maxWorkflows"][..], &["maxWorkflows"][..]].iter().enumerate() {
        let tenant = app.tenant(&format!("{nth}@acme.example"), "PRO").await.id;
        let other = app.tenant(&format!("{nth}@other.example"), "FREE").await.id;
        let tx = app.app.db.write().await.unwrap();
        for (tenant, name) in names.iter().flat_map(|name| [(tenant, name), (other, name)]) {
            let new = NewOverride {
                tenant,
                name: LimitName::parse(name).unwrap(),
                limit: Limit::AtMost(9),
                reason: "vip",
                expires_at: None,
                created_by: admin,
                created_at: app.app.now(),
            };
            db::overrides::set(&*tx, &new).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let mut admin = app.signed_in("admin@localboxs.example").await;
    let pro = "/admin/tier-limits/PRO";
    let values = "version=1&maxIntegrations=1&maxDocuments=1&maxWorkflows=900";
    let page = admin.get(&format!("{pro}/review?{values}")).await;
    let effect = |name: &str| page.words(&format!("#effect-{name}"));
    let later = "Takes effect for what is added from now on.";
    assert_eq!(effect("maxIntegrations"), format!("{later} 1 tenant has an override and isn't affected."));
    assert_eq!(effect("maxDocuments"), later);
    assert_eq!(effect("maxWorkflows"), "Takes effect at once. 2 tenants have overrides and aren't affected.");
    let typed = [("version", "1"), ("maxWorkflows.mode", "limit"), ("maxWorkflows", "1")];
    let preview = admin.post_htmx(&format!("{pro}/preview?of=maxWorkflows"), &typed).await;
    assert_eq!(
        preview.words("#preview-maxWorkflows"),
        format!("{later} 2 tenants have overrides and aren't affected.")
    );
}

fn wanted(rng: &mut TestRng) -> Vec<(LimitName, Limit)> {
    let mut limit = |most| match below(rng, most + 1) {
        unlimited if unlimited == most => Limit::Unlimited,
        limit => Limit::AtMost(limit),
    };
    vec![
        (LimitName::HelpdeskAgents, limit(8)),
        (LimitName::Demos, limit(5)),
        (LimitName::Workflows, limit(90)),
        (LimitName::Integrations, limit(9)),
    ]
}

/// The tenants with an override of this limit in force, row by row.
async fn own(test: &TestApp, tier: &str, name: LimitName) -> u64 {
    let now = test.app.now().to_rfc3339();
    let sql = format!(
        "SELECT CAST(count(*) AS TEXT) FROM users u JOIN tenant_overrides o ON o.user_id = u.id \
         WHERE u.tier = '{tier}' AND u.role = 'USER' AND o.limit_name = '{}' \
         AND (o.expires_at IS NULL OR o.expires_at > '{now}')",
        name.key()
    );
    test.column(&sql).await.remove(0).parse().unwrap()
}

/// Counted from everybody's agents and demos, row by row.
async fn counted(test: &TestApp, tier: &str, name: LimitName) -> u64 {
    let rows = match name {
        LimitName::Demos => "demos d WHERE d.user_id = u.id",
        _ => "helpdesk_users h WHERE h.user_id = u.id AND h.seat IS NOT NULL",
    };
    let now = test.app.now().to_rfc3339();
    let sql = format!(
        "SELECT CAST(count(*) AS TEXT) FROM users u JOIN tier_limits t ON t.tier = u.tier \
         WHERE u.tier = '{tier}' AND u.role = 'USER' AND t.{column} >= 0 \
         AND (SELECT count(*) FROM {rows}) > t.{column} AND NOT EXISTS (SELECT 1 FROM tenant_overrides o \
         WHERE o.user_id = u.id AND o.limit_name = '{key}' AND (o.expires_at IS NULL OR o.expires_at > '{now}'))",
        column = name.column(),
        key = name.key()
    );
    test.column(&sql).await.remove(0).parse().unwrap()
}

/// Stores the tenants with up to 7 agents and 4 demos each; one in ten has an override, which may have ended.
async fn fill(app: &App, rng: &mut TestRng) -> By {
    let tx = app.db.write().await.unwrap();
    let admin = user(&tx, "admin@localboxs.example", Role::Admin, "FREE", app.now()).await;
    for nth in 0..TENANTS {
        let tier = TIERS[usize::try_from(below(rng, 4)).unwrap()];
        let tenant = user(&tx, &format!("{nth}@acme.example"), Role::User, tier, app.now()).await;
        for seat in 1..=below(rng, 8) {
            let agent = agent(tenant, nth, seat, app.now());
            db::agents::insert(&*tx, &agent, i64::try_from(seat).unwrap()).await.unwrap();
        }
        for _ in 0..below(rng, 5) {
            db::demos::insert(&*tx, &demo(tenant, nth, app.now())).await.unwrap();
        }
        if nth % 10 == 0 {
            let names =
                [LimitName::Demos, LimitName::HelpdeskAgents, LimitName::Workflows, LimitName::Integrations];
            let name = names[usize::try_from(below(rng, 4)).unwrap()];
            let days = i64::try_from(below(rng, 4)).unwrap() - 1;
            let new = NewOverride {
                tenant,
                name,
                limit: Limit::AtMost(below(rng, 9)),
                reason: "random",
                expires_at: (days > 0).then(|| app.now() + TimeDelta::days(days - 2)),
                created_by: admin,
                created_at: app.now(),
            };
            db::overrides::set(&*tx, &new).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    By { user: admin, request_id: None }
}

async fn user(tx: &WriteTx, email: &str, role: Role, tier: &str, now: DateTime<Utc>) -> UserId {
    let id = UserId(Uuid::now_v7());
    let new = NewUser { id, email, name: email, password_hash: "", role, tier, now };
    db::users::insert(&**tx, new).await.unwrap();
    id
}

fn demo(tenant: TenantId, nth: u64, now: DateTime<Utc>) -> Demo {
    Demo {
        id: DemoId(Uuid::now_v7()),
        tenant,
        business_name: format!("Demo {nth}"),
        business_url: "https://demo.example".into(),
        inbox: None,
        created_at: now,
    }
}

fn agent(tenant: TenantId, nth: u64, seat: u64, now: DateTime<Utc>) -> Agent {
    Agent {
        id: AgentId(Uuid::now_v7()),
        tenant,
        name: format!("Agent {}", (nth * 7 + seat) % TENANTS),
        email: format!("{nth}+{seat}@acme.example"),
        tag: String::new(),
        state: AgentState::Ready,
        holds_seat: true,
        removal_wanted: false,
        credential: Credential::Set,
        chatwoot_user: None,
        linked: true,
        verified: true,
        deletion_asked: false,
        failure: None,
        ..Agent::wished(AgentId(Uuid::now_v7()), tenant, now)
    }
}
