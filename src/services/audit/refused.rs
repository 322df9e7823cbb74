//! Attempts that were refused: worth an entry, but not one per try of somebody who keeps trying.

use chrono::TimeDelta;

use crate::app::App;
use crate::db;
use crate::db::audit::Event;
use crate::services::error::ServiceError;

/// How long the same attempt in a row counts as noted.
const NOTED_FOR: TimeDelta = TimeDelta::hours(1);

/// Notes a refused attempt in a transaction of its own, unless the last entry of its chain says the same.
pub async fn note_refused(app: &App, event: Event) -> Result<(), ServiceError> {
    let tx = app.db.write().await?;
    if let Some(tenant) = event.tenant {
        // Of those who try at once, one writes and the others see it.
        db::users::lock(&*tx, tenant).await?;
    }
    let last = db::audit::last(&*tx, event.tenant).await?;
    let noted = last.is_some_and(|last| {
        last.action == event.action
            && last.actor_id == event.actor_id
            && last.object_id == event.object_id
            && last.after == event.after
            && event.at - last.at < NOTED_FOR
    });
    if !noted {
        db::audit::insert(&*tx, event).await?;
        tx.commit().await?;
    }
    Ok(())
}
