//! Forms sent after the session ended: what was typed comes back, so that nobody types it again.

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequest as _, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth;
use super::body::{self, Measure};
use super::error::Problem;
use super::import::{IMPORT, Upload};
use super::page::{Layout, Page, Visit};

const SIGN_IN_ELSEWHERE: &str = "You've been signed out. Sign in in a new tab, then try again here.";

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    layout: Layout,
    action: String,
    typed: Vec<(String, String)>,
    had_password: bool,
}

/// The layer around pages: a form of somebody who is not signed in any more is not lost.
///
/// htmx leaves the form as it is and shows an alert; without it the page sends the fields again.
/// Whoever typed nothing, or is suspended, goes on to the handler, which asks to sign in.
pub async fn keep_what_was_typed(request: Request, next: Next) -> Response {
    if *request.method() != Method::POST || auth::signed_in(request.extensions()).is_some() {
        return next.run(request).await;
    }
    if request.uri().path() == IMPORT && !body::is_form(request.headers()) {
        return keep_list(request).await;
    }
    if !body::is_form(request.headers()) {
        return next.run(request).await;
    }
    let visit = Visit::of(&request);
    let action = request.uri().path().to_owned();
    let measure = Measure::of(request.extensions());
    let (parts, body) = request.into_parts();
    let bytes = match body::read_within(body, measure).await {
        Ok(bytes) => bytes,
        Err(problem) => return problem.into_response(),
    };
    let fields = url::form_urlencoded::parse(&bytes).into_owned();
    let (passwords, typed): (Vec<_>, Vec<_>) =
        fields.partition(|(name, _)| name.contains("password") || name == "code");
    if typed.iter().all(|(_, value)| value.is_empty()) {
        return next.run(Request::from_parts(parts, Body::from(bytes))).await;
    }
    let had_password = passwords.iter().any(|(_, value)| !value.is_empty());
    kept(visit, action, typed, had_password)
}

/// The same for a list, which comes with its file in a form of another kind; it is sent again as text.
async fn keep_list(request: Request) -> Response {
    let visit = Visit::of(&request);
    match Upload::from_request(request, &()).await {
        Ok(Upload { pasted, list, .. }) => {
            let typed = vec![("list".to_owned(), list.unwrap_or(pasted))];
            kept(visit, IMPORT.to_owned(), typed, false)
        }
        Err(problem) => problem.into_response(),
    }
}

fn kept(visit: Visit, action: String, typed: Vec<(String, String)>, had_password: bool) -> Response {
    if visit.is_htmx {
        return Problem::not_signed_in(SIGN_IN_ELSEWHERE).into_response();
    }
    let layout = Layout::public(visit, "You've been signed out");
    Page(StatusCode::UNAUTHORIZED, SignedOutPage { layout, action, typed, had_password }).into_response()
}
