//! Taking in what a call taught us.

use super::{GRACE_MS, Step, is_settled};
use crate::domain::agent::{Agent, AgentState, Credential, Failure};
use crate::domain::ids::{ChatwootUserId, InboxId};
use crate::domain::inbox::InboxMapping;

/// What a call taught us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The person is there and carries our tag.
    Ours {
        user: ChatwootUserId,
        /// Whether it bears the name we sent.
        named: bool,
    },
    /// The address or number belongs to a person without our tag.
    SomebodyElse,
    /// Chatwoot answered about another person than the one we named.
    DifferentPerson,
    /// The person does not exist (any more).
    NoSuchPerson,
    /// The same where Chatwoot deletes whoever is taken out of their last account.
    GoneFromLastAccount,
    Linked,
    Joined(InboxId),
    /// The person is not in the account, so nothing was left in the inbox.
    NotInAccount,
    Left(InboxId),
    InboxGone(InboxId),
    Renamed,
    /// The finished person was found in the account, or not.
    ReadBack {
        in_account: bool,
    },
    PasswordSet,
    /// Looked at before something is changed.
    Inspected {
        in_account: bool,
    },
    /// The person has the inbox, as we know it.
    HasInbox(InboxId),
    /// Somebody took the inbox away in Chatwoot.
    LostInbox(InboxId),
    Unlinked {
        /// Whether Chatwoot deletes the person with its last account.
        deletes: bool,
    },
    DeletionAsked,
    StillThere,
    /// Nobody with our tag is in the account.
    NobodyCameBack,
    /// Somebody with our tag is in the account who was seen gone.
    CameBack(ChatwootUserId),
    Failed(Failure),
}

/// How to go on after an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Continue,
    /// Try the same again later.
    Again,
    /// Somebody must decide.
    Stop,
    /// Nothing is left to do for this agent.
    Over,
}

/// How often Chatwoot may have an error of its own at one step before somebody must look.
const ERRORS_IN_A_ROW: i32 = 8;

/// Takes an observation into what is known of the agent at `now` (ms since 1970); `attempts` counts the failures in a
/// row so far.
pub fn learn(
    agent: &mut Agent,
    mappings: &mut [InboxMapping],
    step: Step,
    observation: Observation,
    attempts: i32,
    now: i64,
) -> Verdict {
    if let Observation::Failed(failure) = observation {
        return fail(agent, step, failure, attempts);
    }
    let lasting = [Failure::InboxGone, Failure::RemovedInChatwoot];
    agent.failure = agent.failure.filter(|failure| lasting.contains(failure));
    match observation {
        Observation::Ours { user, .. } => {
            let replaced = agent.chatwoot_user.replace(user).is_some_and(|before| before != user);
            if replaced && agent.verified && !agent.removal_wanted {
                return fail(agent, step, Failure::RemovedInChatwoot, attempts);
            }
        }
        Observation::Linked => {
            enter(agent, mappings);
            // Asked for before it was to be out, and ours to take back.
            agent.withdrawn |= agent.shall_be_out();
        }
        Observation::Renamed => agent.name_unsettled = agent.name_unsettled.filter(|until| *until > now),
        Observation::ReadBack { in_account: true } => {
            agent.verified = true;
            agent.withdrawn &= agent.shall_be_out();
        }
        Observation::PasswordSet => agent.credential = Credential::Set,
        Observation::Inspected { in_account } => {
            return inspected(agent, mappings, step, in_account, attempts, now);
        }
        Observation::Unlinked { deletes } => {
            agent.linked = false;
            agent.deletion_asked |= deletes;
        }
        Observation::DeletionAsked => agent.deletion_asked = true,
        Observation::StillThere => return Verdict::Again,
        Observation::Joined(inbox) => settle(mappings, inbox, now, |mapping| mapping.present = true),
        Observation::Left(inbox) => settle(mappings, inbox, now, |mapping| mapping.present = false),
        Observation::LostInbox(inbox) => {
            settle(mappings, inbox, now, |mapping| (mapping.wanted, mapping.present) = (false, false));
        }
        Observation::InboxGone(inbox) => {
            agent.failure = Some(Failure::InboxGone);
            settle(mappings, inbox, now, |mapping| (mapping.wanted, mapping.present) = (false, false));
        }
        Observation::NoSuchPerson => return person_missing(agent, mappings, now),
        Observation::GoneFromLastAccount => {
            // We were taking the person out, and may have done so by a call whose answer never came.
            agent.deletion_asked |= agent.shall_be_out() && agent.withdrawn;
            return person_missing(agent, mappings, now);
        }
        Observation::SomebodyElse => return somebody_else(agent, step),
        Observation::DifferentPerson => return fail(agent, step, Failure::DifferentPerson, attempts),
        Observation::NotInAccount | Observation::ReadBack { in_account: false }
            if agent.link_unsettled.is_some() =>
        {
            // A call of ours that took the person out came late.
            (agent.linked, agent.withdrawn) = (false, agent.verified);
        }
        Observation::NotInAccount | Observation::ReadBack { in_account: false } => {
            return fail(agent, step, Failure::RemovedInChatwoot, attempts);
        }
        Observation::NobodyCameBack => agent.gone_checks += 1,
        Observation::CameBack(user) => came_back(agent, user),
        Observation::HasInbox(_) | Observation::Failed(_) => {}
    }
    Verdict::Continue
}

