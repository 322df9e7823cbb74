//! What is said of a step that was done or failed, and what follows for the rest of the program.

use crate::app::App;
use crate::db::operations::Lease;
use crate::domain::agent::Failure;
use crate::domain::provisioning::{Observation, Step};
use crate::metrics;
use crate::services::calls::Answer;
use crate::services::health;

/// Writes it to log and metrics, and looks at the installation where the failure may be everybody's.
pub fn note(app: &App, lease: &Lease, step: Step, answer: &Answer) {
    let result = match answer.observation {
        Observation::Failed(failure) => failure.key(),
        _ => "ok",
    };
    app.metrics.attempts.get_or_create(&metrics::Attempt { step: step.key(), result }).inc();
    let Observation::Failed(failure) = answer.observation else {
        tracing::info!(operation.id = %lease.operation, agent.id = %lease.agent, step = step.key(), "step done");
        return;
    };
    tracing::warn!(
        operation.id = %lease.operation,
        agent.id = %lease.agent,
        step = step.key(),
        failure = failure.key(),
        chatwoot.status = answer.status,
        "step failed"
    );
    // One slow or broken call says nothing of the others, and a refused key something of all: look.
    let look = matches!(failure, Failure::TooSlow | Failure::Broken)
        || (!failure.counts_as_try() && answer.status.is_some());
    if look {
        let app = app.clone();
        app.tasks.clone().spawn(async move {
            if let Err(fault) = health::check_unless_just_done(&app).await {
                tracing::warn!(error = %fault, "the installation's state could not be stored");
            }
        });
    }
}
