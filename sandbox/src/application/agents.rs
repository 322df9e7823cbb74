//! `/api/v1/accounts/:id/agents`.

use serde_json::Value;

use super::Member;
use crate::answer::{Answer, Faults, Refusal};
use crate::call::{self, Field, Params};
use crate::enums;
use crate::model::{Availability, Role, Work};
use crate::new::NewUser;
use crate::secret;
use crate::state::State;
use crate::validate::{self, Draft};
use crate::wire::Agent;

const COMMUNITY_SEATS: u64 = 100_000;

/// Everyone of the account, administrators and unconfirmed people included, by name.
pub(super) fn index(member: &Member<'_>) -> Answer {
    let state = &member.state;
    let mut members = state.members_of(member.account_id);
    members.sort_by_key(|m| state.users.get(&m.user_id).map(|u| u.name.to_lowercase()));
    let agents: Vec<_> = members.into_iter().filter_map(|m| Agent::of(state, m)).collect();
    Answer::json(&agents)
}

/// Attaches a user of the installation, or invites a new one.
pub(super) fn create(member: Member<'_>) -> Result<Answer, Refusal> {
    member.must_be_administrator()?;
    has_seat(member.state, member.account_id)?;
    let agent = wrapped(&member)?;
    let role = enums::role(&agent)?;
    let availability = enums::availability(&agent)?;
    let auto_offline = flag(&agent, "auto_offline").unwrap_or(true);
    let Member { state, account_id, user_id: inviter, .. } = member;
    let user_id = match found(state, &agent)? {
        Some(id) if state.membership(account_id, id).is_some() => {
            let taken = Faults::one("user_id", "User has already been taken");
            return Err(Refusal::Invalid(taken));
        }
        Some(id) => id,
        None => invite(state, account_id, &agent)?,
    };
    let role = role.into_option().or(Some(Role::Agent));
    let availability = availability.into_option().unwrap_or(Availability::Online);
    let inviter = Some(inviter);
    if !state.add_member(account_id, user_id, role, availability, auto_offline, inviter) {
        return Err(Refusal::Exception);
    }
    shown(state, account_id, user_id)
}

/// The name changes first and for every account, then the membership; a bad role comes too late to
/// stop the name.
pub(super) fn update(member: Member<'_>, id: &str) -> Result<Answer, Refusal> {
    let user_id = of_account(&member, id)?;
    member.must_be_administrator()?;
    let mut agent = wrapped(&member)?;
    let Member { state, account_id, .. } = member;
    if let Field::Value(name) = Field::of(&agent, "name") {
        rename(state, user_id, &name)?;
    }
    agent.retain(|_, value| !value.is_null());
    let role = enums::role(&agent)?;
    let availability = enums::availability(&agent)?.into_option();
    let now = state.now();
    let members = state.members.get_mut(&account_id);
    let row = members.and_then(|members| members.get_mut(&user_id));
    let row = row.ok_or(Refusal::NotFound)?;
    row.role = role.or_keep(row.role);
    row.availability = availability.unwrap_or(row.availability);
    row.auto_offline = flag(&agent, "auto_offline").unwrap_or(row.auto_offline);
    row.updated_at = now;
    shown(state, account_id, user_id)
}

/// Removes the membership; with the last one goes the user, by a job.
pub(super) fn destroy(member: &mut Member<'_>, id: &str) -> Result<Answer, Refusal> {
    let user_id = of_account(member, id)?;
    member.must_be_administrator()?;
    member.state.remove_account_user(member.account_id, user_id);
    if member.state.memberships_of(user_id).is_empty() {
        member.state.queue(Work::DeleteUser(user_id));
    }
    Ok(Answer::empty())
}

fn of_account(member: &Member<'_>, id: &str) -> Result<u64, Refusal> {
    call::path_id(id)
        .filter(|id| member.state.membership(member.account_id, *id).is_some())
        .ok_or(Refusal::NotFound)
}

fn has_seat(state: &State, account_id: u64) -> Result<(), Refusal> {
    let account = state.accounts.get(&account_id).ok_or(Refusal::NotFound)?;
    let enterprise = account.limits.get("agents").and_then(Value::as_u64);
    let enterprise = enterprise.filter(|_| state.settings.enterprise);
    let seats = account.agent_limit.or(enterprise).unwrap_or(COMMUNITY_SEATS);
    if (state.members_of(account_id).len() as u64) < seats { Ok(()) } else { Err(Refusal::PaymentRequired) }
}

/// The `agent` object: as sent, or the whole JSON body wrapped. Forms are not wrapped.
fn wrapped(member: &Member<'_>) -> Result<Params, Refusal> {
    let missing = Refusal::MissingParameter("agent");
    match member.params.get("agent") {
        Some(Value::Object(agent)) if !agent.is_empty() => Ok(agent.clone()),
        Some(Value::Object(_) | Value::Null) => Err(missing),
        Some(_) => Err(Refusal::Exception),
        None if member.wraps && !member.body.is_empty() => Ok(member.body.clone()),
        None => Err(missing),
    }
}

fn found(state: &State, agent: &Params) -> Result<Option<u64>, Refusal> {
    match agent.get("email") {
        Some(Value::String(email)) => Ok(state.user_by_email(&email.to_lowercase()).map(|u| u.id)),
        Some(Value::Number(_) | Value::Bool(_)) => Err(Refusal::Exception),
        _ => Ok(None),
    }
}

/// A new user: random password, unconfirmed, one invitation.
fn invite(state: &mut State, account_id: u64, agent: &Params) -> Result<u64, Refusal> {
    let email = Field::of(agent, "email").into_option();
    let email = email.map(|email| email.trim().to_lowercase());
    let name = named(state, Field::of(agent, "name").into_option(), email.as_deref())?;
    let german = state.accounts.get(&account_id).is_some_and(|a| a.locale == "de");
    let draft = Draft { id: None, name, display_name: None, email, password: None, german };
    validate::user(state, &draft).check()?;
    let name = draft.name.ok_or(Refusal::Exception)?;
    let new = NewUser::new(&name, &draft.email.unwrap_or_default()).password(&secret::token()).unconfirmed();
    let id = state.user(new).id;
    state.invite(id);
    Ok(id)
}

/// From 4.14 a blank name becomes the local part of the address.
fn named(state: &State, name: Option<String>, email: Option<&str>) -> Result<Option<String>, Refusal> {
    let blank = name.as_deref().is_none_or(|name| name.trim().is_empty());
    if !blank || !state.at_least(4, 14) {
        return Ok(name);
    }
    let local = email.ok_or(Refusal::Exception)?.split('@').next();
    Ok(local.map(str::to_owned))
}

fn rename(state: &mut State, user_id: u64, name: &str) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    validate::too_long(&mut faults, "name", "Name", Some(name));
    if name.trim().is_empty() && state.at_least(4, 14) {
        faults.add("name", "Name can't be blank");
    }
    faults.check()?;
    state.rename(user_id, name);
    Ok(())
}

fn flag(params: &Params, key: &str) -> Option<bool> {
    match params.get(key)? {
        Value::Bool(value) => Some(*value),
        Value::String(text) => Some(!matches!(text.as_str(), "false" | "0" | "f" | "off")),
        Value::Number(number) => Some(number.as_u64() != Some(0)),
        _ => None,
    }
}

fn shown(state: &State, account_id: u64, user_id: u64) -> Result<Answer, Refusal> {
    state
        .membership(account_id, user_id)
        .and_then(|member| Agent::of(state, member))
        .map(|agent| Answer::json(&agent))
        .ok_or(Refusal::NotFound)
}
