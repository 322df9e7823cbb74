//! Who is signed in, asked of the database on every request.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::{Expiry, SessionManagerLayer};
use axum_login::{AuthManagerLayer, AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use uuid::Uuid;

use super::cookie;
use super::error::Problem;
use super::page::Visit;
use super::session_store::Store;
use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::password::Password;
use crate::domain::user::{Role, User};
use crate::services::accounts::{self, Account, DIGEST_BYTES};
use crate::services::agents::Actor;
use crate::services::error::ServiceError;

/// Where the session keeps who is signed in.
pub const DATA_KEY: &str = "signed_in";
const SUSPENDED: &str = "This account is suspended. Contact support.";
const SIGN_IN_FIRST: &str = "Sign in first.";

/// The session of this request.
pub type Session = AuthSession<Backend>;

/// Finds the account of a session and checks credentials.
#[derive(Clone)]
pub struct Backend {
    app: App,
}

/// What somebody types to sign in.
pub struct Credentials {
    pub email: String,
    pub password: Password,
    pub ip: Option<IpAddr>,
}

/// The account of a session; prints as its id only.
#[derive(Clone)]
pub struct SignedIn {
    pub account: Arc<Account>,
    digest: [u8; DIGEST_BYTES],
}

/// Anybody signed in, as the database has them now.
#[derive(Clone)]
pub struct CurrentUser {
    pub user: User,
    pub connection: Connection,
    pub visit: Visit,
}

/// A signed-in tenant; administrators are refused.
#[derive(Clone)]
pub struct CurrentTenant(pub CurrentUser);

/// A signed-in administrator; tenants are refused.
#[derive(Clone)]
pub struct Administrator(pub CurrentUser);

/// Who looks, for the header of pages.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub email: String,
    pub name: String,
    pub is_administrator: bool,
}

/// The layer that loads session and account: two queries with a session cookie, none without.
pub fn layer(app: &App) -> AuthManagerLayer<Backend, Store> {
    let sessions = SessionManagerLayer::new(Store { app: app.clone() })
        .with_name(cookie::session_name(app))
        .with_secure(app.config.is_https())
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnSessionEnd);
    AuthManagerLayerBuilder::new(Backend { app: app.clone() }, sessions).with_data_key(DATA_KEY).build()
}

/// Signs in under a new session id, whatever session there was before.
pub async fn begin(session: &mut Session, account: Account) -> Result<(), Problem> {
    end(session).await?;
    session.login(&SignedIn::of(account)).await.map_err(|fault| problem(&fault))
}

/// Ends the session at once.
pub async fn end(session: &mut Session) -> Result<(), Problem> {
    session.logout().await.map(drop).map_err(|fault| problem(&fault))
}

/// The layer that names what the session layer leaves unnamed: it fails only when the database does.
pub async fn name_the_fault(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let unnamed = response.status() == StatusCode::INTERNAL_SERVER_ERROR
        && response.extensions().get::<Problem>().is_none();
    if unnamed { Problem::database_unavailable().into_response() } else { response }
}

/// The layer that completes removals of the session cookie: browsers ignore one without `Secure` on HTTPS.
pub async fn remove_cookie_fully(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let name = cookie::session_name(&app);
    let removal = format!("{name}=;");
    let cookies: Vec<HeaderValue> = response
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|value| {
            if value.as_bytes().starts_with(removal.as_bytes()) {
                cookie::set(&app, name, "", 0)
            } else {
                Some(value.clone())
            }
        })
        .collect();
    response.headers_mut().remove(SET_COOKIE);
    for value in cookies {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The layer that lets error pages keep their header and navigation.
pub async fn remember_viewer(request: Request, next: Next) -> Response {
    let viewer = signed_in(request.extensions()).map(|signed_in| Viewer::of(&signed_in.account.user));
    let mut response = next.run(request).await;
    if let Some(viewer) = viewer
        && response.extensions().get::<Problem>().is_some()
    {
        response.extensions_mut().insert(viewer);
    }
    response
}

impl CurrentTenant {
    pub fn tenant(&self) -> TenantId {
        self.0.user.id
    }

    /// Who asks, for the audit log.
    pub fn actor(&self) -> Actor {
        Actor { tenant: self.tenant(), request_id: Some(self.0.visit.request_id.clone()) }
    }
}

impl CurrentUser {
    pub fn viewer(&self) -> Viewer {
        Viewer::of(&self.user)
    }
}

impl Viewer {
    fn of(user: &User) -> Self {
        Self {
            email: user.email.clone(),
            name: user.name.clone(),
            is_administrator: user.role.is_administrator(),
        }
    }
}

impl Deref for CurrentTenant {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl Deref for Administrator {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl FromRequestParts<App> for CurrentUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visit = Visit::of_parts(parts);
        let Some(signed_in) = signed_in(&parts.extensions) else {
            let ended = cookie::find(&parts.headers, cookie::session_name(app)).is_some();
            return Err(sign_in_first(&visit, SIGN_IN_FIRST, if ended { "&ended" } else { "" }));
        };
        let Account { user, connection, .. } = (*signed_in.account).clone();
        if user.disabled {
            return Err(sign_in_first(&visit, SUSPENDED, "&suspended"));
        }
        Ok(Self { user, connection, visit })
    }
}

impl FromRequestParts<App> for CurrentTenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let current = CurrentUser::from_request_parts(parts, app).await?;
        if current.user.role == Role::User {
            Ok(Self(current))
        } else {
            Err(Problem::not_allowed(
                "Agents belong to tenants. You are signed in as an administrator; sign in as a tenant to manage its agents.",
            ))
        }
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let current = CurrentUser::from_request_parts(parts, app).await?;
        if current.user.role.is_administrator() {
            Ok(Self(current))
        } else {
            Err(Problem::not_allowed("Only administrators may do this."))
        }
    }
}

impl SignedIn {
    fn of(account: Account) -> Self {
        Self { digest: accounts::digest(&account), account: Arc::new(account) }
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedIn({})", self.account.user.id)
    }
}

impl AuthUser for SignedIn {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.account.user.id.0
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.digest
    }
}

impl AuthnBackend for Backend {
    type User = SignedIn;
    type Credentials = Credentials;
    type Error = ServiceError;

    async fn authenticate(&self, typed: Credentials) -> Result<Option<SignedIn>, ServiceError> {
        accounts::sign_in(&self.app, &typed.email, typed.password, typed.ip).await.map(SignedIn::of).map(Some)
    }

    async fn get_user(&self, id: &Uuid) -> Result<Option<SignedIn>, ServiceError> {
        Ok(accounts::find(&self.app, UserId(*id)).await?.map(SignedIn::of))
    }
}

pub(super) fn signed_in(extensions: &Extensions) -> Option<&SignedIn> {
    extensions.get::<Session>().and_then(|session| session.user.as_ref())
}

fn sign_in_first(visit: &Visit, sentence: &'static str, reason: &str) -> Problem {
    let next: String = url::form_urlencoded::byte_serialize(visit.next.as_bytes()).collect();
    let mut problem = Problem::not_signed_in(sentence);
    problem.sign_in_at = Some(format!("/sign-in?next={next}{reason}"));
    problem
}

fn problem(fault: &axum_login::Error<Backend>) -> Problem {
    match fault {
        axum_login::Error::Backend(fault) => Problem::from(fault),
        axum_login::Error::Session(_) => Problem::database_unavailable(),
    }
}
