//! Which tiers there are, what they are called, and in which order they stand.

use chrono::TimeDelta;
use serde_json::json;

use crate::app::App;
use crate::db::tier_limit_versions::Origin;
use crate::db::{self, WriteTx};
use crate::domain::limit_change::ChangeKind;
use crate::domain::person_name::is_invisible;
use crate::domain::tier::TierLimits;
use crate::services::audit::By;
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::tier_limits::{all_of, record};

const LONGEST_KEY: usize = 30;
const LONGEST_LABEL: usize = 40;
/// How long the same form sent again is the same wish.
const A_MOMENT: TimeDelta = TimeDelta::minutes(1);

/// A tier as somebody typed it.
#[derive(Clone, Debug, Default)]
pub struct NewTier {
    pub key: String,
    pub label: String,
    /// The key of the tier whose limits it begins with.
    pub copy_from: String,
}

/// Where a tier goes among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// What became of moving a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    Moved,
    /// It stands there already.
    SoAlready,
    /// Another tier than the one it was to change places with is next to it by now, so nothing was moved.
    OrderChanged,
}

/// Adds a tier after all others, with the limits of another.
pub async fn add(app: &App, by: &By, new: NewTier) -> Result<TierLimits, ServiceError> {
    let tx = app.db.write().await?;
    let tiers = db::tier_limits::lock_all(&*tx).await?;
    if let Some(added) = just_added(app, &tx, by, (&new, &tiers)).await? {
        return Ok(added);
    }
    let (key, label) = (key(&new.key), label(&new.label, &tiers, None));
    let taken = key.as_ref().is_ok_and(|key| tiers.iter().any(|tier| tier.tier == *key));
    let copied = tiers.iter().find(|tier| tier.tier == new.copy_from);
    let mut faults = Vec::new();
    let mut fault = |field, message: String| faults.push(FieldError { field, messages: vec![message] });
    match &key {
        Err(message) => fault("key", message.clone()),
        Ok(key) if taken => fault("key", format!("There is a tier {key} already")),
        Ok(_) => {}
    }
    if let Err(message) = &label {
        fault("label", message.clone());
    }
    if copied.is_none() {
        fault("copyFrom", "Choose the tier whose limits it begins with".to_owned());
    }
    let (Ok(key), Ok(label), Some(copied), true) = (key, label, copied, faults.is_empty()) else {
        return Err(Refusal::Fields(faults).into());
    };
    let version = db::tier_limit_versions::highest(&*tx, &key).await? + 1;
    let rank = tiers.iter().map(|tier| tier.rank).max().unwrap_or(0) + 1;
    let tier = TierLimits { tier: key, label, rank, version, limits: copied.limits };
    db::tier_limits::insert(&*tx, &tier).await?;
    let origin = Origin { at: app.now(), actor: Some(by.user), reason: None, kind: ChangeKind::Added };
    db::tier_limit_versions::insert(&*tx, &tier, &origin).await?;
    let after = record::payload(&tier.label, all_of(&tier.limits).into_iter());
    record::record(app, &tx, by, ("tier.added", &tier.tier), (None, Some(after)), None).await?;
    tx.commit().await?;
    Ok(tier)
}

/// The tier that the same person added a moment ago with the same words, as somebody does who presses twice.
async fn just_added(
    app: &App,
    tx: &WriteTx,
    by: &By,
    (new, tiers): (&NewTier, &[TierLimits]),
) -> Result<Option<TierLimits>, ServiceError> {
    let is_same = |tier: &&TierLimits| {
        key(&new.key).is_ok_and(|key| key == tier.tier) && tier.label == new.label.trim()
    };
    let Some(tier) = tiers.iter().find(is_same) else { return Ok(None) };
    if !tiers.iter().any(|copied| copied.tier == new.copy_from && copied.limits == tier.limits) {
        return Ok(None);
    }
    let made = db::tier_limit_versions::find(&**tx, &tier.tier, tier.version).await?;
    let is_own = made.is_some_and(|made| {
        made.kind == ChangeKind::Added && made.actor_id == Some(by.user) && app.now() - made.at < A_MOMENT
    });
    Ok(is_own.then(|| tier.clone()))
}

