//! `localboxs migrate`.

use clap::Subcommand;

use super::{Failure, database, say};
use crate::config::Config;
use crate::db::migrate;

#[derive(Subcommand)]
pub enum Migrate {
    /// Apply every pending change; `serve` does the same when it starts
    Up,
    /// Take back the latest change, with the data it holds
    Down,
    /// Show every change and whether this database has it
    Status,
}

/// Changes the schema or shows how far it is.
pub async fn run(command: Migrate, config: Config) -> Result<(), Failure> {
    let db = database::connect(&config).await?;
    let outcome = async {
        match command {
            Migrate::Up => {
                migrate::up(&db).await?;
                say("Every change is applied.");
            }
            Migrate::Down => match migrate::status(&db).await?.into_iter().rfind(|change| change.applied) {
                Some(latest) => {
                    migrate::down(&db).await?;
                    say(format!("{} is taken back.", latest.name));
                }
                None => say("There is nothing to take back."),
            },
            Migrate::Status => {
                for change in migrate::status(&db).await? {
                    say(format!("{}  {}", if change.applied { "applied" } else { "pending" }, change.name));
                }
            }
        }
        Ok(())
    };
    let outcome = outcome.await;
    db.close().await;
    outcome
}
