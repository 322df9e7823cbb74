//! What came back: how much of it is taken, and what its status means before anybody reads it.

use std::error::Error;
use std::time::{Duration, SystemTime};

use rand::RngExt as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};

use super::{ErrorKind, wire};

const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Chatwoot 4.9.2 counts per minute and does not say how long to wait.
const USUAL_WAIT: Duration = Duration::from_mins(1);
/// At most so much longer, so that not everybody who was sent away comes back at the same moment.
const JITTER_MS: u64 = 5_000;

/// What is known of an answer, kept even when the rest of it never comes.
#[derive(Default)]
pub(super) struct Answer {
    pub status: Option<u16>,
    /// Chatwoot's own id of the request.
    pub request_id: Option<String>,
    /// What broke on the way, in the words of our own HTTP client.
    pub cause: Option<String>,
}

impl Answer {
    /// The body of a success of at most `max` bytes, else what the refusal means.
    pub async fn take(&mut self, response: Response, max: usize) -> Result<Vec<u8>, ErrorKind> {
        let status = response.status();
        self.status = Some(status.as_u16());
        self.request_id = request_id(response.headers());
        if status.is_redirection() {
            return Err(ErrorKind::Redirected);
        }
        if status.is_server_error() {
            return Err(ErrorKind::ServerError);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            return Err(ErrorKind::RateLimited { retry_after: retry_after(header, SystemTime::now()) });
        }
        if !is_json(response.headers()) {
            return Err(if status.is_success() { ErrorKind::Unknown } else { ErrorKind::ServerError });
        }
        let body = self.body(response, max).await?;
        if status.is_success() { Ok(body) } else { Err(wire::refusal(status, &body)) }
    }

    /// What an error of our HTTP client means.
    pub fn failed(&mut self, error: reqwest::Error) -> ErrorKind {
        let kind = if error.is_connect() { ErrorKind::Unreachable } else { ErrorKind::Unknown };
        self.cause = error.without_url().source().map(innermost);
        kind
    }

    async fn body(&mut self, mut response: Response, max: usize) -> Result<Vec<u8>, ErrorKind> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + chunk.len() > max {
                return Err(ErrorKind::Unknown);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// A missing type is taken as JSON: an empty answer needs none.
fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|value| {
        let media_type = value.as_bytes().split(|b| *b == b';').next().unwrap_or_default();
        media_type.trim_ascii().eq_ignore_ascii_case(b"application/json")
    })
}

/// The request id if it looks like one, since it goes to our log.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (plain && (1..=64).contains(&id.len())).then(|| id.to_owned())
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn usual_wait() -> Duration {
    USUAL_WAIT + Duration::from_millis(rand::rng().random_range(0..=JITTER_MS))
}

/// How long a `Retry-After` header asks to wait, between 1 s and 15 min; a minute if it is missing or unreadable.
fn retry_after(header: Option<&str>, now: SystemTime) -> Duration {
    let Some(text) = header.map(str::trim).filter(|text| !text.is_empty()) else {
        return usual_wait();
    };
    let asked = if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().map_or(LONGEST_WAIT, Duration::from_secs)
    } else if let Ok(date) = httpdate::parse_http_date(text) {
        date.duration_since(now).unwrap_or(SHORTEST_WAIT)
    } else {
        usual_wait()
    };
    asked.clamp(SHORTEST_WAIT, LONGEST_WAIT)
}
