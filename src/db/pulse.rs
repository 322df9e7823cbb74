//! Whether the database answers at all, asked on a connection of its own: one that hangs would never say so itself.

use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _};
use tokio::time::timeout;

use super::Db;

/// With [`PAUSE`], so short that a request which waits for a dead database is answered within two seconds.
const PATIENCE: Duration = Duration::from_millis(1_600);
/// Between two questions.
pub const PAUSE: Duration = Duration::from_millis(300);

/// Asks a PostgreSQL server for signs of life. SQLite is a file: it answers or says why not.
pub struct Pulse {
    db: Db,
    server: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Pulse {
    /// `None` where there is nothing to ask.
    pub fn of(db: &Db, url: &str) -> Option<Self> {
        if db.is_alone() {
            return None;
        }
        let server: PgConnectOptions = url.parse().ok()?;
        Some(Self { db: db.clone(), server: server.disable_statement_logging(), connection: None })
    }

    /// Asks once and lets everybody know; `true` when the database answers.
    pub async fn feel(&mut self) -> bool {
        let answer = timeout(PATIENCE, ask(self.connection.take(), &self.server)).await;
        let before = self.db.answers();
        self.connection = match answer {
            Ok(Ok(connection)) => Some(connection),
            Ok(Err(fault)) => {
                if before {
                    tracing::error!(error = %fault, "the database does not answer");
                }
                None
            }
            Err(_) => {
                if before {
                    tracing::error!("the database does not answer in time");
                }
                None
            }
        };
        let answers = self.connection.is_some();
        if answers && !before {
            tracing::info!("the database answers again");
        }
        if answers != before {
            self.db.answers.send_replace(answers);
        }
        answers
    }
}

async fn ask(
    connection: Option<PgConnection>,
    server: &PgConnectOptions,
) -> Result<PgConnection, sea_orm::sqlx::Error> {
    if let Some(mut connection) = connection
        && connection.ping().await.is_ok()
    {
        return Ok(connection);
    }
    // The server may have ended it, such as with a restart: a new one tells.
    let mut connection = server.connect().await?;
    connection.ping().await?;
    Ok(connection)
}
