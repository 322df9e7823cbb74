//! How the program answered.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Words that say who is not there. A 5xx without them is a fault of our own.
const WORDED: [&str; 2] = ["Chatwoot", "Too much is going on right now"];
/// How many of the answers that must not be are kept in words.
const KEPT: usize = 20;

/// What was asked and answered so far.
#[derive(Default)]
pub struct Tally(Mutex<Counts>);

#[derive(Clone, Default)]
pub struct Counts {
    /// By the first digit of their status.
    pub answers: [u64; 6],
    /// 502, 503 and 504 in the words for a Chatwoot that is away.
    pub away: u64,
    pub abandoned: u64,
    /// Every other 5xx, and what was not answered at all.
    pub unexpected: u64,
    pub words: Vec<String>,
    /// Agents asked for and stored.
    pub created: u64,
    /// Answers up to the last whole minute.
    before: u64,
}

impl Tally {
    pub fn answered(&self, what: &str, status: u16, body: &str) {
        let mut counts = self.counts();
        counts.answers[usize::from(status / 100).min(5)] += 1;
        if status < 500 {
            return;
        }
        if matches!(status, 502..=504) && WORDED.iter().any(|words| body.contains(words)) {
            counts.away += 1;
        } else {
            let end = body.char_indices().nth(300).map_or(body.len(), |(at, _)| at);
            counts.must_not_be(format!("{what}: {status} {}", &body[..end]));
        }
    }

    pub fn unanswered(&self, what: &str, fault: &reqwest::Error) {
        self.counts().must_not_be(format!("{what}: {fault:?}"));
    }

    pub fn abandoned(&self) {
        self.counts().abandoned += 1;
    }

    pub fn created(&self, agents: u64) {
        self.counts().created += agents;
    }

    pub fn so_far(&self) -> Counts {
        self.counts().clone()
    }

    /// Answers since this was asked last.
    pub fn minute(&self) -> u64 {
        let mut counts = self.counts();
        let all = counts.answers.iter().sum();
        let since = all - counts.before;
        counts.before = all;
        since
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn must_not_be(&mut self, words: String) {
        self.unexpected += 1;
        if self.words.len() < KEPT {
            self.words.push(words);
        }
    }
}
