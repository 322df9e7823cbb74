//! Replies as Rails writes them, and the shapes its refusals take.

use serde::Serialize;
use serde_json::json;

/// The reply to one call, before it is put on the wire.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

const JSON: &str = "application/json; charset=utf-8";
const RAILS_JSON: &str = "application/json; charset=UTF-8";
const HTML: &str = "text/html; charset=UTF-8";

impl Answer {
    pub(crate) fn json(body: &impl Serialize) -> Self {
        Self::json_with(200, body)
    }

    /// `head :ok`: a content type, and not one byte.
    pub(crate) fn empty() -> Self {
        Self { status: 200, content_type: "application/json", body: Vec::new() }
    }

    pub(crate) fn page(status: u16, html: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: HTML, body: html.into() }
    }

    pub(crate) fn plain(status: u16, text: &str) -> Self {
        Self { status, content_type: "text/plain", body: text.into() }
    }

    /// The error JSON of Rails itself, of one key order and its own spelling of the charset.
    pub(crate) fn rails(status: u16) -> Self {
        let error = match status {
            400 => "Bad Request",
            404 => "Not Found",
            _ => "Internal Server Error",
        };
        Self {
            status,
            content_type: RAILS_JSON,
            body: format!(r#"{{"status":{status},"error":"{error}"}}"#).into_bytes(),
        }
    }

    fn json_with(status: u16, body: &impl Serialize) -> Self {
        let Ok(text) = serde_json::to_string(body) else {
            return Self::rails(500);
        };
        Self { status, content_type: JSON, body: escape(text).into_bytes() }
    }
}

/// Rails writes these five characters as escapes; they can stand in JSON only inside strings.
fn escape(text: String) -> String {
    if !text.contains(['&', '<', '>', '\u{2028}', '\u{2029}']) {
        return text;
    }
    text.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    /// 401 with a text that says which check failed.
    Unauthorized(&'static str),
    /// 401 of the application API without any token, in the asked language.
    SignInFirst { german: bool },
    /// 404 of the application API.
    NotFound,
    /// 402: no seat left.
    PaymentRequired,
    /// 422: the wrapper object is missing or empty.
    MissingParameter(&'static str),
    /// 422: the record is invalid.
    Invalid(Faults),
    /// 404 of the platform API.
    RailsNotFound,
    /// 400: the body cannot be parsed; anybody who did not ask for JSON gets nothing.
    BadRequest { json: bool },
    /// 500, which 4.9.2 answers to many mistakes of a client.
    Exception,
}

impl Refusal {
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Unauthorized(text) => Answer::json_with(401, &json!({ "error": text })),
            Self::SignInFirst { german } => {
                Answer::json_with(401, &json!({ "errors": [sign_in_text(german)] }))
            }
            Self::NotFound => Answer::json_with(404, &json!({ "error": "Resource could not be found" })),
            Self::PaymentRequired => {
                let text = "Account limit exceeded. Please purchase more licenses";
                Answer::json_with(402, &json!({ "error": text }))
            }
            Self::MissingParameter(name) => {
                let text = format!("param is missing or the value is empty: {name}");
                Answer::json_with(422, &json!({ "error": text }))
            }
            Self::Invalid(faults) => Answer::json_with(422, &faults.body()),
            Self::RailsNotFound => Answer::rails(404),
            Self::BadRequest { json: true } => Answer::rails(400),
            Self::BadRequest { json: false } => Answer::page(400, ""),
            Self::Exception => Answer::rails(500),
        }
    }
}

fn sign_in_text(german: bool) -> &'static str {
    if german {
        "Sie müssen sich anmelden oder registrieren, bevor Sie fortfahren können."
    } else {
        "You need to sign in or sign up before continuing."
    }
}

/// The faults of one record, in the order Rails finds them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Faults(Vec<(&'static str, String)>);

#[derive(Serialize)]
struct FaultsBody<'a> {
    message: String,
    attributes: Vec<&'a str>,
}

impl Faults {
    /// One fault alone.
    pub(crate) fn one(attribute: &'static str, message: &str) -> Self {
        Self(vec![(attribute, message.to_owned())])
    }

    pub(crate) fn add(&mut self, attribute: &'static str, message: impl Into<String>) {
        self.0.push((attribute, message.into()));
    }

    /// Nothing to refuse, or the refusal.
    pub(crate) fn check(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self)) }
    }

    fn body(&self) -> FaultsBody<'_> {
        let messages: Vec<&str> = self.0.iter().map(|(_, text)| text.as_str()).collect();
        let mut attributes = Vec::new();
        for (attribute, _) in &self.0 {
            if !attributes.contains(attribute) {
                attributes.push(*attribute);
            }
        }
        FaultsBody { message: messages.join(", "), attributes }
    }
}
