//! Forgetting what has had its time.

use chrono::TimeDelta;

use crate::app::App;
use crate::db;
use crate::domain::import::ImportState;
use crate::services::error::ServiceError;

/// How long failed sign-ins are remembered.
const FAILURES_MS: i64 = 24 * 60 * 60 * 1000;

/// How long done operations are kept; the audit log keeps what they changed.
const DONE_LIFE: TimeDelta = TimeDelta::days(7);

/// How long a list that was only looked at is kept, and one that was worked on.
const DRAFT_LIFE: TimeDelta = TimeDelta::hours(24);
const IMPORT_LIFE: TimeDelta = TimeDelta::days(30);

/// Forgets expired sessions, links and idempotency keys, old failed sign-ins and old imports.
pub async fn forget_expired(app: &App) -> Result<(), ServiceError> {
    let tx = app.db.write().await?;
    db::sessions::delete_expired(&*tx, app.now_ms()).await?;
    db::password_links::delete_expired(&*tx, app.now()).await?;
    db::idempotency::delete_expired(&*tx, app.now_ms()).await?;
    db::sign_in_failures::delete_older(&*tx, app.now_ms() - FAILURES_MS).await?;
    db::operations::delete_done(&*tx, app.now() - DONE_LIFE).await?;
    db::sign_in_links::delete_expired(&*tx, app.now() - DONE_LIFE).await?;
    db::imports::delete_older(&*tx, ImportState::Draft, app.now() - DRAFT_LIFE).await?;
    db::imports::delete_older(&*tx, ImportState::Finished, app.now() - IMPORT_LIFE).await?;
    Ok(tx.commit().await?)
}
