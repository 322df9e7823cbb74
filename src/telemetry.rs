//! What is logged, where, and what never is.

use std::io;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, filter, fmt};

/// Starts logging to standard error; a second start changes nothing.
pub fn start(log_filter: &str, json: bool) {
    let registry = tracing_subscriber::registry()
        .with(EnvFilter::new(log_filter))
        .with(filter::filter_fn(is_fit_to_log));
    // Fails only when something else logs already, as in tests.
    let _ = if json {
        registry.with(fmt::layer().json().flatten_event(true).with_writer(io::stderr)).try_init()
    } else {
        registry.with(fmt::layer().with_ansi(false).with_writer(io::stderr)).try_init()
    };
}

/// Whatever the filter asks for, other people's code may not say what could hold a secret.
fn is_fit_to_log(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= loudest(metadata.target())
}

fn loudest(target: &str) -> LevelFilter {
    match target.split("::").next().unwrap_or(target) {
        // Ours, and statements without their values.
        "localboxs" | "chatwoot_sandbox" | "sqlx" => LevelFilter::TRACE,
        // axum-login 0.18 prints whole users at DEBUG, axum what it could not read of a body.
        "axum" | "axum_login" | "tower_sessions" | "tower_sessions_core" | "tower_cookies" => {
            LevelFilter::INFO
        }
        // reqwest, hyper and rustls describe bytes on the wire at TRACE.
        _ => LevelFilter::DEBUG,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_peoples_code_never_prints_bytes_or_users() {
        assert_eq!(loudest("reqwest::connect::verbose"), LevelFilter::DEBUG);
        assert_eq!(loudest("hyper::proto::h1::io"), LevelFilter::DEBUG);
        assert_eq!(loudest("axum_login::session"), LevelFilter::INFO);
        assert_eq!(loudest("axum::rejection"), LevelFilter::INFO);
    }

    #[test]
    fn our_own_code_and_statements_are_heard_at_every_level() {
        assert_eq!(loudest("localboxs::worker"), LevelFilter::TRACE);
        assert_eq!(loudest("sqlx::query"), LevelFilter::TRACE);
    }
}
