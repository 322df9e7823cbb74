//! Which inboxes an agent answers, one switch each.

use askama::Template;

use crate::domain::agent::{Agent, AgentState, Failure};
use crate::domain::ids::{AgentId, InboxId};
use crate::domain::inbox::Inbox;
use crate::services::agents::{AgentView, InboxAccess};

/// All switches of one agent, in a form that also works as a whole.
#[derive(Template)]
#[template(path = "parts/inbox_switches.html")]
pub struct InboxSwitches {
    agent: AgentId,
    name: String,
    switches: Vec<InboxSwitch>,
    /// Which page the form came from and leads back to.
    from: &'static str,
}

/// One inbox: the switch shows what is asked for, the words beside it what is true.
#[derive(Template)]
#[template(path = "parts/inbox_switch.html")]
pub struct InboxSwitch {
    agent: AgentId,
    inbox: Inbox,
    wanted: bool,
    pending: bool,
    words: &'static str,
}

impl InboxSwitches {
    /// The switches of an agent whose inboxes can be changed; none while it is leaving or not ours.
    pub fn of(view: &AgentView, inboxes: &[Inbox], from: &'static str) -> Option<Self> {
        if !can_be_changed(view.agent.state) || inboxes.is_empty() {
            return None;
        }
        let switches =
            view.access(inboxes).into_iter().map(|access| InboxSwitch::of(&view.agent, access)).collect();
        Some(Self { agent: view.agent.id, name: view.agent.name.clone(), switches, from })
    }

    /// The inboxes on show, so that a form sent from an old page leaves newer ones alone.
    fn offered(&self) -> String {
        let ids: Vec<String> = self.switches.iter().map(|switch| switch.inbox.id.to_string()).collect();
        ids.join(",")
    }
}

impl InboxSwitch {
    fn of(agent: &Agent, access: InboxAccess) -> Self {
        let InboxAccess { inbox, wanted, present } = access;
        let words = inbox_words(agent.state, wanted, present);
        Self { agent: agent.id, inbox, wanted, pending: wanted != present, words }
    }

    /// The switch right after it was used, and the sentence that says what came of it.
    pub fn after_change(
        view: &AgentView,
        inboxes: &[Inbox],
        changed: InboxId,
        asked: bool,
    ) -> Option<(Self, String)> {
        let access = view.access(inboxes).into_iter().find(|access| access.inbox.id == changed)?;
        let (name, inbox) = (view.agent.name.clone(), access.inbox.name.clone());
        let mut switch = Self::of(&view.agent, access);
        let told = if asked && !switch.wanted {
            switch.words = "Not saved: this inbox no longer exists in Chatwoot";
            format!("{inbox} no longer exists in Chatwoot, so {name} can't see it.")
        } else if !switch.pending {
            switch.words = if asked { "Saved: has access" } else { "Saved: no access" };
            format!("{name} can {} {inbox}.", if asked { "now see" } else { "no longer see" })
        } else if view.agent.state == AgentState::NeedsAttention {
            let cause = view.agent.failure.map_or("It needs attention.", Failure::words);
            switch.words = "Not done yet: the agent needs attention";
            format!("{name} and {inbox}: not done yet. {cause}")
        } else {
            format!("{name} and {inbox}: {}", switch.words)
        };
        Some((switch, told))
    }
}

/// Whether an agent in this state can be given inboxes.
pub fn can_be_changed(state: AgentState) -> bool {
    matches!(
        state,
        AgentState::SettingUp | AgentState::Ready | AgentState::NeedsAttention | AgentState::Resuming
    )
}

/// How it stands with an inbox that an agent shall have or has.
pub fn inbox_words(state: AgentState, wanted: bool, present: bool) -> &'static str {
    match (wanted, present, state) {
        (true, true, _) => "Has access",
        (false, false, _) => "No access",
        (true, false, AgentState::SettingUp) => "Gets access during the setup",
        (true, false, AgentState::Resuming) => "Gets access again in a moment",
        (true, _, AgentState::Suspending | AgentState::Suspended) => "Remembered",
        (true, false, AgentState::NeedsAttention) => "No access yet",
        (false, true, AgentState::NeedsAttention) => "Still has access",
        _ => "Saving… Chatwoot hasn't answered yet. We keep trying.",
    }
}
