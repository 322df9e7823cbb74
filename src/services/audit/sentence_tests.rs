use chrono::Utc;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::ids::UserId;
use crate::services::audit::actions::ACTIONS;

const ROSA: UserId = UserId(Uuid::from_u128(1));
const SAM: UserId = UserId(Uuid::from_u128(2));
const PEOPLE: Reader<'_> = Reader::Administrator { actor: Some("Sam Lee"), tenant: Some("Rosa Bloom") };

fn entry(action: &str, actor: (&str, Option<UserId>), before: Value, after: Value) -> Entry {
    Entry {
        id: Uuid::nil(),
        seq: 1,
        hash: String::new(),
        at: DateTime::<Utc>::UNIX_EPOCH,
        tenant: Some(ROSA),
        actor: actor.0.to_owned(),
        actor_id: actor.1,
        action: action.to_owned(),
        object: action.split('.').next().unwrap_or_default().to_owned(),
        object_id: "PRO".to_owned(),
        before: (!before.is_null()).then_some(before),
        after: (!after.is_null()).then_some(after),
        reason: None,
        request_id: None,
        network: None,
    }
}

fn by_sam(action: &str, before: Value, after: Value) -> String {
    sentence(&entry(action, ("user", Some(SAM)), before, after), PEOPLE)
}

fn to_rosa(action: &str, actor: (&str, Option<UserId>), after: Value) -> String {
    sentence(&entry(action, actor, Value::Null, after), Reader::Tenant)
}

#[test]
fn an_administrator_reads_who_did_what() {
    let ana = || json!({ "name": "Ana", "inbox": 5 });
    assert_eq!(by_sam("agent.created", Value::Null, ana()), "Sam Lee created Ana");
    assert_eq!(by_sam("inbox.given", Value::Null, ana()), "Sam Lee gave Ana inbox 5");
    assert_eq!(by_sam("agent.retried", Value::Null, ana()), "Sam Lee tried again to set up Ana");
    assert_eq!(by_sam("tenant.viewed", Value::Null, Value::Null), "Sam Lee looked at the page of Rosa Bloom");
    assert_eq!(by_sam("user.disabled", Value::Null, Value::Null), "Sam Lee suspended Rosa Bloom");
    let tier = by_sam("user.tier_set", json!({ "tier": "PRO" }), json!({ "tier": "FREE" }));
    assert_eq!(tier, "Sam Lee moved Rosa Bloom from PRO to FREE");
    let labels = |key: &str, label: &str| json!({ "tier": key, "label": label });
    let tier = by_sam("user.tier_set", labels("PRO_PLUS", "Pro Plus"), labels("FREE", "Free"));
    assert_eq!(tier, "Sam Lee moved Rosa Bloom from Pro Plus to Free");
    let role = by_sam("user.role_set", json!({ "role": "USER" }), json!({ "role": "SUPER_ADMIN" }));
    assert_eq!(role, "Sam Lee changed the role of Rosa Bloom from Tenant to Super admin");
    let operator = entry("user.created", ("operator", None), Value::Null, Value::Null);
    assert_eq!(sentence(&operator, PEOPLE), "The operator created the account of Rosa Bloom");
    let system = entry("agent.ready", ("system", None), Value::Null, ana());
    assert_eq!(sentence(&system, PEOPLE), "Ana is ready");
}

#[test]
fn changed_limits_say_what_how_much_and_who_is_over() {
    let before = json!({ "label": "Pro", "limits": { "maxHelpdeskAgents": 5 } });
    let after = |over| json!({ "label": "Pro", "limits": { "maxHelpdeskAgents": 3 }, "tenantsOver": over });
    let told = |over| by_sam("tier.limits_changed", before.clone(), after(over));
    assert_eq!(told(4), "Sam Lee lowered Pro: Helpdesk agents from 5 to 3 · 4 tenants over");
    assert_eq!(told(1), "Sam Lee lowered Pro: Helpdesk agents from 5 to 3 · 1 tenant over");
    assert_eq!(told(0), "Sam Lee lowered Pro: Helpdesk agents from 5 to 3");
}

