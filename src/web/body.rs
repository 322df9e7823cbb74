//! Reading what was sent, with a limit in size and time and words for everything that can be wrong.

mod form;

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::timeout;

pub(super) use self::form::is_form;
pub use self::form::{FormBody, PageForm, UNKNOWN};
use super::error::Problem;

/// The most that one request may send, but for the lists below.
pub const MAX_BYTES: usize = 64 * 1024;
/// A list of agents has 1 MiB at most, and comes in a form or as JSON with some more around it.
const MAX_LIST_BYTES: usize = 1280 * 1024;
const LISTS: [&str; 2] = ["/integrations/helpdesk/import", "/api/dashboard/integrations/chatwoot/import"];
const MAX_ADDRESS_BYTES: usize = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(15);
const PATIENCE_WITH_LISTS: Duration = Duration::from_mins(1);

/// How much a request to some address may send, and how long that may take.
#[derive(Clone, Copy)]
pub(super) struct Measure {
    bytes: usize,
    patience: Duration,
}

impl Measure {
    /// What the layer found for this request.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self { bytes: MAX_BYTES, patience: PATIENCE })
    }

    fn at(path: &str) -> Self {
        if LISTS.contains(&path) {
            return Self { bytes: MAX_LIST_BYTES, patience: PATIENCE_WITH_LISTS };
        }
        Self { bytes: MAX_BYTES, patience: PATIENCE }
    }

    fn exceeded(self) -> Problem {
        if self.bytes == MAX_BYTES { Problem::too_large() } else { Problem::list_too_large() }
    }
}

/// A JSON body. Unreadable text is 400, a wrong or unknown field 422 with its name.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        if !is_of_kind(request.headers(), "application/json") {
            let message = "Send the body as JSON with the header Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unreadable", message));
        }
        let bytes = read(request).await?;
        // serde would read a list as the fields in their order.
        if bytes.trim_ascii_start().starts_with(b"[") {
            let list: Result<IgnoredAny, _> = serde_json::from_slice(&bytes);
            return Err(list.map_or_else(|fault| syntax_problem(&fault), |_| no_object()));
        }
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|fault| json_problem(&fault))?;
        reader.end().map_err(|fault| syntax_problem(&fault))?;
        Ok(Self(value))
    }
}

/// The layer: refuses what is announced to be too large, before any handler.
pub async fn refuse_too_large(mut request: Request, next: Next) -> Response {
    let measure = Measure::at(request.uri().path());
    request.extensions_mut().insert(measure);
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = announced.and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > measure.bytes as u64) {
        return measure.exceeded().into_response();
    }
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > MAX_ADDRESS_BYTES) {
        let message = "The address is longer than 8 KiB.";
        return Problem::new(StatusCode::URI_TOO_LONG, "unreadable", message).into_response();
    }
    next.run(request).await
}

/// The whole body, at most as large and as slow as its address allows.
pub(super) async fn read(request: Request) -> Result<Bytes, Problem> {
    let measure = Measure::of(request.extensions());
    read_within(request.into_body(), measure).await
}

/// The same of a request that was taken apart.
pub(super) async fn read_within(body: Body, measure: Measure) -> Result<Bytes, Problem> {
    match timeout(measure.patience, axum::body::to_bytes(body, measure.bytes)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(fault)) if is_too_large(&fault) => Err(measure.exceeded()),
        Ok(Err(_)) => Err(Problem::unreadable("The request ended before all of it was sent.")),
        Err(_) => {
            let seconds = measure.patience.as_secs();
            Err(Problem::unreadable(format!("The request took longer than {seconds} seconds to arrive.")))
        }
    }
}

pub(super) fn is_of_kind(headers: &HeaderMap, kind: &str) -> bool {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    sent.split(';').next().is_some_and(|sent| sent.trim().eq_ignore_ascii_case(kind))
}

fn is_too_large(fault: &axum::Error) -> bool {
    let mut source = std::error::Error::source(fault);
    while let Some(cause) = source {
        if cause.to_string().contains("length limit exceeded") {
            return true;
        }
        source = cause.source();
    }
    false
}

fn json_problem(fault: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    if fault.inner().is_data() {
        field_problem(&fault.path().to_string(), &fault.inner().to_string())
    } else {
        syntax_problem(fault.inner())
    }
}

fn syntax_problem(fault: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", fault.line(), fault.column());
    Problem::unreadable(format!("The body is not valid JSON ({place})."))
}

/// Says which field is wrong and what it should be, never what was sent.
fn field_problem(path: &str, fault: &str) -> Problem {
    let named = named(fault);
    let (field, message) = if fault.starts_with("unknown field") {
        (named, "This field isn't known here. Leave it out.".to_owned())
    } else if fault.starts_with("missing field") {
        (named, "This field is missing.".to_owned())
    } else if fault.starts_with("duplicate field") {
        (named, "This field is there twice.".to_owned())
    } else {
        (path, expectation(fault))
    };
    let name = field.split(['[', '.']).next().filter(|name| !name.is_empty()).unwrap_or("body");
    let sentence = format!("{name}: {message}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields", sentence).field(name, message)
}

fn no_object() -> Problem {
    field_problem("", "expected struct Object")
}

/// The field that serde names in its words.
fn named(fault: &str) -> &str {
    fault.split('`').nth(1).unwrap_or_default()
}

fn expectation(fault: &str) -> String {
    // What was sent may hold the same word, and comes first.
    let expected = fault.rsplit_once("expected ").map(|(_, expected)| expected);
    let expected = expected.and_then(|expected| expected.split(" at line ").next());
    match expected {
        Some("a sequence") => "This must be a list.".to_owned(),
        Some("a map") => "This must be an object.".to_owned(),
        Some("a boolean") => "This must be true or false.".to_owned(),
        Some("i8" | "i16" | "i32" | "i64" | "isize") => "This must be a whole number.".to_owned(),
        Some("u8" | "u16" | "u32" | "u64" | "usize") => "This must be a whole number, 0 or more.".to_owned(),
        Some("f32" | "f64") => "This must be a number.".to_owned(),
        Some(expected) if expected.starts_with("struct ") => "This must be an object.".to_owned(),
        Some(expected) => format!("This must be {expected}."),
        None => "This value can't be used here.".to_owned(),
    }
}
