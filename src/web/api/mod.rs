//! The JSON API.

mod auth;

use axum::Router;

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new().merge(auth::router())
}
