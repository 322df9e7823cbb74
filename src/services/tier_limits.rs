//! What tiers allow: shown, changed with care, taken back, and looked up in their history.

mod change;
mod read;
mod record;
mod tiers;

pub use crate::db::tier_effects::{NAMED, Over};
pub use crate::db::tier_limit_versions::Version;
pub use crate::db::tier_limits::{Shown, TierWithTenants};
pub use change::{change, reset, undo};
pub use read::{conflict, find, history, list, preview, preview_as, preview_reset, show};
pub use record::reason;
pub use tiers::{Direction, Moved, NewTier, add, move_by, rename, retire};

use chrono::{DateTime, Utc};

use crate::domain::limit_change::{ChangeKind, Difference, Disagreement};
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::{Limit, TierLimits};

/// What somebody wants a tier's limits to be.
#[derive(Clone, Debug)]
pub struct Change {
    pub tier: String,
    /// The version this was thought out for; without one, whichever is there.
    pub version: Option<i64>,
    /// Some limits or all; the others stay.
    pub wanted: Vec<(LimitName, Limit)>,
    pub kind: ChangeKind,
    pub reason: String,
    /// Whether whoever wants it has seen what lowering does.
    pub reviewed: bool,
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum Changed {
    /// The tier as it is now.
    Saved(TierLimits),
    /// Everything is so already.
    Nothing(TierLimits),
    /// Something would be lowered, so nothing is stored before these differences were looked at.
    ToReview(Vec<Difference>),
}

/// What a change would do.
#[derive(Clone, Debug)]
pub struct Preview {
    pub tier: TierWithTenants,
    pub effects: Vec<Effect>,
}

/// One limit that would differ, and whom it would leave above it where that can be counted.
#[derive(Clone, Debug)]
pub struct Effect {
    pub difference: Difference,
    /// How many tenants have an override of it in force, so that it changes nothing for them.
    pub own: u64,
    pub over: Option<Over>,
}

/// Your change and somebody else's, seen from what you opened.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The tier as the other left it.
    pub tier: TierLimits,
    /// The name of the other, if it is still known.
    pub by: Option<String>,
    /// Whether the other is the same person, on another page or pressing twice.
    pub is_own: bool,
    pub at: Option<DateTime<Utc>>,
    pub disagreements: Vec<Disagreement>,
}

/// A tier's past.
#[derive(Clone, Debug)]
pub struct History {
    pub tier: TierLimits,
    /// Newest first, each with what it changed.
    pub entries: Vec<(Version, Vec<Difference>)>,
    /// Where older ones begin, if there are any.
    pub older: Option<i64>,
}

/// All ten limits, as a change to them.
pub fn all_of(limits: &Limits) -> Vec<(LimitName, Limit)> {
    LimitName::ALL.into_iter().map(|name| (name, limits.get(name))).collect()
}
