//! Schema changes, oldest first. Each has a way back; a shipped one is never edited.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

pub mod audit_chain;

mod m20261123_000001_tiers;
mod m20261123_000002_users;
mod m20261123_000003_demos;
mod m20261123_000004_agents;
mod m20261123_000005_operations;
mod m20261123_000006_installation;
mod m20261128_000007_tier_limits;
mod m20261128_000008_audit_chain;
mod m20261128_000009_accounts;
mod m20261128_000010_admin_search;
mod m20261128_000011_lifecycle;
mod m20261128_000012_resilience;
mod m20261128_000013_imports;
mod m20261128_000014_hand_over;
mod m20261128_000015_drift;
mod m20261128_000016_append_only;
mod m20261128_000017_audit_network;
mod m20261128_000018_own_looks;

/// The ordered list of every schema change.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_tiers::Migration),
            Box::new(m20261123_000002_users::Migration),
            Box::new(m20261123_000003_demos::Migration),
            Box::new(m20261123_000004_agents::Migration),
            Box::new(m20261123_000005_operations::Migration),
            Box::new(m20261123_000006_installation::Migration),
            Box::new(m20261128_000007_tier_limits::Migration),
            Box::new(m20261128_000008_audit_chain::Migration),
            Box::new(m20261128_000009_accounts::Migration),
            Box::new(m20261128_000010_admin_search::Migration),
            Box::new(m20261128_000011_lifecycle::Migration),
            Box::new(m20261128_000012_resilience::Migration),
            Box::new(m20261128_000013_imports::Migration),
            Box::new(m20261128_000014_hand_over::Migration),
            Box::new(m20261128_000015_drift::Migration),
            Box::new(m20261128_000016_append_only::Migration),
            Box::new(m20261128_000017_audit_network::Migration),
            Box::new(m20261128_000018_own_looks::Migration),
        ]
    }
}
