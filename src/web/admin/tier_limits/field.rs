//! One limit in a form: “Limit to” and a number, or “No limit”.

use askama::Template;

use super::form::{LimitsForm, Sent};
use crate::domain::limit_value::{Unit, figure, grouped, typed};
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::{Limit, TierLimits};
use crate::services::error::Refusal;
use crate::web::parts::messages_for;

/// Everything that one limit's fieldset shows.
#[derive(Template)]
#[template(path = "admin/tier_limits/field.html")]
pub(in crate::web::admin) struct LimitField {
    pub name: LimitName,
    tier: String,
    now: String,
    default: Option<String>,
    unit: Unit,
    unlimited: bool,
    typed: String,
    /// The exact size, where the number is a rounder one.
    bytes: Option<String>,
    errors: Vec<String>,
}

impl askama::filters::HtmlSafe for LimitField {}

impl LimitField {
    pub fn new(tier: &TierLimits, name: LimitName, form: &LimitsForm, refusal: Option<&Refusal>) -> Self {
        let now = tier.limits.get(name);
        let default = Limits::defaults(&tier.tier).map(|defaults| figure(name, defaults.get(name)));
        let (unit, unlimited, typed) = match form.sent(name) {
            Some(Sent::Typed { unlimited, text }) => (form.unit(name), unlimited, text.to_owned()),
            Some(Sent::Stored(_)) => shown(name, form.limit(name).and_then(Result::ok).unwrap_or(now)),
            None => shown(name, now),
        };
        Self {
            name,
            tier: tier.tier.clone(),
            now: figure(name, now),
            default,
            unit,
            unlimited,
            typed,
            bytes: exact(name, now),
            errors: messages_for(refusal, name.key()),
        }
    }

    fn key(&self) -> &'static str {
        self.name.key()
    }

    fn unit(&self) -> &'static str {
        self.unit.words(self.name)
    }

    fn is_in_bytes(&self) -> bool {
        self.unit == Unit::Bytes
    }
}

fn shown(name: LimitName, limit: Limit) -> (Unit, bool, String) {
    let unit = Unit::of(name, limit);
    (unit, limit == Limit::Unlimited, typed(name, unit, limit))
}

fn exact(name: LimitName, limit: Limit) -> Option<String> {
    match (name, Unit::of(name, limit), limit) {
        (LimitName::DocumentSize, Unit::Usual, Limit::AtMost(bytes)) => {
            Some(format!("{} bytes", grouped(bytes)))
        }
        _ => None,
    }
}
