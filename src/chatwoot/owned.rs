//! The proof that a person in Chatwoot is ours.

use crate::domain::ids::ChatwootUserId;

/// A person whom Chatwoot showed to carry our tag; nobody else can be changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedUser {
    id: ChatwootUserId,
}

impl OwnedUser {
    /// Takes up an earlier proof: only for an id that our database stored after
    /// [`Created::Ours`](super::Created::Ours) or [`Inspection::Ours`](super::Inspection::Ours).
    ///
    /// It stays true because Chatwoot never gives a number to a second person.
    pub fn proven_before(id: ChatwootUserId) -> Self {
        Self { id }
    }

    /// Chatwoot's number of the person.
    pub fn id(&self) -> ChatwootUserId {
        self.id
    }

    pub(super) fn proven_now(id: i64) -> Self {
        Self { id: ChatwootUserId(id) }
    }
}
