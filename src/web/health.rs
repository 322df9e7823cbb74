//! For load balancers and operators: no session, no secrets.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::services::readiness;

/// The program is up.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
struct HealthBody {
    #[schema(example = "healthy")]
    status: &'static str,
    /// Now, in UTC.
    #[schema(format = DateTime, example = "2026-11-23T12:00:00.000Z")]
    timestamp: String,
    /// Seconds since the program started.
    uptime: u64,
    #[schema(example = "0.1.0")]
    version: &'static str,
}

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
}

/// Says that the program is up, whatever the database and Chatwoot do.
#[utoipa::path(
    get,
    path = "/api/health",
    operation_id = "showHealth",
    tag = "Health",
    security(()),
    responses((status = 200, description = "Up", body = HealthBody))
)]
async fn health(State(app): State<App>) -> Json<HealthBody> {
    Json(HealthBody {
        status: "healthy",
        timestamp: app.now().to_rfc3339_opts(SecondsFormat::Millis, true),
        uptime: app.uptime().as_secs(),
        version: env!("CARGO_PKG_VERSION"),
    })
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
