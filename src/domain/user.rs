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

    /// Whether somebody of this role may change the account of somebody of `other`.
    pub fn may_manage(self, other: Self) -> bool {
        match self {
            Self::User => false,
            Self::Admin => other == Self::User,
            Self::SuperAdmin => true,
        }
    }

    /// The word on pages.
    pub fn words(self) -> &'static str {
        match self {
            Self::User => "Tenant",
            Self::Admin => "Admin",
            Self::SuperAdmin => "Super admin",
        }
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
    pub has_second_factor: bool,
}

/// Which users a list shows, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Part of a name or an address, whatever its letter case.
    pub search: String,
    pub role: Option<Role>,
    /// A tier's key.
    pub tier: Option<String>,
    pub suspended: Option<bool>,
    pub sort: Sort,
    pub descending: bool,
}

/// What a list of users is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Name,
    Email,
    Tier,
    Agents,
    LastSignIn,
}

impl Sort {
    pub const ALL: [Self; 5] = [Self::Name, Self::Email, Self::Tier, Self::Agents, Self::LastSignIn];

    /// The word in an address.
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Tier => "tier",
            Self::Agents => "agents",
            Self::LastSignIn => "last-sign-in",
        }
    }

    /// Reads [`Sort::key`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.key() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::Role::{Admin, SuperAdmin, User};

    #[test]
    fn only_a_super_admin_manages_administrators() {
        assert!([User, Admin, SuperAdmin].iter().all(|other| SuperAdmin.may_manage(*other)));
        assert!(Admin.may_manage(User) && !Admin.may_manage(Admin) && !Admin.may_manage(SuperAdmin));
        assert!(![User, Admin, SuperAdmin].iter().any(|other| User.may_manage(*other)));
    }
}
