//! Where an agent stands, in one word beside its name.

use askama::Template;

use crate::domain::agent::AgentState;
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
            AgentState::Ready if view.lacks_password() => {
                return Self { tone: "warn", icon: "key-round", words: "Password needed" };
            }
            AgentState::Ready | AgentState::Suspended if view.is_out_of_sync() => {
                return Self { tone: "warn", icon: "triangle-alert", words: "Out of sync" };
            }
            AgentState::Ready => ("ok", "check"),
            AgentState::NeedsAttention | AgentState::Conflict => ("warn", "triangle-alert"),
            AgentState::SettingUp | AgentState::Suspending | AgentState::Resuming => {
                ("info", "loader-circle")
            }
            AgentState::Suspended => ("quiet", "pause"),
            AgentState::Removing | AgentState::Removed => ("quiet", "trash-2"),
        };
        Self { tone, icon, words: state.words() }
    }
}