/// Gives a tier another label, unless it is called otherwise by now than `was`; `false` if it has that label.
pub async fn rename(app: &App, by: &By, tier: &str, was: &str, new: &str) -> Result<bool, ServiceError> {
    let tx = app.db.write().await?;
    let tiers = db::tier_limits::lock_all(&*tx).await?;
    let before = tiers.iter().find(|known| known.tier == tier).ok_or(ServiceError::NotFound)?;
    let label = label(new, &tiers, Some(tier)).map_err(|message| Refusal::field("label", message))?;
    if before.label == label {
        return Ok(false);
    }
    if before.label != was {
        let sentence = format!("Somebody renamed this tier to “{}” meanwhile.", before.label);
        return Err(Refusal::conflict(sentence).into());
    }
    let after = TierLimits { label, ..before.clone() };
    db::tier_limits::update(&*tx, &after).await?;
    let payloads = (Some(json!({ "label": before.label })), Some(json!({ "label": after.label })));
    record::record(app, &tx, by, ("tier.renamed", tier), payloads, None).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets a tier change places with its neighbour in that direction, if that is still the one with this key.
pub async fn move_by(
    app: &App,
    by: &By,
    tier: &str,
    to: Direction,
    neighbour: &str,
) -> Result<Moved, ServiceError> {
    let tx = app.db.write().await?;
    let mut tiers = db::tier_limits::lock_all(&*tx).await?;
    let at = tiers.iter().position(|known| known.tier == tier).ok_or(ServiceError::NotFound)?;
    let (lower, higher) = (at.checked_sub(1), Some(at + 1).filter(|higher| *higher < tiers.len()));
    let (other, behind) = match to {
        Direction::Up => (lower, higher),
        Direction::Down => (higher, lower),
    };
    let is_there = |place: Option<usize>| place.is_some_and(|place| tiers[place].tier == neighbour);
    let Some(other) = other.filter(|other| is_there(Some(*other))) else {
        let is_last = other.is_none() && neighbour.is_empty();
        return Ok(if is_last || is_there(behind) { Moved::SoAlready } else { Moved::OrderChanged });
    };
    let before = tiers[at].rank;
    tiers.swap(at, other);
    for (rank, tier) in (1..).zip(&mut tiers) {
        if tier.rank != rank {
            tier.rank = rank;
            db::tier_limits::update(&*tx, tier).await?;
        }
    }
    let after = json!({ "label": tiers[other].label, "rank": tiers[other].rank });
    let payloads = (Some(json!({ "rank": before })), Some(after));
    record::record(app, &tx, by, ("tier.moved", tier), payloads, None).await?;
    tx.commit().await?;
    Ok(Moved::Moved)
}

/// Removes a tier that no tenant has; its history stays. Administrators on it go to the lowest that remains.
pub async fn retire(app: &App, by: &By, tier: &str) -> Result<(), ServiceError> {
    let tx = app.db.write().await?;
    // All of them, so that the one that administrators go to is not retired meanwhile.
    let tiers = db::tier_limits::lock_all(&*tx).await?;
    let before = tiers.iter().find(|known| known.tier == tier).ok_or(ServiceError::NotFound)?;
    let found = db::tier_limits::find_with_tenants(&*tx, tier).await?.ok_or(ServiceError::NotFound)?;
    if let Some(sentence) = in_use(&before.label, found.tenants) {
        return Err(Refusal::conflict(sentence).into());
    }
    let Some(lowest) = tiers.iter().find(|known| known.tier != tier) else {
        return Err(Refusal::conflict("This is the only tier; there must be one.").into());
    };
    db::tier_limits::move_administrators(&*tx, tier, &lowest.tier).await?;
    let removed = db::tier_limits::delete(&*tx, tier).await;
    if let Err(fault) = &removed
        && matches!(fault.sql_err(), Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_)))
    {
        let sentence = format!("Somebody was moved to {} just now. Nothing was retired.", before.label);
        return Err(Refusal::conflict(sentence).into());
    }
    removed?;
    let payload = (Some(json!({ "label": before.label })), None);
    record::record(app, &tx, by, ("tier.retired", tier), payload, None).await?;
    Ok(tx.commit().await?)
}

fn in_use(label: &str, tenants: u64) -> Option<String> {
    match tenants {
        0 => None,
        1 => Some(format!("1 tenant is on {label}. Move it to another tier first.")),
        many => Some(format!("{many} tenants are on {label}. Move them to another tier first.")),
    }
}

fn key(typed: &str) -> Result<String, String> {
    let key = typed.trim().to_ascii_uppercase();
    let usable = (1..=LONGEST_KEY).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if usable {
        Ok(key)
    } else {
        Err(format!("Use 1 to {LONGEST_KEY} of the characters A to Z, 0 to 9 and _"))
    }
}

fn label(typed: &str, tiers: &[TierLimits], own: Option<&str>) -> Result<String, String> {
    let label = typed.trim();
    let shown = |c: char| !is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}');
    if !(1..=LONGEST_LABEL).contains(&label.chars().count()) || !label.chars().all(shown) {
        return Err(format!("Enter a label of 1 to {LONGEST_LABEL} characters that can be seen"));
    }
    let others = tiers.iter().filter(|tier| Some(tier.tier.as_str()) != own);
    if others.into_iter().any(|tier| tier.label.to_lowercase() == label.to_lowercase()) {
        return Err(format!("Another tier is called “{label}” already"));
    }
    Ok(label.to_owned())
}
