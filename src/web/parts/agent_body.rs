//! Everything about one agent that changes while work on it goes on.

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::config::ChatwootSettings;
use crate::domain::agent::{Agent, AgentState, Credential};
use crate::domain::inbox::Inbox;
use crate::domain::steps::{Progress, SetupStep};
use crate::services::agents::{AgentView, OperationView};
use crate::web::parts::{AgentBadge, AgentNote, DriftTable, InboxSwitches, Moment, icon};

/// The agent's page below its way back: name, setup, inboxes, sign-in, removal.
#[derive(Template)]
#[template(path = "parts/agent_body.html")]
#[expect(clippy::struct_excessive_bools, reason = "each decides about one piece of the page")]
pub struct AgentBody {
    agent: Agent,
    badge: AgentBadge,
    note: Option<AgentNote>,
    drift: Option<DriftTable>,
    steps: Option<Vec<SetupStep>>,
    operation: Option<OperationView>,
    switches: Option<InboxSwitches>,
    has_inboxes: bool,
    /// The names of the inboxes that wait for a suspended agent.
    remembered: Vec<String>,
    working: bool,
    version: i64,
    watch: Watch,
    /// Where agents sign in.
    chatwoot: Option<String>,
    sign_in_links: bool,
    /// Whether the person just pressed something that made this appear.
    focus: bool,
}

/// A person following an agent since a moment: the page asks again, ever more slowly, for two minutes.
#[derive(Clone, Copy)]
pub struct Watch {
    pub since: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

impl Watch {
    pub fn start(now: DateTime<Utc>) -> Self {
        Self { since: now, now }
    }

    /// Takes up a watch again whose beginning the page remembers; one that says nonsense begins now.
    pub fn resume(since: i64, now: DateTime<Utc>) -> Self {
        let since = DateTime::from_timestamp(since, 0).filter(|since| *since <= now).unwrap_or(now);
        Self { since, now }
    }

    /// After how many seconds to ask again; `None` once it has been long enough.
    pub fn every(self) -> Option<u32> {
        let followed = self.now - self.since;
        if followed < TimeDelta::seconds(10) {
            Some(1)
        } else if followed < TimeDelta::seconds(30) {
            Some(2)
        } else if followed < TimeDelta::minutes(2) {
            Some(5)
        } else {
            None
        }
    }
}

impl AgentBody {
    pub fn new(app: &App, view: &AgentView, inboxes: &[Inbox], watch: Watch) -> Self {
        Self {
            agent: view.agent.clone(),
            badge: AgentBadge::of(view),
            note: AgentNote::in_place(view, watch.now),
            drift: DriftTable::of(view, inboxes),
            steps: shows_steps(view.agent.state).then(|| view.steps()),
            operation: view.operation.clone().filter(|operation| operation.status.is_some()),
            switches: InboxSwitches::of(view, inboxes, "agent"),
            has_inboxes: !inboxes.is_empty(),
            remembered: remembered(view, inboxes),
            working: view.is_working(),
            version: view.version(),
            watch,
            chatwoot: chatwoot_address(app),
            sign_in_links: app.config.sign_in_links,
            focus: false,
        }
    }

    /// The same, to be read out from its beginning.
    pub fn focused(self) -> Self {
        Self { focus: true, ..self }
    }

    fn is_ours(&self) -> bool {
        !matches!(self.agent.state, AgentState::Conflict | AgentState::Removing)
    }

    /// Whether somebody suspended the agent, and what is remembered waits.
    fn is_suspended(&self) -> bool {
        matches!(self.agent.state, AgentState::Suspending | AgentState::Suspended)
    }

    fn can_be_suspended(&self) -> bool {
        let established = self.agent.state == AgentState::NeedsAttention && self.agent.verified;
        established || matches!(self.agent.state, AgentState::Ready | AgentState::Resuming)
    }

    fn shown_at(&self) -> Option<Moment> {
        let at = self.agent.password_shown_at.and_then(DateTime::from_timestamp_millis)?;
        Some(self.at(&at))
    }

    fn has_password(&self) -> bool {
        self.agent.credential == Credential::Set
    }

    fn picture(progress: Progress) -> &'static str {
        match progress {
            Progress::Done => "check",
            Progress::Working => "loader-circle",
            Progress::Waiting => "clock",
            Progress::Failed => "x",
        }
    }

    fn at(&self, at: &DateTime<Utc>) -> Moment {
        Moment { at: *at, now: self.watch.now }
    }
}

fn remembered(view: &AgentView, inboxes: &[Inbox]) -> Vec<String> {
    view.access(inboxes).into_iter().filter(|access| access.wanted).map(|access| access.inbox.name).collect()
}

/// Where agents sign in, when an installation is configured.
pub fn chatwoot_address(app: &App) -> Option<String> {
    match &app.config.chatwoot {
        ChatwootSettings::Complete(installation) => Some(installation.origin.origin().ascii_serialization()),
        ChatwootSettings::Missing(_) => None,
    }
}

fn shows_steps(state: AgentState) -> bool {
    matches!(state, AgentState::SettingUp | AgentState::NeedsAttention)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_ever_more_slowly_and_then_no_more() {
        let since = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let every = |after| Watch { since, now: since + TimeDelta::seconds(after) }.every();
        assert_eq!([every(0), every(10), every(30), every(120)], [Some(1), Some(2), Some(5), None]);
    }

    #[test]
    fn a_watch_from_the_future_begins_now() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        assert_eq!(Watch::resume(i64::MAX, now).since, now);
        assert_eq!(Watch::resume(1_790_000_500, now).since, now);
        assert_eq!(Watch::resume(1_789_999_000, now).every(), None);
    }
}
