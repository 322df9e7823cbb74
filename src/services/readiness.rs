//! Whether this process can serve requests now.

use std::time::Duration;

use tokio::time::timeout;

use crate::app::App;
use crate::db::{self, Pulse};

const PATIENCE: Duration = Duration::from_secs(1);

/// Why no request should come here now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReady {
    /// The process is about to end.
    Stopping,
    /// The database did not answer within a second.
    Database,
    /// The database lacks changes that this program needs.
    Schema,
}

impl NotReady {
    pub fn key(self) -> &'static str {
        match self {
            Self::Stopping => "stopping",
            Self::Database => "database_unavailable",
            Self::Schema => "schema_outdated",
        }
    }
}

/// Answers within a second; Chatwoot does not matter, because pages work without it.
pub async fn check(app: &App) -> Result<(), NotReady> {
    if app.draining.is_cancelled() || app.stopping.is_cancelled() {
        return Err(NotReady::Stopping);
    }
    if !app.db.answers() {
        return Err(NotReady::Database);
    }
    match timeout(PATIENCE, db::migrate::is_current(&app.db)).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(NotReady::Schema),
        Ok(Err(_)) | Err(_) => Err(NotReady::Database),
    }
}

/// Asks the database for signs of life until the program stops.
pub async fn watch_database(app: &App) {
    let Some(mut pulse) = Pulse::of(&app.db, &app.config.database_url) else { return };
    while !app.stopping.is_cancelled() {
        pulse.feel().await;
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = tokio::time::sleep(db::PULSE_PAUSE) => {}
        }
    }
}
