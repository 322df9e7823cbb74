//! What people and clients see, through the real router, on SQLite or on the PostgreSQL of `TEST_DATABASE_URL`.

mod support;

mod assets;
mod csrf;
mod errors;
mod headers;
mod health;
mod sessions;
mod sign_in;
mod signed_out;
mod slow_clients;
