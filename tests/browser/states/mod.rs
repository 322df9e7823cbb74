//! Every state a page can be in has no fault that a machine can find.

mod account;
mod admin_agents;
mod admin_audit;
mod admin_tier_limits;
mod admin_users;
mod agents;
mod chatwoot;
mod drift;
mod elsewhere;
mod imports;
mod lists;
mod sign_in_links;
mod tenants;
mod troubles;
