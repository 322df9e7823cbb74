//! How many of the plan's agents are in use. The words are the truth; the bar only decorates.

use askama::Template;

use crate::domain::entitlement::Adjusted;
use crate::domain::tier::{Limit, Seats};
use crate::web::parts::icon;

/// The tenant's seats and the name of its plan.
#[derive(Template)]
#[template(path = "parts/plan_meter.html")]
pub struct PlanMeter {
    pub seats: Seats,
    pub plan: String,
    /// Whether the agents are on another page, so that a way there is shown.
    pub elsewhere: bool,
}

impl PlanMeter {
    /// How many of how many, on which plan, and whether that differs for this tenant.
    pub fn headline(&self) -> String {
        let (used, plan) = (self.seats.used, &self.plan);
        let own = match self.seats.adjusted {
            None => "",
            Some(Adjusted::Raised) => " · Override, raised for you",
            Some(Adjusted::Lowered) => " · Override, lowered for you",
        };
        match self.seats.limit {
            Limit::Unlimited if !own.is_empty() => format!("{} · no limit{own}", count(used)),
            Limit::Unlimited => format!("{} · no limit on {plan}", count(used)),
            Limit::AtMost(0) if used == 0 => format!("No agents on the {plan} plan{own}"),
            Limit::AtMost(limit) if used > limit => {
                format!("{}, {} over your {plan} limit of {limit}{own}", count(used), used - limit)
            }
            Limit::AtMost(1) if used == 1 => format!("Your 1 agent is in use · {plan} plan{own}"),
            Limit::AtMost(limit) if used == limit => {
                format!("All {limit} agents used · {plan} plan{own}")
            }
            Limit::AtMost(limit) => {
                format!("{used} of {} used · {plan} plan{own} · {} left", count(limit), limit - used)
            }
        }
    }

    /// The length of the bar; none where there is nothing to measure.
    fn bar(&self) -> Option<u64> {
        match self.seats.limit {
            Limit::AtMost(limit) if limit > 0 && self.seats.over() == 0 => Some(limit),
            _ => None,
        }
    }

    fn back_to(&self) -> u64 {
        self.seats.used - self.seats.over()
    }
}

fn count(agents: u64) -> String {
    if agents == 1 { "1 agent".to_owned() } else { format!("{agents} agents") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headline(used: u64, limit: Limit) -> String {
        PlanMeter { seats: Seats { used, limit, adjusted: None }, plan: "Pro".to_owned(), elsewhere: false }
            .headline()
    }

    #[test]
    fn the_headline_counts_in_plain_words() {
        assert_eq!(headline(2, Limit::AtMost(3)), "2 of 3 agents used · Pro plan · 1 left");
        assert_eq!(headline(0, Limit::AtMost(1)), "0 of 1 agent used · Pro plan · 1 left");
        assert_eq!(headline(3, Limit::AtMost(3)), "All 3 agents used · Pro plan");
        assert_eq!(headline(1, Limit::AtMost(1)), "Your 1 agent is in use · Pro plan");
        assert_eq!(headline(5, Limit::AtMost(3)), "5 agents, 2 over your Pro limit of 3");
        assert_eq!(headline(7, Limit::Unlimited), "7 agents · no limit on Pro");
        assert_eq!(headline(0, Limit::AtMost(0)), "No agents on the Pro plan");
    }

    #[test]
    fn a_limit_of_the_tenants_own_is_said_to_be_one() {
        let seats = |used, limit, adjusted| Seats { used, limit, adjusted: Some(adjusted) };
        let words = |seats| PlanMeter { seats, plan: "Pro".to_owned(), elsewhere: false }.headline();
        assert_eq!(
            words(seats(3, Limit::AtMost(8), Adjusted::Raised)),
            "3 of 8 agents used · Pro plan · Override, raised for you · 5 left"
        );
        assert_eq!(
            words(seats(3, Limit::Unlimited, Adjusted::Raised)),
            "3 agents · no limit · Override, raised for you"
        );
        assert_eq!(
            words(seats(3, Limit::AtMost(1), Adjusted::Lowered)),
            "3 agents, 2 over your Pro limit of 1 · Override, lowered for you"
        );
    }
}
