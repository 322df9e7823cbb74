//! The loops that run beside the web: finish what waits, look whether Chatwoot is there, forget what expired.

mod drift;

use std::time::Duration;

use rand::RngExt;

use crate::app::App;
use crate::services::{gate, health, imports, provisioning, readiness, upkeep};

/// How often due operations are looked for when nobody says there are some.
const POLL: Duration = Duration::from_secs(1);
const UPKEEP: Duration = Duration::from_mins(10);

/// Runs every loop until the program stops, then gives back what was leased.
pub async fn run(app: App) {
    tokio::join!(
        operations(&app),
        checks(&app),
        forget(&app),
        imports::work(&app),
        drift::run(&app),
        gate::share(&app),
        readiness::watch_database(&app)
    );
    app.tasks.close();
    app.tasks.wait().await;
    if let Err(fault) = provisioning::hand_back(&app).await {
        tracing::warn!(error = %fault, "leases could not be given back; they end by themselves");
    }
}

async fn operations(app: &App) {
    while !app.stopping.is_cancelled() {
        if let Err(fault) = provisioning::take_due(app).await {
            tracing::warn!(error = %fault, "due operations could not be taken");
        }
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = app.work.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Checks now and then while Chatwoot answers; while it does not, every two seconds or so, with one call each.
async fn checks(app: &App) {
    let mut answers = app.chatwoot_answers.subscribe();
    while !app.stopping.is_cancelled() && app.chatwoot.is_some() {
        if let Err(fault) = health::check(app).await {
            tracing::warn!(error = %fault, "the installation's state could not be stored");
        }
        let answering = *answers.borrow_and_update();
        let pause = if answering {
            app.config.check.mul_f64(rand::rng().random_range(0.8..1.2))
        } else {
            Duration::from_millis(rand::rng().random_range(1_600..2_400))
        };
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
            _ = answers.wait_for(|now| answering && !now) => {}
        }
    }
}

async fn forget(app: &App) {
    while !app.stopping.is_cancelled() {
        if let Err(fault) = upkeep::forget_expired(app).await {
            tracing::warn!(error = %fault, "expired rows could not be forgotten");
        }
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = tokio::time::sleep(UPKEEP) => {}
        }
    }
}
