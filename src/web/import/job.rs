//! An import: what would happen before it is confirmed, and what happens then.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::form::seats_left;
use super::path::{ImportPath, path};
use super::progress::{Line, Progress, preview_headline};
use super::replaced;
use crate::app::App;
use crate::domain::import::{ImportState, RowStatus};
use crate::services::error::{Refusal, ServiceError};
use crate::services::imports::{self, ImportView};
use crate::web::auth::CurrentTenant;
use crate::web::error::HtmlError;
use crate::web::fragment::Fragment;
use crate::web::helpdesk::can_create;
use crate::web::hx::{self, Htmx};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, icon};

#[derive(Template)]
#[template(path = "helpdesk/import/preview.html")]
struct PreviewPage {
    layout: Layout,
    path: String,
    id: String,
    summary: Option<ErrorSummary>,
    headline: String,
    seats: String,
    /// How many agents the press creates.
    creates: usize,
    no_seat: usize,
    refused: usize,
    has_emails: bool,
    can_create: bool,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "helpdesk/import/job.html")]
struct JobPage {
    layout: Layout,
    progress: Progress,
    /// Why what was just asked for did not happen.
    refused: Option<ErrorSummary>,
}

/// What the page knew when it asked.
#[derive(Deserialize)]
pub struct Seen {
    #[serde(default)]
    v: String,
    #[serde(default)]
    since: i64,
}

pub async fn show(
    State(app): State<App>,
    tenant: CurrentTenant,
    ImportPath(import): ImportPath,
) -> Result<Response, HtmlError> {
    match imports::show(&app, tenant.tenant(), import).await {
        Ok(view) => Ok(page(&app, &tenant, &view, StatusCode::OK, None)),
        Err(fault) => replaced::or_fault(&app, &tenant, import, StatusCode::GONE, fault).await,
    }
}

pub async fn start(
    State(app): State<App>,
    tenant: CurrentTenant,
    ImportPath(import): ImportPath,
) -> Result<Response, HtmlError> {
    match imports::start(&app, &tenant.actor(), import).await {
        Ok(()) => Ok(Redirect::to(&path(import)).into_response()),
        Err(ServiceError::Refused(refusal)) => {
            let view = imports::show(&app, tenant.tenant(), import).await?;
            Ok(page(&app, &tenant, &view, StatusCode::CONFLICT, Some(&refusal)))
        }
        Err(other) => replaced::or_fault(&app, &tenant, import, StatusCode::CONFLICT, other).await,
    }
}

pub async fn status(
    State(app): State<App>,
    tenant: CurrentTenant,
    htmx: Htmx,
    ImportPath(import): ImportPath,
    Query(seen): Query<Seen>,
) -> Result<Response, HtmlError> {
    if let Some(back) = hx::unless_htmx(htmx, &path(import)) {
        return Ok(back);
    }
    let view = imports::show(&app, tenant.tenant(), import).await?;
    let progress = Progress::resumed(&view, seen.since, app.now());
    if seen.v == progress.version && progress.follows {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let told = (!view.is_working()).then(|| format!("Import finished. {}", progress.headline));
    Ok(match told {
        Some(told) => Fragment::telling(progress, told).into_response(),
        None => Fragment::quiet(progress).into_response(),
    })
}

pub async fn back(_tenant: CurrentTenant, ImportPath(import): ImportPath) -> Redirect {
    Redirect::to(&path(import))
}

/// The page of an import as it is now.
pub fn page(
    app: &App,
    tenant: &CurrentTenant,
    view: &ImportView,
    status: StatusCode,
    refusal: Option<&Refusal>,
) -> Response {
    let summary = refusal.map(ErrorSummary::of);
    let title = |title: &str| {
        let layout = Layout::new(tenant, title, Active::Helpdesk);
        if refusal.is_some() { layout.with_error() } else { layout }
    };
    if view.state != ImportState::Draft {
        let progress = Progress::new(view, app.now());
        let page = JobPage { layout: title("Import"), progress, refused: summary };
        return Page(status, page).into_response();
    }
    let page = PreviewPage {
        layout: title("Check the list"),
        path: path(view.id),
        id: view.id.to_string(),
        summary,
        headline: preview_headline(view),
        seats: seats_left(view.seats),
        creates: view.count(RowStatus::Waiting),
        no_seat: view.count(RowStatus::NoSeat),
        refused: view.refused(),
        has_emails: view.rows.iter().any(|row| !row.email.is_empty()),
        can_create: can_create(tenant.connection.health),
        lines: view.rows.iter().map(Line::planned).collect(),
    };
    Page(status, page).into_response()
}
