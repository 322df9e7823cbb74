//! Signing in and out.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::auth::{self, Session};
use super::body::PageForm;
use super::client_ip::ClientIp;
use super::error::Problem;
use super::flash::{self, Notice};
use super::page::{Layout, Page, Visit};
use super::sign_in_code;
use crate::app::App;
use crate::domain::password::Password;
use crate::services::accounts::{self, SignIn};
use crate::services::error::{Refusal, ServiceError};

/// Drops what the browser still keeps of a signed-in person's pages.
pub const CLEAR_CACHE: (HeaderName, HeaderValue) =
    (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    layout: Layout,
    email: String,
    next: String,
    error: Option<String>,
    info: Option<&'static str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

pub fn router() -> Router<App> {
    Router::new().route("/sign-in", get(show).post(sign_in)).route("/sign-out", post(sign_out))
}

/// `place` if it is a path of our own site, else the dashboard: nobody is sent elsewhere.
pub fn local_path(place: &str) -> &str {
    let plain = place.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && place.starts_with('/') && !place.starts_with("//") { place } else { "/" }
}

async fn show(visit: Visit, session: Session, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut next = String::new();
    let mut info = None;
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "next" => local_path(&value).clone_into(&mut next),
            "ended" => info = Some("Your session has ended. Sign in to carry on."),
            "suspended" => info = Some("This account is suspended. Contact support."),
            _ => {}
        }
    }
    if session.user.is_some_and(|signed_in| !signed_in.account.user.disabled) {
        return Redirect::to(local_path(&next)).into_response();
    }
    let layout = Layout::public(visit, "Sign in");
    Page::ok(SignInPage { layout, email: String::new(), next, error: None, info }).into_response()
}

async fn sign_in(
    State(app): State<App>,
    visit: Visit,
    ClientIp(ip): ClientIp,
    mut session: Session,
    sent: PageForm<SignInForm>,
) -> Result<Response, Problem> {
    let (form, fault) = sent.into_parts();
    if let Some(refusal) = fault {
        return Ok(refused(visit, form.email, &form.next, &refusal));
    }
    let password = Password::new(form.password);
    match accounts::sign_in(&app, &form.email, password, ip).await {
        Ok(SignIn::Done(account)) => {
            auth::begin(&mut session, account).await?;
            Ok(Redirect::to(local_path(&form.next)).into_response())
        }
        Ok(SignIn::CodeNeeded(account)) => {
            sign_in_code::wait(&app, &mut session, &account, local_path(&form.next)).await
        }
        Err(ServiceError::Refused(refusal)) => Ok(refused(visit, form.email, &form.next, &refusal)),
        Err(other) => Err(other.into()),
    }
}

async fn sign_out(State(app): State<App>, mut session: Session) -> Result<Response, Problem> {
    auth::end(&mut session).await?;
    let mut response = flash::redirect(&app, "/sign-in", Notice::SignedOut, None);
    let (name, value) = CLEAR_CACHE;
    response.headers_mut().insert(name, value);
    Ok(response)
}

fn refused(visit: Visit, email: String, next: &str, refusal: &Refusal) -> Response {
    let status = match refusal {
        Refusal::TooManyAttempts(_) => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = SignInPage {
        layout: Layout::public(visit, "Sign in").with_error(),
        email,
        next: local_path(next).to_owned(),
        error: Some(refusal.to_string()),
        info: None,
    };
    let mut response = Page(status, page).into_response();
    if let Refusal::TooManyAttempts(seconds) = refusal {
        response.headers_mut().insert("retry-after", HeaderValue::from(*seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_our_own_are_followed() {
        assert_eq!(
            local_path("/integrations/helpdesk?page=2#agent-1"),
            "/integrations/helpdesk?page=2#agent-1"
        );
        for elsewhere in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\tb", "javascript:x", "/ü"]
        {
            assert_eq!(local_path(elsewhere), "/");
        }
    }
}
