//! Edits, resets, restores, undoing and new agents at once: nothing is lost, and no limit is broken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use localboxs::app::App;
use localboxs::db;
use localboxs::domain::ids::TenantId;
use localboxs::domain::limit_change::ChangeKind;
use localboxs::domain::limits::LimitName;
use localboxs::domain::tier::Limit;
use localboxs::services::agents::{self, Actor, NewAgent};
use localboxs::services::audit::By;
use localboxs::services::error::{Refusal, ServiceError};
use localboxs::services::tier_limits::{self, Change, Changed, all_of};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tokio::task::JoinSet;

use crate::support::Office;
use crate::tier_limits_counted::{below, numbers};

const TIERS: [&str; 2] = ["PRO", "PRO_PLUS"];
const AT_ONCE: usize = 8;

/// Something somebody does; which thing and with what, the number says.
struct Step {
    app: App,
    by: By,
    tier: &'static str,
    tenant: TenantId,
    number: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_ends_with_what_holds_and_no_seat_was_taken_above_the_limit_then() {
    let office = Office::with_patience(Duration::from_millis(20)).await;
    // Nobody waits for Chatwoot here: a seat is taken before it is asked.
    office.sandbox.stop().await;
    let test = &office.app;
    let postgres = test.app.db.read().get_database_backend() == DbBackend::Postgres;
    watch_every_new_seat(&office, postgres).await;
    let apps = if postgres { vec![test.app.clone(), test.second().await] } else { vec![test.app.clone()] };
    let by = By { user: test.administrator("admin@localboxs.example").await.id, request_id: None };
    let mut tenants = Vec::new();
    for nth in 0..4 {
        tenants.push(test.tenant(&format!("{nth}@acme.example"), TIERS[nth % 2]).await.id);
    }
    let mut rng = numbers();
    let seats = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    for nth in 0..if postgres { 1_000 } else { 300 } {
        if running.len() == AT_ONCE {
            running.join_next().await.unwrap().unwrap();
        }
        let which = usize::try_from(below(&mut rng, 4)).unwrap();
        let (app, by) = (apps[nth % apps.len()].clone(), by.clone());
        let step =
            Step { app, by, tier: TIERS[which % 2], tenant: tenants[which], number: below(&mut rng, 900) };
        let seats = Arc::clone(&seats);
        running.spawn(async move {
            if step.take().await {
                seats.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    while let Some(step) = running.join_next().await {
        step.unwrap();
    }
    assert!(seats.load(Ordering::SeqCst) > 20, "only {seats:?} seats were taken");
    let mut kinds = Vec::new();
    for tier in TIERS {
        let now = tier_limits::find(&test.app, tier).await.unwrap().tier;
        let last = db::tier_limit_versions::list(test.app.db.read(), tier, i64::MAX, 10_000).await.unwrap();
        assert_eq!((last[0].version, last[0].limits), (now.version, now.limits), "{tier}");
        assert!(now.version > 20, "{tier} was changed {} times", now.version);
        assert_eq!(last.len(), usize::try_from(now.version).unwrap(), "{tier}: no version is missing");
        kinds.extend(last.iter().map(|version| format!("{:?}", version.kind)));
    }
    for wanted in ["Edited", "Reset", "Restored", "Undone"] {
        assert!(kinds.iter().any(|kind| kind.starts_with(wanted)), "{wanted}");
    }
    let counters = "SELECT email FROM users WHERE seats_used <> \
        (SELECT count(*) FROM helpdesk_users h WHERE h.user_id = users.id AND h.seat IS NOT NULL)";
    assert_eq!(test.column(counters).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_waits_for_the_seat_that_is_just_being_taken() {
    let office = Office::open().await;
    let app = &office.app.app;
    if app.db.read().get_database_backend() == DbBackend::Sqlite {
        return;
    }
    let tenant = office.app.tenant("owner@acme.example", "PRO").await.id;
    let by = By { user: tenant, request_id: None };
    let tx = app.db.write().await.unwrap();
    db::users::lock(&*tx, tenant).await.unwrap();
    db::entitlements::hold(&*tx, tenant, LimitName::HelpdeskAgents, app.now()).await.unwrap();
    let other = office.app.second().await;
    let lowering = tokio::spawn(async move {
        let wanted = vec![(LimitName::HelpdeskAgents, Limit::AtMost(0))];
        tier_limits::change(&other, &by, change("PRO", None, wanted, ChangeKind::Edited)).await
    });
    let waiting = "SELECT CAST(count(*) AS TEXT) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
        AND datname = current_database()";
    while office.app.column(waiting).await != ["1"] {
        assert!(!lowering.is_finished(), "the limit did not wait");
        tokio::task::yield_now().await;
    }
    tx.commit().await.unwrap();
    lowering.await.unwrap().unwrap();
    assert_eq!(
        office
            .app
            .column("SELECT CAST(max_helpdesk_agents AS TEXT) FROM tier_limits WHERE tier = 'PRO'")
            .await,
        ["0"]
    );
}

impl Step {
    /// Whether a seat was taken.
    async fn take(&self) -> bool {
        let pick = self.number / 9;
        let done = match self.number % 9 {
            0..=3 => return self.create().await,
            4 => {
                self.give_back_seats().await;
                return false;
            }
            5 | 6 => {
                let limit = if pick.is_multiple_of(7) { Limit::Unlimited } else { Limit::AtMost(pick % 7) };
                let version = tier_limits::find(&self.app, self.tier).await.unwrap().tier.version;
                let version = (!pick.is_multiple_of(3)).then_some(version);
                let wanted = vec![(LimitName::HelpdeskAgents, limit)];
                self.change(change(self.tier, version, wanted, ChangeKind::Edited)).await
            }
            7 => tier_limits::reset(&self.app, &self.by, self.tier, None, String::new()).await.map(drop),
            _ => {
                let now = tier_limits::find(&self.app, self.tier).await.unwrap().tier.version;
                if pick.is_multiple_of(2) {
                    self.undo(now).await
                } else {
                    let version = 1 + i64::try_from(pick).unwrap() % now;
                    let conn = self.app.db.read();
                    let old = db::tier_limit_versions::find(conn, self.tier, version).await.unwrap().unwrap();
                    let kind = ChangeKind::Restored(version);
                    self.change(change(self.tier, Some(now), all_of(&old.limits), kind)).await
                }
            }
        };
        assert!(matches!(done, Ok(()) | Err(ServiceError::Refused(Refusal::Conflict { .. }))), "{done:?}");
        false
    }

    /// As somebody who applies what there is to review.
    async fn undo(&self, now: i64) -> Result<(), ServiceError> {
        let undone = tier_limits::undo(&self.app, &self.by, self.tier, now).await?;
        let Changed::ToReview(differences) = undone else { return Ok(()) };
        let wanted = differences.iter().map(|each| (each.name, each.after)).collect();
        self.change(change(self.tier, Some(now), wanted, ChangeKind::Undone(now - 1))).await
    }

    async fn change(&self, change: Change) -> Result<(), ServiceError> {
        tier_limits::change(&self.app, &self.by, change).await.map(drop)
    }

    async fn give_back_seats(&self) {
        let tx = self.app.db.write().await.unwrap();
        db::users::lock(&*tx, self.tenant).await.unwrap();
        let sql = "UPDATE helpdesk_users SET seat = NULL WHERE user_id = $1";
        let given_back =
            Statement::from_sql_and_values(tx.get_database_backend(), sql, [self.tenant.0.into()]);
        tx.execute_raw(given_back).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn create(&self) -> bool {
        let actor = Actor { tenant: self.tenant, user: self.tenant, request_id: None };
        let name = format!("Agent {}", uuid::Uuid::new_v4().simple());
        let new = NewAgent { name, password: None, inboxes: Vec::new(), idempotency_key: None };
        match agents::create(&self.app, &actor, new).await {
            Ok(_) => true,
            Err(ServiceError::Refused(Refusal::TierLimitReached { .. }) | ServiceError::Busy) => false,
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn change(tier: &str, version: Option<i64>, wanted: Vec<(LimitName, Limit)>, kind: ChangeKind) -> Change {
    Change { tier: tier.to_owned(), version, wanted, kind, reason: String::new(), reviewed: true }
}

/// Lets the database itself refuse a seat above the limit that is in force in the moment of the commit.
async fn watch_every_new_seat(office: &Office, postgres: bool) {
    let breach = "EXISTS (SELECT 1 FROM users u JOIN tier_limits t ON t.tier = u.tier WHERE u.id = NEW.user_id \
        AND t.max_helpdesk_agents >= 0 AND t.max_helpdesk_agents < (SELECT count(*) FROM helpdesk_users h \
        WHERE h.user_id = u.id AND h.seat IS NOT NULL))";
    if !postgres {
        let watch = format!(
            "CREATE TRIGGER watch AFTER INSERT ON helpdesk_users WHEN {breach} BEGIN SELECT RAISE(ABORT, 'over'); END"
        );
        return office.app.execute(&watch).await;
    }
    let function = format!(
        "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {breach} THEN \
         RAISE EXCEPTION 'over'; END IF; RETURN NULL; END $$"
    );
    office.app.execute(&function).await;
    let trigger = "CREATE CONSTRAINT TRIGGER watch AFTER INSERT ON helpdesk_users DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION watch()";
    office.app.execute(trigger).await;
}
