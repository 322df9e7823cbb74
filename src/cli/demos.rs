//! `localboxs demos`.

use clap::Subcommand;

use super::table::table;
use super::{Failure, database, say};
use crate::app::App;
use crate::config::Config;
use crate::domain::ids::{DemoId, InboxId};
use crate::services::demos::{self, NewDemo, OwnedDemo};

#[derive(Subcommand)]
pub enum DemosCommand {
    /// Give a tenant a demo; with --inbox-id its agents can answer that Chatwoot inbox
    Add {
        /// The tenant's address
        #[arg(long)]
        email: String,
        /// Name of the business, as tenants know it
        #[arg(long)]
        business_name: String,
        #[arg(long, help = "Web address of the business, such as https://bakery.example")]
        business_url: String,
        /// Number of the inbox in Chatwoot; it belongs to one demo only
        #[arg(long)]
        inbox_id: Option<i64>,
    },
    /// Show every demo with its owner, inbox and id
    List {
        /// Only this tenant's
        #[arg(long)]
        email: Option<String>,
    },
    /// Take a demo from its tenant; agents leave its inbox in Chatwoot as soon as a server runs
    Remove {
        /// The tenant's address
        #[arg(long)]
        email: String,
        /// The demo's id, as `demos list` shows it
        #[arg(long, value_parser = demo_id)]
        id: DemoId,
    },
}

/// Does what the command says to the demos in the database.
pub async fn run(command: DemosCommand, config: Config) -> Result<(), Failure> {
    let app = database::open_app(config).await?;
    let outcome = carry_out(command, &app).await;
    database::close(&app).await;
    outcome
}

async fn carry_out(command: DemosCommand, app: &App) -> Result<(), Failure> {
    match command {
        DemosCommand::Add { email, business_name, business_url, inbox_id } => {
            let inbox = inbox_id.map(InboxId);
            let demo = demos::add(app, &email, NewDemo { business_name, business_url, inbox }).await?;
            say(format!("{email} has the demo {} now (id {}).", demo.business_name, demo.id));
        }
        DemosCommand::List { email } => list(app, email.as_deref()).await?,
        DemosCommand::Remove { email, id } => {
            let demo = demos::remove(app, &email, id).await?;
            say(format!("{email} does not have the demo {} any more.", demo.business_name));
        }
    }
    Ok(())
}

async fn list(app: &App, email: Option<&str>) -> Result<(), Failure> {
    let all = demos::list(app, email).await?;
    if all.is_empty() {
        say(
            "There are no demos yet; add one with: localboxs demos add --email E --business-name N --business-url U",
        );
        return Ok(());
    }
    let row = |OwnedDemo { owner, demo }: OwnedDemo| {
        let inbox = demo.inbox.map_or_else(|| "-".to_owned(), |inbox| inbox.to_string());
        [owner.email, demo.business_name, demo.business_url, inbox, demo.id.to_string()]
    };
    let rows: Vec<_> = all.into_iter().map(row).collect();
    say(table(["Tenant", "Business", "URL", "Inbox", "Id"], &rows));
    Ok(())
}

fn demo_id(typed: &str) -> Result<DemoId, &'static str> {
    DemoId::parse(typed).ok_or("use an id that `localboxs demos list` shows")
}
