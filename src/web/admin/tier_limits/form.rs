//! The editor's form, and the smaller ones that only carry values on.

use serde::Deserialize;

use crate::domain::limit_change::ChangeKind;
use crate::domain::limit_value::{LimitFault, Unit, parse_stored, parse_typed};
use crate::domain::limits::LimitName;
use crate::domain::tier::Limit;
use crate::services::error::{FieldError, Refusal};
use crate::services::tier_limits::Change;

/// What was sent for each limit: `{limit}.mode` and `{limit}` as people type it, or `{limit}` alone as it is stored.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(in crate::web::admin) struct LimitsForm(Vec<(String, String)>);

/// What was sent for one limit.
pub(in crate::web::admin) enum Sent<'a> {
    Typed { unlimited: bool, text: &'a str },
    Stored(&'a str),
}

impl LimitsForm {
    /// The same from the part of an address after the question mark.
    pub fn of_query(query: Option<String>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The version it was made from; 0, which never was one, when it does not say.
    pub fn version(&self) -> i64 {
        self.get("version").and_then(|version| version.parse().ok()).unwrap_or(0)
    }

    pub fn reason(&self) -> &str {
        self.get("reason").unwrap_or_default()
    }

    pub fn kind(&self) -> ChangeKind {
        let version = |name| self.get(name).and_then(|version| version.parse().ok());
        let restored = version("restore").map(ChangeKind::Restored);
        restored.or(version("undo").map(ChangeKind::Undone)).unwrap_or(ChangeKind::Edited)
    }

    pub fn sent(&self, name: LimitName) -> Option<Sent<'_>> {
        let text = self.get(name.key());
        match self.get(&format!("{}.mode", name.key())) {
            Some(mode) => Some(Sent::Typed { unlimited: mode == "none", text: text.unwrap_or_default() }),
            None => text.map(Sent::Stored),
        }
    }

    pub fn unit(&self, name: LimitName) -> Unit {
        let is_bytes = self.get(&format!("{}.unit", name.key())) == Some("bytes");
        if is_bytes && name == LimitName::DocumentSize { Unit::Bytes } else { Unit::Usual }
    }

    /// What was sent for this limit; `None` if nothing was.
    pub fn limit(&self, name: LimitName) -> Option<Result<Limit, LimitFault>> {
        Some(match self.sent(name)? {
            Sent::Typed { unlimited: true, .. } => parse_stored(name, -1),
            Sent::Typed { text, .. } => parse_typed(name, self.unit(name), text),
            Sent::Stored(text) => match text.parse() {
                Ok(number) => parse_stored(name, number),
                Err(_) => Err(LimitFault::NotANumber),
            },
        })
    }

    /// Every limit that was sent, or all that is wrong with them.
    pub fn wanted(&self) -> Result<Vec<(LimitName, Limit)>, Refusal> {
        let mut wanted = Vec::new();
        let mut faults = Vec::new();
        for name in LimitName::ALL {
            match self.limit(name) {
                Some(Ok(limit)) => wanted.push((name, limit)),
                Some(Err(fault)) => {
                    let message = format!("{}: {}", name.label(), lower_first(&fault.to_string()));
                    faults.push(FieldError { field: name.key(), messages: vec![message] });
                }
                None => {}
            }
        }
        if faults.is_empty() { Ok(wanted) } else { Err(Refusal::Fields(faults)) }
    }

    /// The change it asks for.
    pub fn change(&self, tier: &str, wanted: Vec<(LimitName, Limit)>, reviewed: bool) -> Change {
        Change {
            tier: tier.to_owned(),
            version: Some(self.version()),
            wanted,
            kind: self.kind(),
            reason: self.reason().to_owned(),
            reviewed,
        }
    }
}

fn lower_first(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + rest.as_str())
}
