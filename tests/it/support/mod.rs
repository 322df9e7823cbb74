//! A running program of its own for each test, and the people who use it.

mod answer;
mod app;
mod client;
mod database;
mod description;
mod factor;
mod keys;
mod office;
mod queries;

pub use answer::Answer;
pub use app::{Setup, TestApp};
pub use client::{Call, Client};
pub use description::Description;
pub use factor::{Factor, holds};
pub use keys::Keys;
pub use office::{Api, CALLS, Office};
pub use queries::queries;

/// What everybody's password is.
pub const PASSWORD: &str = "correct horse battery";
