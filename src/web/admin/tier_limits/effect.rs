//! What a changed limit does, in words, with the tenants it leaves above it.

use askama::Template;

use crate::domain::limit_value::grouped;
use crate::domain::limits::LimitName;
use crate::services::tier_limits::{Effect, Over};

/// The effect of one change, in a place of this id.
#[derive(Template)]
#[template(path = "admin/tier_limits/effect.html")]
pub(super) struct EffectLine {
    id: String,
    pub words: String,
    /// Something would be over, or nothing can be saved like this.
    warns: bool,
    /// Id and name.
    tenants: Vec<(String, String)>,
    more: Option<String>,
}

impl askama::filters::HtmlSafe for EffectLine {}

impl EffectLine {
    pub fn new(id: String, effect: &Effect, tenants: u64) -> Self {
        let over = effect.over.as_ref();
        let named: Vec<(String, String)> = over
            .into_iter()
            .flat_map(|over| &over.tenants)
            .map(|tenant| (tenant.id.to_string(), tenant.name.clone()))
            .collect();
        let unnamed = over.map_or(0, |over| over.total) - u64::try_from(named.len()).unwrap_or(0);
        let words = match over {
            Some(over) => counted(over, effect.own, tenants),
            None if effect.difference.is_lowered() => {
                format!("Takes effect for what is added from now on.{}", with_own(effect.own))
            }
            None => format!("Takes effect at once.{}", with_own(effect.own)),
        };
        Self {
            id,
            words,
            warns: !named.is_empty(),
            tenants: named,
            more: (unnamed > 0).then(|| format!("and {} more", grouped(unnamed))),
        }
    }

    /// Only words: why this cannot be saved, or nothing at all.
    pub fn plain(id: String, words: String) -> Self {
        Self { id, warns: !words.is_empty(), words, tenants: Vec::new(), more: None }
    }
}

fn counted(over: &Over, own: u64, tenants: u64) -> String {
    let number = i64::try_from(over.limit).unwrap_or(i64::MAX);
    let things = format!("more than {} {}", grouped(over.limit), over.name.unit_of(number));
    let things = match (over.name, over.limit) {
        (LimitName::HelpdeskAgents, 0) => "agents".to_owned(),
        (LimitName::Demos, 0) => "demos".to_owned(),
        _ => things,
    };
    let unaffected = with_own(own);
    let all = grouped(tenants);
    match over.total {
        0 if own > 0 => format!("No tenant without an override has {things}.{unaffected}"),
        0 => format!("No tenant has {things}."),
        1 if tenants == 1 => {
            format!("The only tenant has {things}. It keeps them but can't add.{unaffected}")
        }
        1 => format!("1 of {all} tenants has {things}. It keeps them but can't add.{unaffected}"),
        total => {
            format!(
                "{} of {all} tenants have {things}. They keep them but can't add.{unaffected}",
                grouped(total)
            )
        }
    }
}

/// Whom it does not affect, after another sentence.
fn with_own(own: u64) -> String {
    match own {
        0 => String::new(),
        1 => " 1 tenant has an override and isn't affected.".to_owned(),
        own => format!(" {} tenants have overrides and aren't affected.", grouped(own)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(limit: u64, total: u64, own: u64, tenants: u64) -> String {
        let over = Over { name: LimitName::HelpdeskAgents, limit, total, tenants: Vec::new() };
        counted(&over, own, tenants)
    }

    #[test]
    fn the_effect_is_counted_in_plain_words() {
        assert_eq!(
            words(2, 4, 0, 14),
            "4 of 14 tenants have more than 2 agents. They keep them but can't add."
        );
        assert_eq!(words(1, 1, 0, 14), "1 of 14 tenants has more than 1 agent. It keeps them but can't add.");
        assert_eq!(words(0, 2, 0, 3), "2 of 3 tenants have agents. They keep them but can't add.");
        assert_eq!(
            words(2, 0, 1, 14),
            "No tenant without an override has more than 2 agents. 1 tenant has an override and isn't affected."
        );
    }
}
