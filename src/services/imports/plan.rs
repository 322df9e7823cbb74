//! Looking at a list, keeping what was seen, and the word that makes it happen.

use serde_json::json;
use uuid::Uuid;

use super::Plan;
use crate::app::App;
use crate::db::audit::Event;
use crate::db::imports::{Import, NewRow};
use crate::db::{self, WriteTx};
use crate::domain::ids::{ImportId, TenantId};
use crate::domain::import::{self, ImportState, RowStatus, TypedRow, Verdict};
use crate::services::agents::{self, Actor, Draft};
use crate::services::error::{Refusal, ServiceError};

const ONE_AT_A_TIME: &str = "Another import is still running. Start this one when it has finished.";
const NOTHING_TO_DO: &str = "There is nothing to create in this list.";

/// What would become of each row of a list now. Nothing is stored, and Chatwoot is not asked.
pub async fn look(app: &App, tenant: TenantId, text: &str) -> Result<Plan, ServiceError> {
    let rows = import::read(text).map_err(|fault| Refusal::field("list", fault.to_string()))?;
    let Draft { seats, inboxes } = agents::draft(app, tenant).await?;
    let known = db::imports::known_agents(app.db.read(), tenant).await?;
    Ok(Plan { rows: import::judge(rows, &inboxes, &known, seats), seats })
}

/// Keeps a list with what would become of it, instead of any that was only looked at before.
pub async fn draft(app: &App, actor: &Actor, text: &str) -> Result<ImportId, ServiceError> {
    let plan = look(app, actor.tenant, text).await?;
    let new = new_import(app, actor, ImportState::Draft);
    let tx = app.db.write().await?;
    db::imports::delete_drafts(&*tx, actor.tenant).await?;
    db::imports::insert(&*tx, &new, &stored(plan)).await?;
    tx.commit().await?;
    Ok(new.id)
}

/// Begins to create what a draft promised; one that was begun before stays as it is.
pub async fn start(app: &App, actor: &Actor, id: ImportId) -> Result<(), ServiceError> {
    let tx = begin(app, actor).await?;
    let known = db::imports::find(&*tx, actor.tenant, id).await?.ok_or(ServiceError::NotFound)?;
    if known.state != ImportState::Draft {
        return Ok(());
    }
    refuse_another(&tx, actor.tenant).await?;
    let rows = db::imports::count(&*tx, id, RowStatus::Waiting).await?;
    if rows == 0 {
        return Err(Refusal::State(NOTHING_TO_DO).into());
    }
    db::imports::start(&*tx, id, actor.request_id.clone(), app.now()).await?;
    db::audit::insert(&*tx, started(app, actor, id, rows)).await?;
    tx.commit().await?;
    app.imports.notify_one();
    Ok(())
}

/// Looks at a list and begins to create what can be, in one go.
pub async fn run(app: &App, actor: &Actor, text: &str) -> Result<ImportId, ServiceError> {
    let plan = look(app, actor.tenant, text).await?;
    let new = new_import(app, actor, ImportState::Running);
    let rows = stored(plan);
    let waiting = rows.iter().filter(|row| row.status == RowStatus::Waiting).count();
    let tx = begin(app, actor).await?;
    refuse_another(&tx, actor.tenant).await?;
    db::imports::insert(&*tx, &new, &rows).await?;
    let event = started(app, actor, new.id, u64::try_from(waiting).unwrap_or(u64::MAX));
    db::audit::insert(&*tx, event).await?;
    tx.commit().await?;
    app.imports.notify_one();
    Ok(new.id)
}

async fn begin(app: &App, actor: &Actor) -> Result<WriteTx, ServiceError> {
    if !app.config.chatwoot.can_create() {
        return Err(Refusal::NotConfigured.into());
    }
    let tx = app.db.write().await?;
    db::users::lock(&*tx, actor.tenant).await?;
    Ok(tx)
}

async fn refuse_another(tx: &WriteTx, tenant: TenantId) -> Result<(), ServiceError> {
    if db::imports::has_running(&**tx, tenant).await? {
        return Err(Refusal::State(ONE_AT_A_TIME).into());
    }
    Ok(())
}

fn new_import(app: &App, actor: &Actor, state: ImportState) -> Import {
    Import {
        id: ImportId(Uuid::now_v7()),
        tenant: actor.tenant,
        state,
        request_id: actor.request_id.clone(),
        created_at: app.now(),
    }
}

fn stored(plan: Plan) -> Vec<NewRow> {
    plan.rows.into_iter().map(|(typed, verdict)| stored_row(typed, verdict)).collect()
}

fn stored_row(typed: TypedRow, verdict: Verdict) -> NewRow {
    let row = |status| NewRow { typed, status, inboxes: Vec::new(), detail: None, agent: None };
    match verdict {
        Verdict::Create { inboxes, .. } => NewRow { inboxes, ..row(RowStatus::Waiting) },
        Verdict::Exists(agent) => NewRow { agent: Some(agent), ..row(RowStatus::Exists) },
        Verdict::NoSeat => row(RowStatus::NoSeat),
        Verdict::Problem(words) => NewRow { detail: Some(words), ..row(RowStatus::Problem) },
    }
}

fn started(app: &App, actor: &Actor, id: ImportId, rows: u64) -> Event {
    Event {
        at: app.now(),
        tenant: Some(actor.tenant),
        actor: "user",
        actor_id: Some(actor.user),
        action: "import.started",
        object: "import",
        object_id: id.to_string(),
        before: None,
        after: Some(json!({ "rows": rows })),
        reason: None,
        request_id: actor.request_id.clone(),
    }
}
