//! Draws every problem in the shape its caller reads: JSON, an alert for htmx, or a page.

use askama::Template;
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::auth::Viewer;
use super::error::Problem;
use super::hx;
use super::page::{Layout, Visit};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    message: String,
    request_id: String,
    wait: Option<u64>,
}

#[derive(Template)]
#[template(path = "_alert.html")]
struct Alert {
    message: String,
    /// Where signing in again happens, when that helps.
    sign_in: bool,
}

/// The layer: fills in the body of each problem that a handler or the framework left.
pub async fn draw(request: Request, next: Next) -> Response {
    let visit = Visit::of(&request);
    let is_api = is_api(request.uri().path());
    let mut response = next.run(request).await;
    let Some(problem) = problem_of(&mut response) else { return response };
    log(&problem);
    let viewer = response.extensions_mut().remove::<Viewer>();
    let drawn = if is_api {
        json_answer(&problem, &visit)
    } else if visit.is_htmx {
        fragment(&problem)
    } else {
        page(&problem, visit, viewer)
    };
    with_headers_of(drawn, &response, &problem)
}

/// Whether a path belongs to the JSON API.
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

fn problem_of(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let is_fault = status.is_client_error() || status.is_server_error();
    (is_fault && plain).then(|| Problem::of_status(status))
}

fn log(problem: &Problem) {
    if problem.status.is_server_error() {
        tracing::error!(http.status = problem.status.as_u16(), code = problem.code, "request failed");
    } else {
        tracing::debug!(http.status = problem.status.as_u16(), code = problem.code, "request refused");
    }
}

fn json_answer(problem: &Problem, visit: &Visit) -> Response {
    let mut body = Map::new();
    body.insert("error".into(), json!(problem.message));
    body.insert("code".into(), json!(problem.code));
    if !problem.fields.is_empty() {
        let fields = problem.fields.iter().map(|(name, messages)| (name.clone(), json!(messages)));
        body.insert("fields".into(), Value::Object(fields.collect()));
    }
    body.insert("requestId".into(), json!(visit.request_id));
    (problem.status, Json(Value::Object(body))).into_response()
}

fn fragment(problem: &Problem) -> Response {
    let alert = Alert { message: problem.message.to_string(), sign_in: problem.code == "not_signed_in" };
    let mut response = html(problem.status, &alert);
    if let Some(place) = problem.leads_to.as_deref().and_then(|place| HeaderValue::try_from(place).ok()) {
        response.headers_mut().insert(hx::REDIRECT, place);
    }
    hx::show_as_alert(response.headers_mut());
    response
}

fn page(problem: &Problem, visit: Visit, viewer: Option<Viewer>) -> Response {
    if let Some(place) = problem.leads_to.as_deref().and_then(|place| HeaderValue::try_from(place).ok()) {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response();
    }
    let page = ErrorPage {
        message: problem.message.to_string(),
        request_id: visit.request_id.clone(),
        wait: problem.retry_after,
        layout: Layout::of_error(visit, viewer, heading(problem.status)),
    };
    html(problem.status, &page)
}

fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => {
            (status, Html("<!doctype html><title>Error</title><p>Something went wrong.")).into_response()
        }
    }
}

fn heading(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 414 | 415 => "This request can't be read",
        401 => "Sign in first",
        403 => "You can't do this",
        404 => "Page not found",
        405 => "This address doesn't work that way",
        409 => "Something changed meanwhile",
        413 => "That is too much",
        422 => "There is a problem",
        429 => "Too many attempts",
        502..=504 => "Not available right now",
        _ => "Something went wrong",
    }
}

/// Keeps what inner layers said: cookies, `Allow`, `Clear-Site-Data`.
fn with_headers_of(mut drawn: Response, inner: &Response, problem: &Problem) -> Response {
    copy(inner.headers(), drawn.headers_mut());
    if let Some(seconds) = problem.retry_after {
        drawn.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    drawn
}

fn copy(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            to.append(name, value.clone());
        }
    }
}
