//! Signing in and out for API clients.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::openapi::{BodyRefusals, ErrorBody};
use crate::app::App;
use crate::domain::password::Password;
use crate::domain::user::User;
use crate::services::accounts::{self, SignIn};
use crate::services::error::{Refusal, ServiceError};
use crate::web::auth::{self, Session};
use crate::web::body::JsonBody;
use crate::web::client_ip::ClientIp;
use crate::web::error::Problem;
use crate::web::sign_in::CLEAR_CACHE;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn)]
pub struct SignInBody {
    #[schema(example = "owner@example.com")]
    email: String,
    password: String,
    /// The second factor, for accounts that have one: six digits of the authenticator app, or a recovery code.
    #[serde(default)]
    #[schema(example = "123456")]
    code: Option<String>,
}

/// Who is signed in now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedIn)]
pub struct SignedInBody {
    #[schema(example = true)]
    success: bool,
    user: UserBody,
    /// How many recovery codes can still be used; left out for accounts without a second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    recovery_codes_left: Option<u64>,
}

/// Somebody who may sign in.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserBody {
    #[schema(format = Uuid, example = "0193596e-7a80-7c4e-9a51-6c2f0e8b1d35")]
    id: String,
    #[schema(example = "owner@example.com")]
    email: String,
    #[schema(example = "Olga Owner")]
    name: String,
    /// `USER`, `ADMIN` or `SUPER_ADMIN`.
    #[schema(example = "USER")]
    role: &'static str,
    /// The tier's key.
    #[schema(example = "PRO")]
    tier: String,
}

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(sign_out))
}

/// Signs in and sets the session cookie, always a new one.
#[utoipa::path(
    post,
    path = "/api/auth/sign-in",
    operation_id = "signIn",
    tag = "Signing in",
    security(()),
    request_body = SignInBody,
    responses(
        (status = 200, description = "Signed in; `Set-Cookie` brings the session.", body = SignedInBody),
        (status = 401, description = "E-mail and password do not match; or, with the code `second_factor_required`, the account has a second factor and `code` is missing.", body = ErrorBody),
        (status = 403, description = "The account is suspended, or the request comes from another site.", body = ErrorBody),
        (status = 429, description = "Too many attempts. `Retry-After` says in how many seconds to try again.", body = ErrorBody),
        (status = 500, description = "The fault is ours.", body = ErrorBody),
        (status = 503, description = "The database is away.", body = ErrorBody),
        BodyRefusals
    )
)]
async fn sign_in(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    mut session: Session,
    JsonBody(body): JsonBody<SignInBody>,
) -> Result<Json<SignedInBody>, Problem> {
    let (account, recovery_codes_left) =
        match accounts::sign_in(&app, &body.email, Password::new(body.password), ip).await? {
            SignIn::Done(account) => (account, None),
            SignIn::CodeNeeded(account) => {
                let code = body.code.ok_or(ServiceError::from(Refusal::SecondFactorNeeded))?;
                let digest = accounts::digest(&account);
                let (account, used) =
                    accounts::finish_sign_in(&app, account.user.id, &digest, &code, ip).await?;
                (account, Some(used.codes_left))
            }
        };
    let user = UserBody::from(&account.user);
    auth::begin(&mut session, account).await?;
    Ok(Json(SignedInBody { success: true, user, recovery_codes_left }))
}

/// Ends the session at once.
#[utoipa::path(
    post,
    path = "/api/auth/sign-out",
    operation_id = "signOut",
    tag = "Signing in",
    security(()),
    responses(
        (status = 204, description = "Signed out, or nobody was signed in."),
        (status = 403, description = "The request comes from another site.", body = ErrorBody),
        (status = 500, description = "The fault is ours.", body = ErrorBody),
        (status = 503, description = "The database is away.", body = ErrorBody)
    )
)]
async fn sign_out(mut session: Session) -> Result<Response, Problem> {
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
