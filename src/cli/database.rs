//! Opening the database for a command.

use std::time::Duration;

use crate::app::App;
use crate::chatwoot::Chatwoot;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, migrate};

use super::Failure;

/// Connections of a command that does one thing after another.
const FEW: u32 = 2;

/// The program's parts for a command that works beside a running server, which it leaves alone.
pub async fn open_app(config: Config) -> Result<App, Failure> {
    open_app_with(config, None).await
}

/// The same for a command that also calls Chatwoot.
pub async fn open_app_with(config: Config, chatwoot: Option<Chatwoot>) -> Result<App, Failure> {
    let db = connect(&config).await?;
    if !migrate::is_current(&db).await? {
        return Err(Failure::new("The database lacks tables; run `localboxs migrate up` first."));
    }
    Ok(App::new(config, db, chatwoot, Clock::System))
}

/// The database as it is.
pub async fn connect(config: &Config) -> Result<Db, Failure> {
    Ok(Db::connect_patiently(&config.database_url, FEW).await?)
}

/// Closes the database after a command, so that nothing is left in the write-ahead log.
pub async fn close(app: &App) {
    let patience = Duration::from_secs(2);
    let _ = tokio::time::timeout(patience, app.db.close()).await;
}
