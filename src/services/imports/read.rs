//! Showing imports.

use super::{ImportLine, ImportView};
use crate::app::App;
use crate::db;
use crate::domain::ids::{ImportId, TenantId};
use crate::services::agents;
use crate::services::error::ServiceError;

/// Imports that a page lists.
const LATEST: u64 = 5;

/// One import with its rows; another tenant's is not found.
pub async fn show(app: &App, tenant: TenantId, id: ImportId) -> Result<ImportView, ServiceError> {
    let conn = app.db.read();
    let known = db::imports::find(conn, tenant, id).await?.ok_or(ServiceError::NotFound)?;
    let rows = db::imports::rows(conn, id).await?;
    let seats = agents::draft(app, tenant).await?.seats;
    let is_paused = db::drift_looks::find(conn).await?.paused.is_some();
    Ok(ImportView { id, state: known.state, created_at: known.created_at, rows, seats, is_paused })
}

/// The tenant's last imports, newest first.
pub async fn latest(app: &App, tenant: TenantId) -> Result<Vec<ImportLine>, ServiceError> {
    let imports = db::imports::latest(app.db.read(), tenant, LATEST).await?;
    Ok(imports
        .into_iter()
        .map(|import| ImportLine { id: import.id, state: import.state, created_at: import.created_at })
        .collect())
}

/// The list that an import which is no longer there gave way to, as only the latest one looked at is kept.
pub async fn newer(app: &App, tenant: TenantId, id: ImportId) -> Result<Option<ImportId>, ServiceError> {
    Ok(db::imports::newer(app.db.read(), tenant, id).await?)
}
