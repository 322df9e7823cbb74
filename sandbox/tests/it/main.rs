//! What a client of the sandbox sees, over real connections.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail at any line")]

mod support;

mod accounts;
mod basics;
mod faults;
mod jobs;
mod lifecycle;
mod page;
mod replay;
mod sign_in;
mod versions;
