//! Changing a tier's limits: one transaction, one more version, never over somebody else's change.

use crate::app::App;
use crate::db::tier_limit_versions::Origin;
use crate::db::{self, WriteTx};
use crate::domain::limit_change::{ChangeKind, Difference, differences};
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::TierLimits;
use crate::services::audit::By;
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::tier_limits::read::{find, lowered, possible};
use crate::services::tier_limits::{Change, Changed, Version, all_of, reason, record};

/// Stores the wanted limits as the tier's next version, for the next request on every replica.
///
/// Refused when the tier is not in the version the change was thought out for. What lowers a limit is stored only
/// once it was reviewed.
pub async fn change(app: &App, by: &By, change: Change) -> Result<Changed, ServiceError> {
    let why = reason(&change.reason)?;
    let tx = app.db.write().await?;
    let before = locked(&tx, &change.tier).await?;
    if change.version.is_some_and(|version| version != before.version) {
        return Err(stale(&before).into());
    }
    let limits = before.limits.with(change.wanted);
    let differences = differences(&before.limits, &limits);
    if differences.is_empty() {
        return Ok(Changed::Nothing(before));
    }
    if !change.reviewed && differences.iter().any(Difference::is_lowered) {
        return Ok(Changed::ToReview(differences));
    }
    let kind = truthful(&tx, &before, &limits, change.kind).await?;
    let after = store(app, &tx, by, &before, limits, (kind, why)).await?;
    tx.commit().await?;
    Ok(Changed::Saved(after))
}

/// Takes back what made `version`, unless somebody changed the tier since.
///
/// What would leave somebody above a limit is stored only once it was reviewed, as a [`change`].
pub async fn undo(app: &App, by: &By, tier: &str, version: i64) -> Result<Changed, ServiceError> {
    let tx = app.db.write().await?;
    let before = locked(&tx, tier).await?;
    if before.version != version {
        if undid(&tx, by, &before, version).await? {
            return Ok(Changed::Nothing(before));
        }
        let sentence = format!("{} was changed again meanwhile, so nothing was undone.", before.label);
        return Err(Refusal::conflict(sentence).into());
    }
    let made = db::tier_limit_versions::find(&*tx, tier, version).await?;
    let earlier = db::tier_limit_versions::find(&*tx, tier, version - 1).await?;
    let earlier = earlier.filter(|_| made.is_some_and(|made| made.kind != ChangeKind::Added));
    let earlier = earlier.ok_or_else(|| Refusal::conflict("There is nothing to undo."))?;
    let differences = differences(&before.limits, &earlier.limits);
    if db::tier_effects::over_any(&*tx, tier, &lowered(&differences), app.now()).await? > 0 {
        return Ok(Changed::ToReview(differences));
    }
    let kind = ChangeKind::Undone(earlier.version);
    let after = store(app, &tx, by, &before, earlier.limits, (kind, None)).await?;
    tx.commit().await?;
    Ok(Changed::Saved(after))
}

/// Whether the same person took that version back just before, as somebody does who presses twice.
async fn undid(tx: &WriteTx, by: &By, now: &TierLimits, version: i64) -> Result<bool, ServiceError> {
    if version != now.version - 1 {
        return Ok(false);
    }
    let latest = db::tier_limit_versions::find(&**tx, &now.tier, now.version).await?;
    let is_undone = |latest: Version| matches!(latest.kind, ChangeKind::Undone(from) if from == version - 1);
    Ok(latest.filter(|latest| latest.actor_id == Some(by.user)).is_some_and(is_undone))
}

/// Sets the limits a seeded tier started from, after whoever asks for it has seen what that does.
pub async fn reset(
    app: &App,
    by: &By,
    tier: &str,
    version: Option<i64>,
    reason: String,
) -> Result<Changed, ServiceError> {
    let tier = find(app, tier).await?.tier.tier;
    let none = "This tier has no defaults: it was added here or imported";
    let defaults = Limits::defaults(&tier).ok_or_else(|| Refusal::field("tier", none))?;
    let (wanted, kind) = (all_of(&defaults), ChangeKind::Reset);
    change(app, by, Change { tier, version, wanted, kind, reason, reviewed: true }).await
}

pub(super) async fn locked(tx: &WriteTx, tier: &str) -> Result<TierLimits, ServiceError> {
    db::tier_limits::lock(&**tx, possible(tier)?).await?.ok_or(ServiceError::NotFound)
}

/// A change that says it goes back to a version but does not is an edit.
async fn truthful(
    tx: &WriteTx,
    before: &TierLimits,
    limits: &Limits,
    kind: ChangeKind,
) -> Result<ChangeKind, ServiceError> {
    let Some(version) = kind.goes_back_to() else { return Ok(kind) };
    let earlier = db::tier_limit_versions::find(&**tx, &before.tier, version).await?;
    let is_so = earlier.is_some_and(|earlier| earlier.limits == *limits);
    Ok(kind.rightly(is_so, before.version))
}

async fn store(
    app: &App,
    tx: &WriteTx,
    by: &By,
    before: &TierLimits,
    limits: Limits,
    (kind, why): (ChangeKind, Option<String>),
) -> Result<TierLimits, ServiceError> {
    let after = TierLimits { limits, version: before.version + 1, ..before.clone() };
    let differences = differences(&before.limits, &after.limits);
    db::tier_limits::update(&**tx, &after).await?;
    let origin = Origin { at: app.now(), actor: Some(by.user), reason: why.as_deref(), kind };
    db::tier_limit_versions::insert(&**tx, &after, &origin).await?;
    let over = db::tier_effects::over_any(&**tx, &after.tier, &lowered(&differences), app.now()).await?;
    let (was, is) = record::payloads(&after.label, &differences, over, kind);
    let what = ("tier.limits_changed", after.tier.as_str());
    record::record(app, tx, by, what, (Some(was), Some(is)), why).await?;
    Ok(after)
}

/// Says what is there now, for who must think again.
fn stale(now: &TierLimits) -> Refusal {
    let is = |field, value: i64| {
        let none = if value == -1 { " (no limit)" } else { "" };
        FieldError { field, messages: vec![format!("It is {value}{none} now")] }
    };
    let limits = LimitName::ALL.into_iter().map(|name| is(name.path(), now.limits.stored(name)));
    Refusal::Conflict {
        sentence: format!(
            "Somebody changed {} meanwhile, so nothing was saved. Look at its limits and send the change again.",
            now.label
        ),
        fields: std::iter::once(is("version", now.version)).chain(limits).collect(),
    }
}
