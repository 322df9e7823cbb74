//! People who sign in here.

use super::ids::UserId;
use super::tier::Tier;

/// What a signed-in person may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A tenant: its own agents and inboxes.
    User,
    /// Runs the installation.
    Admin,
    /// Runs the installation and its administrators.
    SuperAdmin,
}

impl Role {
    /// The spelling in the database, the API and the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Admin => "ADMIN",
            Self::SuperAdmin => "SUPER_ADMIN",
        }
    }

    /// Reads [`Role::key`] back, whatever its letter case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Admin, Self::SuperAdmin]
            .into_iter()
            .find(|role| role.key().eq_ignore_ascii_case(text))
    }

    /// Whether this role runs the installation rather than being a tenant of it.
    pub fn is_administrator(self) -> bool {
        !matches!(self, Self::User)
    }
}

/// A person who may sign in, with the tier in force now.
#[derive(Clone, Debug)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub tier: Tier,
    pub disabled: bool,
}
