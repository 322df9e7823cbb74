//! What the product does, each in one function that page, fragment, API and worker share.

pub mod accounts;
pub mod agents;
pub mod audit;
mod calls;
pub mod demos;
pub mod drift;
pub mod error;
pub mod gate;
pub mod health;
pub mod imports;
pub mod inboxes;
mod link_token;
pub mod observe;
pub mod overrides;
pub mod passwords;
pub mod provisioning;
pub mod readiness;
pub mod sign_in_links;
pub mod tenants;
pub mod tier_limits;
pub mod upkeep;
