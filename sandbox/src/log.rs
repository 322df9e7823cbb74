//! What was asked, in order, for tests to look at. Secrets are in it as they were sent.

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::Value;

use crate::call::Call;
use crate::state::{Owner, State};

const MOST_ENTRIES: usize = 100_000;
const LARGEST_BODY: usize = 64 * 1024;

/// Whose token a call held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// No token header, or one dropped on the way.
    None,
    /// A token nobody holds.
    Unknown,
    /// The platform app of this id.
    Platform(u64),
    /// The user of this id.
    User(u64),
}

/// One call as it was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// Counts from 1, never again.
    pub number: u64,
    pub at: Instant,
    pub method: String,
    /// Path without the query.
    pub path: String,
    pub query: String,
    /// In lower case, each once; without those a fault dropped on the way.
    pub header_names: Vec<String>,
    pub token: TokenKind,
    /// The JSON of the body; another body as a text; null for none or one over 64 KiB.
    pub body: Value,
    /// Nothing while unanswered, and for good when the answer was never sent.
    pub status: Option<u16>,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Received>,
    total: u64,
}

impl Log {
    /// Notes the call and returns its number.
    pub(crate) fn note(&mut self, call: &Call, token: TokenKind) -> u64 {
        self.total += 1;
        if self.entries.len() == MOST_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(Received {
            number: self.total,
            at: Instant::now(),
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.query.clone(),
            header_names: call.headers.keys().map(ToString::to_string).collect(),
            token,
            body: body_of(call),
            status: None,
        });
        self.total
    }

    /// Notes the status sent to the call of this number.
    pub(crate) fn answered(&mut self, number: u64, status: u16) {
        let Some(first) = self.entries.front().map(|entry| entry.number) else {
            return;
        };
        let place = number.checked_sub(first).and_then(|n| usize::try_from(n).ok());
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.status = Some(status);
        }
    }

    pub(crate) fn entries(&self) -> Vec<Received> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}

impl TokenKind {
    pub(crate) fn of(state: &State, call: &Call) -> Self {
        match call.token().map(|token| state.owner(token)) {
            None => Self::None,
            Some(None) => Self::Unknown,
            Some(Some(Owner::App(id))) => Self::Platform(id),
            Some(Some(Owner::User(id))) => Self::User(id),
        }
    }
}

fn body_of(call: &Call) -> Value {
    if call.body.is_empty() || call.body.len() > LARGEST_BODY {
        return Value::Null;
    }
    serde_json::from_slice(&call.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&call.body).into_owned()))
}
