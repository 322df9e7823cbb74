//! Tiers are rows, so that an import can bring others than the four seeded ones.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, string};

#[derive(DeriveMigrationName)]
pub struct Migration;

const LIMITS: [&str; 10] = [
    "max_demos",
    "max_workflows",
    "max_knowledge_bases",
    "max_documents",
    "max_integrations",
    "max_helpdesk_agents",
    "api_calls_per_month",
    "document_size_limit",
    "chunk_size",
    "max_chunks_per_document",
];

const MIB: i64 = 1024 * 1024;

/// Key, label, rank, then the ten limits in the order of `LIMITS`; -1 means no limit.
const SEED: [(&str, &str, i32, [i64; 10]); 4] = [
    ("FREE", "Free", 1, [1, 2, 1, 10, 1, 1, 1_000, 5 * MIB, 1_000, 50]),
    ("PRO", "Pro", 2, [5, 10, 5, 100, 3, 3, 10_000, 25 * MIB, 2_000, 200]),
    ("PRO_PLUS", "Pro Plus", 3, [25, 50, 25, 1_000, 10, 5, 100_000, 100 * MIB, 4_000, 1_000]),
    ("ENTERPRISE", "Enterprise", 4, [-1, -1, -1, -1, -1, -1, -1, 500 * MIB, 8_000, -1]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create()
            .table("tier_limits")
            .col(string("tier").primary_key())
            .col(string("label"))
            .col(integer("rank"))
            .to_owned();
        for limit in LIMITS {
            table.col(big_integer(limit));
        }
        manager.create_table(table.col(big_integer("version").default(1)).to_owned()).await?;
        for (tier, label, rank, limits) in SEED {
            let columns = ["tier", "label", "rank"].into_iter().chain(LIMITS);
            let identity: [Expr; 3] = [tier.into(), label.into(), rank.into()];
            let values = identity.into_iter().chain(limits.into_iter().map(Expr::from));
            let insert =
                Query::insert().into_table("tier_limits").columns(columns).values_panic(values).to_owned();
            manager.execute(insert).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("tier_limits").to_owned()).await
    }
}
