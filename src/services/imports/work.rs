//! The worker's part: each row becomes an agent in one transaction of its own, together with the note that it did.
//!
//! So a row is made once whatever happens in between, and several processes may work on the same import.

use std::time::Duration;

use serde_json::json;

use crate::app::App;
use crate::db::audit::Event;
use crate::db::imports::{Import, Waiting};
use crate::db::{self, WriteTx};
use crate::domain::ids::AgentId;
use crate::domain::import::RowStatus;
use crate::domain::person_name::PersonName;
use crate::services::agents::{self, Actor, Newcomer};
use crate::services::error::{Refusal, ServiceError};

/// Agents of one import that are set up at once, so that everybody else's get their turn.
const AT_ONCE: u64 = 4;
/// How often to look while imports run, and while none does.
const BUSY: Duration = Duration::from_millis(250);
const IDLE: Duration = Duration::from_secs(2);
const NOT_YOURS: &str = "One of these inboxes isn't yours any more. Choose again.";

/// How it goes on with an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// A row had its turn.
    Taken,
    /// Enough of its agents are being set up.
    Full,
    /// No row waits any more.
    Over,
}

/// Works on every running import until the program stops.
pub async fn work(app: &App) {
    while !app.stopping.is_cancelled() {
        let running = advance(app).await.unwrap_or_else(|fault| {
            tracing::warn!(error = %fault, "imports could not be worked on");
            0
        });
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = app.imports.notified() => {}
            () = tokio::time::sleep(if running > 0 { BUSY } else { IDLE }) => {}
        }
    }
}

/// Gives every running import its turn, row by row in turn with the others; how many of them go on.
///
/// One whose turn fails is left until the next look, and keeps none of the others from theirs.
pub async fn advance(app: &App) -> Result<usize, ServiceError> {
    let mut taking = db::imports::running(app.db.read()).await?;
    let mut on = 0;
    while !taking.is_empty() && !app.stopping.is_cancelled() {
        let mut again = Vec::new();
        for import in taking {
            match next_row(app, &import).await {
                Ok(Turn::Taken) => again.push(import),
                Ok(Turn::Full) => on += 1,
                Ok(Turn::Over) => {}
                Err(fault) => {
                    tracing::warn!(import.id = %import.id, error = %fault, "an import could not be worked on");
                }
            }
        }
        taking = again;
    }
    Ok(on)
}

async fn next_row(app: &App, import: &Import) -> Result<Turn, ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock(&*tx, import.tenant).await?;
    let Some(row) = db::imports::next_waiting(&*tx, import.id).await? else {
        finish(app, tx, import).await?;
        return Ok(Turn::Over);
    };
    if db::imports::being_set_up(&*tx, import.id).await? >= AT_ONCE {
        return Ok(Turn::Full);
    }
    let (status, agent, detail) = match decide(app, &tx, import, &row).await {
        Ok((status, agent)) => (status, Some(agent), None),
        Err(ServiceError::Refused(refusal)) => (RowStatus::Failed, None, Some(refusal.to_string())),
        // Somebody else took the same address in the same moment; the next turn finds it taken.
        Err(ServiceError::Database(fault)) if is_double(&fault) => return Ok(Turn::Taken),
        Err(other) => return Err(other),
    };
    db::imports::conclude(&*tx, import.id, row.number, status, agent, detail).await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(Turn::Taken)
}

/// Makes the row's agent unless the tenant has one of this name by now.
async fn decide(
    app: &App,
    tx: &WriteTx,
    import: &Import,
    row: &Waiting,
) -> Result<(RowStatus, AgentId), ServiceError> {
    if let Some(agent) = db::imports::agent_called(&**tx, import.tenant, &row.name).await? {
        return Ok((RowStatus::Exists, agent));
    }
    let own = db::demos::inboxes(&**tx, import.tenant).await?;
    if row.inboxes.iter().any(|asked| own.iter().all(|inbox| inbox.id != *asked)) {
        return Err(Refusal::State(NOT_YOURS).into());
    }
    let name = PersonName::parse(&row.name).map_err(|fault| Refusal::field("name", fault.to_string()))?;
    let actor = Actor { tenant: import.tenant, user: import.tenant, request_id: import.request_id.clone() };
    let newcomer = Newcomer { name: &name, inboxes: &row.inboxes, owner: None, password_shown_at: None };
    let (agent, _) = agents::place(app, tx, &actor, newcomer).await?;
    Ok((RowStatus::Created, agent))
}

async fn finish(app: &App, tx: WriteTx, import: &Import) -> Result<(), ServiceError> {
    if !db::imports::finish(&*tx, import.id, app.now()).await? {
        return Ok(());
    }
    let mut after = serde_json::Map::new();
    for status in [RowStatus::Created, RowStatus::Exists, RowStatus::Failed] {
        after.insert(status.key().to_owned(), json!(db::imports::count(&*tx, import.id, status).await?));
    }
    let event = Event {
        at: app.now(),
        tenant: Some(import.tenant),
        actor: "system",
        actor_id: None,
        action: "import.finished",
        object: "import",
        object_id: import.id.to_string(),
        before: None,
        after: Some(after.into()),
        reason: None,
        request_id: import.request_id.clone(),
    };
    db::audit::insert(&*tx, event).await?;
    Ok(tx.commit().await?)
}

fn is_double(fault: &sea_orm::DbErr) -> bool {
    matches!(fault.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
