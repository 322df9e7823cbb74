//! For load balancers and operators: no session, no secrets.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::SecondsFormat;
use serde_json::json;

use crate::app::App;
use crate::services::readiness;

pub fn router() -> Router<App> {
    Router::new()
        .route("/api/health", get(health))
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
}

async fn health(State(app): State<App>) -> Response {
    let body = json!({
        "status": "healthy",
        "timestamp": app.now().to_rfc3339_opts(SecondsFormat::Millis, true),
        "uptime": app.uptime().as_secs(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    Json(body).into_response()
}

async fn ready(State(app): State<App>) -> Response {
    match readiness::check(&app).await {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(reason) => {
            let body = json!({ "status": "not_ready", "reason": reason.key() });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}
