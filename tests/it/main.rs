//! What people and clients see, through the real router, on SQLite or on the PostgreSQL of `TEST_DATABASE_URL`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

mod support;

mod admin_tier_limits;
mod admin_tier_limits_api;
mod admin_tiers;
mod agent_page;
mod api_agents;
mod api_bad_input;
mod api_inboxes;
mod api_tier_limits;
mod assets;
mod create_agent;
mod csrf;
mod entitlements;
mod errors;
mod guessing;
mod headers;
mod health;
mod helpdesk;
mod inbox_switches;
mod openapi;
mod remove;
mod sessions;
mod sign_in;
mod signed_out;
mod slow_clients;
mod tier_limits_at_once;
mod tier_limits_counted;
