//! Why a command did not do its work.

use std::fmt;

use sea_orm::DbErr;

use crate::db::OpenError;
use crate::services::error::ServiceError;

/// A sentence with the way out, and the exit status: 1, or 2 for wrong usage.
#[derive(Debug)]
pub struct Failure {
    sentence: String,
    pub status: u8,
}

impl Failure {
    /// The work could not be done.
    pub fn new(sentence: impl fmt::Display) -> Self {
        Self { sentence: sentence.to_string(), status: 1 }
    }

    /// The command line asks for something that does not exist.
    pub fn usage(sentence: impl fmt::Display) -> Self {
        Self { sentence: sentence.to_string(), status: 2 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::new(error)
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::new(format!("The database failed ({error}); `localboxs doctor` checks it."))
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => {
                Self::new(format!("{}.", refusal.to_string().trim_end_matches('.')))
            }
            ServiceError::Database(error) => error.into(),
            other => Self::new(format!("That did not work: {other}.")),
        }
    }
}
