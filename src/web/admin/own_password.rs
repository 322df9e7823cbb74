//! What a page that lets somebody into an account asks of the administrator who does it.

use std::net::IpAddr;

use serde::Deserialize;

use crate::domain::password::Password;
use crate::services::accounts::OwnPassword;
use crate::services::accounts::directory::Line;
use crate::services::error::Refusal;
use crate::web::auth::CurrentAdmin;
use crate::web::parts::{ErrorSummary, messages_for};

/// The own password, where it was asked for.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnForm {
    password: String,
}

/// Who asks, and what was wrong with it.
pub struct OwnPart {
    /// Whether it is about the own account, to which nothing is done here.
    pub is_own: bool,
    /// Whether it is about an administrator, which costs the own password.
    pub asks_password: bool,
    pub email: String,
    pub summary: Option<ErrorSummary>,
    pub error: String,
}

impl OwnForm {
    pub fn typed(self, ip: Option<IpAddr>) -> OwnPassword {
        OwnPassword { typed: Password::new(self.password), ip }
    }
}

impl OwnPart {
    pub fn new(admin: &CurrentAdmin, line: &Line, refusal: Option<&Refusal>) -> Self {
        Self {
            is_own: line.id == admin.user.id,
            asks_password: line.role.is_administrator(),
            email: admin.user.email.clone(),
            summary: refusal.map(ErrorSummary::of),
            error: messages_for(refusal, "password").join(". "),
        }
    }
}
