//! How a password comes about: made for the person, or typed.

use askama::Template;

use crate::services::error::Refusal;
use crate::web::parts::error_summary::messages_for;
use crate::web::parts::icon;

/// The two ways and the field for the second. It never comes back filled in.
#[derive(Template)]
#[template(path = "parts/password_choice.html")]
pub struct PasswordChoice {
    own: bool,
    errors: Vec<String>,
}

impl PasswordChoice {
    /// `own` when the person chose to type one.
    pub fn new(own: bool, refusal: Option<&Refusal>) -> Self {
        Self { own, errors: messages_for(refusal, "password") }
    }
}