/// Takes in that nothing more is to be done.
pub fn finish(agent: &mut Agent, now: i64) {
    if agent.state == AgentState::Removed {
        return;
    }
    let lasting: &[Failure] = if agent.removal_wanted {
        gone(agent, now);
        return;
    } else if agent.suspension_wanted {
        (agent.state, agent.holds_seat) = (AgentState::Suspended, false);
        &[Failure::InboxGone, Failure::RemovedInChatwoot]
    } else if agent.state == AgentState::Conflict || agent.failure == Some(Failure::RemovedInChatwoot) {
        return;
    } else {
        agent.state = AgentState::Ready;
        &[Failure::InboxGone, Failure::PasswordRefused]
    };
    // What was waited for is over; what still holds for a finished agent stays.
    agent.failure = agent.failure.filter(|failure| lasting.contains(failure));
}

/// Notes that a call may still take effect until `until` (ms since 1970).
pub fn unsettle(agent: &mut Agent, mappings: &mut [InboxMapping], step: Step, until: i64) {
    match step {
        Step::JoinInbox(inbox) | Step::LeaveInbox(inbox) => {
            for mapping in mappings.iter_mut().filter(|mapping| mapping.inbox == inbox) {
                mapping.unsettled_until = Some(until);
            }
        }
        Step::LinkAccount | Step::Unlink => agent.link_unsettled = Some(until),
        Step::Rename => agent.name_unsettled = Some(until),
        _ => {}
    }
}

/// Takes in that Chatwoot has this name, which was sent when the call was made.
pub fn confirm_name(agent: &mut Agent, observation: Observation, sent: &str) {
    let person = matches!(observation, Observation::Ours { named: true, .. });
    if person || observation == Observation::Renamed {
        agent.confirmed_name = Some(sent.to_owned());
    }
}

fn inspected(
    agent: &mut Agent,
    mappings: &mut [InboxMapping],
    step: Step,
    in_account: bool,
    attempts: i32,
    now: i64,
) -> Verdict {
    // A call of ours that nobody heard of again may have done it.
    let perhaps_ours = agent.link_unsettled.is_some() || agent.withdrawn;
    if is_settled(agent.link_unsettled, now) {
        // One late call may have taken the person out and another one put it back, without its inboxes.
        agent.link_unsettled = None;
        agent.linked &= agent.shall_be_out();
    }
    if agent.shall_be_out() {
        agent.withdrawn |= in_account || (perhaps_ours && agent.verified);
        if !in_account && agent.verified && !perhaps_ours && !agent.removal_wanted {
            agent.failure = Some(Failure::RemovedInChatwoot);
        }
    } else if !in_account && agent.verified && !perhaps_ours {
        return fail(agent, step, Failure::RemovedInChatwoot, attempts);
    } else if !in_account {
        agent.withdrawn = agent.verified;
    }
    if in_account {
        enter(agent, mappings);
    }
    agent.linked = in_account;
    Verdict::Continue
}

/// Who comes into the account is in none of its inboxes, because Chatwoot takes them from who leaves it.
fn enter(agent: &mut Agent, mappings: &mut [InboxMapping]) {
    if !std::mem::replace(&mut agent.linked, true) {
        mappings.iter_mut().filter(|mapping| mapping.wanted).for_each(|mapping| mapping.present = false);
    }
}

