//! What people and clients see, through the real router, on SQLite or on the PostgreSQL of `TEST_DATABASE_URL`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

mod support;

mod account;
mod admin_user;
mod admin_users;
mod agent_page;
mod api_agents;
mod api_bad_input;
mod api_inboxes;
mod api_tier_limits;
mod assets;
mod create_agent;
mod csrf;
mod errors;
mod guessing;
mod headers;
mod health;
mod helpdesk;
mod inbox_switches;
mod openapi;
mod remove;
mod second_factor;
mod sessions;
mod set_password;
mod sign_in;
mod signed_out;
mod slow_clients;
