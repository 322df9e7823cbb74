//! What a tier allows and how much of it a tenant uses.

use crate::app::App;
use crate::db;
use crate::domain::ids::TenantId;
use crate::domain::tier::{TierLimits, Usage};
use crate::services::error::ServiceError;

/// The limits of the tier with this key, and the tenant's own usage. Costs one query.
pub async fn show(app: &App, tenant: TenantId, tier: &str) -> Result<(TierLimits, Usage), ServiceError> {
    // PostgreSQL answers a NUL in a text with an error, SQLite does not.
    if tier.contains('\0') {
        return Err(ServiceError::NotFound);
    }
    db::tier_limits::find(app.db.read(), tier, tenant).await?.ok_or(ServiceError::NotFound)
}
