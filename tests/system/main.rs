//! The real program as processes, against the sandbox and both databases.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

mod canary;
mod collector;
mod conflict;
mod crash;
mod database;
mod fairness;
mod import;
mod outage;
mod race;
mod resilience;
mod rolling;
mod shutdown;
mod skew;
mod soak;
mod support;
mod takeover;
mod trace;
mod traces;
