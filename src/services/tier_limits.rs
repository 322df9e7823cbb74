//! What a tier allows and how much of it a tenant uses.

use crate::app::App;
use crate::db;
use crate::domain::ids::TenantId;
use crate::domain::tier::TierLimits;
use crate::services::error::ServiceError;

/// How much of its limits a tenant uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    pub helpdesk_agents: u64,
    pub demos: u64,
}

/// The limits of the tier with this key, and the tenant's own usage.
pub async fn show(app: &App, tenant: TenantId, tier: &str) -> Result<(TierLimits, Usage), ServiceError> {
    let conn = app.db.read();
    let limits = db::tier_limits::find(conn, tier).await?.ok_or(ServiceError::NotFound)?;
    let (helpdesk_agents, demos) = db::agents::usage(conn, tenant).await?;
    Ok((limits, Usage { helpdesk_agents, demos }))
}
