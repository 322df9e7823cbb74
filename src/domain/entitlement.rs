//! What a tenant may do now: its tier's limit, unless an override in force replaces it.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::ids::{TenantId, UserId};
use super::limits::{LimitName, Limits};
use super::tier::Limit;

/// The latest last day of an override: what the databases sort by has years of four digits.
/// Unwrapped while compiling, where a day that does not exist is an error.
pub const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2100, 12, 31).unwrap();

/// How an override differs from the tier's own limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjusted {
    Raised,
    Lowered,
}

/// One limit of one tenant as it holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entitlement {
    pub limit: Limit,
    /// Set when an override in force makes it differ from the tier's.
    pub adjusted: Option<Adjusted>,
}

/// A limit for one tenant instead of its tier's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    pub tenant: TenantId,
    pub name: LimitName,
    pub limit: Limit,
    pub reason: String,
    /// From then on the tier's limit holds again; `None` until somebody removes it.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it replaces the tier's limit now.
    pub in_force: bool,
    /// The name of who set it, if that person is still here.
    pub created_by: Option<String>,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTime<Utc>,
}

impl Entitlement {
    /// The rule: an override in force wins over the tier's limit, whichever is higher.
    pub fn of(tier: Limit, in_force: Option<Limit>) -> Self {
        let limit = in_force.unwrap_or(tier);
        let adjusted = match limit.cmp(&tier) {
            std::cmp::Ordering::Greater => Some(Adjusted::Raised),
            std::cmp::Ordering::Less => Some(Adjusted::Lowered),
            std::cmp::Ordering::Equal => None,
        };
        Self { limit, adjusted }
    }
}

/// All ten limits as they hold for a tenant of this tier with these overrides in force.
pub fn effective(tier: &Limits, in_force: impl IntoIterator<Item = (LimitName, Limit)>) -> Limits {
    let replaced = in_force.into_iter().map(|(name, limit)| {
        let entitlement = Entitlement::of(tier.get(name), Some(limit));
        (name, entitlement.limit)
    });
    tier.with(replaced)
}

/// When an override ends whose last day (UTC) this is; `None` for a day that is over already.
pub fn end_of_day(last: NaiveDate, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = last.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN).and_utc();
    (next > now).then_some(next)
}

/// The last day (UTC) of something that ends then.
pub fn last_day(end: DateTime<Utc>) -> NaiveDate {
    (end - chrono::TimeDelta::milliseconds(1)).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_wins_whether_it_gives_more_or_less() {
        let of = |tier, own| Entitlement::of(Limit::AtMost(tier), own);
        let is = |limit, adjusted| Entitlement { limit, adjusted };
        assert_eq!(of(3, None), is(Limit::AtMost(3), None));
        assert_eq!(of(3, Some(Limit::AtMost(8))), is(Limit::AtMost(8), Some(Adjusted::Raised)));
        assert_eq!(of(3, Some(Limit::AtMost(0))), is(Limit::AtMost(0), Some(Adjusted::Lowered)));
        assert_eq!(of(3, Some(Limit::Unlimited)), is(Limit::Unlimited, Some(Adjusted::Raised)));
        assert_eq!(of(3, Some(Limit::AtMost(3))), is(Limit::AtMost(3), None));
    }

    #[test]
    fn an_override_holds_to_the_end_of_its_last_day() {
        let noon = DateTime::from_timestamp(1_795_435_200, 0).unwrap();
        let today = noon.date_naive();
        let end = end_of_day(today, noon).unwrap();
        assert_eq!((end.to_rfc3339(), last_day(end)), ("2026-11-24T00:00:00+00:00".into(), today));
        assert_eq!(end_of_day(today.pred_opt().unwrap(), noon), None);
        assert_eq!(end_of_day(NaiveDate::MAX, noon), None);
    }
}
