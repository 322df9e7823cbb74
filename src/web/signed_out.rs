//! Forms sent after the session ended: what was typed comes back, so that nobody types it again.

use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth;
use super::body::{self, Measure};
use super::error::Problem;
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
    let is_form = body::is_form(request.headers());
    if *request.method() != Method::POST || !is_form || auth::signed_in(request.extensions()).is_some() {
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
    if visit.is_htmx {
        return Problem::not_signed_in(SIGN_IN_ELSEWHERE).into_response();
    }
    let had_password = passwords.iter().any(|(_, value)| !value.is_empty());
    let layout = Layout::public(visit, "You've been signed out");
    Page(StatusCode::UNAUTHORIZED, SignedOutPage { layout, action, typed, had_password }).into_response()
}
