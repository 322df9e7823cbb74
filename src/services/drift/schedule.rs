//! When is looked: every quarter of an hour, a minute after a change of ours, and whenever somebody asks.

use std::time::Duration;

use rand::RngExt;
use serde_json::json;
use tokio::sync::Semaphore;

use super::record::event_of_all;
use super::{Outcome, Report, Scope, look, of_tenant};
use crate::app::App;
use crate::db;
use crate::db::across::{Filter, Part};
use crate::domain::agent::Failure;
use crate::domain::ids::{AgentId, TenantId};
use crate::services::agents::MOST_AT_ONCE;
use crate::services::agents::across::Across;
use crate::services::audit::By;
use crate::services::error::{Refusal, ServiceError};

/// 15 minutes, a fifth less or more so that many installations do not look at once.
const EVERY_MS: std::ops::Range<i64> = 720_000..1_080_000;
/// After a look that failed, or that found very many missing.
const SOON_MS: std::ops::Range<i64> = 60_000..120_000;
/// Who was looked at alone so shortly before is left out of a look at everybody: a fifth of its interval.
const JUST_NOW_MS: i64 = 180_000;
/// After a change of ours Chatwoot's own jobs may still undo a part of it.
const AFTER_CHANGE_MS: i64 = 60_000;
/// How long a look may be silent before another process takes it over.
const LEASE_MS: i64 = 60_000;
const RENEW: Duration = Duration::from_secs(20);

/// Looks that people wait for, at once.
static ASKED_FOR: Semaphore = Semaphore::const_new(2);

/// Looks if it is time and no other process does; tells whether it looked. Never while Chatwoot is known to be away.
pub async fn look_if_due(app: &App) -> Result<bool, ServiceError> {
    if app.chatwoot.is_none() || !*app.chatwoot_answers.borrow() {
        return Ok(false);
    }
    let looks = db::drift_looks::find(app.db.read()).await?;
    let until = app.now_ms() - AFTER_CHANGE_MS;
    if looks.is_due {
        return whole_look(app, until).await;
    }
    let from = looks.changes_until.unwrap_or(0);
    let tenants = changed(app, from, until).await?;
    if tenants.is_empty() || !db::drift_looks::claim_now(app.db.read(), &app.owner, LEASE_MS).await? {
        return Ok(false);
    }
    // Another process may have looked between the question and the claim.
    let seen = db::drift_looks::find(app.db.read()).await?.changes_until;
    let looked = if seen == looks.changes_until {
        let looked = held(app, &Scope::Tenants(tenants)).await;
        // Also after a failure, or a Chatwoot in trouble would be asked again at once; the next whole look sees it.
        db::drift_looks::changes_seen(app.db.read(), until).await?;
        looked.map(|_| true)
    } else {
        Ok(false)
    };
    db::drift_looks::release(app.db.read(), &app.owner, None).await?;
    looked
}

/// The tenants about whose agents we changed something then, and at whom nobody has looked long enough after that.
async fn changed(app: &App, from: i64, until: i64) -> Result<Vec<TenantId>, ServiceError> {
    let changed = db::drift_looks::changed_tenants(app.db.read(), from, until).await?;
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let own = db::drift_looks::own_looks(app.db.read(), from).await?;
    let unseen = |tenant: &TenantId, changed: i64| {
        own.get(tenant).is_none_or(|looked| *looked < changed + AFTER_CHANGE_MS)
    };
    Ok(changed.into_iter().filter(|(tenant, at)| unseen(tenant, *at)).map(|(tenant, _)| tenant).collect())
}

async fn whole_look(app: &App, until: i64) -> Result<bool, ServiceError> {
    let first = rand::rng().random_range(EVERY_MS);
    if !db::drift_looks::claim_due(app.db.read(), &app.owner, LEASE_MS, first).await? {
        return Ok(false);
    }
    let started = app.now_ms();
    let looked = held(app, &Scope::NotSince(started - JUST_NOW_MS)).await;
    let next = match looked {
        Ok(Outcome::Compared) => {
            db::drift_looks::looked(app.db.read(), started).await?;
            db::drift_looks::changes_seen(app.db.read(), until).await?;
            EVERY_MS
        }
        Ok(Outcome::Paused(_)) | Err(_) => SOON_MS,
    };
    let next = rand::rng().random_range(next);
    db::drift_looks::release(app.db.read(), &app.owner, Some(next)).await?;
    looked.map(|_| true)
}

