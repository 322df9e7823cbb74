//! Tier Limits: what each tier allows, edited with care.

mod conflict;
mod edit;
mod effect;
mod field;
mod form;
mod history;
mod review;
mod table;
mod tiers;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::routing::get;

use crate::app::App;
use crate::domain::limits::LimitName;
use crate::domain::tier::{Limit, TierLimits};
use crate::services::error::ServiceError;
use crate::web::auth::CurrentAdmin;
use crate::web::error::Problem;
use crate::web::flash::{self, SavedTier};
use axum::response::Response;

/// Where Tier Limits begin.
pub const TIER_LIMITS: &str = "/admin/tier-limits";

pub fn router() -> Router<App> {
    Router::new()
        .route(TIER_LIMITS, get(table::show))
        .route("/admin/tier-limits/new", get(tiers::new).post(tiers::add))
        .route("/admin/tier-limits/{tier}", get(edit::show).post(edit::save))
        .route("/admin/tier-limits/{tier}/preview", get(back).post(edit::preview))
        .route("/admin/tier-limits/{tier}/review", get(review::show).post(review::apply))
        .route("/admin/tier-limits/{tier}/reset", get(review::show_reset).post(review::reset))
        .route("/admin/tier-limits/{tier}/history", get(history::show))
        .route("/admin/tier-limits/{tier}/undo", get(back).post(history::undo))
        .route("/admin/tier-limits/{tier}/rename", get(tiers::show_rename).post(tiers::rename))
        .route("/admin/tier-limits/{tier}/move", get(back).post(tiers::move_by))
        .route("/admin/tier-limits/{tier}/retire", get(tiers::show_retire).post(tiers::retire))
}

/// The key of the tier that an address names; what can be no key is as absent as a tier that is not there.
pub(super) struct TierPath(pub String);

impl<S: Send + Sync> FromRequestParts<S> for TierPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, state).await.ok();
        let key =
            named.map(|Path(tier)| tier).filter(|tier| tier.bytes().all(|byte| byte.is_ascii_graphic()));
        key.map(Self).ok_or_else(|| Problem::from(ServiceError::NotFound))
    }
}

/// The tier's own page.
fn path(tier: &str) -> String {
    format!("{TIER_LIMITS}/{tier}")
}

/// This address of the tier with these values in it.
fn link(
    tier: &str,
    page: &str,
    version: i64,
    values: impl IntoIterator<Item = (LimitName, Limit)>,
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("version", &version.to_string());
    query.extend_pairs(values.into_iter().map(|(name, limit)| (name.key(), limit.stored().to_string())));
    format!("{}{page}?{}", path(tier), query.finish())
}

/// The table, which says what was saved and offers to undo it.
fn saved(app: &App, tier: &TierLimits) -> Response {
    let saved = SavedTier { key: tier.tier.clone(), version: tier.version, label: tier.label.clone() };
    flash::redirect_saved(app, TIER_LIMITS, &saved)
}

async fn back(_admin: CurrentAdmin, TierPath(tier): TierPath) -> Redirect {
    Redirect::to(&path(&tier))
}
