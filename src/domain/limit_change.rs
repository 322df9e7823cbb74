//! What a change of limits does, and what two changes at once disagree about.

use super::limits::{LimitName, Limits};
use super::tier::Limit;

/// How a version of a tier's limits came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Edited,
    Reset,
    /// As they were in this version.
    Restored(i64),
    /// The version after this one was taken back.
    Undone(i64),
}

impl ChangeKind {
    /// The spelling in the database, and the version it goes back to.
    pub fn stored(self) -> (&'static str, Option<i64>) {
        match self {
            Self::Added => ("added", None),
            Self::Edited => ("edited", None),
            Self::Reset => ("reset", None),
            Self::Restored(version) => ("restored", Some(version)),
            Self::Undone(version) => ("undone", Some(version)),
        }
    }

    /// The version whose limits it says it sets again.
    pub fn goes_back_to(self) -> Option<i64> {
        self.stored().1
    }

    /// What a change of a tier in version `now` may call itself if its limits are those of the version it names, or
    /// are not: only what made the newest version can be undone, and whatever goes back to none is an edit.
    #[must_use]
    pub fn rightly(self, is_so: bool, now: i64) -> Self {
        let is_undoing = |version| version == now - 1;
        match self {
            Self::Restored(_) if is_so => self,
            Self::Undone(version) if is_so && is_undoing(version) => self,
            Self::Restored(_) | Self::Undone(_) => Self::Edited,
            other => other,
        }
    }

    /// Reads [`ChangeKind::stored`] back; anything unknown was an edit.
    pub fn from_stored(kind: &str, version: Option<i64>) -> Self {
        match (kind, version) {
            ("added", _) => Self::Added,
            ("reset", _) => Self::Reset,
            ("restored", Some(version)) => Self::Restored(version),
            ("undone", Some(version)) => Self::Undone(version),
            _ => Self::Edited,
        }
    }
}

/// One limit before and after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub name: LimitName,
    pub before: Limit,
    pub after: Limit,
}

impl Difference {
    pub fn is_lowered(&self) -> bool {
        self.after < self.before
    }
}

/// A limit of one tenant that goes below what the tenant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lowering {
    pub name: LimitName,
    pub before: Limit,
    pub after: Limit,
    pub used: u64,
    /// How many more than the new limit there are.
    pub over: u64,
}

impl Lowering {
    /// `None` where nothing is lowered, or all that is in use fits.
    pub fn of(name: LimitName, (before, after): (Limit, Limit), used: u64) -> Option<Self> {
        match after {
            Limit::AtMost(limit) if after < before && used > limit => {
                Some(Self { name, before, after, used, over: used - limit })
            }
            _ => None,
        }
    }
}

/// The limits that differ, in the order of [`LimitName::ALL`].
pub fn differences(before: &Limits, after: &Limits) -> Vec<Difference> {
    let all = LimitName::ALL.into_iter();
    all.map(|name| Difference { name, before: before.get(name), after: after.get(name) })
        .filter(|difference| difference.before != difference.after)
        .collect()
}

/// A limit that somebody else, or you, or both changed since you opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disagreement {
    pub name: LimitName,
    pub opened: Limit,
    pub theirs: Limit,
    pub yours: Limit,
}

impl Disagreement {
    /// Whether you changed it, so that your value is the one to suggest.
    pub fn is_yours(&self) -> bool {
        self.yours != self.opened
    }

    /// Whether both changed it, to different values.
    pub fn is_both(&self) -> bool {
        self.is_yours() && self.theirs != self.opened
    }
}

/// Where the stored limits and yours differ, seen from what you both began with.
pub fn disagreements(opened: &Limits, theirs: &Limits, yours: &Limits) -> Vec<Disagreement> {
    let all = LimitName::ALL.into_iter().map(|name| Disagreement {
        name,
        opened: opened.get(name),
        theirs: theirs.get(name),
        yours: yours.get(name),
    });
    all.filter(|each| each.theirs != each.yours).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENTS: LimitName = LimitName::HelpdeskAgents;

    #[test]
    fn giving_up_no_limit_is_lowering_it() {
        let free = Limits::defaults("FREE").unwrap();
        let unlimited = free.with([(AGENTS, Limit::Unlimited)]);
        let lowered = differences(&unlimited, &free);
        assert_eq!(lowered.len(), 1);
        assert!(lowered[0].is_lowered() && !differences(&free, &unlimited)[0].is_lowered());
        assert_eq!(differences(&free, &free), []);
    }

    #[test]
    fn only_what_goes_below_what_is_in_use_takes_something() {
        let over = |before, after| Lowering::of(AGENTS, (before, after), 5).map(|lowering| lowering.over);
        assert_eq!(over(Limit::Unlimited, Limit::AtMost(2)), Some(3));
        assert_eq!(over(Limit::AtMost(6), Limit::AtMost(5)), None, "all that is there fits");
        assert_eq!(over(Limit::AtMost(2), Limit::AtMost(3)), None, "raised, though not enough");
        assert_eq!(over(Limit::AtMost(2), Limit::Unlimited), None);
    }

    #[test]
    fn who_changed_what_is_told_apart() {
        let opened = Limits::defaults("PRO").unwrap();
        let theirs = opened.with([(AGENTS, Limit::AtMost(5)), (LimitName::Documents, Limit::AtMost(7))]);
        let yours = opened.with([(AGENTS, Limit::AtMost(2)), (LimitName::Demos, Limit::AtMost(9))]);
        let found = disagreements(&opened, &theirs, &yours);
        let told: Vec<_> = found.iter().map(|each| (each.name, each.is_yours(), each.is_both())).collect();
        assert_eq!(
            told,
            [(LimitName::Demos, true, false), (LimitName::Documents, false, false), (AGENTS, true, true)]
        );
        assert_eq!(disagreements(&opened, &yours, &yours), [], "the same change twice is no disagreement");
    }
}
