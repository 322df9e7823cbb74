//! Inboxes and who answers them.

use super::ids::InboxId;

/// An inbox of one of the tenant's own demos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbox {
    pub id: InboxId,
    pub name: String,
}

impl Inbox {
    /// Where it stands in a list: by name, whatever the letter case.
    pub fn place(&self) -> (String, InboxId) {
        (self.name.to_lowercase(), self.id)
    }
}

/// What is asked for and what is known about one agent in one inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxMapping {
    pub inbox: InboxId,
    /// Whether the agent shall answer this inbox.
    pub wanted: bool,
    /// Whether Chatwoot said, last time, that it does.
    pub present: bool,
    /// Until this moment (ms since 1970) an earlier call whose answer was lost may still take effect;
    /// then the wish is repeated once.
    pub unsettled_until: Option<i64>,
}

impl InboxMapping {
    /// A new wish: it is carried out even if Chatwoot seems to agree already, because an earlier call
    /// whose answer nobody read may have changed that.
    pub fn wished(inbox: InboxId, wanted: bool, unsettled_until: Option<i64>) -> Self {
        Self { inbox, wanted, present: !wanted, unsettled_until }
    }
}
