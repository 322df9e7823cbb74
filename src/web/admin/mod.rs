//! Pages for administrators, one file per address under `/admin`.

mod audit;
mod tenant_limits;
mod tier_limits;

use axum::Router;

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new().merge(tier_limits::router()).merge(tenant_limits::router()).merge(audit::router())
}
