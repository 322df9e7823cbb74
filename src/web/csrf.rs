//! Refuses writes that another site makes a browser send.

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::cookie;
use super::error::Problem;
use crate::app::App;

const OTHER_SITE: &str =
    "This request came from another site, so nothing was changed. Open the page here and try again.";
const NO_ORIGIN: &str = "A call with a session cookie must say where it comes from: send an Origin or \
     Sec-Fetch-Site header of this server's own origin.";

/// The layer: what a browser says of the sender decides, for signing in and out too.
pub async fn refuse_cross_site(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && let Err(sentence) = judge(&app, request.headers()) {
        return Problem::not_allowed(sentence).into_response();
    }
    next.run(request).await
}

fn judge(app: &App, headers: &HeaderMap) -> Result<(), &'static str> {
    if let Some(site) = headers.get("sec-fetch-site") {
        return if site == "same-origin" || site == "none" { Ok(()) } else { Err(OTHER_SITE) };
    }
    if let Some(origin) = headers.get(ORIGIN) {
        let is_ours = origin.to_str().is_ok_and(|origin| is_ours(app, origin, headers));
        return if is_ours { Ok(()) } else { Err(OTHER_SITE) };
    }
    let has_session = cookie::find(headers, cookie::session_name(app)).is_some();
    if has_session { Err(NO_ORIGIN) } else { Ok(()) }
}

fn is_ours(app: &App, origin: &str, headers: &HeaderMap) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    if app.config.base_url.as_ref().is_some_and(|base| base.origin() == origin.origin()) {
        return true;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let ours = host.and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
    origin.origin().is_tuple() && ours.is_some_and(|ours| ours.origin() == origin.origin())
}
