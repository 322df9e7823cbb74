//! A limit for one tenant that differs from its tier's: with a reason, and an end if one is wanted.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::app::App;
use crate::db::audit::Event;
use crate::db::overrides::NewOverride;
use crate::db::{self, WriteTx};
use crate::domain::entitlement::{Entitlement, LAST_DAY, Override, end_of_day, last_day};
use crate::domain::ids::TenantId;
use crate::domain::limit_change::Lowering;
use crate::domain::limit_value::{Unit, parse_stored, parse_typed, words};
use crate::domain::limits::LimitName;
use crate::domain::tier::Limit;
use crate::services::audit::By;
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::tier_limits::reason;

pub use crate::db::overrides::Tenant;

/// A tenant, its tier, and every override it has, also those that have ended.
#[derive(Clone, Debug)]
pub struct TenantLimits {
    pub tenant: Tenant,
    pub overrides: Vec<Override>,
}

/// An override as somebody typed it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The limit's key, such as `maxDemos`.
    pub limit: String,
    pub unlimited: bool,
    pub value: String,
    pub reason: String,
    /// The last day it holds (UTC), such as `2026-12-31`; empty until it is removed.
    pub last_day: String,
    /// What [`seen`] said when the form was drawn.
    pub seen: String,
    /// Whether somebody saw what it does.
    pub reviewed: bool,
}

struct Wanted {
    name: LimitName,
    limit: Limit,
    reason: String,
    expires_at: Option<DateTime<Utc>>,
}

