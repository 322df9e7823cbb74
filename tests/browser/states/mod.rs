//! Every state a page can be in has no fault that a machine can find.

mod admin_tier_limits;
mod agents;
mod chatwoot;
mod elsewhere;
mod lists;
mod tenants;
mod troubles;
