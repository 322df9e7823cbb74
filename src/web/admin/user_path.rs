//! The user an address names.

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::app::App;
use crate::domain::ids::UserId;
use crate::domain::user::Role;
use crate::services::accounts::directory::{self, Line};
use crate::services::accounts::manage::OTHERS_BUSINESS;
use crate::services::error::{Refusal, ServiceError};
use crate::web::auth::CurrentAdmin;
use crate::web::error::Problem;

/// The list of users, to which every user's page leads back.
pub const USERS: &str = "/admin/users";

/// The user of `/admin/users/{id}…`; anything that is no id is as absent as a user that is not there.
pub struct UserPath(pub UserId);

/// Where a user's page is.
pub fn path(user: UserId) -> String {
    format!("{USERS}/{user}")
}

/// The user, for an administrator who may change it.
pub async fn managed(app: &App, admin: &CurrentAdmin, user: UserId) -> Result<Line, Problem> {
    let line = directory::line(app, user).await?;
    if admin.user.role.may_manage(line.role) {
        Ok(line)
    } else {
        Err(ServiceError::from(Refusal::NotAllowed(OTHERS_BUSINESS)).into())
    }
}

/// What to call somebody's kind of account in a sentence.
pub fn is_tenant(line: &Line) -> bool {
    line.role == Role::User
}

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // Deeper addresses name more than the user, which always comes first.
        let named = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await.ok();
        let user = named.and_then(|Path(named)| UserId::parse(&named.first()?.1));
        user.map(Self).ok_or_else(|| Problem::of_status(StatusCode::NOT_FOUND))
    }
}
