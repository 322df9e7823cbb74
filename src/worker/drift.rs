//! The loop that compares with Chatwoot when it is time.

use std::time::Duration;

use crate::app::App;
use crate::services::drift;

/// How often is asked whether it is time.
const POLL: Duration = Duration::from_secs(5);

/// Looks whenever a look is due, until the program stops.
pub async fn run(app: &App) {
    while !app.stopping.is_cancelled() {
        if let Err(fault) = drift::look_if_due(app).await {
            tracing::warn!(error = %fault, "Chatwoot could not be compared; it is tried again soon");
        }
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}
