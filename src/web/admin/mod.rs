//! Pages for administrators, one file per address under `/admin`.

mod agents;
mod audit;
mod retry_agents;
mod tenant_limits;
mod tenants;
mod tier_limits;

use axum::Router;

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new()
        .merge(tier_limits::router())
        .merge(tenant_limits::router())
        .merge(audit::router())
        .merge(agents::router())
        .merge(retry_agents::router())
        .merge(tenants::router())
}
