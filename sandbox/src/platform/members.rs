//! `/platform/api/v1/accounts/:id/account_users`.

use super::Platform;
use crate::answer::{Answer, Faults, Refusal};
use crate::call::{self, Sent};
use crate::enums;
use crate::model::{Availability, Role};
use crate::state::State;
use crate::wire;

pub(super) fn index(platform: &Platform<'_>, account: &str) -> Result<Answer, Refusal> {
    let account = platform.account(account)?;
    let members = platform.state.members_of(account);
    let rows: Vec<_> = members.into_iter().map(wire::account_user).collect();
    Ok(Answer::json(&rows))
}

/// Adds any user of the installation, or changes the role of a member; no seat limit.
pub(super) fn create(platform: Platform<'_>, account: &str) -> Result<Answer, Refusal> {
    let account = platform.account(account)?;
    let Platform { state, params, .. } = platform;
    let role = enums::role(&params)?;
    let user = call::id(params.get("user_id")).filter(|id| state.users.contains_key(id));
    let user = user.ok_or_else(|| Refusal::Invalid(Faults::one("user", "User must exist")))?;
    if state.membership(account, user).is_some() {
        change_role(state, account, user, role);
    } else {
        let role = role.or_keep(Some(Role::Agent));
        if !state.add_member(account, user, role, Availability::Online, true, None) {
            return Err(Refusal::Exception);
        }
    }
    let member = state.membership(account, user).ok_or(Refusal::Exception)?;
    Ok(Answer::json(&wire::account_user(member)))
}

/// Somebody who is no member, and nobody at all, are removed with the same 200.
pub(super) fn destroy(platform: Platform<'_>, account: &str) -> Result<Answer, Refusal> {
    let account = platform.account(account)?;
    let Platform { state, params, .. } = platform;
    if let Some(user) = call::id(params.get("user_id")) {
        state.remove_account_user(account, user);
    }
    Ok(Answer::empty())
}

fn change_role(state: &mut State, account: u64, user: u64, role: Sent<Role>) {
    let now = state.now();
    let members = state.members.get_mut(&account);
    if let Some(member) = members.and_then(|members| members.get_mut(&user))
        && member.role != role.or_keep(member.role)
    {
        member.role = role.into_option();
        member.updated_at = now;
    }
}
