//! How long to wait for what, and until when a lease is worth something.

use std::time::Duration;

use rand::RngExt;

use crate::app::App;
use crate::db;
use crate::db::operations::Lease;
use crate::services::calls::Answer;

/// Doubles from half a second to a minute, with a random part so that many do not come back at once.
pub fn pause_after(answer: &Answer, attempts: i32) -> Duration {
    if let Some(ms) = answer.wait_ms {
        return Duration::from_millis(u64::try_from(ms).unwrap_or(60_000));
    }
    let doublings = u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0);
    let ceiling = 1_000_u64.saturating_mul(1 << doublings).min(60_000);
    Duration::from_millis(rand::rng().random_range(ceiling / 2..=ceiling))
}

/// Ends when Chatwoot answers again after it had not; never while there is no reason to wait for that.
pub async fn answered_again(app: &App, pause: Duration) {
    let mut answers = app.chatwoot_answers.subscribe();
    if pause.is_zero() || *answers.borrow_and_update() {
        return std::future::pending().await;
    }
    if answers.wait_for(|answers| *answers).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Ends when the database has been silent for as long as a lease lives: the work is somebody else's by then.
pub async fn no_database(app: &App) {
    loop {
        app.db.lost().await;
        if tokio::time::timeout(app.config.lease, app.db.found()).await.is_err() {
            return;
        }
    }
}

/// Renews the lease until it is lost.
pub async fn keep(app: &App, lease: &Lease) {
    loop {
        tokio::time::sleep(app.config.lease / 3).await;
        match db::operations::renew(app.db.read(), lease, app.lease_ms()).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(fault) => tracing::warn!(error = %fault, "a lease could not be renewed"),
        }
    }
}
