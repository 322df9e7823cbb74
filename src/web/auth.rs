//! Who is signed in, asked of the database on every request.

use std::cell::Cell;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{Extensions, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::{Expiry, SessionManagerLayer};
use axum_login::{AuthManagerLayer, AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::client_ip::ClientIp;
use super::cookie;
pub use super::current::{CurrentAdmin, CurrentPerson, CurrentTenant, CurrentUser, Viewer};
use super::error::Problem;
use super::session_store::{self, Store};
use crate::app::App;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::services::accounts::{self, Account, DIGEST_BYTES, SignIn, Visitor};
use crate::services::error::ServiceError;

/// Where the session keeps who is signed in.
pub const DATA_KEY: &str = "signed_in";
/// Where the session keeps who has given the right password and has still to show a second factor.
pub const PENDING_KEY: &str = "second_factor";

tokio::task_local! {
    /// The account that came with this request's session, from the same query, until the backend asks for it.
    static SESSIONS_ACCOUNT: Cell<Option<Account>>;
    /// Who sends this request, for the sessions it begins.
    static VISITOR: Visitor;
    /// Whether the database failed when the session layer asked it, which that layer answers without a word.
    static STORE_FAILED: Cell<bool>;
}

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

/// The half of a sign-in that a session keeps until the other half comes.
#[derive(Deserialize, Serialize)]
pub struct Pending {
    pub user_id: Uuid,
    /// What [`accounts::digest`] says of the account: a password changed meanwhile ends this.
    pub digest: Vec<u8>,
    pub until_ms: i64,
    pub next: String,
}

/// The account of a session; prints as its id only.
#[derive(Clone)]
pub struct SignedIn {
    pub account: Arc<Account>,
    digest: [u8; DIGEST_BYTES],
}

/// The layer that loads session and account: one query with a session cookie, none without.
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

/// Keeps, under a new session id, who has given the right password and must still show a code.
pub async fn wait_for_code(session: &mut Session, pending: &Pending) -> Result<(), Problem> {
    end(session).await?;
    session.session.insert(PENDING_KEY, pending).await.map_err(|_| Problem::database_unavailable())
}

/// Who has given the right password and must still show a code.
pub async fn pending(session: &Session) -> Result<Option<Pending>, Problem> {
    session.session.get(PENDING_KEY).await.map_err(|_| Problem::database_unavailable())
}

/// What this session is known by in the list of its owner's sessions.
pub fn known_by(session: &Session) -> String {
    session.session.id().map(|id| session_store::id(&id).hash()).unwrap_or_default()
}

/// Ends the session at once.
pub async fn end(session: &mut Session) -> Result<(), Problem> {
    session.logout().await.map(drop).map_err(|fault| problem(&fault))
}

/// The layer outside [`layer`] that lets session and account come from one query.
pub async fn in_one_query(ClientIp(ip): ClientIp, request: Request, next: Next) -> Response {
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    let visitor = Visitor { user_agent: user_agent.unwrap_or_default().to_owned(), ip };
    VISITOR.scope(visitor, SESSIONS_ACCOUNT.scope(Cell::new(None), next.run(request))).await
}

/// Who sends this request; nobody in particular outside of one.
pub(super) fn visitor() -> Visitor {
    VISITOR.try_with(Clone::clone).unwrap_or_default()
}

/// Keeps the account that came with the session for the backend, which asks next.
pub(super) fn remember(account: Account) {
    // Outside a request, as in a test of the store alone, nobody asks.
    let _ = SESSIONS_ACCOUNT.try_with(|kept| kept.set(Some(account)));
}

/// Notes that the session layer's store failed.
pub(super) fn store_failed() {
    // Outside a request, as in a test of the store alone, nobody asks.
    let _ = STORE_FAILED.try_with(|failed| failed.set(true));
}

/// The layer that answers for a database that fails: where the session layer has no words, and where nobody would
/// ever answer because the database has gone silent.
pub async fn name_the_fault(State(app): State<App>, request: Request, next: Next) -> Response {
    STORE_FAILED
        .scope(Cell::new(false), async {
            let response = tokio::select! {
                response = next.run(request) => response,
                () = app.db.lost() => return Problem::database_unavailable().into_response(),
            };
            let unnamed = response.status() == StatusCode::INTERNAL_SERVER_ERROR
                && response.extensions().get::<Problem>().is_none();
            match (unnamed, STORE_FAILED.with(Cell::get)) {
                (false, _) => response,
                (true, true) => Problem::database_unavailable().into_response(),
                (true, false) => Problem::internal().into_response(),
            }
        })
        .await
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
        match accounts::sign_in(&self.app, &typed.email, typed.password, typed.ip).await? {
            SignIn::Done(account) => Ok(Some(SignedIn::of(account))),
            SignIn::CodeNeeded(_) => Ok(None),
        }
    }

    async fn get_user(&self, id: &Uuid) -> Result<Option<SignedIn>, ServiceError> {
        let remembered = SESSIONS_ACCOUNT.try_with(Cell::take).ok().flatten();
        if let Some(account) = remembered.filter(|account| account.user.id.0 == *id) {
            return Ok(Some(SignedIn::of(account)));
        }
        Ok(accounts::find(&self.app, UserId(*id)).await?.map(SignedIn::of))
    }
}

pub(super) fn signed_in(extensions: &Extensions) -> Option<&SignedIn> {
    extensions.get::<Session>().and_then(|session| session.user.as_ref())
}

fn problem(fault: &axum_login::Error<Backend>) -> Problem {
    match fault {
        axum_login::Error::Backend(fault) => Problem::from(fault),
        axum_login::Error::Session(_) => Problem::database_unavailable(),
    }
}
