//! One agent in the list.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::domain::agent::{Agent, AgentState};
use crate::domain::inbox::Inbox;
use crate::services::agents::AgentView;
use crate::web::parts::inbox_switches::can_be_changed;
use crate::web::parts::{AgentBadge, AgentNote, InboxSwitches, icon};

/// The agent, where it stands, its inboxes and what can be done.
#[derive(Template)]
#[template(path = "parts/agent_card.html")]
pub struct AgentCard {
    agent: Agent,
    badge: AgentBadge,
    note: Option<AgentNote>,
    switches: Option<InboxSwitches>,
    inbox_count: Option<String>,
    open: bool,
}

impl AgentCard {
    /// `open` shows inboxes and actions at once.
    pub fn new(view: &AgentView, inboxes: &[Inbox], open: bool, now: DateTime<Utc>) -> Self {
        Self {
            agent: view.agent.clone(),
            badge: AgentBadge::of(view),
            note: AgentNote::of(view, now),
            switches: InboxSwitches::of(view, inboxes, "list"),
            inbox_count: inbox_count(view, inboxes),
            open,
        }
    }

    /// Whether the agent is somebody's to change; of any other only the entry can be removed.
    fn has_actions(&self) -> bool {
        self.agent.state != AgentState::Conflict
    }

    fn is_leaving(&self) -> bool {
        self.agent.state == AgentState::Removing
    }

    fn is_suspended(&self) -> bool {
        self.agent.state == AgentState::Suspended
    }

    fn can_sign_in(&self) -> bool {
        self.agent.state == AgentState::Ready
    }
}

fn inbox_count(view: &AgentView, inboxes: &[Inbox]) -> Option<String> {
    if !can_be_changed(view.agent.state) || inboxes.is_empty() {
        return None;
    }
    let wanted = view.access(inboxes).iter().filter(|access| access.wanted).count();
    Some(format!("{wanted} of {}", inboxes.len()))
}
