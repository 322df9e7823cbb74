//! One call as it was received, and its parameters as Rails would read them.

use hyper::HeaderMap;
use hyper::body::Bytes;
use serde_json::{Map, Value};

use crate::answer::Refusal;
use crate::form;

/// Parameters by name; a body's win over the query's.
pub(crate) type Params = Map<String, Value>;

/// One received call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The method a route is looked up by.
    pub(crate) fn verb(&self) -> &str {
        if self.method == "HEAD" { "GET" } else { &self.method }
    }

    /// The token header in either spelling; of both, Puma keeps the one with hyphens.
    pub(crate) fn token(&self) -> Option<&str> {
        ["api-access-token", "api_access_token"]
            .iter()
            .find_map(|name| self.header(name))
            .filter(|token| !token.trim().is_empty())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether an error page would be JSON for this caller.
    pub(crate) fn asks_for_json(&self) -> bool {
        let first = self.header("accept").and_then(|v| v.split(',').next());
        let suffix = self.path.rsplit_once('.').map(|(_, suffix)| suffix);
        suffix == Some("json") || first.is_some_and(|v| v.trim().starts_with("application/json"))
    }

    /// Whether Rails parses the body as JSON, and so wraps its parameters.
    pub(crate) fn is_json(&self) -> bool {
        self.media_type() == "application/json"
    }

    /// Query and body together.
    pub(crate) fn params(&self) -> Result<Params, Refusal> {
        let mut params = form::parse(&self.query);
        params.extend(self.body_params()?);
        Ok(params)
    }

    /// The body alone. What is no JSON object counts as nothing; a body of a type Rails does not
    /// parse counts as nothing too.
    pub(crate) fn body_params(&self) -> Result<Params, Refusal> {
        match self.media_type() {
            "application/json" if !self.body.is_empty() => self.json_params(),
            "application/x-www-form-urlencoded" => Ok(form::parse(&String::from_utf8_lossy(&self.body))),
            _ => Ok(Params::new()),
        }
    }

    fn json_params(&self) -> Result<Params, Refusal> {
        let json = self.asks_for_json();
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(params)) => Ok(params),
            Ok(_) => Ok(Params::new()),
            Err(_) => Err(Refusal::BadRequest { json }),
        }
    }

    fn media_type(&self) -> &str {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }
}

/// A permitted scalar parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent<T> {
    /// Not sent, or an array or object, which Rails does not permit here.
    Absent,
    Null,
    Value(T),
}

/// A text parameter.
pub(crate) type Field = Sent<String>;

impl Field {
    pub(crate) fn of(params: &Params, name: &str) -> Self {
        match params.get(name) {
            None | Some(Value::Array(_) | Value::Object(_)) => Self::Absent,
            Some(Value::Null) => Self::Null,
            Some(Value::String(text)) => Self::Value(text.clone()),
            Some(Value::Bool(true)) => Self::Value("t".to_owned()),
            Some(Value::Bool(false)) => Self::Value("f".to_owned()),
            Some(Value::Number(number)) => Self::Value(number.to_string()),
        }
    }
}

impl<T> Sent<T> {
    /// The value a new record gets: absent and null are the same.
    pub(crate) fn into_option(self) -> Option<T> {
        self.or_keep(None)
    }

    /// The value a record keeps or gets.
    pub(crate) fn or_keep(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Absent => current,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// An id as a database cast reads it: a number, or the digits a text begins with.
pub(crate) fn id(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => path_id(text),
        _ => None,
    }
}

/// An id in a path; nothing for what cannot be one.
pub(crate) fn path_id(text: &str) -> Option<u64> {
    let digits = text.trim_start();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}
