//! Identifiers as types of their own, so that one kind cannot stand for another.

use std::fmt;

use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id written as people and clients write it; `None` if the text is no id at all.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )+};
}

macro_rules! remote_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

uuid_id! {
    /// Somebody who signs in here; for role USER this is also the tenant.
    UserId;
    /// An agent of ours (a row in `helpdesk_users`), never Chatwoot's number for that person.
    AgentId;
    /// A demo of a tenant.
    DemoId;
    /// The durable record of one wish about an agent.
    OperationId;
    /// A list of agents to be created, and what came of it.
    ImportId;
}

remote_id! {
    /// An inbox as Chatwoot numbers it.
    InboxId;
    /// A person as Chatwoot numbers it.
    ChatwootUserId;
    /// A Chatwoot account.
    ChatwootAccountId;
}

/// A tenant is the user that owns it: one row, two points of view.
pub type TenantId = UserId;
