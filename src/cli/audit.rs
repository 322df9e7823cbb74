//! `localboxs audit`.

use clap::Subcommand;

use super::{Failure, database, say};
use crate::app::App;
use crate::config::Config;
use crate::services::accounts;
use crate::services::audit::{self, Break, Verdict};

#[derive(Subcommand)]
pub enum AuditCommand {
    /// Read the whole audit log and name the first entry that was changed, removed or moved
    ///
    /// Every entry holds the hash of the one before it, in one chain per tenant and one for the installation.
    /// A server may go on writing meanwhile.
    Verify,
}

/// Does what the command says to the audit log in the database.
pub async fn run(command: AuditCommand, config: Config) -> Result<(), Failure> {
    let app = database::open_app(config).await?;
    let outcome = match command {
        AuditCommand::Verify => verify(&app).await,
    };
    database::close(&app).await;
    outcome
}

async fn verify(app: &App) -> Result<(), Failure> {
    match audit::verify(app).await? {
        Verdict::Whole { entries, chains } => {
            let (entry, chain) = (
                if entries == 1 { "entry" } else { "entries" },
                if chains == 1 { "chain" } else { "chains" },
            );
            let are = if entries == 1 { "is" } else { "are" };
            say(format!("{entries} {entry} in {chains} {chain} {are} whole."));
            Ok(())
        }
        Verdict::Broken(broken) => Err(Failure::new(sentence(app, &broken).await?)),
    }
}

async fn sentence(app: &App, broken: &Break) -> Result<String, Failure> {
    let chain = match broken.tenant {
        None => "the installation's chain".to_owned(),
        Some(tenant) => match accounts::find(app, tenant).await? {
            Some(account) => format!("the chain of {} ({tenant})", account.user.email),
            None => format!("the chain of {tenant}"),
        },
    };
    let Break { seq, fault, .. } = broken;
    let entry = broken
        .entry
        .map_or_else(String::new, |(id, at)| format!(" (id {id}, {})", at.format("%Y-%m-%d %H:%M:%S UTC")));
    Ok(format!("The audit log is broken: in {chain}, entry {seq}{entry} {fault}."))
}