#[test]
fn what_was_no_plain_edit_is_told_as_what_it_was() {
    let before = json!({ "label": "Pro: big", "limits": { "maxDemos": 5 } });
    let told = |key: &str, value: Value| {
        let after = json!({ "label": "Pro: big", "limits": { "maxDemos": 3 }, "tenantsOver": 1, key: value });
        by_sam("tier.limits_changed", before.clone(), after)
    };
    let values = "Demos from 5 to 3 · 1 tenant over";
    assert_eq!(told("reset", json!(true)), format!("Sam Lee reset Pro: big to its defaults: {values}"));
    assert_eq!(
        told("restoredVersion", json!(1)),
        format!("Sam Lee restored version 1 of Pro: big: {values}")
    );
    assert_eq!(told("undoneVersion", json!(8)), format!("Sam Lee undid version 8 of Pro: big: {values}"));
    assert_eq!(told("other", json!(8)), format!("Sam Lee lowered Pro: big: {values}"));
}

#[test]
fn tiers_and_overrides_are_told_with_their_labels() {
    let renamed = by_sam("tier.renamed", json!({ "label": "Pro" }), json!({ "label": "Team" }));
    assert_eq!(renamed, "Sam Lee renamed the tier Pro to Team");
    assert_eq!(
        by_sam("tier.retired", json!({ "label": "Pro" }), Value::Null),
        "Sam Lee retired the tier Pro"
    );
    let moved = by_sam("tier.moved", json!({ "rank": 2 }), json!({ "rank": 3 }));
    assert_eq!(moved, "Sam Lee moved the tier PRO from place 2 to 3");
    let set = json!({ "limit": "maxHelpdeskAgents", "value": 7, "expiresAt": "2027-01-31T00:00:00Z" });
    let told = by_sam("override.set", Value::Null, set.clone());
    assert_eq!(told, "Sam Lee set Helpdesk agents of Rosa Bloom to 7 to the end of 30 Jan 2027 (UTC)");
    let sam = ("user", Some(SAM));
    let told_rosa =
        "Your administrator set your limit “Helpdesk agents” to 7 to the end of 30 Jan 2027 (UTC)";
    assert_eq!(to_rosa("override.set", sam, set.clone()), told_rosa);
    let told = by_sam("override.removed", set, Value::Null);
    assert_eq!(told, "Sam Lee removed the override of Helpdesk agents of Rosa Bloom");
}

#[test]
fn a_tenant_reads_of_itself_and_of_its_administrator() {
    let ana = || json!({ "name": "Ana", "inbox": 5 });
    let (rosa, sam) = (("user", Some(ROSA)), ("user", Some(SAM)));
    assert_eq!(to_rosa("agent.created", rosa, ana()), "You created Ana");
    assert_eq!(to_rosa("inbox.given", rosa, ana()), "You gave Ana an inbox");
    assert_eq!(to_rosa("agent.retried", sam, ana()), "Your administrator tried again to set up Ana");
    assert_eq!(to_rosa("tenant.viewed", sam, ana()), "Your administrator looked at your Helpdesk Setup");
    assert_eq!(to_rosa("user.tier_set", sam, Value::Null), "Your plan was changed");
    assert_eq!(
        to_rosa("demo.added", ("operator", None), json!({ "name": "Shop" })),
        "The demo Shop was added"
    );
    assert_eq!(to_rosa("account.renamed", rosa, Value::Null), "You changed your name");
}

#[test]
fn every_action_has_a_sentence_of_its_own_for_both_readers() {
    for (action, _) in ACTIONS.iter().flat_map(|(_, actions)| *actions) {
        for reader in [PEOPLE, Reader::Tenant] {
            let told = sentence(&entry(action, ("user", Some(SAM)), Value::Null, Value::Null), reader);
            let key = action.replace(['.', '_'], " ");
            assert!(!told.ends_with(&format!(": {key}")) && !told.contains("  "), "{action}: {told}");
        }
    }
}

#[test]
fn what_nobody_worded_yet_can_be_read() {
    assert_eq!(by_sam("report.was_sent", Value::Null, Value::Null), "Sam Lee: report was sent");
    assert_eq!(by_sam("report.sent", Value::Null, json!({ "name": "Ana" })), "Ana: report sent");
    let nobody = Reader::Administrator { actor: None, tenant: None };
    let gone = entry("user.disabled", ("user", Some(SAM)), Value::Null, Value::Null);
    assert_eq!(sentence(&gone, nobody), "Somebody suspended a tenant");
}
