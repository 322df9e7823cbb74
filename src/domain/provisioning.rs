//! What to do next about one agent: a pure decision over what is wanted and what is known.

use super::agent::{Agent, Credential};
use super::ids::InboxId;
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
pub struct Attempt {
    /// Whether a password to set is in memory.
    pub has_password: bool,
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
    if agent.chatwoot_user.is_none() {
        return Next::Do(Step::CreateUser);
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
