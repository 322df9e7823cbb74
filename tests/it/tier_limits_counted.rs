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
        for effect in preview.effects.iter().filter(|effect| effect.difference.is_lowered()) {
            let over = effect.over.as_ref().unwrap();
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

fn wanted(rng: &mut TestRng) -> Vec<(LimitName, Limit)> {
    let mut limit = |most| match below(rng, most + 1) {
        unlimited if unlimited == most => Limit::Unlimited,
        limit => Limit::AtMost(limit),
    };
    vec![(LimitName::HelpdeskAgents, limit(8)), (LimitName::Demos, limit(5))]
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
            let name = if below(rng, 2) == 0 { LimitName::Demos } else { LimitName::HelpdeskAgents };
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
