//! Differences in words and in the audit log.

use serde_json::json;

use crate::app::App;
use crate::db::audit::Event;
use crate::domain::agent::Agent;
use crate::domain::drift::{Difference, Kind};
use crate::domain::ids::{InboxId, TenantId};
use crate::domain::inbox::Inbox;
use crate::services::agents::Actor;

/// A difference as people read it side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub field: String,
    pub ours: String,
    pub theirs: String,
}

/// Who acts: a person, the operator on the command line, or this program.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    Person(&'a Actor),
    Operator,
    System,
}

/// The difference in words; an inbox that is not among `inboxes` is told by its number.
pub fn words_of(difference: &Difference, inboxes: Option<&[Inbox]>) -> Words {
    let words = |field: &str, ours: &str, theirs: &str| Words {
        field: field.to_owned(),
        ours: ours.to_owned(),
        theirs: theirs.to_owned(),
    };
    let given = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let (ours, theirs) = (given(&difference.ours), given(&difference.theirs));
    match difference.kind {
        Kind::PersonGone => words("Person", "Exists", "No longer exists"),
        Kind::LeftAccount => words("Account", "In the account", "Taken out of the account"),
        Kind::JoinedAccount => words("Account", "Suspended", "In the account"),
        Kind::RoleChanged => words("Role", &capital(&ours), &capital(&theirs)),
        Kind::Renamed => words("Name", &ours, &theirs),
        Kind::LeftInbox => words(&inbox_words(difference.subject, inboxes), "On", "Off"),
        Kind::JoinedInbox => words(&inbox_words(difference.subject, inboxes), "Off", "On"),
        Kind::Unregistered => words("Person", "Not one of our agents", &theirs),
    }
}

fn inbox_words(inbox: i64, inboxes: Option<&[Inbox]>) -> String {
    let own = inboxes.and_then(|inboxes| inboxes.iter().find(|known| known.id == InboxId(inbox)));
    own.map_or_else(|| format!("Inbox {inbox}"), |own| format!("Inbox {}", own.name))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Something happened to a difference of an agent.
pub(super) fn event(
    app: &App,
    who: Who<'_>,
    agent: &Agent,
    action: &'static str,
    difference: &Difference,
) -> Event {
    let (actor, actor_id, request_id) = match who {
        Who::Person(actor) => ("user", Some(actor.user), actor.request_id.clone()),
        Who::Operator => ("operator", None, None),
        Who::System => ("system", None, None),
    };
    let inbox = matches!(difference.kind, Kind::LeftInbox | Kind::JoinedInbox).then_some(difference.subject);
    Event {
        at: app.now(),
        tenant: Some(agent.tenant),
        actor,
        actor_id,
        action,
        object: "agent",
        object_id: agent.id.to_string(),
        before: difference.ours.as_ref().map(|ours| json!({ "value": ours })),
        after: Some(json!({
            "name": agent.name,
            "difference": difference.kind.key(),
            "inbox": inbox,
            "value": difference.theirs,
        })),
        reason: None,
        request_id,
    }
}

/// Something happened to the comparing as a whole, or to somebody who is no agent.
pub(super) fn event_of_all(
    app: &App,
    by: Option<&crate::services::audit::By>,
    action: &'static str,
    object_id: String,
    after: serde_json::Value,
) -> Event {
    Event {
        at: app.now(),
        tenant: None::<TenantId>,
        actor: if by.is_some() { "user" } else { "system" },
        actor_id: by.map(|by| by.user),
        action,
        object: "installation",
        object_id,
        before: None,
        after: Some(after),
        reason: None,
        request_id: by.and_then(|by| by.request_id.clone()),
    }
}
