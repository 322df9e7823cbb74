//! One HTTP call: whose turn it is, what leaves us, how long it may take.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Client, Method, redirect};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use url::Url;

use super::answer::Answer;
use super::gate::{Ended, Gate, Purpose};
use super::turns::{Turn, Turns};
use super::{BuildError, ChatwootError, Deadlines, ErrorKind};
use crate::trace::{Kind, Place, Span};

/// A stock Chatwoot 4.9.2 runs five threads; one stays free for people.
pub const CALLS_AT_ONCE: usize = 4;
const OBJECT_BYTES: usize = 1 << 20;
const LIST_BYTES: usize = 8 << 20;
/// Proxies drop names with an underscore; Rack reads both spellings alike.
const KEY_HEADER: &str = "api-access-token";

/// The way to one installation: its origin, its deadlines and its number of calls at once.
#[derive(Clone)]
pub(super) struct Transport {
    client: Client,
    origin: Url,
    turns: Turns,
    limits: Deadlines,
    gate: Option<Arc<dyn Gate>>,
    purpose: Purpose,
}

/// A key and the only place it is ever sent to.
#[derive(Clone)]
pub(super) struct Line {
    transport: Transport,
    key: HeaderValue,
}

/// One request, and how its answer is taken.
pub(super) struct Call {
    name: &'static str,
    method: Method,
    path: String,
    body: Option<Value>,
    pace: Pace,
    max_bytes: usize,
}

#[derive(Clone, Copy)]
enum Pace {
    Probe,
    Read,
    Write,
}

impl Line {
    pub fn new(transport: Transport, key: HeaderValue) -> Self {
        Self { transport, key }
    }

    /// The same key by another way to the same installation.
    pub fn by(&self, transport: &Transport) -> Self {
        Self { transport: transport.clone(), key: self.key.clone() }
    }

    /// Makes the call with this line's key; `read` turns a successful body into a value or declares it unusable.
    pub async fn call<T>(
        &self,
        call: Call,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, ChatwootError> {
        self.transport.call(call, Some(&self.key), read).await
    }
}

impl Call {
    /// Asks whether Chatwoot is there.
    pub fn probe(name: &'static str, path: String) -> Self {
        Self { pace: Pace::Probe, ..Self::get(name, path) }
    }

    /// Reads one object.
    pub fn get(name: &'static str, path: String) -> Self {
        Self { name, method: Method::GET, path, body: None, pace: Pace::Read, max_bytes: OBJECT_BYTES }
    }

    /// Changes something.
    pub fn write(name: &'static str, method: Method, path: String, body: Option<Value>) -> Self {
        Self { name, method, path, body, pace: Pace::Write, max_bytes: OBJECT_BYTES }
    }

