//! The next step.

use super::{GRACE_MS, LOOK_AGAIN_MS, Step, is_settled};
use crate::domain::agent::{Agent, AgentState, Credential};
use crate::domain::ids::InboxId;
use crate::domain::inbox::InboxMapping;

/// What is to be done about an agent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Do(Step),
    /// All is as asked for until then (ms since 1970): a lost call may still take effect, or a hold ends.
    Wait(i64),
    Done,
}

/// What only the running attempt knows, because it is never stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is learnt on its own and forgotten together")]
pub struct Attempt {
    /// Whether a password to set is in memory.
    pub has_password: bool,
    /// Whether Chatwoot showed our tag in this attempt, so that the person's number may be used.
    pub proven: bool,
    /// Whether [`Step::Inspect`] proved the person ours and without another account.
    pub may_delete: bool,
    /// Whether [`Step::Inspect`] has looked.
    pub inspected: bool,
    /// The last inbox that [`Step::LookAtInbox`] has looked at; they come in order.
    pub looked: Option<InboxId>,
}

/// The next step towards what is wanted for `agent` at `now` (ms since 1970).
///
/// Creation ends with the password, so that nobody can sign in before everything is ready. Suspension and removal
/// look first and then take access away before anything else; removal deletes nothing before its hold is over, and
/// goes on until the person is seen gone. `mappings` are in the order of their inboxes.
pub fn next_step(agent: &Agent, mappings: &[InboxMapping], attempt: Attempt, now: i64) -> Next {
    if agent.state == AgentState::Removed {
        return gone(agent, now);
    }
    if agent.removal_wanted {
        removal(agent, mappings, attempt, now)
    } else if agent.suspension_wanted {
        outside(agent, mappings, attempt, now)
    } else {
        presence(agent, mappings, attempt, now)
    }
}

fn presence(agent: &Agent, mappings: &[InboxMapping], attempt: Attempt, now: i64) -> Next {
    if agent.state == AgentState::Conflict {
        return Next::Done;
    }
    if agent.deletion_asked {
        // Taking it out of its last account made Chatwoot delete the person: only then can it be made again.
        return Next::Do(Step::SeeGone);
    }
    if agent.chatwoot_user.is_none() {
        return Next::Do(Step::CreateUser);
    }
    let sets_password = attempt.has_password && agent.credential == Credential::Unset;
    let inbox = mappings.iter().find_map(|mapping| inbox_step(mapping, now));
    let renames = agent.is_being_renamed() || is_settled(agent.name_unsettled, now);
    let reads_back = !agent.verified || agent.withdrawn;
    let looks = is_settled(agent.link_unsettled, now);
    if agent.linked && inbox.is_none() && !(sets_password || renames || reads_back || looks) {
        return waits(agent, mappings).map_or(Next::Done, Next::Wait);
    }
    // Whether it is known that nobody else took the person out.
    let may_enter = !agent.verified || agent.withdrawn;
    Next::Do(if !attempt.proven || looks || !(agent.linked || may_enter) {
        // The number may be from before a restore of Chatwoot: look whose it is before using it.
        Step::Inspect
    } else if !agent.linked {
        Step::LinkAccount
    } else if let Some(step) = inbox {
        step
    } else if renames {
        Step::Rename
    } else if reads_back {
        Step::ReadBack
    } else {
        Step::SetPassword
    })
}

fn inbox_step(mapping: &InboxMapping, now: i64) -> Option<Step> {
    let settled = is_settled(mapping.unsettled_until, now);
    match (mapping.wanted, mapping.present) {
        (true, false) => Some(Step::JoinInbox(mapping.inbox)),
        (false, true) => Some(Step::LeaveInbox(mapping.inbox)),
        (true, true) if settled => Some(Step::JoinInbox(mapping.inbox)),
        (false, false) if settled => Some(Step::LeaveInbox(mapping.inbox)),
        _ => None,
    }
}

/// Out of the account and out of every inbox, whose wishes stay as they are.
fn outside(agent: &Agent, mappings: &[InboxMapping], attempt: Attempt, now: i64) -> Next {
    if agent.chatwoot_user.is_none() || agent.deletion_asked {
        return Next::Done;
    }
    let leave = mappings
        .iter()
        .find(|mapping| mapping.present || is_settled(mapping.unsettled_until, now))
        .map(|mapping| Step::LeaveInbox(mapping.inbox));
    let looks = is_settled(agent.link_unsettled, now);
    if !agent.linked && leave.is_none() && !looks {
        return waits(agent, mappings).map_or(Next::Done, Next::Wait);
    }
    Next::Do(if !attempt.inspected || looks || (agent.linked && !agent.withdrawn) {
        Step::Inspect
    } else if agent.linked {
        // Chatwoot shows only members of the account in an inbox, so this is the last moment to see it.
        unseen(mappings, attempt, now).map_or(Step::Unlink, Step::LookAtInbox)
    } else {
        leave.unwrap_or(Step::Inspect)
    })
}

/// The next inbox that is to be remembered and that somebody may have taken away in Chatwoot.
fn unseen(mappings: &[InboxMapping], attempt: Attempt, now: i64) -> Option<InboxId> {
    let certain = |mapping: &&InboxMapping| mapping.unsettled_until.is_none_or(|until| until <= now);
    mappings
        .iter()
        .filter(|mapping| mapping.wanted && mapping.present)
        .filter(certain)
        .map(|mapping| mapping.inbox)
        .find(|inbox| attempt.looked.is_none_or(|looked| *inbox > looked))
}

fn removal(agent: &Agent, mappings: &[InboxMapping], attempt: Attempt, now: i64) -> Next {
    if agent.chatwoot_user.is_none() {
        // A create whose answer was lost may have made the person: finish it to learn the id, then take it away.
        return Next::Do(Step::CreateUser);
    }
    let held = agent.removal_due.map(|due| due + GRACE_MS).filter(|until| now < *until);
    let out = outside(agent, mappings, attempt, now);
    if let Next::Do(_) = out {
        return out;
    }
    match (held, out) {
        (Some(until), Next::Wait(earlier)) => Next::Wait(until.min(earlier)),
        (Some(until), _) => Next::Wait(until),
        (None, _) if agent.deletion_asked => Next::Do(Step::SeeGone),
        (None, _) if !attempt.inspected => Next::Do(Step::Inspect),
        (None, _) if attempt.may_delete => Next::Do(Step::DeleteUser),
        (None, _) => Next::Done,
    }
}

fn gone(agent: &Agent, now: i64) -> Next {
    let after = usize::try_from(agent.gone_checks).ok().and_then(|done| LOOK_AGAIN_MS.get(done));
    match agent.gone_at.zip(after) {
        Some((at, after)) if now >= at + after => Next::Do(Step::LookForLate),
        Some((at, after)) => Next::Wait(at + after),
        None => Next::Done,
    }
}

/// When something that a lost call may still change is to be looked at.
fn waits(agent: &Agent, mappings: &[InboxMapping]) -> Option<i64> {
    let name = agent.name_unsettled.filter(|_| !agent.shall_be_out());
    mappings
        .iter()
        .filter_map(|mapping| mapping.unsettled_until)
        .chain(name)
        .chain(agent.link_unsettled)
        .min()
}