fn fail(agent: &mut Agent, step: Step, failure: Failure, attempts: i32) -> Verdict {
    // After a lost answer "taken" may speak of the person that the lost call made.
    let failure = match failure {
        Failure::AddressRefused if attempts > 1 && attempts < ERRORS_IN_A_ROW => Failure::Broken,
        other => other,
    };
    if agent.removal_wanted && failure == Failure::AddressRefused {
        // Chatwoot never took this address, so there is nothing to take away.
        vanish(agent);
        return Verdict::Over;
    }
    if step == Step::LookForLate && (!failure.passes_by_itself() || attempts >= ERRORS_IN_A_ROW) {
        // Nobody sees this agent any more, so nobody could be asked.
        agent.gone_checks += 1;
        return Verdict::Continue;
    }
    agent.failure = Some(failure);
    // What somebody else took away is not ours to give back.
    agent.withdrawn &= failure != Failure::RemovedInChatwoot;
    if step == Step::SetPassword && failure == Failure::PasswordRefused {
        return Verdict::Continue;
    }
    let patient = failure != Failure::Broken || attempts < ERRORS_IN_A_ROW;
    if failure.passes_by_itself() && patient {
        return Verdict::Again;
    }
    if !agent.shall_be_out() {
        agent.state = AgentState::NeedsAttention;
    }
    Verdict::Stop
}

/// A person that vanished before it was ever ready is made again, and so is one that Chatwoot deleted because we took
/// it out of its last account; any other is for somebody to decide.
fn person_missing(agent: &mut Agent, mappings: &mut [InboxMapping], now: i64) -> Verdict {
    let held = agent.removal_due.is_some_and(|due| now < due + GRACE_MS);
    if agent.removal_wanted && !held {
        return gone(agent, now);
    }
    // Nothing that comes late can change somebody who is not there.
    (agent.linked, agent.link_unsettled, agent.name_unsettled) = (false, None, None);
    for mapping in mappings {
        (mapping.present, mapping.unsettled_until) = (false, None);
    }
    if agent.removal_wanted {
        return Verdict::Continue;
    }
    if agent.suspension_wanted {
        if !agent.deletion_asked {
            (agent.failure, agent.withdrawn) = (Some(Failure::RemovedInChatwoot), false);
        }
        return Verdict::Continue;
    }
    if agent.verified && !agent.deletion_asked {
        agent.state = AgentState::NeedsAttention;
        agent.failure = Some(Failure::RemovedInChatwoot);
        return Verdict::Stop;
    }
    (agent.chatwoot_user, agent.confirmed_name, agent.credential) = (None, None, Credential::Unset);
    (agent.verified, agent.deletion_asked) = (false, false);
    Verdict::Again
}

fn somebody_else(agent: &mut Agent, step: Step) -> Verdict {
    if agent.removal_wanted {
        vanish(agent);
        return Verdict::Over;
    }
    if step != Step::CreateUser {
        return fail(agent, step, Failure::DifferentPerson, 0);
    }
    agent.state = AgentState::Conflict;
    agent.failure = Some(Failure::AddressTaken);
    agent.holds_seat = false;
    Verdict::Over
}

/// Somebody we had deleted is gone: what may still come late is looked for twice.
fn gone(agent: &mut Agent, now: i64) -> Verdict {
    vanish(agent);
    if !agent.deletion_asked {
        return Verdict::Over;
    }
    (agent.gone_at, agent.gone_checks) = (Some(now), 0);
    Verdict::Continue
}

fn vanish(agent: &mut Agent) {
    agent.state = AgentState::Removed;
    agent.holds_seat = false;
    agent.failure = None;
}

fn came_back(agent: &mut Agent, user: ChatwootUserId) {
    (agent.state, agent.chatwoot_user, agent.linked) = (AgentState::Removing, Some(user), true);
    (agent.deletion_asked, agent.removal_due, agent.gone_at) = (false, None, None);
}

/// An earlier call that may still take effect keeps the mapping unsettled whatever a later one answered.
fn settle(mappings: &mut [InboxMapping], inbox: InboxId, now: i64, change: impl Fn(&mut InboxMapping)) {
    for mapping in mappings.iter_mut().filter(|mapping| mapping.inbox == inbox) {
        mapping.unsettled_until = mapping.unsettled_until.filter(|until| *until > now);
        change(mapping);
    }
}
