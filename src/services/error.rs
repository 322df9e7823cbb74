//! Why a service did not do what it was asked.

use sea_orm::DbErr;
use thiserror::Error;

use crate::domain::entitlement::Adjusted;

/// Everything that can come back instead of a result.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// The person can put it right; displays as the sentence to show.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such thing, or it is another tenant's.
    #[error("not found")]
    NotFound,
    #[error("not allowed")]
    Forbidden,
    /// Chatwoot is needed for this right now and does not play along.
    #[error("Chatwoot failed")]
    Chatwoot(crate::domain::agent::Failure),
    /// Too much is going on at once; the same request works in a moment.
    #[error("busy")]
    Busy,
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// The fault is ours.
    #[error("internal fault: {0}")]
    Internal(&'static str),
}

/// What the person can put right. Each displays as the sentence a person reads.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Everything wrong with what was typed, field by field; the sentence is the first one.
    #[error("{}", .0.first().and_then(|field| field.messages.first()).map_or("", String::as_str))]
    Fields(Vec<FieldError>),
    #[error("{}", limit_sentence(.tier, *.limit, *.used, *.adjusted))]
    TierLimitReached { tier: String, limit: u64, used: u64, adjusted: Option<Adjusted> },
    /// What was changed is not any more as it was when that began, or cannot be so: the sentence, and what is there now.
    #[error("{sentence}")]
    Conflict { sentence: String, fields: Vec<FieldError> },
    #[error(
        "This idempotency key was already used for a different request. Use a new key, or send the first request again."
    )]
    KeyReused,
    /// The agent's state does not allow it; the sentence says which and what helps.
    #[error("{0}")]
    State(&'static str),
    #[error("That e-mail and password don't match. Check both and try again.")]
    SignIn,
    /// Somebody else's role may do this; the sentence says whose.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The password was right; a code is still to come.
    #[error(
        "This account has a second factor. Send the same call with code: the six digits of the authenticator app, or a recovery code."
    )]
    SecondFactorNeeded,
    /// What was asked for needs a sign-in of the last minutes, or the own password.
    #[error("You signed in more than 15 minutes ago. Sign in again, or send your own password with this.")]
    FreshSignInNeeded,
    #[error("This account is suspended. Contact support.")]
    Suspended,
    #[error("{}", wait_sentence(*.0))]
    TooManyAttempts(u64),
    /// As many sign-in links as an agent may have in an hour were made; after so many seconds one more can be.
    #[error("{}", links_sentence(*.most, *.seconds))]
    TooManyLinks { most: u64, seconds: u64 },
    #[error("Creating agents is switched off on this server. Ask your administrator.")]
    NotConfigured,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// As the JSON API spells it: `name`, `password`, `inboxIds`, `idempotencyKey`, …
    pub field: &'static str,
    pub messages: Vec<String>,
}

impl Refusal {
    /// A conflict that no field is to blame for.
    pub fn conflict(sentence: impl Into<String>) -> Self {
        Self::Conflict { sentence: sentence.into(), fields: Vec::new() }
    }

    /// One field's one fault.
    pub fn field(field: &'static str, message: impl Into<String>) -> Self {
        Self::Fields(vec![FieldError { field, messages: vec![message.into()] }])
    }
}

fn wait_sentence(seconds: u64) -> String {
    format!("Too many attempts. Try again in {}.", span(seconds))
}

fn links_sentence(most: u64, seconds: u64) -> String {
    format!(
        "{most} sign-in links can be made for an agent in an hour, and {most} were. You can make the next one in {}.",
        span(seconds)
    )
}

fn span(seconds: u64) -> String {
    let (number, unit) = if seconds > 60 { (seconds.div_ceil(60), "minute") } else { (seconds, "second") };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

fn limit_sentence(tier: &str, limit: u64, used: u64, adjusted: Option<Adjusted>) -> String {
    let agents = if limit == 1 { "agent" } else { "agents" };
    let plan = match adjusted {
        None => format!("Your {tier} plan includes"),
        Some(Adjusted::Raised) => format!("Your {tier} plan was raised for you (Override) to"),
        Some(Adjusted::Lowered) => format!("Your {tier} plan was lowered for you (Override) to"),
    };
    if used > limit {
        return match adjusted {
            None => format!(
                "You have {used} agents and your {tier} plan includes {limit}. Remove some before you add another."
            ),
            Some(_) => {
                format!("You have {used} agents. {plan} {limit}. Remove some before you add another.")
            }
        };
    }
    match limit {
        0 => format!("{plan} no agents."),
        1 => format!("{plan} 1 {agents} and it is in use."),
        _ => format!("{plan} {limit} {agents} and all {limit} are in use."),
    }
}
