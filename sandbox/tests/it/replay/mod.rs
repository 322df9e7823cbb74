//! Every recorded exchange with the real 4.9.2 is sent again, in its order, and compared.
//!
//! The recording holds method, path and reply; what was sent besides is written beside each step.

mod accounts_and_agents;
mod inbox_members;
mod languages_and_jobs;
mod limits_and_rules;
mod order_of_checks;
mod platform_users;
mod recording;
mod schema;

use std::collections::VecDeque;

use chatwoot_sandbox::{Sandbox, Seed};
use serde_json::Value;

use crate::support::{Answer, Ask};
use recording::Exchange;
use schema::Schema;

/// One section of the recording, and the sandbox it is replayed on.
struct Replay {
    sandbox: Sandbox,
    left: VecDeque<Exchange>,
    schema: Schema,
}

impl Replay {
    async fn of(section: &str, seed: Seed) -> Self {
        let left = VecDeque::from(recording::section(section));
        assert!(!left.is_empty(), "nothing is recorded as {section}");
        Self { sandbox: Sandbox::start(seed).await.unwrap(), left, schema: Schema::load() }
    }

    /// Sends the next exchange, which must be the one of this label, and compares every byte.
    async fn step(&mut self, label: &str, ask: impl FnOnce(Ask) -> Ask) {
        let (exchange, answer) = self.replayed(label, ask).await;
        exchange.assert_length(&answer);
        exchange.assert_body(answer.text());
    }

    /// The same for a reply whose keys come in another order each time.
    async fn step_in_any_key_order(&mut self, label: &str, ask: impl FnOnce(Ask) -> Ask) {
        let (exchange, answer) = self.replayed(label, ask).await;
        exchange.assert_length(&answer);
        let sorted = |text: &str| serde_json::from_str::<Value>(&recording::normal(text)).unwrap();
        assert_eq!(sorted(answer.text()), sorted(&exchange.body), "{label}");
    }

    /// Passes over the next exchange for a reason.
    fn skip(&mut self, label: &str, reason: &str) {
        assert!(!reason.is_empty());
        self.next(label);
    }

    /// Every exchange of the section was replayed or passed over.
    fn finish(self) {
        let left: Vec<_> = self.left.iter().map(|exchange| &exchange.label).collect();
        assert!(left.is_empty(), "not replayed: {left:?}");
    }

    async fn replayed(&mut self, label: &str, ask: impl FnOnce(Ask) -> Ask) -> (Exchange, Answer) {
        let exchange = self.next(label);
        let ask = ask(Ask::new(&exchange.method, &exchange.target));
        let answer = ask.send(&self.sandbox).await;
        assert_eq!(answer.status, exchange.status, "{label}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some(exchange.content_type.as_str()), "{label}");
        self.schema.assert_matches(&exchange, &answer);
        (exchange, answer)
    }

    fn next(&mut self, label: &str) -> Exchange {
        let exchange = self.left.pop_front().unwrap_or_else(|| panic!("nothing left at {label}"));
        assert_eq!(exchange.label, label.trim(), "the recording has another exchange here");
        exchange
    }
}

#[test]
fn every_section_of_the_recording_is_replayed() {
    let replayed = ["t1", "t3", "t4", "t5", "t6", "t7"];
    assert_eq!(recording::sections(), replayed);
    let read = replayed.iter().map(|name| recording::section(name).len());
    assert_eq!(read.sum::<usize>(), recording::count());
}