/// The limits of one tenant; administrators are nobody's tenants. Costs two queries.
pub async fn show(app: &App, tenant: TenantId) -> Result<TenantLimits, ServiceError> {
    let found = db::overrides::find_tenant(app.db.read(), tenant).await?.ok_or(ServiceError::NotFound)?;
    let overrides = db::overrides::list(app.db.read(), tenant, app.now()).await?;
    Ok(TenantLimits { tenant: found, overrides })
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum Changed {
    Saved,
    /// It is so already, or there was no such override.
    Nothing,
    /// Nothing yet: somebody should see first what this does.
    ToReview(Lowering),
}

/// Sets a limit for one tenant instead of the one that was set before; needs a reason and no end in the past.
///
/// Lowering it below what is in use is for review first.
pub async fn set(app: &App, by: &By, tenant: TenantId, typed: &Typed) -> Result<Changed, ServiceError> {
    let wanted = wanted(typed, app.now())?;
    let (tx, found) = begin(app, tenant).await?;
    let before = in_place(app, &tx, tenant, wanted.name).await?;
    if let Err(conflict) = unchanged(&found, wanted.name, before.as_ref(), (&typed.seen, by)) {
        return so_already(before.as_ref(), &wanted, by).unwrap_or(Err(conflict)).map_err(Into::into);
    }
    let lowering = lowering(&found, before.as_ref(), wanted.name, wanted.limit);
    if let Some(lowering) = lowering.filter(|_| !typed.reviewed) {
        return Ok(Changed::ToReview(lowering));
    }
    let new = NewOverride {
        tenant,
        name: wanted.name,
        limit: wanted.limit,
        reason: &wanted.reason,
        expires_at: wanted.expires_at,
        created_by: by.user,
        created_at: app.now(),
    };
    db::overrides::set(&*tx, &new).await?;
    let after = payload(wanted.name, wanted.limit, wanted.expires_at);
    let before = before.as_ref().map(stored);
    record(app, &tx, by, tenant, ("override.set", before, Some(after), Some(wanted.reason))).await?;
    tx.commit().await?;
    Ok(Changed::Saved)
}

/// Lets the tier's limit hold again, if there is an override; below what is in use that is for review first.
pub async fn remove(
    app: &App,
    by: &By,
    tenant: TenantId,
    name: LimitName,
    (seen, reviewed): (&str, bool),
) -> Result<Changed, ServiceError> {
    let (tx, found) = begin(app, tenant).await?;
    let Some(before) = in_place(app, &tx, tenant, name).await? else { return Ok(Changed::Nothing) };
    unchanged(&found, name, Some(&before), (seen, by))?;
    let lowering = lowering(&found, Some(&before), name, found.tier.limits.get(name));
    if let Some(lowering) = lowering.filter(|_| !reviewed) {
        return Ok(Changed::ToReview(lowering));
    }
    db::overrides::delete(&*tx, tenant, name).await?;
    record(app, &tx, by, tenant, ("override.removed", Some(stored(&before)), None, None)).await?;
    tx.commit().await?;
    Ok(Changed::Saved)
}

/// What a form saw of these overrides, so that nobody's later change is overwritten unseen.
pub fn seen(overrides: &[Override]) -> String {
    overrides.iter().map(version).collect::<Vec<_>>().join(" ")
}

fn version(own: &Override) -> String {
    let end = own.expires_at.map_or(0, |end| end.timestamp());
    format!("{}:{}:{end}:{}", own.name.key(), own.limit.stored(), own.created_at.timestamp_millis())
}

/// Refuses what was thought out for another override than the one that is there.
fn unchanged(
    tenant: &Tenant,
    name: LimitName,
    there: Option<&Override>,
    (seen, by): (&str, &By),
) -> Result<(), Refusal> {
    let of_name = |version: &&str| version.split(':').next() == Some(name.key());
    let seen = seen.split(' ').find(of_name);
    if seen == there.map(version).as_deref() {
        return Ok(());
    }
    let told = if let Some(own) = there {
        format!("{} now", changed(own, by))
    } else {
        let (label, limit) = (name.label(), words(name, tenant.tier.limits.get(name)));
        let tier = &tenant.tier.label;
        format!("Somebody removed the override of {label} meanwhile: the limit of {tier} holds now, {limit}")
    };
    let is_own = there.is_some_and(|own| own.created_by_id == Some(by.user));
    let whose = if is_own { "this form" } else { "yours" };
    Err(Refusal::conflict(format!("{told}. Nothing of {whose} is saved yet")))
}

/// What is to be said where the override that was set meanwhile is the wanted one; `None` where it is another.
///
/// Whoever set it before, as by pressing twice, has it as wanted.
fn so_already(there: Option<&Override>, wanted: &Wanted, by: &By) -> Option<Result<Changed, Refusal>> {
    let there = there.filter(|own| (own.limit, own.expires_at) == (wanted.limit, wanted.expires_at))?;
    let (is_own, is_same_reason) = (there.created_by_id == Some(by.user), there.reason == wanted.reason);
    let told = || format!("{} already, as you wanted it, because “{}”", changed(there, by), there.reason);
    match (is_own, is_same_reason) {
        (true, true) => Some(Ok(Changed::Nothing)),
        (true, false) => None,
        (false, _) => Some(Err(Refusal::conflict(told()))),
    }
}

/// Who changed it, and what it is.
fn changed(there: &Override, reader: &By) -> String {
    let is_own = there.created_by_id == Some(reader.user);
    let by = if is_own { "You" } else { there.created_by.as_deref().unwrap_or("Somebody") };
    let end = there.expires_at.map_or_else(String::new, |end| {
        format!(" to the end of {} (UTC)", last_day(end).format("%-d %b %Y"))
    });
    let limit = words(there.name, there.limit);
    format!("{by} changed the override of {} meanwhile: it is {limit}{end}", there.name.label())
}

/// What this new limit takes from what is in use, if anything.
fn lowering(tenant: &Tenant, before: Option<&Override>, name: LimitName, new: Limit) -> Option<Lowering> {
    let own = before.filter(|own| own.in_force).map(|own| own.limit);
    let now = Entitlement::of(tenant.tier.limits.get(name), own).limit;
    Lowering::of(name, (now, new), tenant.usage.of(name)?)
}

/// What was typed, or everything that is wrong with it.
fn wanted(typed: &Typed, now: DateTime<Utc>) -> Result<Wanted, Refusal> {
    let mut faults = Vec::new();
    let mut fault = |field, message: String| faults.push(FieldError { field, messages: vec![message] });
    let name = LimitName::parse(&typed.limit);
    let limit = match name {
        None => {
            fault("limit", "Choose which limit".to_owned());
            None
        }
        Some(name) if typed.unlimited => {
            parse_stored(name, -1).map_err(|why| fault("value", why.to_string())).ok()
        }
        Some(name) => {
            let limit = parse_typed(name, Unit::Usual, &typed.value);
            limit.map_err(|why| fault("value", why.to_string())).ok()
        }
    };
    let why = match reason(&typed.reason) {
        Ok(Some(reason)) => Some(reason),
        Ok(None) => {
            fault("reason", "Say why this tenant gets a limit of its own".to_owned());
            None
        }
        Err(refusal) => {
            fault("reason", refusal.to_string());
            None
        }
    };
    let expires_at = end(&typed.last_day, now).map_err(|sentence| fault("expires", sentence.to_owned()));
    match (name, limit, why, expires_at) {
        (Some(name), Some(limit), Some(reason), Ok(expires_at)) => {
            Ok(Wanted { name, limit, reason, expires_at })
        }
        _ => Err(Refusal::Fields(faults)),
    }
}

fn end(last_day: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, &'static str> {
    let last_day = last_day.trim();
    if last_day.is_empty() {
        return Ok(None);
    }
    let day: NaiveDate = last_day.parse().map_err(|_| "Enter a day such as 2026-12-31, or none")?;
    if day > LAST_DAY {
        return Err("Choose a day no later than 2100-12-31, or none");
    }
    let over = "This day is over. Choose today or a later day, or none";
    end_of_day(day, now).ok_or(over).map(Some)
}

/// Begins with the tenant locked, so that no seat is taken meanwhile by a limit that is about to change.
async fn begin(app: &App, tenant: TenantId) -> Result<(WriteTx, Tenant), ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock(&*tx, tenant).await?;
    let found = db::overrides::find_tenant(&*tx, tenant).await?.ok_or(ServiceError::NotFound)?;
    Ok((tx, found))
}

async fn in_place(
    app: &App,
    tx: &WriteTx,
    tenant: TenantId,
    name: LimitName,
) -> Result<Option<Override>, ServiceError> {
    let all = db::overrides::list(&**tx, tenant, app.now()).await?;
    Ok(all.into_iter().find(|found| found.name == name))
}

fn stored(own: &Override) -> Value {
    payload(own.name, own.limit, own.expires_at)
}

fn payload(name: LimitName, limit: Limit, expires_at: Option<DateTime<Utc>>) -> Value {
    let expires_at = expires_at.map(|end| end.to_rfc3339_opts(SecondsFormat::Secs, true));
    json!({ "limit": name.key(), "value": limit.stored(), "expiresAt": expires_at })
}

async fn record(
    app: &App,
    tx: &WriteTx,
    by: &By,
    tenant: TenantId,
    (action, before, after, reason): (&'static str, Option<Value>, Option<Value>, Option<String>),
) -> Result<(), ServiceError> {
    let event = Event {
        at: app.now(),
        tenant: Some(tenant),
        actor: "user",
        actor_id: Some(by.user),
        action,
        object: "override",
        object_id: tenant.to_string(),
        before,
        after,
        reason,
        request_id: by.request_id.clone(),
    };
    Ok(db::audit::insert(&**tx, event).await?)
}
