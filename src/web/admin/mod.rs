//! Pages for administrators, one file per address under `/admin`.

mod agents;
mod audit;
mod retry_agents;
mod tenants;

use axum::Router;

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new()
        .merge(agents::router())
        .merge(audit::router())
        .merge(retry_agents::router())
        .merge(tenants::router())
}
