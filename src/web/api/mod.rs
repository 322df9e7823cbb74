//! The JSON API: every route with its description, so that neither exists without the other.

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

mod admin_tier_limits;
mod agent_changes;
mod agent_lifecycle;
mod agents;
mod auth;
mod body;
mod docs;
mod drift;
mod imports;
mod inboxes;
mod openapi;
mod reference;
mod request;
mod sign_in_link;
mod tier_limits;

/// Every route under `/api`.
pub fn router() -> Router<App> {
    described().into()
}

/// Every route under `/api` with what the handlers say about it.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Base::openapi())
        .merge(auth::router())
        .merge(agents::router())
        .merge(agent_changes::router())
        .merge(agent_lifecycle::router())
        .merge(imports::router())
        .merge(sign_in_link::router())
        .merge(inboxes::router())
        .merge(drift::router())
        .merge(tier_limits::router())
        .merge(admin_tier_limits::router())
        .routes(routes!(openapi::show))
        .routes(routes!(docs::show))
}
