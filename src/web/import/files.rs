//! Files around an import: the template, the rows that were not created, and passwords.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::job;
use super::path::ImportPath;
use crate::app::App;
use crate::domain::import::RowStatus;
use crate::domain::password::Password;
use crate::services::error::{Refusal, ServiceError};
use crate::services::imports::{self, ImportView, Row};
use crate::web::auth::CurrentTenant;
use crate::web::csv;
use crate::web::error::HtmlError;

const NO_SEAT: &str = "No seat was left for it on the plan.";
const EVERYBODY_HAS_ONE: &str = "Every agent of this import that is ready has a password. Set a new one on the agent's page if one is lost.";

pub async fn template(_tenant: CurrentTenant) -> Response {
    csv::file("agents.csv", ["name", "inboxes"], stream::empty())
}

/// The rows there is no agent for, ready to be put right and imported again.
pub async fn refused(
    State(app): State<App>,
    tenant: CurrentTenant,
    ImportPath(import): ImportPath,
) -> Result<Response, HtmlError> {
    let view = imports::show(&app, tenant.tenant(), import).await?;
    let rows = view.rows.iter().filter(|row| row.status.is_refused()).map(refused_row).collect();
    let rows = stream::once(async move { Ok(rows) });
    Ok(csv::file("not-created.csv", ["name", "email", "inboxes", "problem"], rows))
}

/// Sets passwords and sends them in the one file that ever has them.
pub async fn passwords(
    State(app): State<App>,
    tenant: CurrentTenant,
    ImportPath(import): ImportPath,
) -> Result<Response, HtmlError> {
    let Some(batches) = imports::passwords(&app, &tenant.actor(), import).await? else {
        let view = imports::show(&app, tenant.tenant(), import).await?;
        let refusal = Refusal::State(EVERYBODY_HAS_ONE);
        return Ok(job::page(&app, &tenant, &view, StatusCode::CONFLICT, Some(&refusal)));
    };
    let rows = batches.map(|batch| {
        let row = |row: imports::PasswordRow| {
            let password = row.password.as_ref().map_or("", Password::reveal).to_owned();
            [row.name, row.email, password, row.note.to_owned()]
        };
        batch.map(|rows| rows.into_iter().map(row).collect())
    });
    let mut file = csv::file("passwords.csv", ["name", "email", "password", "note"], rows);
    file.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(file.into_response())
}

/// The rows of an import as a list to be changed.
pub fn as_list(view: &ImportView) -> Result<String, ServiceError> {
    let rows = view.rows.iter().map(|row| [row.name.clone(), row.email.clone(), row.inboxes.clone()]);
    csv::text(["name", "email", "inboxes"], rows)
}

fn refused_row(row: &Row) -> [String; 4] {
    let problem = match (row.status, &row.detail) {
        (RowStatus::NoSeat, _) => NO_SEAT.to_owned(),
        (_, detail) => detail.clone().unwrap_or_default(),
    };
    [row.name.clone(), row.email.clone(), row.inboxes.clone(), problem]
}
