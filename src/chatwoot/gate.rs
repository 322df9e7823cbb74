//! What stands before every call: a rule of the program around the client, asked each time.

use std::time::Duration;

use super::ErrorKind;

/// Why a call is made, as far as a [`Gate`] cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To do or learn something.
    Work,
    /// To find out whether work is possible again.
    Look,
}

/// Lets calls through or not, and hears what came of those it let through.
#[async_trait::async_trait]
pub trait Gate: Send + Sync {
    /// The reason why this call must not be made now.
    async fn refusal(&self, purpose: Purpose) -> Option<ErrorKind>;

    /// How a call ended that was made.
    async fn ended(&self, call: Ended<'_>);
}

/// A call that was made.
#[derive(Debug)]
pub struct Ended<'a> {
    /// Such as `platform.create_user`; one of a few.
    pub name: &'static str,
    pub purpose: Purpose,
    /// What went wrong, if anything did.
    pub fault: Option<&'a ErrorKind>,
    pub took: Duration,
}
