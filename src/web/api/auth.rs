//! Signing in and out for API clients.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::domain::password::Password;
use crate::domain::user::User;
use crate::services::accounts;
use crate::web::auth::{self, Session};
use crate::web::body::JsonBody;
use crate::web::client_ip::ClientIp;
use crate::web::error::ApiError;
use crate::web::sign_in::CLEAR_CACHE;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    email: String,
    password: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SignedInBody {
    success: bool,
    user: UserBody,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct UserBody {
    id: String,
    email: String,
    name: String,
    /// `USER`, `ADMIN` or `SUPER_ADMIN`.
    role: &'static str,
    /// The tier's key, such as `PRO`.
    tier: String,
}

pub fn router() -> Router<App> {
    Router::new().route("/api/auth/sign-in", post(sign_in)).route("/api/auth/sign-out", post(sign_out))
}

async fn sign_in(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    mut session: Session,
    JsonBody(body): JsonBody<SignIn>,
) -> Result<Json<SignedInBody>, ApiError> {
    let account = accounts::sign_in(&app, &body.email, Password::new(body.password), ip).await?;
    let user = UserBody::from(&account.user);
    auth::begin(&mut session, account).await?;
    Ok(Json(SignedInBody { success: true, user }))
}

async fn sign_out(mut session: Session) -> Result<Response, ApiError> {
    auth::end(&mut session).await?;
    Ok((StatusCode::NO_CONTENT, [CLEAR_CACHE]).into_response())
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role.key(),
            tier: user.tier.key.clone(),
        }
    }
}
