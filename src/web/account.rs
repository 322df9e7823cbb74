//! Everybody's own account: name, password, second factor, and where one is signed in.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::auth::{self, CurrentUser, Session};
use super::body::FormBody;
use super::client_ip::ClientIp;
use super::error::{self, Problem};
use super::flash::{self, Notice};
use super::page::{Active, Layout, Page};
use super::parts::{ErrorSummary, Moment, icon, messages_for};
use crate::app::App;
use crate::domain::password::Password;
use crate::services::accounts::{self, NewOwnPassword, OpenSession};
use crate::services::error::{Refusal, ServiceError};

const PATH: &str = "/account";

#[derive(Template)]
#[template(path = "account/page.html")]
struct AccountPage {
    layout: Layout,
    current: CurrentUser,
    name: String,
    codes_left: Option<u64>,
    sessions: Vec<SessionLine>,
    summary: Option<ErrorSummary>,
    refusal: Option<Refusal>,
}

/// A session as its owner sees it.
struct SessionLine {
    session: OpenSession,
    is_this: bool,
    since: Moment,
    last_used: Moment,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NameForm {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PasswordForm {
    present_password: String,
    password: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SessionForm {
    session: String,
}

pub fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(show))
        .route("/account/name", post(rename))
        .route("/account/password", post(change_password))
        .route("/account/sessions/end", post(end_session))
        .route("/account/sessions/end-others", post(end_others))
}

async fn show(State(app): State<App>, current: CurrentUser, session: Session) -> Result<Response, Problem> {
    let name = current.user.name.clone();
    Ok(Page::ok(page(&app, current, &session, name, None).await?).into_response())
}

async fn rename(
    State(app): State<App>,
    current: CurrentUser,
    session: Session,
    FormBody(form): FormBody<NameForm>,
) -> Result<Response, Problem> {
    match accounts::rename(&app, &current.by(), &form.name).await {
        Ok(()) => Ok(flash::redirect(&app, PATH, Notice::NameChanged, None)),
        Err(refused) => again(&app, current, &session, form.name, refused).await,
    }
}

async fn change_password(
    State(app): State<App>,
    current: CurrentUser,
    ClientIp(ip): ClientIp,
    mut session: Session,
    FormBody(form): FormBody<PasswordForm>,
) -> Result<Response, Problem> {
    let typed = NewOwnPassword {
        present: Password::new(form.present_password),
        new: Password::new(form.password),
        ip,
    };
    match accounts::change_password(&app, &current.by(), typed).await {
        Ok(account) => {
            auth::begin(&mut session, account).await?;
            Ok(flash::redirect(&app, PATH, Notice::OwnPasswordChanged, None))
        }
        Err(refused) => {
            let name = current.user.name.clone();
            again(&app, current, &session, name, refused).await
        }
    }
}

async fn end_session(
    State(app): State<App>,
    current: CurrentUser,
    FormBody(form): FormBody<SessionForm>,
) -> Result<Response, Problem> {
    let ended = accounts::end_own_session(&app, &current.by(), &form.session).await?;
    let notice = if ended { Notice::SessionEnded } else { Notice::SessionGone };
    Ok(flash::redirect(&app, "/account#sessions-title", notice, None))
}

async fn end_others(
    State(app): State<App>,
    current: CurrentUser,
    session: Session,
) -> Result<Response, Problem> {
    accounts::end_other_sessions(&app, &current.by(), &auth::known_by(&session)).await?;
    Ok(flash::redirect(&app, "/account#sessions-title", Notice::OtherSessionsEnded, None))
}

/// The page with what was refused; a `name` that was typed is kept.
async fn again(
    app: &App,
    current: CurrentUser,
    session: &Session,
    name: String,
    error: ServiceError,
) -> Result<Response, Problem> {
    let (status, refusal) = error::of_form(error)?;
    Ok(status.page(page(app, current, session, name, Some(refusal)).await?))
}

async fn page(
    app: &App,
    current: CurrentUser,
    session: &Session,
    name: String,
    refusal: Option<Refusal>,
) -> Result<AccountPage, Problem> {
    let sessions = accounts::open_sessions(app, current.user.id).await?;
    let codes_left = if current.user.has_second_factor {
        Some(accounts::recovery_codes_left(app, current.user.id).await?)
    } else {
        None
    };
    let (this, now) = (auth::known_by(session), app.now());
    let line = |session: OpenSession| SessionLine {
        is_this: session.id_hash == this,
        since: Moment { at: session.signed_in_at, now },
        last_used: Moment { at: session.last_used, now },
        session,
    };
    let layout = Layout::new(&current, "Your account", Active::Account);
    Ok(AccountPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        current,
        name,
        codes_left,
        sessions: sessions.into_iter().map(line).collect(),
        summary: refusal.as_ref().map(ErrorSummary::of),
        refusal,
    })
}

impl AccountPage {
    fn error(&self, field: &str) -> String {
        messages_for(self.refusal.as_ref(), field).join(". ")
    }
}
