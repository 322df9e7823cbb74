//! What the audit log says about tiers.

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::db::audit::Event;
use crate::db::{self, WriteTx};
use crate::domain::limit_change::{ChangeKind, Difference};
use crate::domain::limits::LimitName;
use crate::domain::person_name::is_invisible;
use crate::domain::tier::Limit;
use crate::services::audit::By;
use crate::services::error::{Refusal, ServiceError};

const LONGEST_REASON: usize = 500;

/// A reason as it is kept: `None` when nothing was typed. As in names, nothing invisible may be in it.
pub fn reason(typed: &str) -> Result<Option<String>, Refusal> {
    let reason = typed.trim();
    if reason.chars().any(is_invisible) {
        let sentence = "Leave out line breaks and characters that cannot be seen";
        return Err(Refusal::field("reason", sentence));
    }
    if reason.chars().count() > LONGEST_REASON {
        return Err(Refusal::field("reason", format!("Use at most {LONGEST_REASON} characters")));
    }
    // What only joins letters says nothing alone.
    let is_seen = |c: char| !c.is_whitespace() && !matches!(c, '\u{200c}' | '\u{200d}');
    Ok(Some(reason.to_owned()).filter(|reason| reason.chars().any(is_seen)))
}

/// Adds what was done to a tier to the audit log.
pub(super) async fn record(
    app: &App,
    tx: &WriteTx,
    by: &By,
    (action, tier): (&'static str, &str),
    (before, after): (Option<Value>, Option<Value>),
    reason: Option<String>,
) -> Result<(), ServiceError> {
    let event = Event {
        at: app.now(),
        tenant: None,
        actor: "user",
        actor_id: Some(by.user),
        action,
        object: "tier",
        object_id: tier.to_owned(),
        before,
        after,
        reason,
        request_id: by.request_id.clone(),
    };
    Ok(db::audit::insert(&**tx, event).await?)
}

/// Label and limits, as the audit log keeps them.
pub(super) fn payload(label: &str, limits: impl Iterator<Item = (LimitName, Limit)>) -> Value {
    let limits: Map<String, Value> =
        limits.map(|(name, limit)| (name.key().to_owned(), json!(limit.stored()))).collect();
    json!({ "label": label, "limits": limits })
}

/// The changed limits before and after, and what kind of change it was if it was no plain edit.
pub(super) fn payloads(
    label: &str,
    differences: &[Difference],
    tenants_over: u64,
    kind: ChangeKind,
) -> (Value, Value) {
    let before = payload(label, differences.iter().map(|each| (each.name, each.before)));
    let mut after = payload(label, differences.iter().map(|each| (each.name, each.after)));
    after["tenantsOver"] = json!(tenants_over);
    match kind {
        ChangeKind::Added | ChangeKind::Edited => {}
        ChangeKind::Reset => after["reset"] = json!(true),
        ChangeKind::Restored(version) => after["restoredVersion"] = json!(version),
        ChangeKind::Undone(earlier) => after["undoneVersion"] = json!(earlier + 1),
    }
    (before, after)
}
