//! The form for a list of agents.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::path::path;
use super::upload::{Upload, digest};
use crate::app::App;
use crate::domain::ids::ImportId;
use crate::domain::import::ImportState;
use crate::domain::tier::Seats;
use crate::services::error::{Refusal, ServiceError};
use crate::services::{agents, imports};
use crate::web::auth::CurrentTenant;
use crate::web::error::HtmlError;
use crate::web::helpdesk::can_create;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, Moment, icon, messages_for};

#[derive(Template)]
#[template(path = "helpdesk/import/form.html")]
struct FormPage {
    layout: Layout,
    can_create: bool,
    list: String,
    /// The digest of a list that nobody typed here.
    filled: String,
    summary: Option<ErrorSummary>,
    list_errors: Vec<String>,
    file_errors: Vec<String>,
    seats: String,
    earlier: Vec<Earlier>,
}

struct Earlier {
    path: String,
    moment: Moment,
    running: bool,
}

/// A list that was looked at, to be changed.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    from: String,
}

pub async fn new(
    State(app): State<App>,
    tenant: CurrentTenant,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    let Some(from) = ImportId::parse(&asked.from) else {
        return Ok(Page::ok(page(&app, &tenant, String::new(), String::new(), None).await?).into_response());
    };
    match imports::show(&app, tenant.tenant(), from).await {
        Ok(view) => {
            let list = super::files::as_list(&view)?;
            let filled = digest(&list);
            Ok(Page::ok(page(&app, &tenant, list, filled, None).await?).into_response())
        }
        Err(fault) => super::replaced::or_fault(&app, &tenant, from, StatusCode::GONE, fault).await,
    }
}

pub async fn look(
    State(app): State<App>,
    tenant: CurrentTenant,
    upload: Upload,
) -> Result<Response, HtmlError> {
    let looked = match &upload.list {
        Ok(list) => imports::draft(&app, &tenant.actor(), list).await,
        Err(refusal) => Err(refusal.clone().into()),
    };
    match looked {
        Ok(import) => Ok(Redirect::to(&path(import)).into_response()),
        Err(ServiceError::Refused(refusal)) => {
            let refusal = Upload::at_its_field(upload.is_file, refusal);
            let page = page(&app, &tenant, upload.pasted, upload.filled, Some(&refusal)).await?;
            Ok(Page(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn page(
    app: &App,
    tenant: &CurrentTenant,
    list: String,
    filled: String,
    refusal: Option<&Refusal>,
) -> Result<FormPage, ServiceError> {
    let seats = agents::draft(app, tenant.tenant()).await?.seats;
    let earlier = imports::latest(app, tenant.tenant()).await?;
    let layout = Layout::new(tenant, "Import agents", Active::Helpdesk);
    Ok(FormPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        can_create: can_create(tenant.connection.health),
        list,
        filled,
        summary: refusal.map(ErrorSummary::of),
        list_errors: messages_for(refusal, "list"),
        file_errors: messages_for(refusal, "file"),
        seats: seats_left(seats),
        earlier: earlier
            .into_iter()
            .map(|import| Earlier {
                path: path(import.id),
                moment: Moment { at: import.created_at, now: app.now() },
                running: import.state == ImportState::Running,
            })
            .collect(),
    })
}

/// How many more agents the plan admits.
pub fn seats_left(seats: Seats) -> String {
    match seats.left() {
        None => "Your plan has no limit on agents.".to_owned(),
        Some(0) => "You have no seat left.".to_owned(),
        Some(1) => "You have 1 seat left.".to_owned(),
        Some(left) => format!("You have {left} seats left."),
    }
}
