//! The second half of signing in: a code.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::auth::{self, Pending, Session};
use super::body::FormBody;
use super::client_ip::ClientIp;
use super::error::Problem;
use super::flash::{self, Notice};
use super::page::{Layout, Page, Visit};
use super::sign_in::local_path;
use crate::app::App;
use crate::domain::ids::UserId;
use crate::services::accounts::{self, Account};
use crate::services::error::{Refusal, ServiceError};

const PATH: &str = "/sign-in/code";
/// How long the right password counts without a code.
const PATIENCE_MS: i64 = 5 * 60 * 1000;

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    layout: Layout,
    codes_left: u64,
    error: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeForm {
    #[serde(default)]
    code: String,
}

pub fn router() -> Router<App> {
    Router::new().route(PATH, get(show).post(finish))
}

/// Asks for the code of somebody whose password was right.
pub async fn wait(
    app: &App,
    session: &mut Session,
    account: &Account,
    next: &str,
) -> Result<Response, Problem> {
    let pending = Pending {
        user_id: account.user.id.0,
        digest: accounts::digest(account).to_vec(),
        until_ms: app.now_ms() + PATIENCE_MS,
        next: next.to_owned(),
    };
    auth::wait_for_code(session, &pending).await?;
    Ok(Redirect::to(PATH).into_response())
}

async fn show(State(app): State<App>, visit: Visit, session: Session) -> Result<Response, Problem> {
    match waiting(&app, &session).await? {
        Some(pending) => page(&app, visit, UserId(pending.user_id), None).await,
        None => Ok(Redirect::to("/sign-in").into_response()),
    }
}

async fn finish(
    State(app): State<App>,
    visit: Visit,
    ClientIp(ip): ClientIp,
    mut session: Session,
    FormBody(form): FormBody<CodeForm>,
) -> Result<Response, Problem> {
    let Some(pending) = waiting(&app, &session).await? else {
        return Ok(Redirect::to("/sign-in?ended").into_response());
    };
    let user = UserId(pending.user_id);
    let (account, code_use) =
        match accounts::finish_sign_in(&app, user, &pending.digest, &form.code, ip).await {
            Ok(signed_in) => signed_in,
            Err(ServiceError::Refused(refusal)) => return refused(&app, visit, session, user, refusal).await,
            Err(other) => return Err(other.into()),
        };
    auth::begin(&mut session, account).await?;
    let next = local_path(&pending.next);
    if code_use.was_recovery_code {
        return Ok(flash::redirect_counting(&app, next, Notice::RecoveryCodeUsed, code_use.codes_left));
    }
    Ok(Redirect::to(next).into_response())
}

/// Who still has time to show a code.
async fn waiting(app: &App, session: &Session) -> Result<Option<Pending>, Problem> {
    Ok(auth::pending(session).await?.filter(|pending| pending.until_ms > app.now_ms()))
}

async fn refused(
    app: &App,
    visit: Visit,
    mut session: Session,
    user: UserId,
    refusal: Refusal,
) -> Result<Response, Problem> {
    match refusal {
        Refusal::Fields(_) | Refusal::TooManyAttempts(_) => page(app, visit, user, Some(&refusal)).await,
        Refusal::Suspended => {
            auth::end(&mut session).await?;
            Ok(Redirect::to("/sign-in?suspended").into_response())
        }
        _ => {
            auth::end(&mut session).await?;
            Ok(Redirect::to("/sign-in?ended").into_response())
        }
    }
}

async fn page(app: &App, visit: Visit, user: UserId, refusal: Option<&Refusal>) -> Result<Response, Problem> {
    let layout = Layout::public(visit, "Enter your code");
    let page = CodePage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        codes_left: accounts::recovery_codes_left(app, user).await?,
        error: refusal.map(ToString::to_string).unwrap_or_default(),
    };
    let status = match refusal {
        None => StatusCode::OK,
        Some(Refusal::TooManyAttempts(_)) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut response = Page(status, page).into_response();
    if let Some(Refusal::TooManyAttempts(seconds)) = refusal {
        response.headers_mut().insert("retry-after", HeaderValue::from(*seconds));
    }
    Ok(response)
}
