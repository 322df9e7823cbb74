//! Pages for administrators, one file per address under `/admin`.

mod new_user;
mod user;
mod user_action;
mod user_path;
mod user_role;
mod user_tier;
mod users;

use axum::Router;

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new()
        .merge(users::router())
        .merge(new_user::router())
        .merge(user::router())
        .merge(user_tier::router())
        .merge(user_role::router())
        .merge(user_action::router())
}
