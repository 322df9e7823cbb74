//! Where Chatwoot differs from what is set here, and what can be done about each.

use askama::Template;

use crate::domain::drift::{Drifted, Kind};
use crate::domain::ids::AgentId;
use crate::domain::inbox::Inbox;
use crate::services::agents::AgentView;
use crate::services::drift::words_of;

/// An agent's differences side by side; no difference is no table.
#[derive(Template)]
#[template(path = "parts/drift_table.html")]
pub struct DriftTable {
    agent: AgentId,
    name: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    version: i64,
    field: String,
    ours: String,
    theirs: String,
    use_ours: &'static str,
    /// `None` where what Chatwoot shows can't become what is set here.
    use_theirs: Option<&'static str>,
    hint: Option<&'static str>,
}

impl DriftTable {
    pub fn of(view: &AgentView, inboxes: &[Inbox]) -> Option<Self> {
        let rows = view.drift.iter().map(|drifted| Row::of(drifted, inboxes)).collect();
        let (agent, name) = (view.agent.id, view.agent.name.clone());
        view.is_out_of_sync().then_some(Self { agent, name, rows })
    }
}

impl Row {
    fn of(drifted: &Drifted, inboxes: &[Inbox]) -> Self {
        let difference = &drifted.difference;
        let words = words_of(difference, Some(inboxes));
        let is_foreign = difference.kind == Kind::JoinedInbox
            && !inboxes.iter().any(|inbox| inbox.id.0 == difference.subject);
        let (use_ours, use_theirs) = match difference.kind {
            Kind::PersonGone => ("Create again", Some("Remove here")),
            Kind::LeftAccount => ("Put back", Some("Remove here")),
            Kind::JoinedAccount => ("Take out again", Some("Resume")),
            _ if difference.kind.can_use_theirs() && !is_foreign => ("Use ours", Some("Use Chatwoot's")),
            _ => ("Use ours", None),
        };
        Self {
            id: drifted.id.clone(),
            version: drifted.version,
            field: words.field,
            ours: words.ours,
            theirs: words.theirs,
            use_ours,
            use_theirs,
            hint: hint(difference.kind, is_foreign),
        }
    }
}

fn hint(kind: Kind, is_foreign: bool) -> Option<&'static str> {
    Some(match kind {
        Kind::PersonGone => {
            "Created again, the person is a new one in Chatwoot: it needs a new password, and its open conversations stay unassigned."
        }
        Kind::LeftAccount => {
            "Whoever took this person out may have had a reason. We never put anybody back by ourselves."
        }
        Kind::RoleChanged => "An administrator sees every conversation of the account.",
        Kind::JoinedInbox if is_foreign => "This inbox isn't one of yours.",
        _ => return None,
    })
}
