//! `/api/v1/accounts/:id/inbox_members`: four routes, and nothing else.

use serde_json::Value;

use super::{Member, Payload, not_authorized};
use crate::answer::{Answer, Faults, Refusal};
use crate::call;
use crate::state::State;
use crate::wire::Agent;

pub(super) fn show(member: &Member<'_>, inbox: &str) -> Result<Answer, Refusal> {
    let inbox = of_account(member, call::path_id(inbox))?;
    let is_in = member.state.inbox_member_ids(inbox).contains(&member.user_id);
    if !member.is_administrator && !is_in {
        return Err(not_authorized());
    }
    Ok(listed(member.state, member.account_id, inbox))
}

/// Adds to the set; all or nothing.
pub(super) fn create(member: Member<'_>) -> Result<Answer, Refusal> {
    let inbox = writable(&member)?;
    let wanted = user_ids(&member)?;
    let Member { state, account_id, .. } = member;
    let current = state.inbox_member_ids(inbox).to_vec();
    let members = with_added(state, current.clone(), &missing(&wanted, &current))?;
    state.inbox_members.insert(inbox, members);
    Ok(listed(state, account_id, inbox))
}

/// Replaces the set; all or nothing.
pub(super) fn update(member: Member<'_>) -> Result<Answer, Refusal> {
    let inbox = writable(&member)?;
    let wanted = user_ids(&member)?;
    let Member { state, account_id, .. } = member;
    let current = state.inbox_member_ids(inbox).to_vec();
    let mut members = with_added(state, current.clone(), &missing(&wanted, &current))?;
    let stays = |id: &u64| !current.contains(id) || wanted.contains(&Value::from(*id));
    members.retain(stays);
    state.inbox_members.insert(inbox, members);
    Ok(listed(state, account_id, inbox))
}

/// Removes whoever is named and there; nothing else is an error.
pub(super) fn destroy(member: &mut Member<'_>) -> Result<Answer, Refusal> {
    let inbox = writable(member)?;
    let named: Vec<u64> = match member.params.get("user_ids") {
        Some(Value::Array(list)) => list.iter().filter_map(|id| call::id(Some(id))).collect(),
        single => call::id(single).into_iter().collect(),
    };
    for user in named {
        member.state.remove_inbox_member(inbox, user);
    }
    Ok(Answer::empty())
}

fn writable(member: &Member<'_>) -> Result<u64, Refusal> {
    let inbox = of_account(member, call::id(member.params.get("inbox_id")))?;
    member.must_be_administrator()?;
    Ok(inbox)
}

fn of_account(member: &Member<'_>, inbox: Option<u64>) -> Result<u64, Refusal> {
    inbox
        .and_then(|id| member.state.inboxes.get(&id))
        .filter(|inbox| inbox.account_id == member.account_id)
        .map(|inbox| inbox.id)
        .ok_or(Refusal::NotFound)
}

/// Anything but an array is an exception in 4.9.2; Rails drops nulls from arrays.
fn user_ids(member: &Member<'_>) -> Result<Vec<Value>, Refusal> {
    let ids = member.params.get("user_ids").and_then(Value::as_array);
    let ids = ids.ok_or(Refusal::Exception)?;
    Ok(ids.iter().filter(|id| !id.is_null()).cloned().collect())
}

/// The wanted ids that are not yet there, compared with their types: `"5"` is not 5.
fn missing(wanted: &[Value], current: &[u64]) -> Vec<Value> {
    let is_new = |id: &&Value| !id.as_u64().is_some_and(|id| current.contains(&id));
    wanted.iter().filter(is_new).cloned().collect()
}

/// One insert after the other, so a name that comes twice, or as a text again, is taken. Nobody asks
/// whether the user belongs to the account.
fn with_added(state: &State, mut members: Vec<u64>, new: &[Value]) -> Result<Vec<u64>, Refusal> {
    for value in new {
        let user = call::id(Some(value)).filter(|id| state.users.contains_key(id));
        let Some(user) = user else {
            return Err(Refusal::Invalid(Faults::one("user", "User must exist")));
        };
        if members.contains(&user) {
            let taken = Faults::one("user_id", "User has already been taken");
            return Err(Refusal::Invalid(taken));
        }
        members.push(user);
    }
    Ok(members)
}

/// Only members who are also in the account are shown.
fn listed(state: &State, account_id: u64, inbox: u64) -> Answer {
    let members = state.inbox_member_ids(inbox).iter();
    let agents = members
        .filter_map(|user| state.membership(account_id, *user))
        .filter_map(|member| Agent::of(state, member));
    Answer::json(&Payload { payload: agents.collect() })
}
