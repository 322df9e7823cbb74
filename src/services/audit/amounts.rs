//! Limits and what they were changed to, in words.

use serde_json::{Map, Value};

use crate::domain::limits::{LimitName, MIB};

/// The order in which a sentence tells them.
const TOLD_FIRST: [LimitName; 10] = [
    LimitName::HelpdeskAgents,
    LimitName::Demos,
    LimitName::Workflows,
    LimitName::KnowledgeBases,
    LimitName::Integrations,
    LimitName::Documents,
    LimitName::DocumentSize,
    LimitName::ChunkSize,
    LimitName::ChunksPerDocument,
    LimitName::ApiCalls,
];
/// Changes told one by one in a sentence.
const TOLD: usize = 3;

/// What people call a limit.
pub fn limit_label(key: &str) -> &str {
    LimitName::parse(key).map_or(key, |name| name.label())
}

/// A limit's value as people read it: never -1.
pub fn amount(key: &str, value: i64) -> String {
    match value {
        ..0 => "no limit".to_owned(),
        0 => "0".to_owned(),
        _ if key == "documentSizeLimit" && value % MIB == 0 => format!("{} MB", grouped(value / MIB)),
        _ if key == "documentSizeLimit" => format!("{} bytes", grouped(value)),
        _ => grouped(value),
    }
}

/// `lowered Pro: Helpdesk agents from 5 to 3`, from the limits before and after; or what was done, if it was no edit.
pub fn change(
    label: &str,
    did: Option<String>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> String {
    let mut changes: Vec<(&str, i64, i64)> = after
        .iter()
        .filter_map(|(key, new)| Some((key.as_str(), before.get(key)?.as_i64()?, new.as_i64()?)))
        .collect();
    changes.sort_by_key(|(key, ..)| TOLD_FIRST.iter().position(|known| known.key() == *key));
    let lowered = |(_, old, new): &(&str, i64, i64)| beyond(*old) > beyond(*new);
    let verb = match changes.iter().filter(|change| lowered(change)).count() {
        _ if changes.is_empty() => return did.unwrap_or_else(|| format!("changed the limits of {label}")),
        0 => "raised",
        many if many == changes.len() => "lowered",
        _ => "changed",
    };
    let told = |(key, old, new): &(&str, i64, i64)| {
        format!("{} from {} to {}", limit_label(key), amount(key, *old), amount(key, *new))
    };
    let listed = changes.iter().take(TOLD).map(told).collect::<Vec<_>>().join(", ");
    let did = did.unwrap_or_else(|| format!("{verb} {label}"));
    match changes.len().saturating_sub(TOLD) {
        0 => format!("{did}: {listed}"),
        more => format!("{did}: {listed} and {more} more"),
    }
}

fn beyond(limit: i64) -> i64 {
    if limit < 0 { i64::MAX } else { limit }
}

fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(before: &Value, after: &Value) -> String {
        change("Pro", None, before.as_object().unwrap(), after.as_object().unwrap())
    }

    #[test]
    fn amounts_read_like_amounts() {
        assert_eq!(amount("maxDemos", -1), "no limit");
        assert_eq!(amount("maxDemos", 0), "0");
        assert_eq!(amount("apiCallsPerMonth", 1_000_000), "1,000,000");
        assert_eq!(amount("documentSizeLimit", 25 * MIB), "25 MB");
        assert_eq!(amount("documentSizeLimit", 1_000), "1,000 bytes");
    }

    #[test]
    fn a_change_says_its_direction_and_no_limit_is_the_highest() {
        let one = |old, new| changed(&json!({ "maxDemos": old }), &json!({ "maxDemos": new }));
        assert_eq!(one(5, 3), "lowered Pro: Demos from 5 to 3");
        assert_eq!(one(5, -1), "raised Pro: Demos from 5 to no limit");
        assert_eq!(one(-1, 100), "lowered Pro: Demos from no limit to 100");
    }

    #[test]
    fn several_changes_are_listed_and_many_are_counted() {
        let before = json!({ "maxDemos": 1, "maxHelpdeskAgents": 5, "maxDocuments": 1, "chunkSize": 1 });
        let after = json!({ "maxDemos": 2, "maxHelpdeskAgents": 3, "maxDocuments": 2, "chunkSize": 2 });
        assert_eq!(
            changed(&before, &after),
            "changed Pro: Helpdesk agents from 5 to 3, Demos from 1 to 2, Documents from 1 to 2 and 1 more"
        );
        assert_eq!(changed(&json!({}), &json!({})), "changed the limits of Pro");
    }
}