/// Looks as long as the right to look is ours.
async fn held(app: &App, scope: &Scope) -> Result<Outcome, ServiceError> {
    let keep = async {
        loop {
            tokio::time::sleep(RENEW).await;
            if !matches!(db::drift_looks::renew(app.db.read(), &app.owner, LEASE_MS).await, Ok(true)) {
                return;
            }
        }
    };
    tokio::select! {
        looked = look(app, scope, false) => looked,
        () = keep => Err(ServiceError::Busy),
        () = app.stopping.cancelled() => Err(ServiceError::Busy),
    }
}

/// Looks at this tenant's agents now and tells what differs; waits as long as the configured patience.
pub async fn check(app: &App, tenant: TenantId) -> Result<Report, ServiceError> {
    for_a_while(app, vec![tenant]).await?;
    of_tenant(app, tenant).await
}

/// Looks at the tenants of these agents now and tells how each agent stands; `None` for one that is not there.
pub async fn check_many(app: &App, chosen: &[AgentId]) -> Result<Vec<Option<Across>>, ServiceError> {
    let mut ids = chosen.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(Refusal::field("agents", "Choose at least one agent.").into());
    }
    if ids.len() > MOST_AT_ONCE {
        let many = format!("Choose at most {MOST_AT_ONCE} agents at once.");
        return Err(Refusal::field("agents", many).into());
    }
    let asked = ids.len();
    let filter = Filter { ids: Some(ids), ..Filter::default() };
    let count = u64::try_from(asked).unwrap_or(u64::MAX);
    let known = db::across::list(app.db.read(), &filter, Part::Newest, count).await?.rows;
    let mut tenants: Vec<TenantId> = known.iter().map(|row| row.agent.tenant).collect();
    tenants.sort_unstable();
    tenants.dedup();
    if !tenants.is_empty() {
        for_a_while(app, tenants).await?;
    }
    let known = db::across::list(app.db.read(), &filter, Part::Newest, count).await?.rows;
    let missing = asked.saturating_sub(known.len());
    let there = known.into_iter().map(|row| Some(Across::from(row)));
    Ok(there.chain((0..missing).map(|_| None)).collect())
}

/// Takes what a look finds as it is, however many are missing, and lets the work that waits go on.
pub async fn accept(app: &App, by: &By) -> Result<(), ServiceError> {
    let paused = db::drift_looks::find(app.db.read()).await?.paused;
    let paused = paused.ok_or_else(|| Refusal::conflict("This is no longer paused. Nothing was changed."))?;
    let looking = app.clone();
    within_patience(app, async move { look(&looking, &Scope::Everybody, true).await }).await?;
    let tx = app.db.write().await?;
    let after = json!({ "missing": paused.missing });
    let event = event_of_all(app, Some(by), "drift.accepted", "chatwoot".into(), after);
    db::audit::insert(&*tx, event).await?;
    Ok(tx.commit().await?)
}

async fn for_a_while(app: &App, tenants: Vec<TenantId>) -> Result<Outcome, ServiceError> {
    if app.chatwoot.is_none() {
        return Err(Refusal::NotConfigured.into());
    }
    let looking = app.clone();
    let turn = tokio::time::timeout(app.config.patience, ASKED_FOR.acquire());
    let turn = turn.await.ok().and_then(Result::ok).ok_or(ServiceError::Busy)?;
    within_patience(app, async move {
        let _turn = turn;
        let started = looking.now_ms();
        let scope = Scope::Tenants(tenants.clone());
        let outcome = look(&looking, &scope, false).await?;
        if outcome == Outcome::Compared {
            // The next look that nobody asks for counts from this one.
            db::drift_looks::looked_at(looking.db.read(), &tenants, started).await?;
        }
        Ok(outcome)
    })
    .await
}

/// Waits as long as the configured patience; what takes longer goes on, owned by `app.tasks`.
pub(super) async fn within_patience<T: Send + 'static>(
    app: &App,
    work: impl Future<Output = Result<T, ServiceError>> + Send + 'static,
) -> Result<T, ServiceError> {
    let task = app.tasks.spawn(work);
    match tokio::time::timeout(app.config.patience, task).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(ServiceError::Internal("a look at Chatwoot stopped unexpectedly")),
        Err(_) => Err(ServiceError::Chatwoot(Failure::TooSlow)),
    }
}
