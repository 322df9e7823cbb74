//! The command line as somebody at a terminal meets it: the real program with an empty environment.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

mod audit;
mod configuration;
mod demo;
mod demos;
mod doctor;
mod help;
mod migrate;
mod reconcile;
mod sandbox;
mod serve;
mod support;
mod users;
