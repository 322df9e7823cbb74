//! The only table of status codes and codes.

use std::any::Any;
use std::borrow::Cow;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::page::Page;
use crate::domain::agent::Failure;
use crate::services::error::{Refusal, ServiceError};

/// What went wrong, in the words and numbers that clients see; drawn by `render_errors`.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    /// The machine's word for it.
    pub code: &'static str,
    /// One sentence.
    pub message: Cow<'static, str>,
    /// What is wrong field by field, if fields are.
    pub fields: Vec<(String, Vec<String>)>,
    /// Seconds.
    pub retry_after: Option<u64>,
    /// Where a browser goes instead: to sign in, or to turn on a second factor.
    pub leads_to: Option<String>,
}

/// With what a form comes back that was refused: the status, and how long to wait before sending it again.
#[derive(Clone, Copy, Debug)]
pub struct FormStatus {
    status: StatusCode,
    /// Seconds.
    retry_after: Option<u64>,
}

/// A fault of a page; a refused form is drawn again by its handler instead.
#[derive(Debug)]
pub struct HtmlError(pub ServiceError);

const RETRY_S: u64 = 5;
const INTERNAL: &str = "Something went wrong on our side. Try again; if it stays, tell your administrator.";
const NOT_FOUND: &str = "There is nothing here. It may have been removed, or the address is wrong.";

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), fields: Vec::new(), retry_after: None, leads_to: None }
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    #[must_use]
    pub fn field(mut self, name: impl Into<String>, message: impl Into<String>) -> Self {
        self.fields.push((name.into(), vec![message.into()]));
        self
    }

    pub fn not_signed_in(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", message)
    }

    pub fn not_allowed(message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not_allowed", message)
    }

    /// An administrator has to turn on a second factor before anything else.
    pub fn second_factor_first() -> Self {
        let message =
            "Administrators need a second factor here. Turn it on under Your account, then try again.";
        let mut problem = Self::new(StatusCode::FORBIDDEN, "second_factor_required", message);
        problem.leads_to = Some("/account/second-factor".to_owned());
        problem
    }

    pub fn unreadable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", message)
    }

    pub fn too_large() -> Self {
        let message = "That is more than 64 KiB, the most this server takes. Send less.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    pub fn list_too_large() -> Self {
        let message = "That is more than 1 MB, the most a list may have. Split it into several lists.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", INTERNAL)
    }

    pub fn database_unavailable() -> Self {
        let message = "The database can't be reached right now. Try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "database_unavailable", message).retry_after(RETRY_S)
    }

    /// What a bare status of the framework means in our words.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(status, "not_found", NOT_FOUND),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "method_not_allowed", "This address doesn't take that method.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::UNPROCESSABLE_ENTITY => {
                Self::new(status, "invalid_fields", "A field is missing or has the wrong kind of value.")
            }
            other if other.is_client_error() => {
                Self::new(other, "unreadable", "The request could not be read.")
            }
            _ => Self::internal(),
        }
    }

    fn of_refusal(refusal: &Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::Fields(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields"),
            Refusal::TierLimitReached { .. } => (StatusCode::FORBIDDEN, "tier_limit_reached"),
            Refusal::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            Refusal::State(_) | Refusal::Conflict { .. } => (StatusCode::CONFLICT, "conflict"),
            Refusal::SignIn => (StatusCode::UNAUTHORIZED, "not_signed_in"),
            Refusal::SecondFactorNeeded => (StatusCode::UNAUTHORIZED, "second_factor_required"),
            Refusal::FreshSignInNeeded => (StatusCode::FORBIDDEN, "fresh_sign_in_required"),
            Refusal::Suspended | Refusal::NotAllowed(_) => (StatusCode::FORBIDDEN, "not_allowed"),
            Refusal::TooManyAttempts(_) | Refusal::TooManyLinks { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests")
            }
            Refusal::NotConfigured => (StatusCode::SERVICE_UNAVAILABLE, "chatwoot_unavailable"),
        };
        let mut problem = Self::new(status, code, refusal.to_string());
        match refusal {
            Refusal::Fields(fields) | Refusal::Conflict { fields, .. } => {
                let named = fields.iter().map(|field| (field.field.to_owned(), field.messages.clone()));
                problem.fields = named.collect();
            }
            Refusal::TooManyAttempts(seconds) | Refusal::TooManyLinks { seconds, .. } => {
                problem.retry_after = Some(*seconds);
            }
            Refusal::NotConfigured => problem.retry_after = Some(RETRY_S),
            _ => {}
        }
        problem
    }

    fn of_chatwoot(failure: Failure) -> Self {
        match failure {
            Failure::Unreachable | Failure::Busy | Failure::PlatformKeyMissing => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "chatwoot_unavailable", failure.words())
                    .retry_after(RETRY_S)
            }
            Failure::TooSlow => Self::new(StatusCode::GATEWAY_TIMEOUT, "chatwoot_too_slow", failure.words()),
            Failure::Broken
            | Failure::PlatformKeyRejected
            | Failure::AccountKeyRejected
            | Failure::AccountKeyNotAdministrator
            | Failure::AccountSuspended
            | Failure::AccountMissing
            | Failure::NotPermissible
            | Failure::AddressTaken
            | Failure::AddressRefused
            | Failure::PasswordRefused
            | Failure::AccountFull
            | Failure::InboxGone
            | Failure::RemovedInChatwoot
            | Failure::DifferentPerson
            | Failure::Refused => Self::new(StatusCode::BAD_GATEWAY, "chatwoot_refused", failure.words()),
        }
    }
}

