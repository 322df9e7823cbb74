//! Reading the recording, and leaving out of it what differs from run to run.

use crate::support::Answer;

const RECORDING: &str = include_str!("../../data/recorded-transcript.txt");

/// Values that are random, a time, or came from a stub of the recorder; their lengths still count.
const VOLATILE: [&str; 7] = [
    "\"channel_id\":",
    "\"access_token\":\"",
    "\"pubsub_token\":\"",
    "\"timestamp\":\"",
    "\"created_at\":\"",
    "\"updated_at\":\"",
    "sso_auth_token=",
];

/// One recorded call with its reply.
#[derive(Debug)]
pub struct Exchange {
    pub label: String,
    pub method: String,
    pub target: String,
    pub status: u16,
    pub content_type: String,
    length: usize,
    pub body: String,
}

impl Exchange {
    pub fn assert_length(&self, answer: &Answer) {
        assert_eq!(answer.body.len(), self.length, "{}: {}", self.label, answer.text());
    }

    /// Longer replies were cut in the recording, HTML was recorded as the start of a quoted text.
    pub fn assert_body(&self, body: &str) {
        let recorded = match self.body.strip_prefix('"') {
            Some(_) => serde_json::from_str(&self.body).unwrap(),
            None => normal(&self.body),
        };
        let body = normal(body);
        if self.length > self.body.len() {
            assert!(recorded.len() > 70 && body.starts_with(&recorded), "{}: {body}", self.label);
        } else {
            assert_eq!(body, recorded, "{}", self.label);
        }
    }
}

/// The names of the sections in the recording.
pub fn sections() -> Vec<&'static str> {
    RECORDING.lines().filter_map(|line| line.strip_prefix("################ ")).collect()
}

/// How many replies are recorded, however they are labelled.
pub fn count() -> usize {
    RECORDING.lines().filter(|line| line.contains(" -> ") && line.contains("] len=")).count()
}

/// Every exchange of a section, in order.
pub fn section(name: &str) -> Vec<Exchange> {
    let lines = lines_of(name);
    let exchange = |at: usize| {
        let (label, call, body) = (lines.get(at)?, lines.get(at + 1)?, lines.get(at + 2)?);
        parse(label, call, body)
    };
    (0..lines.len()).filter_map(exchange).collect()
}

/// Every line of a section.
pub fn lines_of(name: &str) -> Vec<&'static str> {
    let title = format!("################ {name}");
    let lines = RECORDING.lines().skip_while(|line| *line != title).skip(1);
    lines.take_while(|line| !line.starts_with("################ ")).collect()
}

/// `   POST /path -> 200 [type] len=390`
fn parse(label: &str, call: &str, body: &str) -> Option<Exchange> {
    let (request, reply) = call.strip_prefix("   ")?.split_once(" -> ")?;
    let (method, target) = request.split_once(' ')?;
    let (status, rest) = reply.split_once(" [")?;
    let (content_type, length) = rest.split_once("] len=")?;
    let body = body.strip_prefix("   ")?;
    Some(Exchange {
        label: label.trim().to_owned(),
        method: method.to_owned(),
        target: target.to_owned(),
        status: status.parse().ok()?,
        content_type: content_type.to_owned(),
        length: length.parse().ok()?,
        body: if body == "(empty)" { String::new() } else { body.to_owned() },
    })
}

/// The text with each volatile value replaced by its length.
pub fn normal(text: &str) -> String {
    VOLATILE.iter().fold(text.to_owned(), |text, key| {
        let mut parts = text.split(key);
        let start = parts.next().unwrap_or_default().to_owned();
        parts.fold(start, |normal, part| {
            let end = part.find('"').unwrap_or(part.len());
            format!("{normal}{key}<{end} characters>{}", &part[end..])
        })
    })
}