    /// The same call, when its answer is a list.
    pub fn listing(self) -> Self {
        Self { max_bytes: LIST_BYTES, ..self }
    }
}

impl Transport {
    pub fn new(origin: Url, limits: Deadlines) -> Result<Self, BuildError> {
        if !is_bare_origin(&origin) {
            return Err(BuildError::Origin);
        }
        // Another part of the program may have installed it first; both are the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(limits.connect)
            // Well below the 20 s after which Puma hangs up, so that no call meets a closing connection.
            .pool_idle_timeout(Duration::from_secs(10))
            .user_agent(concat!("LocalBoxs/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(BuildError::Client)?;
        let turns = Turns::new(CALLS_AT_ONCE);
        Ok(Self { client, origin, turns, limits, gate: None, purpose: Purpose::Work })
    }

    /// The same way, through this gate.
    pub fn through(self, gate: Arc<dyn Gate>) -> Self {
        Self { gate: Some(gate), ..self }
    }

    /// The same way, for calls that only look.
    pub fn looking(&self) -> Self {
        Self { purpose: Purpose::Look, ..self.clone() }
    }

    /// How many calls this process may make at once.
    pub fn set_turns(&self, at_once: usize) {
        self.turns.set(at_once);
    }

    /// Makes the call when its turn comes and logs how it went, without anything personal.
    pub async fn call<T>(
        &self,
        call: Call,
        key: Option<&HeaderValue>,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, ChatwootError> {
        let _turn = self.turn(&call).await?;
        if let Some(gate) = &self.gate
            && let Some(refusal) = gate.refusal(self.purpose).await
        {
            return Err(refusal.into());
        }
        let started = Instant::now();
        let mut answer = Answer::default();
        let span = Span::begin(Kind::Client, call.name);
        let place = span.as_ref().map(Span::here);
        let outcome = timeout(self.deadline(call.pace), self.exchange(&call, key, place, &mut answer))
            .await
            .unwrap_or(Err(ErrorKind::Unknown))
            .and_then(|body| read(&body).ok_or(ErrorKind::Unknown));
        tracing::debug!(
            chatwoot.call = call.name,
            chatwoot.path = call.path,
            chatwoot.status = answer.status,
            chatwoot.request_id = answer.request_id,
            elapsed_ms = started.elapsed().as_millis(),
            cause = answer.cause,
            problem = outcome.as_ref().err().map(tracing::field::display),
            "called Chatwoot"
        );
        let fault = outcome.as_ref().err();
        self.end(span, &call, answer.status, fault);
        if let Some(gate) = &self.gate {
            let (name, purpose) = (call.name, self.purpose);
            gate.ended(Ended { name, purpose, fault, took: started.elapsed() }).await;
        }
        outcome.map_err(|kind| ChatwootError { kind, status: answer.status, request_id: answer.request_id })
    }

    /// One of the few calls at once; who only asks whether Chatwoot is there need not wait for one.
    async fn turn(&self, call: &Call) -> Result<Option<Turn>, ErrorKind> {
        if matches!(call.pace, Pace::Probe) {
            return Ok(None);
        }
        if let Ok(Some(turn)) = timeout(self.limits.turn, self.turns.take()).await {
            return Ok(Some(turn));
        }
        tracing::debug!(chatwoot.call = call.name, "no turn among the calls at once");
        Err(ErrorKind::NoTurn)
    }

    /// Tells whoever collects traces of the call.
    fn end(&self, span: Option<Span>, call: &Call, status: Option<u16>, fault: Option<&ErrorKind>) {
        let Some(mut span) = span else { return };
        span.note("http.request.method", call.method.to_string());
        span.note("server.address", self.origin.host_str().unwrap_or_default().to_owned());
        if let Some(status) = status {
            span.note("http.response.status_code", i64::from(status));
        }
        if let Some(fault) = fault {
            span.fail(fault.key());
        }
        span.end();
    }

    fn deadline(&self, pace: Pace) -> Duration {
        match pace {
            Pace::Probe => self.limits.probe,
            Pace::Read => self.limits.read,
            Pace::Write => self.limits.write,
        }
    }

    async fn exchange(
        &self,
        call: &Call,
        key: Option<&HeaderValue>,
        place: Option<Place>,
        answer: &mut Answer,
    ) -> Result<Vec<u8>, ErrorKind> {
        let mut url = self.origin.clone();
        url.set_path(&call.path);
        let mut request = self.client.request(call.method.clone(), url).header(ACCEPT, "application/json");
        if let Some(key) = key {
            request = request.header(KEY_HEADER, key.clone());
        }
        if let Some(place) = place {
            request = request.header("traceparent", place.to_string());
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| answer.failed(error))?;
        answer.take(response, call.max_bytes).await
    }
}

/// The header value for a key, which no log can print; `None` if it cannot be one.
pub(super) fn key(secret: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(secret).ok().filter(|value| !value.is_empty())?;
    value.set_sensitive(true);
    Some(value)
}

fn is_bare_origin(url: &Url) -> bool {
    let http = matches!(url.scheme(), "http" | "https") && url.has_host();
    let nameless = url.username().is_empty() && url.password().is_none();
    http && nameless && url.path() == "/" && url.query().is_none() && url.fragment().is_none()
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transport({})", self.origin)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({})", self.transport.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_marked_so_that_no_library_prints_it() {
        assert_eq!(format!("{:?}", key("canary").unwrap()), "Sensitive");
    }
}
