//! What is wrong or under way with an agent, and what helps.

use std::borrow::Cow;

use askama::Template;
use chrono::{DateTime, Utc};

use crate::domain::agent::{AgentState, Failure};
use crate::domain::drift::Kind;
use crate::domain::ids::AgentId;
use crate::services::agents::AgentView;
use crate::web::parts::icon;

/// A note beside an agent; nothing to say is no note.
#[derive(Template)]
#[template(path = "parts/agent_note.html")]
pub struct AgentNote {
    agent: AgentId,
    name: String,
    tone: &'static str,
    words: Cow<'static, str>,
    remedy: Option<Remedy>,
    /// Whether it is a removal that can still be undone.
    undo: bool,
    /// Whether Retry changes the page it stands on rather than leading to the agent's.
    in_place: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Remedy {
    Compare,
    Retry,
    SetPassword,
    Remove,
}

impl AgentNote {
    /// The note in a list of agents.
    pub fn of(view: &AgentView, now: DateTime<Utc>) -> Option<Self> {
        let (agent, name) = (view.agent.id, view.agent.name.clone());
        let (tone, words, remedy) = what_to_say(view)?;
        let words = until_when(view).map_or(Cow::Borrowed(words), Cow::Owned);
        let note = Self { agent, name, tone, words, remedy, undo: false, in_place: false };
        Some(match view.undo_until().filter(|until| now < *until) {
            Some(until) => note.of_a_removal(view, until),
            None => note,
        })
    }

    /// The note of somebody whose removal can be undone, whether Chatwoot has carried it out or not.
    fn of_a_removal(mut self, view: &AgentView, until: DateTime<Utc>) -> Self {
        self.words = Cow::Owned(match (view.is_held(), view.agent.linked) {
            (true, _) => until.format(HELD).to_string(),
            (false, true) if self.words == REMOVING => format!("{STILL_THERE} {}", until.format(UNTIL)),
            (false, true) => format!("{STILL_THERE} {} {}", self.words, until.format(UNTIL)),
            (false, false) => format!("{} {}", self.words, until.format(UNTIL)),
        });
        Self { undo: true, ..self }
    }

    /// Whether it does not pass by itself.
    pub fn needs_somebody(&self) -> bool {
        self.tone == "warn"
    }

    pub fn words(&self) -> &str {
        &self.words
    }

    /// The same on the agent's own page.
    pub fn in_place(view: &AgentView, now: DateTime<Utc>) -> Option<Self> {
        // The differences themselves stand on the page.
        let note = Self::of(view, now).filter(|note| note.remedy != Some(Remedy::Compare));
        note.map(|note| Self { in_place: true, ..note })
    }
}

/// When we go on with what Chatwoot asked us to put off.
fn until_when(view: &AgentView) -> Option<String> {
    let operation = view.operation.as_ref().filter(|operation| operation.failure == Some(Failure::Busy))?;
    let time = operation.due_at?.format("%H:%M:%S");
    Some(format!("Chatwoot asked us to slow down. We carry on by ourselves at {time} UTC."))
}

fn what_to_say(view: &AgentView) -> Option<(&'static str, &'static str, Option<Remedy>)> {
    let failed = view.operation.as_ref().is_some_and(|operation| operation.failed);
    let failure = view.agent.failure.or(view.operation.as_ref().and_then(|operation| operation.failure));
    let words = failure.map(Failure::words);
    match view.agent.state {
        AgentState::Removed => None,
        AgentState::Conflict => {
            Some(("warn", words.unwrap_or(Failure::AddressTaken.words()), Some(Remedy::Remove)))
        }
        AgentState::NeedsAttention if failure.is_some_and(Failure::is_for_good) => {
            Some(("warn", words.unwrap_or(STOPPED), Some(Remedy::Remove)))
        }
        _ if failed => Some(("warn", words.unwrap_or(STOPPED), Some(Remedy::Retry))),
        AgentState::NeedsAttention => Some(("warn", words.unwrap_or(STOPPED), Some(Remedy::Retry))),
        AgentState::Suspending => Some(("info", words.unwrap_or(SUSPENDING), None)),
        AgentState::Suspended if failure == Some(Failure::RemovedInChatwoot) => {
            Some(("info", TAKEN_OUT_BEFORE, None))
        }
        AgentState::Resuming => Some(("info", words.unwrap_or(RESUMING), None)),
        AgentState::Removing => Some(("info", words.unwrap_or(REMOVING), None)),
        AgentState::Ready if view.lacks_password() => {
            Some(("warn", words.unwrap_or(NO_PASSWORD), Some(Remedy::SetPassword)))
        }
        AgentState::Ready | AgentState::Suspended if view.is_out_of_sync() => {
            Some(("warn", differs(view.drift[0].difference.kind), Some(Remedy::Compare)))
        }
        AgentState::SettingUp | AgentState::Ready | AgentState::Suspended => {
            words.map(|words| ("info", words, None))
        }
    }
}

/// As a format of the time when it ends.
const HELD: &str = "Out of Chatwoot's account. You can undo this until %H:%M UTC; after that it is deleted.";
const UNTIL: &str = "You can undo this until %H:%M UTC.";
const STILL_THERE: &str = "Being removed, and still has access until Chatwoot answers.";
const STOPPED: &str = "The setup stopped. Try again, or remove the agent.";
const REMOVING: &str = "Chatwoot is taking this agent out. It finishes by itself.";
const SUSPENDING: &str = "Chatwoot is taking this agent out of the account. It finishes by itself.";
const RESUMING: &str = "Chatwoot is putting this agent back into the account. It finishes by itself.";
const TAKEN_OUT_BEFORE: &str = "Somebody had taken this person out of the account in Chatwoot already. Resuming doesn't put them back by itself; it asks you first.";
const NO_PASSWORD: &str = "No working password is set. Set one, so that this agent can sign in.";

fn differs(kind: Kind) -> &'static str {
    match kind {
        Kind::PersonGone => "This person no longer exists in Chatwoot. Decide what to do.",
        Kind::LeftAccount => "This person was taken out of the account in Chatwoot. Decide what to do.",
        Kind::JoinedAccount => {
            "Somebody put this person back into the account in Chatwoot. Decide what to do."
        }
        Kind::RoleChanged => "Somebody changed this person's role in Chatwoot. Decide what to do.",
        Kind::Renamed => "This person has another name in Chatwoot. Decide which one counts.",
        Kind::LeftInbox | Kind::JoinedInbox => {
            "Somebody changed this person's inboxes in Chatwoot. Decide what counts."
        }
        Kind::Unregistered => "Chatwoot shows something else.",
    }
}