impl From<&ServiceError> for Problem {
    fn from(error: &ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => Self::of_refusal(refusal),
            ServiceError::NotFound => Self::of_status(StatusCode::NOT_FOUND),
            ServiceError::Forbidden => Self::not_allowed("You may not do this."),
            ServiceError::Chatwoot(failure) => Self::of_chatwoot(*failure),
            ServiceError::Busy => {
                let message = "Too much is going on right now. Nothing was changed; try again in a moment.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message).retry_after(RETRY_S)
            }
            ServiceError::Database(fault) => {
                tracing::error!(error = %fault, "the database failed");
                Self::database_unavailable()
            }
            ServiceError::Internal(fault) => {
                tracing::error!(error = fault, "internal fault");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        Self::from(&error)
    }
}

impl From<ServiceError> for HtmlError {
    fn from(error: ServiceError) -> Self {
        Self(error)
    }
}

impl IntoResponse for HtmlError {
    fn into_response(self) -> Response {
        Problem::from(&self.0).into_response()
    }
}

/// The refusal that a form is drawn again with, and the status of that page; anything else is a page of its own.
pub fn of_form(error: ServiceError) -> Result<(FormStatus, Refusal), Problem> {
    let status = match &error {
        ServiceError::Refused(Refusal::Fields(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        ServiceError::Refused(Refusal::State(_) | Refusal::Conflict { .. }) => StatusCode::CONFLICT,
        ServiceError::Refused(Refusal::TooManyAttempts(_)) => StatusCode::TOO_MANY_REQUESTS,
        _ => return Err(error.into()),
    };
    match error {
        ServiceError::Refused(refusal) => Ok((FormStatus::of(status, &refusal), refusal)),
        other => Err(other.into()),
    }
}

impl FormStatus {
    pub fn of(status: StatusCode, refusal: &Refusal) -> Self {
        let retry_after = match refusal {
            Refusal::TooManyAttempts(seconds) => Some(*seconds),
            _ => None,
        };
        Self { status, retry_after }
    }

    /// The page with the form.
    pub fn page(self, template: impl Template) -> Response {
        let mut response = Page(self.status, template).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

pub async fn no_such_page() -> Problem {
    Problem::of_status(StatusCode::NOT_FOUND)
}

pub async fn no_such_method() -> Problem {
    Problem::of_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// What is left of a request whose handler panicked.
pub fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::internal().into_response()
}
