//! The calls to Chatwoot that provisioning is made of.

use crate::domain::ids::InboxId;

/// One call to Chatwoot, each safe to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Find or create the person and learn whether it is ours.
    CreateUser,
    /// Put the person into the account.
    LinkAccount,
    JoinInbox(InboxId),
    LeaveInbox(InboxId),
    /// Give the person the name the agent has here.
    Rename,
    /// Compare the finished person with what was asked for.
    ReadBack,
    /// Replace the throw-away password by the one somebody waits for.
    SetPassword,
    /// Look at the person before anything is changed.
    Inspect,
    /// See whether the person still has an inbox that is about to be taken and remembered.
    LookAtInbox(InboxId),
    Unlink,
    DeleteUser,
    /// Ask again until the person is really gone.
    SeeGone,
    /// Look whether a late call brought somebody back who was seen gone.
    LookForLate,
}

impl Step {
    /// The spelling in the database, the API and the log.
    pub fn key(self) -> &'static str {
        match self {
            Self::CreateUser => "create_user",
            Self::LinkAccount => "link_account",
            Self::JoinInbox(_) => "join_inbox",
            Self::LeaveInbox(_) => "leave_inbox",
            Self::Rename => "rename",
            Self::ReadBack => "read_back",
            Self::SetPassword => "set_password",
            Self::Inspect => "inspect",
            Self::LookAtInbox(_) => "look_at_inbox",
            Self::Unlink => "unlink",
            Self::DeleteUser => "delete_user",
            Self::SeeGone => "see_gone",
            Self::LookForLate => "look_for_late",
        }
    }
}

/// What people call the step with this [`Step::key`].
pub fn step_words(key: &str) -> Option<&'static str> {
    Some(match key {
        "create_user" => "Create the sign-in",
        "link_account" => "Add to the Chatwoot account",
        "join_inbox" => "Give an inbox",
        "leave_inbox" => "Take an inbox",
        "rename" => "Change the name",
        "read_back" => "Check by reading back",
        "set_password" => "Set the password",
        "inspect" => "Look at the person",
        "look_at_inbox" => "Look at an inbox",
        "unlink" => "Take out of the account",
        "delete_user" => "Delete the person",
        "see_gone" => "See that the person is gone",
        "look_for_late" => "Look once more that the person is gone",
        _ => return None,
    })
}
