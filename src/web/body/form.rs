//! Reading forms, and saying what is wrong with one without losing what was typed.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::{field_problem, is_of_kind, named, read};
use crate::services::error::{FieldError, Refusal};
use crate::web::error::Problem;

/// A form as browsers send it. Unreadable fields are 422 as an error page; handlers check the values.
///
/// A name that is there several times fills a `Vec`.
pub struct FormBody<T>(pub T);

/// Stands for what is wrong with a form as a whole.
pub const UNKNOWN: &str = "form";

/// A form whose own page says what is wrong with it, so that nothing typed is lost.
///
/// Unknown fields are left out and the first of doubled ones is kept; `faults` names both.
pub struct PageForm<T> {
    pub fields: T,
    pub faults: Vec<FieldError>,
}

impl<T> PageForm<T> {
    /// The fields, and why they cannot be used as they were sent.
    pub fn into_parts(self) -> (T, Option<Refusal>) {
        (self.fields, (!self.faults.is_empty()).then_some(Refusal::Fields(self.faults)))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for FormBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        form(&pairs(request).await?).map(Self).map_err(FormFault::into_problem)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for PageForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let mut pairs = pairs(request).await?;
        let mut faults = Vec::new();
        loop {
            match form(&pairs) {
                Ok(fields) => return Ok(Self { fields, faults }),
                Err(fault) => faults.push(fault.drop_from(&mut pairs)?),
            }
        }
    }
}

/// Whether a body is a form as browsers send it.
pub fn is_form(headers: &HeaderMap) -> bool {
    is_of_kind(headers, "application/x-www-form-urlencoded")
}

/// The fields of a form in their order.
type Pairs = Vec<(String, String)>;

async fn pairs(request: Request) -> Result<Pairs, Problem> {
    if !is_form(request.headers()) {
        let message = "Send the form as a browser does: application/x-www-form-urlencoded.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unreadable", message));
    }
    let bytes = read(request).await?;
    Ok(url::form_urlencoded::parse(&bytes).into_owned().collect())
}

fn form<T: DeserializeOwned>(pairs: &Pairs) -> Result<T, FormFault> {
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let reader = serde_html_form::Deserializer::from_bytes(encoded.as_bytes());
    serde_path_to_error::deserialize(reader).map_err(|fault| FormFault::of(&fault, pairs))
}

/// Why a form's fields do not fit, in serde's words.
struct FormFault {
    path: String,
    words: String,
    doubled: bool,
}

impl FormFault {
    fn of(fault: &serde_path_to_error::Error<serde_html_form::de::Error>, pairs: &Pairs) -> Self {
        let path = fault.path().to_string();
        let doubled = pairs.iter().filter(|(field, _)| *field == path).count() > 1;
        Self { path, words: fault.inner().to_string(), doubled }
    }

    fn into_problem(self) -> Problem {
        let words = if self.doubled { format!("duplicate field `{}`", self.path) } else { self.words };
        field_problem(&self.path, &words)
    }

    /// Takes what is too much out of the form and says so; what is not simply too much stays a problem.
    fn drop_from(self, pairs: &mut Pairs) -> Result<FieldError, Problem> {
        let message = if self.doubled {
            let mut seen = false;
            pairs.retain(|(field, _)| *field != self.path || !std::mem::replace(&mut seen, true));
            format!("The form has the field “{}” twice. Check it, then send it again.", self.path)
        } else if self.words.starts_with("unknown field") {
            let name = named(&self.words).to_owned();
            let before = pairs.len();
            pairs.retain(|(field, _)| *field != name);
            if pairs.len() == before {
                return Err(self.into_problem());
            }
            format!(
                "The form has a field “{}” that isn't known here. Check it, then send it again.",
                short(&name)
            )
        } else {
            return Err(self.into_problem());
        };
        Ok(FieldError { field: UNKNOWN, messages: vec![message] })
    }
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
