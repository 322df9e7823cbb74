//! The setup of an agent as people follow it.

use super::agent::{Agent, AgentState, Credential};
use super::inbox::InboxMapping;

/// How far one step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Done,
    Working,
    Waiting,
    Failed,
}

impl Progress {
    pub const ALL: [Self; 4] = [Self::Done, Self::Working, Self::Waiting, Self::Failed];

    pub fn key(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
        }
    }

    /// The word on pages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Working => "Working",
            Self::Waiting => "Waiting",
            Self::Failed => "Failed",
        }
    }
}

/// One line of the setup list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupStep {
    pub title: String,
    pub progress: Progress,
}

/// The six steps of a setup, in order; exactly one is working or failed unless all are done.
pub fn setup_steps(agent: &Agent, mappings: &[InboxMapping]) -> Vec<SetupStep> {
    let wanted = mappings.iter().filter(|mapping| mapping.wanted).count();
    let given = mappings.iter().filter(|mapping| mapping.wanted && mapping.present).count();
    let inboxes = if wanted == 0 {
        "Inbox access (none asked for)".to_owned()
    } else {
        format!("Inbox access {given} of {wanted}")
    };
    let seat = if agent.holds_seat { "Seat reserved" } else { "Seat reserved, then freed" };
    let facts = [
        (seat.to_owned(), true),
        ("Sign-in created in Chatwoot".to_owned(), agent.chatwoot_user.is_some()),
        ("Added to the Chatwoot account".to_owned(), agent.linked),
        (inboxes, agent.linked && given == wanted),
        ("Checked by reading back".to_owned(), agent.verified),
        ("Password set".to_owned(), agent.credential == Credential::Set),
    ];
    let current = match agent.state {
        AgentState::NeedsAttention | AgentState::Conflict => Progress::Failed,
        _ => Progress::Working,
    };
    let mut reached = false;
    facts
        .into_iter()
        .map(|(title, done)| {
            let progress = match (done, reached) {
                (true, false) => Progress::Done,
                (false, false) => current,
                (_, true) => Progress::Waiting,
            };
            reached |= !done;
            SetupStep { title, progress }
        })
        .collect()
}
