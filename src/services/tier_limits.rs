//! What a tier allows and how much of it a tenant uses.

use crate::app::App;
use crate::db;
pub use crate::db::tier_limits::Shown;
use crate::domain::ids::TenantId;
use crate::services::error::ServiceError;

/// The limits of the tier with this key, for its own tier as they hold for this tenant now, and the tenant's usage.
///
/// Costs one query.
pub async fn show(app: &App, tenant: TenantId, tier: &str) -> Result<Shown, ServiceError> {
    // PostgreSQL answers a NUL in a text with an error, SQLite does not.
    if tier.contains('\0') {
        return Err(ServiceError::NotFound);
    }
    db::tier_limits::find(app.db.read(), tier, tenant, app.now()).await?.ok_or(ServiceError::NotFound)
}
