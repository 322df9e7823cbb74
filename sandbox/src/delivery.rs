//! Putting an answer on the wire, faithfully or as a fault wants it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, ETAG, HeaderValue, LOCATION, RETRY_AFTER};
use serde_json::Value;

use crate::answer::Answer;
use crate::fault::{Reply, RetryAfter};
use crate::script::{Part, Script};
use crate::secret;

const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sign in</title></head>\
    <body><form><input name=\"user\"><input type=\"password\" name=\"pw\"></form></body></html>\n";
const HUGE: usize = 10 * 1024 * 1024;
/// Long enough for what was written to leave before the connection is closed.
const FLUSH: Duration = Duration::from_millis(50);

/// What happens to the connection.
pub(crate) enum Delivery {
    Send(Box<Response<Script>>),
    Hang,
    Close,
    Reset,
}

/// The reply as the plan wants it; `now` dates what has to be dated.
pub(crate) fn deliver(reply: Reply, answer: &Answer, now: DateTime<Utc>) -> Delivery {
    let response = match reply {
        Reply::Hang => return Delivery::Hang,
        Reply::Close => return Delivery::Close,
        Reply::Reset => return Delivery::Reset,
        Reply::True => true_answer(answer),
        Reply::RailsError => true_answer(&Answer::rails(500)),
        Reply::Gateway(status) => gateway(status),
        Reply::TooManyRequests(retry_after) => too_many(retry_after, now),
        Reply::CutShort => cut_short(answer),
        Reply::CutInText => scripted(answer, Script::whole(cut_in_text(&answer.body)), None),
        Reply::StallInBody => stalled(answer),
        Reply::Slow(pause) => slow(answer, pause),
        Reply::NullNumbers => true_answer(&null_numbers(answer)),
        Reply::LoginPage => plain(200, "text/html; charset=utf-8", LOGIN_PAGE),
        Reply::EmptyObject => plain(200, "application/json; charset=utf-8", "{}"),
        Reply::Huge => plain(200, "application/json; charset=utf-8", huge()),
        Reply::Redirect { status, location } => redirect(status, &location),
        Reply::Custom { status, content_type, body } => plain(status, &content_type, body),
    };
    Delivery::Send(Box::new(response))
}

fn true_answer(answer: &Answer) -> Response<Script> {
    let mut response = plain(answer.status, answer.content_type, answer.body.clone());
    let headers = response.headers_mut();
    let cache = if answer.status == 200 {
        if let Ok(etag) = HeaderValue::from_str(&etag(&answer.body)) {
            headers.insert(ETAG, etag);
        }
        "max-age=0, private, must-revalidate"
    } else {
        "no-cache"
    };
    headers.insert("cache-control", HeaderValue::from_static(cache));
    response
}

fn plain(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Script> {
    let body = body.into();
    let length = body.len();
    with_length(status, content_type, Script::whole(body), length)
}

fn with_length(status: u16, content_type: &str, body: Script, length: usize) -> Response<Script> {
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().unwrap_or_default();
    let headers = response.headers_mut();
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers.insert("content-length", HeaderValue::from(length));
    headers.insert("x-runtime", HeaderValue::from_static("0.001000"));
    if let Ok(id) = HeaderValue::from_str(&request_id()) {
        headers.insert("x-request-id", id);
    }
    response
}

/// A weak tag, as Rack's: the same body has the same tag.
fn etag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    let half = hasher.finish();
    body.len().hash(&mut hasher);
    format!("W/\"{half:016x}{:016x}\"", hasher.finish())
}

fn request_id() -> String {
    let hex = secret::hex(16);
    let (a, rest) = hex.split_at(8);
    format!("{a}-{}-{}-{}-{}", &rest[..4], &rest[4..8], &rest[8..12], &rest[12..])
}

fn gateway(status: u16) -> Response<Script> {
    let title = match status {
        502 => "502 Bad Gateway".to_owned(),
        503 => "503 Service Temporarily Unavailable".to_owned(),
        504 => "504 Gateway Time-out".to_owned(),
        other => other.to_string(),
    };
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\
         \r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = plain(status, "text/html", page);
    response.headers_mut().remove("x-runtime");
    response.headers_mut().remove("x-request-id");
    response
}

fn too_many(retry_after: RetryAfter, now: DateTime<Utc>) -> Response<Script> {
    let mut response = plain(429, "text/plain", "Retry later\n");
    let seconds = |n: u64| TimeDelta::seconds(i64::try_from(n).unwrap_or_default());
    let value = match retry_after {
        RetryAfter::Unsaid => return response,
        RetryAfter::Seconds(n) => n.to_string(),
        RetryAfter::DateIn(n) => {
            let at = now + seconds(n);
            at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
        }
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

fn scripted(answer: &Answer, body: Script, length: Option<usize>) -> Response<Script> {
    let length = length.unwrap_or_else(|| cut_in_text(&answer.body).len());
    with_length(answer.status, answer.content_type, body, length)
}

fn halves(body: &[u8]) -> (Bytes, Bytes) {
    let (first, second) = body.split_at(body.len() / 2);
    (Bytes::copy_from_slice(first), Bytes::copy_from_slice(second))
}

fn cut_short(answer: &Answer) -> Response<Script> {
    let (first, _) = halves(&answer.body);
    let script = Script::new([Part::Bytes(first), Part::Pause(FLUSH), Part::Cut]);
    scripted(answer, script, Some(answer.body.len().max(1)))
}

fn stalled(answer: &Answer) -> Response<Script> {
    let (first, _) = halves(&answer.body);
    let script = Script::new([Part::Bytes(first), Part::Stall]);
    scripted(answer, script, Some(answer.body.len().max(1)))
}

fn slow(answer: &Answer, pause: Duration) -> Response<Script> {
    let size = (answer.body.len() / 8).max(1);
    let pieces = answer.body.chunks(size).flat_map(|piece| {
        let bytes = Bytes::copy_from_slice(piece);
        [Part::Pause(pause), Part::Bytes(bytes)]
    });
    scripted(answer, Script::new(pieces), Some(answer.body.len()))
}

/// Everything up to the middle of the last text in the body.
fn cut_in_text(body: &[u8]) -> Bytes {
    let is_quote = |byte: &u8| *byte == b'"';
    let end = body.iter().rposition(is_quote).unwrap_or(body.len() / 2);
    let start = body[..end].iter().rposition(is_quote).unwrap_or(0);
    Bytes::copy_from_slice(&body[..start.midpoint(end).max(start + 1).min(body.len())])
}

fn null_numbers(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    if let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) {
        nullify(&mut value);
        answer.body = value.to_string().into_bytes();
    }
    answer
}

fn nullify(value: &mut Value) {
    match value {
        Value::Number(_) => *value = Value::Null,
        Value::Array(list) => list.iter_mut().for_each(nullify),
        Value::Object(object) => object.values_mut().for_each(nullify),
        _ => {}
    }
}

fn huge() -> Vec<u8> {
    let mut body = br#"{"payload":""#.to_vec();
    body.resize(HUGE - 2, b'a');
    body.extend_from_slice(br#""}"#);
    body
}

fn redirect(status: u16, location: &str) -> Response<Script> {
    let body = format!("<html><body>You are being <a href=\"{location}\">redirected</a>.</body></html>");
    let mut response = plain(status, "text/html; charset=utf-8", body);
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
