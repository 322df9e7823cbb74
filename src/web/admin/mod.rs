//! Pages for administrators, one file per address under `/admin`.

use axum::Router;

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new()
}
