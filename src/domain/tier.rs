//! Tiers and what they allow.

use super::entitlement::Adjusted;
use super::limits::{LimitName, Limits};

/// A ceiling on a count; a lower one is less, and none at all the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    AtMost(u64),
    Unlimited,
}

impl Limit {
    /// Reads the stored form, where -1 (or any negative number) means no limit.
    pub fn from_stored(value: i64) -> Self {
        u64::try_from(value).map_or(Self::Unlimited, Self::AtMost)
    }

    /// The stored and API form: -1 means no limit.
    pub fn stored(self) -> i64 {
        match self {
            Self::AtMost(limit) => i64::try_from(limit).unwrap_or(i64::MAX),
            Self::Unlimited => -1,
        }
    }

    /// Whether one more may be added to `used` existing ones.
    pub fn admits_one_more(self, used: u64) -> bool {
        match self {
            Self::AtMost(limit) => used < limit,
            Self::Unlimited => true,
        }
    }
}

/// A tier's identity: `key` is what the database and the API say, `label` what people read.
///
/// What a tenant of it may do is no part of it: that is asked for when it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    pub key: String,
    pub label: String,
}

/// A tier with its place among the others and its limits, as stored in this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierLimits {
    pub tier: String,
    pub label: String,
    pub rank: i32,
    pub version: i64,
    pub limits: Limits,
}

/// How much of its limits a tenant uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    pub helpdesk_agents: u64,
    pub demos: u64,
}

impl Usage {
    /// How much of this limit is in use, where we know.
    pub fn of(&self, name: LimitName) -> Option<u64> {
        match name {
            LimitName::HelpdeskAgents => Some(self.helpdesk_agents),
            LimitName::Demos => Some(self.demos),
            _ => None,
        }
    }
}

/// How many seats a tenant uses of those it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    pub used: u64,
    pub limit: Limit,
    /// Set when the limit is this tenant's own and not its tier's.
    pub adjusted: Option<Adjusted>,
}

impl Seats {
    /// Whether another agent may be added now.
    pub fn admit_one_more(self) -> bool {
        self.limit.admits_one_more(self.used)
    }

    /// How many agents there are beyond the limit; 0 when within it.
    pub fn over(self) -> u64 {
        match self.limit {
            Limit::AtMost(limit) => self.used.saturating_sub(limit),
            Limit::Unlimited => 0,
        }
    }

    /// How many more may be added; `None` without a limit.
    pub fn left(self) -> Option<u64> {
        match self.limit {
            Limit::AtMost(limit) => Some(limit.saturating_sub(self.used)),
            Limit::Unlimited => None,
        }
    }
}

/// The smallest seat number, from 1, that is not taken.
pub fn smallest_free_seat(taken: &[i64]) -> i64 {
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    let mut free = 1;
    for seat in taken {
        if seat == free {
            free += 1;
        } else if seat > free {
            break;
        }
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_minus_one_means_no_limit() {
        assert_eq!(Limit::from_stored(-1), Limit::Unlimited);
        assert_eq!(Limit::Unlimited.stored(), -1);
        assert_eq!(Limit::from_stored(3), Limit::AtMost(3));
        assert!(Limit::Unlimited.admits_one_more(u64::MAX));
    }

    #[test]
    fn a_limit_of_three_admits_the_third_and_not_the_fourth() {
        assert!(Limit::AtMost(3).admits_one_more(2));
        assert!(!Limit::AtMost(3).admits_one_more(3));
        assert!(!Limit::AtMost(0).admits_one_more(0));
    }

    #[test]
    fn a_tenant_over_a_lowered_limit_has_none_left() {
        let seats = Seats { used: 5, limit: Limit::AtMost(3), adjusted: None };
        assert_eq!((seats.over(), seats.left(), seats.admit_one_more()), (2, Some(0), false));
    }

    #[test]
    fn the_smallest_free_seat_fills_gaps_first() {
        assert_eq!(smallest_free_seat(&[]), 1);
        assert_eq!(smallest_free_seat(&[1, 2, 4]), 3);
        assert_eq!(smallest_free_seat(&[3, 1, 2]), 4);
        assert_eq!(smallest_free_seat(&[2]), 1);
    }
}
