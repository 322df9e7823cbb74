//! What htmx needs to be told differently from a browser.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::convert::Infallible;

/// Sends the whole browser somewhere else.
pub const REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
const REQUEST: HeaderName = HeaderName::from_static("hx-request");
const RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
const RESWAP: HeaderName = HeaderName::from_static("hx-reswap");
const RESELECT: HeaderName = HeaderName::from_static("hx-reselect");

/// Whether htmx asks, for handlers that answer in place or redirect.
#[derive(Clone, Copy, Debug)]
pub struct Htmx(pub bool);

impl<S: Sync> FromRequestParts<S> for Htmx {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(is_htmx(&parts.headers)))
    }
}

pub(super) fn is_htmx(headers: &HeaderMap) -> bool {
    headers.get(REQUEST).is_some_and(|value| value == "true")
}

/// The way back to `page` for a browser that opened a fragment's own address.
pub fn unless_htmx(htmx: Htmx, page: &str) -> Option<Response> {
    if htmx.0 { None } else { Some((vary(), Redirect::to(page)).into_response()) }
}

/// The layer: a redirect becomes one that htmx follows as a whole page, and answers say what they depend on.
pub(super) async fn redirects(request: Request, next: Next) -> Response {
    let is_htmx = is_htmx(request.headers());
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    if is_htmx
        && response.status() == StatusCode::SEE_OTHER
        && let Some(place) = response.headers_mut().remove(header::LOCATION)
    {
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().insert(REDIRECT, place);
    }
    if is_htmx || !is_get {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("HX-Request"));
    }
    response
}

/// Makes htmx show an answer in the page's alert, whatever the form's own target is.
pub(super) fn show_as_alert(headers: &mut HeaderMap) {
    headers.insert(RETARGET, HeaderValue::from_static("#alert"));
    headers.insert(RESWAP, HeaderValue::from_static("innerHTML"));
    headers.insert(RESELECT, HeaderValue::from_static(".alert"));
}

fn vary() -> [(HeaderName, HeaderValue); 1] {
    [(header::VARY, HeaderValue::from_static("HX-Request"))]
}
