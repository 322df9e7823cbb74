//! Bringing the schema up to date, once, however many processes start together.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::Db;

/// The number every process locks while it changes the schema on PostgreSQL.
const SCHEMA_LOCK: i64 = 7_305_808_869_231_650_001;

/// One schema change and whether this database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub name: String,
    pub applied: bool,
}

/// Applies every pending change in one transaction; the others wait and then find nothing to do.
pub async fn up(db: &Db) -> Result<(), DbErr> {
    let tx = db.write().await?;
    lock(&*tx).await?;
    Migrator::up(&*tx, None).await?;
    tx.commit().await
}

/// Takes back the latest change.
pub async fn down(db: &Db) -> Result<(), DbErr> {
    let tx = db.write().await?;
    lock(&*tx).await?;
    Migrator::down(&*tx, Some(1)).await?;
    tx.commit().await
}

/// Every change, oldest first.
pub async fn status(db: &Db) -> Result<Vec<Applied>, DbErr> {
    let tx = db.write().await?;
    Migrator::install(&*tx).await?;
    let pending: Vec<String> =
        Migrator::get_pending_migrations(&*tx).await?.iter().map(|change| change.name().to_owned()).collect();
    tx.commit().await?;
    Ok(Migrator::migrations()
        .iter()
        .map(|change| change.name().to_owned())
        .map(|name| Applied { applied: !pending.contains(&name), name })
        .collect())
}

/// Whether this database has every change this program needs.
pub async fn is_current(db: &Db) -> Result<bool, DbErr> {
    Ok(Migrator::get_pending_migrations(db.read()).await?.is_empty())
}

async fn lock(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    if conn.get_database_backend() == DbBackend::Postgres {
        conn.execute_unprepared("SET LOCAL lock_timeout = '60s'").await?;
        conn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")).await?;
    }
    Ok(())
}
