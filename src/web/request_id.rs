//! One id per request: in the answer, in error bodies and in every log line.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use super::client_ip::ClientIp;
use super::{set_password, sign_in_link};
use crate::app::App;
use crate::metrics;
use crate::trace::{self, Origin, Place, Span};

/// Asked for every few seconds, or beside each page; of no interest to whoever reads traces.
const DULL: [&str; 4] = ["/livez", "/readyz", "/api/health", "/assets/{*file}"];

/// The id of the request, made here; none is taken from outside.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The layer: names the request and logs how it ended, without its query.
pub async fn assign(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().simple().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let route = request.extensions().get::<MatchedPath>().cloned();
    let above = request.headers().get("traceparent").and_then(|header| header.to_str().ok());
    let above = above.and_then(Place::parse);
    let told = begin(above.clone(), request.method(), route.as_ref().map(MatchedPath::as_str), &id);
    let origin = Origin {
        request: Some(id.clone()),
        trace: told.as_ref().map(Span::here).or(above),
        ip: ClientIp::of(request.extensions(), request.headers(), &app).0,
    };
    let span = tracing::info_span!(
        "request",
        request.id = Empty,
        trace.id = Empty,
        http.method = %request.method(),
        http.path = loggable(request.uri().path()),
    );
    origin.name(&span);
    let started = Instant::now();
    let method = request.method().clone();
    let answer = async {
        let mut response = next.run(request).await;
        let route = route.as_ref().map(MatchedPath::as_str);
        app.metrics.answered(method.as_str(), route, response.status().as_u16(), started.elapsed());
        end(told, response.status());
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(http.status = response.status().as_u16(), ms, "answered");
        if let Ok(value) = HeaderValue::try_from(id) {
            response.headers_mut().insert("x-request-id", value);
        }
        response
    };
    origin.scope(answer).instrument(span).await
}

/// The request's span for the collector of traces: never its path, which can hold a link that lets somebody in.
fn begin(above: Option<Place>, method: &Method, route: Option<&str>, id: &str) -> Option<Span> {
    if !trace::is_exported() || route.is_some_and(|route| DULL.contains(&route)) {
        return None;
    }
    let method = metrics::known_method(method.as_str());
    let mut span = match route {
        Some(route) => Span::serve(above, format!("{method} {route}"))?,
        None => Span::serve(above, method.to_owned())?,
    };
    span.note("http.request.method", method);
    if let Some(route) = route {
        span.note("http.route", route.to_owned());
    }
    span.note("request.id", id.to_owned());
    Some(span)
}

fn end(span: Option<Span>, status: StatusCode) {
    let Some(mut span) = span else { return };
    span.note("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail(status.as_str().to_owned());
    }
    span.end();
}

/// The path, but for links that let in whoever has them.
fn loggable(path: &str) -> &str {
    [set_password::PREFIX, sign_in_link::PREFIX]
        .into_iter()
        .find(|prefix| path.starts_with(prefix))
        .unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_that_lets_somebody_in_is_logged() {
        assert_eq!(loggable("/set-password/canary"), "/set-password/");
        assert_eq!(loggable("/agent-sign-in/canary"), "/agent-sign-in/");
        assert_eq!(loggable("/admin/users"), "/admin/users");
    }
}
