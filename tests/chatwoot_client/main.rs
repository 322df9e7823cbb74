//! The client of Chatwoot against a server that answers any bytes: what leaves us, and what we make of answers.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

mod account;
mod journeys;
mod logs;
mod mutations;
mod people;
mod refusals;
mod server;
mod setup;
mod transport;
