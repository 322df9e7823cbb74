//! Looking at tiers, and at what a change would do.

use crate::app::App;
use crate::db;
use crate::db::tier_effects::Affected;
use crate::domain::ids::TenantId;
use crate::domain::limit_change::{ChangeKind, Difference, differences, disagreements};
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::Limit;
use crate::services::audit::By;
use crate::services::error::ServiceError;
use crate::services::tier_limits::{Conflict, Effect, History, Preview, Shown, TierWithTenants, all_of};

/// Versions on one page of a tier's history.
const PER_PAGE: usize = 25;

/// The limits of the tier with this key, for its own tier as they hold for this tenant now, and the tenant's usage.
///
/// Costs one query.
pub async fn show(app: &App, tenant: TenantId, tier: &str) -> Result<Shown, ServiceError> {
    let tier = possible(tier)?;
    db::tier_limits::find(app.db.read(), tier, tenant, app.now()).await?.ok_or(ServiceError::NotFound)
}

/// Every tier with its tenants counted, lowest rank first. Costs one query.
pub async fn list(app: &App) -> Result<Vec<TierWithTenants>, ServiceError> {
    Ok(db::tier_limits::list_with_tenants(app.db.read()).await?)
}

/// The tier with this key and how many tenants have it. Costs one query.
pub async fn find(app: &App, tier: &str) -> Result<TierWithTenants, ServiceError> {
    let tier = possible(tier)?;
    db::tier_limits::find_with_tenants(app.db.read(), tier).await?.ok_or(ServiceError::NotFound)
}

/// What these limits would change, and whom they would leave above them. Costs two queries.
pub async fn preview(app: &App, tier: &str, wanted: &[(LimitName, Limit)]) -> Result<Preview, ServiceError> {
    let tier = find(app, tier).await?;
    effects(app, tier, wanted).await
}

/// The same, and what such a change may rightly be called: whatever goes back to no version is an edit.
///
/// Costs two queries.
pub async fn preview_as(
    app: &App,
    tier: &str,
    wanted: &[(LimitName, Limit)],
    kind: ChangeKind,
) -> Result<(Preview, ChangeKind), ServiceError> {
    let Some(version) = kind.goes_back_to() else { return Ok((preview(app, tier, wanted).await?, kind)) };
    let tier = possible(tier)?;
    let found = db::tier_limits::find_with_version(app.db.read(), tier, version, wanted).await?;
    let (tier, is_so) = found.ok_or(ServiceError::NotFound)?;
    let kind = kind.rightly(is_so, tier.tier.version);
    Ok((effects(app, tier, wanted).await?, kind))
}

/// What resetting the tier would change; `None` for a tier without defaults. Costs two queries.
pub async fn preview_reset(
    app: &App,
    tier: &str,
) -> Result<(TierWithTenants, Option<Preview>), ServiceError> {
    let tier = find(app, tier).await?;
    let Some(defaults) = Limits::defaults(&tier.tier.tier) else { return Ok((tier, None)) };
    let preview = effects(app, tier.clone(), &all_of(&defaults)).await?;
    Ok((tier, Some(preview)))
}

async fn effects(
    app: &App,
    tier: TierWithTenants,
    wanted: &[(LimitName, Limit)],
) -> Result<Preview, ServiceError> {
    let after = tier.tier.limits.with(wanted.iter().copied());
    let differences = differences(&tier.tier.limits, &after);
    let lowered = lowered(&differences);
    let limit = |name| lowered.iter().find(|(known, _)| *known == name).map(|(_, limit)| *limit);
    let changes: Vec<_> = differences.iter().map(|each| (each.name, limit(each.name))).collect();
    let affected = db::tier_effects::affected(app.db.read(), &tier.tier.tier, &changes, app.now()).await?;
    let effect = |(difference, Affected { own, over, .. })| Effect { difference, own, over };
    let effects = differences.into_iter().zip(affected).map(effect).collect();
    Ok(Preview { tier, effects })
}

/// What was changed since `version`, beside what is wanted by the reader.
pub async fn conflict(
    app: &App,
    by: &By,
    tier: &str,
    version: i64,
    wanted: &[(LimitName, Limit)],
) -> Result<Conflict, ServiceError> {
    let tier = find(app, tier).await?.tier;
    let opened = db::tier_limit_versions::find(app.db.read(), &tier.tier, version).await?;
    let latest = db::tier_limit_versions::find(app.db.read(), &tier.tier, tier.version).await?;
    let opened = opened.map_or(tier.limits, |opened| opened.limits);
    let yours = opened.with(wanted.iter().copied());
    let disagreements = disagreements(&opened, &tier.limits, &yours);
    let at = latest.as_ref().map(|latest| latest.at);
    let is_own = latest.as_ref().is_some_and(|latest| latest.actor_id == Some(by.user));
    Ok(Conflict { tier, by: latest.and_then(|latest| latest.actor), is_own, at, disagreements })
}

/// What the tier's limits were, newest first, from the version before `before` on. Costs two queries.
pub async fn history(app: &App, tier: &str, before: Option<i64>) -> Result<History, ServiceError> {
    let tier = find(app, tier).await?.tier;
    let before = before.unwrap_or(i64::MAX);
    // One more than is shown says what the last one changed, and that there are older ones.
    let count = u64::try_from(PER_PAGE).unwrap_or(0) + 1;
    let versions = db::tier_limit_versions::list(app.db.read(), &tier.tier, before, count).await?;
    let older = versions.get(PER_PAGE).and(versions.get(PER_PAGE - 1)).map(|last| last.version);
    let change_of = |at: usize| match versions.get(at + 1) {
        Some(earlier) => differences(&earlier.limits, &versions[at].limits),
        None => Vec::new(),
    };
    let changes: Vec<_> = (0..versions.len().min(PER_PAGE)).map(change_of).collect();
    Ok(History { tier, entries: versions.into_iter().zip(changes).collect(), older })
}

/// The limits that are lowered and what to.
pub(super) fn lowered(differences: &[Difference]) -> Vec<(LimitName, u64)> {
    let lowered = differences.iter().filter(|difference| difference.is_lowered());
    lowered
        .filter_map(|difference| match difference.after {
            Limit::AtMost(limit) => Some((difference.name, limit)),
            Limit::Unlimited => None,
        })
        .collect()
}

/// PostgreSQL answers a NUL in a text with an error, SQLite does not.
pub(super) fn possible(tier: &str) -> Result<&str, ServiceError> {
    if tier.contains('\0') { Err(ServiceError::NotFound) } else { Ok(tier) }
}
