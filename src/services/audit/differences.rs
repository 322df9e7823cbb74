//! What an event says of before and after, side by side.

use serde_json::Value;

use super::amounts::{amount, limit_label};
use super::sentence::role;

/// A value before and after, under a name that people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Everything that is on either side, by name.
pub fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let [before, after] = [before, after].map(|side| {
        let mut values = Vec::new();
        flatten(side, "", &mut values);
        values
    });
    let value = |side: &[(String, String)], name: &str| {
        side.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let mut names: Vec<&String> = before.iter().chain(&after).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| Difference {
            name: name.clone(),
            before: value(&before, name),
            after: value(&after, name),
        })
        .collect()
}

fn flatten(value: Option<&Value>, key: &str, values: &mut Vec<(String, String)>) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Object(fields)) => {
            let limit = fields.get("limit").and_then(Value::as_str);
            for (name, value) in fields {
                match (limit, value.as_i64()) {
                    (Some(limit), Some(number)) if name == "value" => {
                        values.push((title(name), amount(limit, number)));
                    }
                    _ => flatten(Some(value), name, values),
                }
            }
        }
        Some(Value::String(text)) if key == "limit" => {
            values.push((title(key), limit_label(text).to_owned()));
        }
        Some(Value::String(text)) if key == "role" => values.push((title(key), role(text).to_owned())),
        Some(Value::String(text)) => values.push((title(key), text.clone())),
        Some(Value::Number(number)) => {
            // Only a limit can be -1, and then it is none.
            let told = match number.as_i64() {
                Some(number) if limit_label(key) != key => amount(key, number),
                _ => number.to_string(),
            };
            values.push((title(key), told));
        }
        Some(Value::Bool(yes)) => values.push((title(key), if *yes { "yes" } else { "no" }.to_owned())),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            values.push((title(key), if items.is_empty() { "none".to_owned() } else { items.join(", ") }));
        }
    }
}

/// `tenantsOver` as `Tenants over`; limits by their label.
fn title(key: &str) -> String {
    if limit_label(key) != key {
        return limit_label(key).to_owned();
    }
    let mut title = String::new();
    for letter in key.chars() {
        if title.is_empty() {
            title.extend(letter.to_uppercase());
        } else if letter.is_uppercase() {
            title.push(' ');
            title.extend(letter.to_lowercase());
        } else {
            title.push(letter);
        }
    }
    title
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listed(before: &Value, after: &Value) -> Vec<[String; 3]> {
        let line =
            |line: Difference| [line.name, line.before.unwrap_or_default(), line.after.unwrap_or_default()];
        differences(Some(before), Some(after)).into_iter().map(line).collect()
    }

    #[test]
    fn values_stand_side_by_side_under_names_that_people_read() {
        let before = json!({ "label": "Pro", "limits": { "maxDemos": 5 }, "gone": null });
        let after = json!({ "label": "Pro", "limits": { "maxDemos": -1 }, "tenantsOver": 4 });
        let expected = [["Demos", "5", "no limit"], ["Label", "Pro", "Pro"], ["Tenants over", "", "4"]];
        assert_eq!(listed(&before, &after), expected.map(|line| line.map(str::to_owned)));
        assert!(differences(None, None).is_empty());
    }

    #[test]
    fn an_override_shows_its_limit_and_amount() {
        let after = json!({ "limit": "maxHelpdeskAgents", "value": -1, "inboxes": [1, 2], "sure": true });
        let expected = [
            ["Inboxes", "", "1, 2"],
            ["Limit", "", "Helpdesk agents"],
            ["Sure", "", "yes"],
            ["Value", "", "no limit"],
        ];
        assert_eq!(listed(&Value::Null, &after), expected.map(|line| line.map(str::to_owned)));
    }
}
