//! The state of this process and of what all processes share, as Prometheus reads it.

use std::time::Duration;

use tokio::time::timeout;

use crate::app::App;
use crate::db;
use crate::domain::agent::AgentState;
use crate::domain::connection::Health;
use crate::domain::drift::Kind;
use crate::metrics::{self, Build};
use crate::services::error::ServiceError;

/// Who watches must hear of a silent database, not wait for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Looks, and writes down what can be known without waiting for a database that is away.
pub async fn text(app: &App) -> Result<String, ServiceError> {
    let now = &app.metrics.now;
    now.build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION") }).set(1);
    now.uptime.set(app.uptime().as_secs_f64());
    now.stopping.set((app.draining.is_cancelled() || app.stopping.is_cancelled()).into());
    now.chatwoot_up.set((*app.chatwoot_answers.borrow()).into());
    let (open, idle) = app.db.pool();
    let idle = i64::try_from(idle).unwrap_or(0);
    let state = |state| metrics::State { state };
    now.pool.get_or_create(&state("idle")).set(idle);
    now.pool.get_or_create(&state("used")).set((i64::from(open) - idle).max(0));
    let stored = app.db.answers() && matches!(timeout(PATIENCE, look(app)).await, Ok(Ok(())));
    now.database_up.set(stored.into());
    app.metrics.text().map_err(|_| ServiceError::Internal("metrics cannot be written"))
}

/// What is stored; the last figures stay where it cannot be read.
async fn look(app: &App) -> Result<(), ServiceError> {
    let (conn, now) = (app.db.read(), &app.metrics.now);
    let known = db::gate::known(conn).await?;
    now.chatwoot_paused.set(seconds(known.pause_ms));
    for health in Health::ALL {
        let gauge = now.health.get_or_create(&metrics::Health { health: health.key() });
        gauge.set((health == known.health).into());
    }
    let counted = db::census::operations(conn).await?;
    for (state, count) in [
        ("running", counted.running),
        ("due", counted.due),
        ("later", counted.later),
        ("parked", counted.parked),
        ("failed", counted.failed),
    ] {
        now.operations.get_or_create(&metrics::State { state }).set(count);
    }
    now.oldest_due.set(seconds(counted.oldest_due_ms));
    let agents = db::census::agents(conn).await?;
    for state in AgentState::ALL.into_iter().filter(|state| *state != AgentState::Removed) {
        let count = agents.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
        now.agents.get_or_create(&metrics::State { state: state.key() }).set(count);
    }
    now.replicas.set(db::gate::alive(conn).await?.max(1).into());
    let drift = db::census::drift(conn).await?;
    for kind in Kind::ALL {
        let count = drift.iter().find(|(counted, _)| *counted == kind.key()).map_or(0, |(_, count)| *count);
        now.drift.get_or_create(&metrics::Drift { kind: kind.key() }).set(count);
    }
    now.work_paused.set(db::drift_looks::find(conn).await?.paused.is_some().into());
    Ok(())
}

fn seconds(ms: i64) -> f64 {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0)).as_secs_f64()
}
