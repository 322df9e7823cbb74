//! What people and clients see, through the real router, on SQLite or on the PostgreSQL of `TEST_DATABASE_URL`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

mod support;

mod access;
mod account;
mod admin_agents;
mod admin_audit;
mod admin_tenants;
mod admin_tier_limits;
mod admin_tier_limits_api;
mod admin_tiers;
mod admin_user;
mod admin_users;
mod agent_page;
mod api_agents;
mod api_bad_input;
mod api_inboxes;
mod api_tier_limits;
mod assets;
mod audit_chain;
mod create_agent;
mod csrf;
mod drift;
mod drift_strangers;
mod entitlements;
mod errors;
mod guessing;
mod headers;
mod health;
mod helpdesk;
mod imports;
mod imports_api;
mod imports_bad_input;
mod imports_crashes;
mod imports_passwords;
mod inbox_switches;
mod lifecycle;
mod lifecycle_faults;
mod lifecycle_pages;
mod lifecycle_random;
mod metrics;
mod openapi;
mod refused;
mod remove;
mod replaced_platform_app;
mod second_factor;
mod sessions;
mod set_password;
mod sign_in;
mod sign_in_links;
mod signed_out;
mod slow_clients;
mod stale_worker;
mod tier_limits_at_once;
mod tier_limits_counted;
