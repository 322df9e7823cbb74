//! What browsers and API clients see.

mod account;
pub mod admin;
pub mod agent;
mod agent_confirm;
mod agent_edit;
pub mod agent_form;
mod agent_path;
pub mod api;
pub mod assets;
pub mod auth;
pub mod body;
mod client_ip;
mod cookie;
mod csrf;
mod csv;
mod current;
pub mod dashboard;
pub mod drift;
pub mod error;
pub mod flash;
mod fragment;
mod headers;
mod health;
pub mod helpdesk;
pub mod hx;
mod import;
pub mod inbox_switches;
pub mod integrations;
pub mod page;
mod parts;
pub mod password;
mod render_errors;
mod request_id;
mod seat_holders;
mod second_factor;
mod session_store;
mod set_password;
mod sign_in;
mod sign_in_code;
mod sign_in_link;
mod signed_out;
mod theme;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::app::App;

/// Everything this server answers.
pub fn router(app: App) -> Router {
    let signed_in = Router::new()
        .merge(sign_in::router())
        .merge(sign_in_code::router())
        .merge(set_password::router())
        .merge(sign_in_link::landing())
        .merge(pages())
        .merge(api::router())
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(app.clone(), auth::name_the_fault))
                .layer(from_fn_with_state(app.clone(), auth::remove_cookie_fully))
                .layer(from_fn_with_state(app.clone(), auth::in_one_query))
                .layer(auth::layer(&app))
                .layer(from_fn(auth::remember_viewer)),
        );
    let routes =
        signed_in.merge(theme::router()).merge(assets::router()).merge(Router::from(health::router()));
    layered(app, routes)
}

/// Puts the layers around these routes that everybody passes, outermost first.
pub fn layered(app: App, routes: Router<App>) -> Router {
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), request_id::assign))
        .layer(from_fn_with_state(app.clone(), headers::protect))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), flash::forget_once_shown))
        .layer(from_fn(hx::redirects))
        .layer(from_fn(render_errors::draw))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(body::refuse_too_large))
        .layer(from_fn_with_state(app.clone(), csrf::refuse_cross_site))
        .layer(DefaultBodyLimit::max(body::MAX_BYTES));
    routes
        .fallback(error::no_such_page)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(layers)
        .with_state(app)
}

fn pages() -> Router<App> {
    Router::new()
        .merge(account::router())
        .merge(second_factor::router())
        .merge(admin::router())
        .merge(dashboard::router())
        .merge(integrations::router())
        .merge(helpdesk::router())
        .merge(agent_form::router())
        .merge(agent::router())
        .merge(inbox_switches::router())
        .merge(import::router())
        .merge(password::router())
        .merge(sign_in_link::router())
        .merge(drift::router())
        .merge(agent_confirm::router())
        .merge(agent_edit::router())
        .layer(from_fn(signed_out::keep_what_was_typed))
}
