//! Where an agent stands, in one word beside its name.

use askama::Template;

use crate::domain::agent::{AgentState, Credential};
use crate::services::agents::AgentView;
use crate::web::parts::icon;

/// A state as picture and word; the colour only repeats them.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<span class="badge {{ tone }}">{{ self::icon(icon) }}{{ words }}</span>"#
)]
pub struct AgentBadge {
    tone: &'static str,
    icon: &'static str,
    words: &'static str,
}

impl AgentBadge {
    pub fn of(view: &AgentView) -> Self {
        let state = view.agent.state;
        let (tone, icon) = match state {
            AgentState::Ready if lacks_password(view) => {
                return Self { tone: "warn", icon: "key-round", words: "Password needed" };
            }
            AgentState::Ready => ("ok", "check"),
            AgentState::SettingUp => ("info", "loader-circle"),
            AgentState::NeedsAttention | AgentState::Conflict => ("warn", "triangle-alert"),
            AgentState::Removing | AgentState::Removed => ("quiet", "trash-2"),
        };
        Self { tone, icon, words: state.words() }
    }
}

/// Whether the agent is there but nobody can sign in as it, and nothing under way will change that.
pub fn lacks_password(view: &AgentView) -> bool {
    view.agent.state == AgentState::Ready && view.agent.credential == Credential::Unset && !view.is_working()
}
