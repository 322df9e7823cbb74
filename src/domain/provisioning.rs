//! What to do next about one agent: a pure decision over what is wanted and what is known.

use super::agent::{Agent, AgentState, Credential, Failure};
use super::ids::{ChatwootUserId, InboxId};
use super::inbox::InboxMapping;

/// One call to Chatwoot, each safe to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Find or create the person and learn whether it is ours.
    CreateUser,
    /// Put the person into the account.
    LinkAccount,
    JoinInbox(InboxId),
    LeaveInbox(InboxId),
    /// Compare the finished person with what was asked for.
    ReadBack,
    /// Replace the throw-away password by the one somebody waits for.
    SetPassword,
    /// Look at the person before taking anything away.
    Inspect,
    Unlink,
    DeleteUser,
    /// Ask again until the person is really gone.
    SeeGone,
}

impl Step {
    /// The spelling in the database, the API and the log.
    pub fn key(self) -> &'static str {
        match self {
            Self::CreateUser => "create_user",
            Self::LinkAccount => "link_account",
            Self::JoinInbox(_) => "join_inbox",
            Self::LeaveInbox(_) => "leave_inbox",
            Self::ReadBack => "read_back",
            Self::SetPassword => "set_password",
            Self::Inspect => "inspect",
            Self::Unlink => "unlink",
            Self::DeleteUser => "delete_user",
            Self::SeeGone => "see_gone",
        }
    }
}

/// What people call the step with this [`Step::key`].
pub fn step_words(key: &str) -> Option<&'static str> {
    Some(match key {
        "create_user" => "Create the sign-in",
        "link_account" => "Add to the Chatwoot account",
        "join_inbox" => "Give an inbox",
        "leave_inbox" => "Take an inbox",
        "read_back" => "Check by reading back",
        "set_password" => "Set the password",
        "inspect" => "Look at the person",
        "unlink" => "Take out of the account",
        "delete_user" => "Delete the person",
        "see_gone" => "See that the person is gone",
        _ => return None,
    })
}

/// What is to be done about an agent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Do(Step),
    /// All is as asked for, but a lost call may still take effect: look again then (ms since 1970).
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
}

/// The next step towards what is wanted for `agent` at `now` (ms since 1970).
///
/// Creation ends with the password, so that nobody can sign in before everything is ready; removal looks first,
/// takes access away before anything else, and holds until the person is seen gone.
pub fn next_step(agent: &Agent, mappings: &[InboxMapping], attempt: Attempt, now: i64) -> Next {
    if agent.removal_wanted { removal(agent, attempt) } else { presence(agent, mappings, attempt, now) }
}

fn presence(agent: &Agent, mappings: &[InboxMapping], attempt: Attempt, now: i64) -> Next {
    if agent.state == AgentState::Conflict {
        return Next::Done;
    }
    if agent.chatwoot_user.is_none() {
        return Next::Do(Step::CreateUser);
    }
    let idle = agent.linked
        && agent.verified
        && mappings.iter().all(|mapping| inbox_step(mapping, now).is_none())
        && !(attempt.has_password && agent.credential == Credential::Unset);
    if !attempt.proven && !idle {
        // The number may be from before a restore of Chatwoot: look whose it is before using it.
        return Next::Do(Step::Inspect);
    }
    if !agent.linked {
        return Next::Do(Step::LinkAccount);
    }
    if let Some(step) = mappings.iter().find_map(|mapping| inbox_step(mapping, now)) {
        return Next::Do(step);
    }
    if !agent.verified {
        return Next::Do(Step::ReadBack);
    }
    if attempt.has_password && agent.credential == Credential::Unset {
        return Next::Do(Step::SetPassword);
    }
    mappings.iter().filter_map(|mapping| mapping.unsettled_until).min().map_or(Next::Done, Next::Wait)
}

fn inbox_step(mapping: &InboxMapping, now: i64) -> Option<Step> {
    let settled = mapping.unsettled_until.is_some_and(|until| until <= now);
    match (mapping.wanted, mapping.present) {
        (true, false) => Some(Step::JoinInbox(mapping.inbox)),
        (false, true) => Some(Step::LeaveInbox(mapping.inbox)),
        (true, true) if settled => Some(Step::JoinInbox(mapping.inbox)),
        (false, false) if settled => Some(Step::LeaveInbox(mapping.inbox)),
        _ => None,
    }
}

fn removal(agent: &Agent, attempt: Attempt) -> Next {
    if agent.chatwoot_user.is_none() {
        // A create whose answer was lost may have made the person: finish it to learn the id, then take it away.
        return Next::Do(Step::CreateUser);
    }
    if agent.deletion_asked {
        return Next::Do(Step::SeeGone);
    }
    if !attempt.inspected {
        return Next::Do(Step::Inspect);
    }
    if agent.linked {
        return Next::Do(Step::Unlink);
    }
    if attempt.may_delete { Next::Do(Step::DeleteUser) } else { Next::Done }
}

