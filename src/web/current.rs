//! Who may ask for a page or call, taken from the session of the request.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::auth;
use super::cookie;
use super::error::Problem;
use super::page::Visit;
use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::ids::TenantId;
use crate::domain::user::{Role, User};
use crate::services::accounts::Account;
use crate::services::agents::Actor;
use crate::services::audit::By;

const SUSPENDED: &str = "This account is suspended. Contact support.";
const SIGN_IN_FIRST: &str = "Sign in first.";
const ADMINISTRATORS_ONLY: &str = "Your role can't open this page. Ask a super admin.";
const TENANTS_ONLY: &str = "Agents belong to tenants. You are signed in as an administrator; sign in as a tenant to manage its agents.";

/// Anybody signed in, as the database has them now.
#[derive(Clone)]
pub struct CurrentUser {
    pub user: User,
    pub connection: Connection,
    pub visit: Visit,
}

/// Anybody signed in, also an administrator who has still to turn on a second factor.
#[derive(Clone)]
pub struct CurrentPerson(pub CurrentUser);

/// A signed-in tenant; administrators are refused.
#[derive(Clone)]
pub struct CurrentTenant(pub CurrentUser);

/// A signed-in administrator (`ADMIN` or `SUPER_ADMIN`); tenants are refused.
#[derive(Clone)]
pub struct CurrentAdmin(pub CurrentUser);

/// Who looks, for the header of pages.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub email: String,
    pub name: String,
    pub is_administrator: bool,
}

impl CurrentTenant {
    pub fn tenant(&self) -> TenantId {
        self.0.user.id
    }

    /// Who asks, for the audit log.
    pub fn actor(&self) -> Actor {
        Actor {
            tenant: self.tenant(),
            user: self.tenant(),
            request_id: Some(self.0.visit.request_id.clone()),
        }
    }
}

impl CurrentUser {
    /// Who asks, for the audit log.
    pub fn by(&self) -> By {
        By { user: self.user.id, request_id: Some(self.visit.request_id.clone()) }
    }

    pub fn viewer(&self) -> Viewer {
        Viewer::of(&self.user)
    }
}

impl Viewer {
    pub(super) fn of(user: &User) -> Self {
        Self {
            email: user.email.clone(),
            name: user.name.clone(),
            is_administrator: user.role.is_administrator(),
        }
    }
}

impl Deref for CurrentPerson {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl Deref for CurrentTenant {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl Deref for CurrentAdmin {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl FromRequestParts<App> for CurrentUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let CurrentPerson(current) = CurrentPerson::from_request_parts(parts, app).await?;
        let needs_second_factor = app.config.admin_second_factor && current.user.role.is_administrator();
        if needs_second_factor && !current.user.has_second_factor {
            return Err(Problem::second_factor_first());
        }
        Ok(current)
    }
}

impl FromRequestParts<App> for CurrentPerson {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visit = Visit::of_parts(parts);
        let Some(signed_in) = auth::signed_in(&parts.extensions) else {
            let ended = cookie::find(&parts.headers, cookie::session_name(app)).is_some();
            return Err(sign_in_first(&visit, SIGN_IN_FIRST, if ended { "&ended" } else { "" }));
        };
        let Account { user, connection, .. } = (*signed_in.account).clone();
        if user.disabled {
            return Err(sign_in_first(&visit, SUSPENDED, "&suspended"));
        }
        Ok(Self(CurrentUser { user, connection, visit }))
    }
}

impl FromRequestParts<App> for CurrentTenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let current = CurrentUser::from_request_parts(parts, app).await?;
        if current.user.role == Role::User {
            Ok(Self(current))
        } else {
            Err(Problem::not_allowed(TENANTS_ONLY))
        }
    }
}

impl FromRequestParts<App> for CurrentAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let current = CurrentUser::from_request_parts(parts, app).await?;
        if current.user.role.is_administrator() {
            Ok(Self(current))
        } else {
            Err(Problem::not_allowed(ADMINISTRATORS_ONLY))
        }
    }
}

fn sign_in_first(visit: &Visit, sentence: &'static str, reason: &str) -> Problem {
    let next: String = url::form_urlencoded::byte_serialize(visit.next.as_bytes()).collect();
    let mut problem = Problem::not_signed_in(sentence);
    problem.leads_to = Some(format!("/sign-in?next={next}{reason}"));
    problem
}
