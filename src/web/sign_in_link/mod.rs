//! Links with which an agent signs in to Chatwoot: made by the tenant, used by whoever got it.

mod landing;
mod tenant;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use tenant::address;

/// What comes before the secret in the address.
pub(super) const PREFIX: &str = "/agent-sign-in/";

/// The tenant's pages.
pub fn router() -> Router<App> {
    Router::new()
        .route("/integrations/helpdesk/agents/{agent}/sign-in-link", get(tenant::show).post(tenant::make))
        .route(
            "/integrations/helpdesk/agents/{agent}/sign-in-link/revoke",
            post(tenant::revoke).get(tenant::back),
        )
}

/// The page that the link leads to, for anybody.
pub fn landing() -> Router<App> {
    Router::new().route("/agent-sign-in/{token}", get(landing::show).post(landing::redeem))
}
