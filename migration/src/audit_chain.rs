//! How the entries of the audit log are chained. It stands here because the migration that chains the entries of
//! an older database and the program that adds to them must never differ, and like a shipped migration it is
//! never edited: every entry ever written is checked by it.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An entry with its place in its chain.
pub struct Link {
    /// From 1 in every chain.
    pub seq: i64,
    /// The hash of the entry before it; empty for the first.
    pub prev_hash: String,
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub tenant: Option<Uuid>,
    pub actor: String,
    pub actor_id: Option<Uuid>,
    pub action: String,
    pub object: String,
    pub object_id: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
    /// Came later: an entry without one is hashed as it always was.
    pub network: Option<String>,
}

impl Link {
    /// The SHA-256 of everything in the entry and of the hash before it, in lower-case hex.
    ///
    /// The same whichever database the entry was read back from: PostgreSQL keeps microseconds and sorts the keys
    /// of objects as it likes.
    pub fn hash(&self) -> String {
        let mut written = json!([
            self.seq,
            self.prev_hash,
            self.id.hyphenated().to_string(),
            self.at.timestamp_micros(),
            self.tenant.map(|tenant| tenant.hyphenated().to_string()),
            self.actor,
            self.actor_id.map(|actor| actor.hyphenated().to_string()),
            self.action,
            self.object,
            self.object_id,
            self.before.as_ref().filter(|value| !value.is_null()).map(sorted),
            self.after.as_ref().filter(|value| !value.is_null()).map(sorted),
            self.reason,
            self.request_id,
        ]);
        if let (Some(network), Value::Array(parts)) = (&self.network, &mut written) {
            parts.push(network.as_str().into());
        }
        Sha256::digest(written.to_string().as_bytes()).iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// The name of a chain: every tenant has one, and the installation.
pub fn name(tenant: Option<Uuid>) -> String {
    tenant.map_or_else(|| "installation".to_owned(), |tenant| tenant.hyphenated().to_string())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            Value::Object(
                fields.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(after: &Value, seq: i64) -> String {
        hash_from(after, seq, None)
    }

    fn hash_from(after: &Value, seq: i64, network: Option<&str>) -> String {
        let at = DateTime::from_timestamp(1_795_435_200, 123_456_789).unwrap();
        let link = Link {
            seq,
            prev_hash: String::new(),
            id: Uuid::from_u128(7),
            at,
            tenant: None,
            actor: "operator".into(),
            actor_id: None,
            action: "user.created".into(),
            object: "user".into(),
            object_id: "x".into(),
            before: None,
            after: Some(after.clone()),
            reason: None,
            request_id: None,
            network: network.map(str::to_owned),
        };
        link.hash()
    }

    #[test]
    fn the_hash_of_an_entry_never_changes() {
        let after = json!({ "tier": "PRO", "role": "USER" });
        assert_eq!(hash(&after, 1), "4e4a37050f838bfd3c1f2f2eef6517988fa1dc4e3f13136477ddb1f1bf2c2cc9");
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let one: Value = serde_json::from_str(r#"{"b":{"y":1,"x":[2,3]},"a":null}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"a":null,"b":{"x":[2,3],"y":1}}"#).unwrap();
        let swapped: Value = serde_json::from_str(r#"{"a":null,"b":{"x":[3,2],"y":1}}"#).unwrap();
        assert_eq!(hash(&one, 1), hash(&other, 1));
        assert_ne!(hash(&one, 1), hash(&swapped, 1));
        assert_ne!(hash(&one, 1), hash(&one, 2));
        assert_ne!(hash(&one, 1), hash_from(&one, 1, Some("203.0.113.0/24")));
    }
}
