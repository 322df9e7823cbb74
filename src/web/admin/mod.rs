//! Pages for administrators, one file per address under `/admin`.

mod audit;

use axum::Router;

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new().merge(audit::router())
}
