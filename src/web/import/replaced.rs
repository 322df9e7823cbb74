//! Where a list was that had to give way to a newer one.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::IMPORT;
use super::path::path;
use crate::app::App;
use crate::domain::ids::ImportId;
use crate::services::error::ServiceError;
use crate::services::imports;
use crate::web::auth::CurrentTenant;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};

#[derive(Template)]
#[template(path = "helpdesk/import/replaced.html")]
struct ReplacedPage {
    layout: Layout,
    newer: String,
    import: &'static str,
}

/// The page for an import that is not there because of a newer list; any other fault stays as it is.
pub async fn or_fault(
    app: &App,
    tenant: &CurrentTenant,
    import: ImportId,
    status: StatusCode,
    fault: ServiceError,
) -> Result<Response, HtmlError> {
    let newer = match fault {
        ServiceError::NotFound => imports::newer(app, tenant.tenant(), import).await?,
        _ => None,
    };
    let Some(newer) = newer else { return Err(fault.into()) };
    let layout = Layout::new(tenant, "A newer list replaced this one", Active::Helpdesk);
    let page = ReplacedPage { layout, newer: path(newer), import: IMPORT };
    Ok(Page(status, page).into_response())
}
