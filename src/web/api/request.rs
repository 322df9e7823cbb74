//! What a request says outside its body: the page in its query, its idempotency key.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use url::form_urlencoded;
use utoipa::IntoParams;

use crate::domain::ids::AgentId;
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::web::error::Problem;

/// Agents on one page at most.
const MOST: u64 = 1_000;
/// Agents on one page when the client does not say.
const USUAL: u64 = 100;

/// The parameters after the question mark; of one given twice the first counts.
pub struct Parameters(Vec<(String, String)>);

/// Which agents to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many agents at most.
    #[param(minimum = 1, maximum = 1000, default = 100, required = false)]
    pub limit: u64,
    /// `nextCursor` of the page before.
    #[param(value_type = Option<String>)]
    pub cursor: Option<AgentId>,
}

/// The key that makes a repeated create harmless, as sent; one that is not text becomes one that is refused.
pub fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key")?;
    Some(String::from_utf8_lossy(key.as_bytes()).into_owned())
}

impl Parameters {
    /// The value of the parameter with this name, unless it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.sent(name).filter(|value| !value.is_empty())
    }

    /// The value of the parameter with this name, which must be a number: nothing is not one.
    pub fn number(&self, name: &'static str) -> Result<Option<i64>, FieldError> {
        let Some(text) = self.sent(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| field(name, "Give a whole number."))
    }

    fn sent(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(parameters) = Parameters::from_request_parts(parts, state).await;
        match (limit(parameters.sent("limit")), cursor(parameters.get("cursor"))) {
            (Ok(limit), Ok(cursor)) => Ok(Self { limit, cursor }),
            (limit, cursor) => {
                let faults = limit.err().into_iter().chain(cursor.err()).collect();
                Err(ServiceError::from(Refusal::Fields(faults)).into())
            }
        }
    }
}

fn limit(given: Option<&str>) -> Result<u64, FieldError> {
    let Some(text) = given else { return Ok(USUAL) };
    let number = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    number.ok_or_else(|| field("limit", "Give a whole number from 1 to 1000."))
}

fn cursor(given: Option<&str>) -> Result<Option<AgentId>, FieldError> {
    let Some(text) = given else { return Ok(None) };
    AgentId::parse(text).map(Some).ok_or_else(|| field("cursor", "Give the nextCursor of an earlier answer."))
}

fn field(field: &'static str, message: &str) -> FieldError {
    FieldError { field, messages: vec![message.to_owned()] }
}
