//! Pages for administrators, one file per address under `/admin`.

mod agents;
mod audit;
mod drift;
mod new_user;
mod own_password;
mod retry_agents;
mod tenant_limits;
mod tenants;
mod tier_limits;
mod user;
mod user_action;
mod user_consequences;
mod user_link;
mod user_path;
mod user_role;
mod user_tier;
mod users;

use axum::Router;

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new()
        .merge(tier_limits::router())
        .merge(tenant_limits::router())
        .merge(audit::router())
        .merge(drift::router())
        .merge(agents::router())
        .merge(retry_agents::router())
        .merge(tenants::router())
        .merge(users::router())
        .merge(new_user::router())
        .merge(user::router())
        .merge(user_link::router())
        .merge(user_tier::router())
        .merge(user_role::router())
        .merge(user_action::router())
}