/// What a call taught us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The person is there and carries our tag.
    Ours(ChatwootUserId),
    /// The address or number belongs to a person without our tag.
    SomebodyElse,
    /// Chatwoot answered about another person than the one we named.
    DifferentPerson,
    /// The person does not exist (any more).
    NoSuchPerson,
    Linked,
    Joined(InboxId),
    /// The person is not in the account, so nothing was left in the inbox.
    NotInAccount,
    Left(InboxId),
    InboxGone(InboxId),
    /// The finished person was found in the account, or not.
    ReadBack {
        in_account: bool,
    },
    PasswordSet,
    /// Looked at before a removal.
    Inspected {
        in_account: bool,
    },
    Unlinked,
    DeletionAsked,
    StillThere,
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
        Observation::Ours(id) => {
            let replaced = agent.chatwoot_user.replace(id).is_some_and(|before| before != id);
            if replaced && agent.verified && !agent.removal_wanted {
                return fail(agent, step, Failure::RemovedInChatwoot, attempts);
            }
        }
        Observation::Linked => agent.linked = true,
        Observation::ReadBack { in_account: true } => agent.verified = true,
        Observation::PasswordSet => agent.credential = Credential::Set,
        Observation::Inspected { in_account: false } if agent.verified && !agent.removal_wanted => {
            return fail(agent, step, Failure::RemovedInChatwoot, attempts);
        }
        Observation::Inspected { in_account } => agent.linked = in_account,
        Observation::Unlinked => agent.linked = false,
        Observation::DeletionAsked => agent.deletion_asked = true,
        Observation::StillThere => return Verdict::Again,
        Observation::Joined(inbox) => settle(mappings, inbox, now, |mapping| mapping.present = true),
        Observation::Left(inbox) => settle(mappings, inbox, now, |mapping| mapping.present = false),
        Observation::InboxGone(inbox) => {
            agent.failure = Some(Failure::InboxGone);
            settle(mappings, inbox, now, |mapping| (mapping.wanted, mapping.present) = (false, false));
        }
        Observation::NoSuchPerson => return person_missing(agent, mappings),
        Observation::SomebodyElse => return somebody_else(agent, step),
        Observation::DifferentPerson => return fail(agent, step, Failure::DifferentPerson, attempts),
        Observation::NotInAccount | Observation::ReadBack { in_account: false } => {
            return fail(agent, step, Failure::RemovedInChatwoot, attempts);
        }
        Observation::Failed(_) => {}
    }
    Verdict::Continue
}

/// Takes in that nothing more is to be done.
pub fn finish(agent: &mut Agent) {
    if agent.removal_wanted {
        gone(agent);
    } else if agent.state != AgentState::Conflict && agent.failure != Some(Failure::RemovedInChatwoot) {
        agent.state = AgentState::Ready;
        // What was waited for is over; what still holds for a finished agent stays.
        let lasting = [Failure::InboxGone, Failure::PasswordRefused];
        agent.failure = agent.failure.filter(|failure| lasting.contains(failure));
    }
}

/// Notes that a call about an inbox may still take effect until `until` (ms since 1970).
pub fn unsettle(mappings: &mut [InboxMapping], step: Step, until: i64) {
    let (Step::JoinInbox(inbox) | Step::LeaveInbox(inbox)) = step else { return };
    for mapping in mappings.iter_mut().filter(|mapping| mapping.inbox == inbox) {
        mapping.unsettled_until = Some(until);
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
        gone(agent);
        return Verdict::Over;
    }
    agent.failure = Some(failure);
    if step == Step::SetPassword && failure == Failure::PasswordRefused {
        return Verdict::Continue;
    }
    let patient = failure != Failure::Broken || attempts < ERRORS_IN_A_ROW;
    if failure.passes_by_itself() && patient {
        return Verdict::Again;
    }
    if !agent.removal_wanted {
        agent.state = AgentState::NeedsAttention;
    }
    Verdict::Stop
}

/// A person that vanished before it was ever ready is made again; later, that is for somebody to decide.
fn person_missing(agent: &mut Agent, mappings: &mut [InboxMapping]) -> Verdict {
    if agent.removal_wanted {
        gone(agent);
        return Verdict::Over;
    }
    agent.linked = false;
    if agent.verified {
        agent.state = AgentState::NeedsAttention;
        agent.failure = Some(Failure::RemovedInChatwoot);
        return Verdict::Stop;
    }
    (agent.chatwoot_user, agent.credential) = (None, Credential::Unset);
    for mapping in mappings {
        mapping.present = false;
    }
    Verdict::Again
}

fn somebody_else(agent: &mut Agent, step: Step) -> Verdict {
    if agent.removal_wanted {
        gone(agent);
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

fn gone(agent: &mut Agent) {
    agent.state = AgentState::Removed;
    agent.holds_seat = false;
    agent.failure = None;
}

/// An earlier call that may still take effect keeps the mapping unsettled whatever a later one answered.
fn settle(mappings: &mut [InboxMapping], inbox: InboxId, now: i64, change: impl Fn(&mut InboxMapping)) {
    for mapping in mappings.iter_mut().filter(|mapping| mapping.inbox == inbox) {
        mapping.unsettled_until = mapping.unsettled_until.filter(|until| *until > now);
        change(mapping);
    }
}
