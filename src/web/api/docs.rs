//! The description as a page to read, without script and without a network.

use askama::Template;

use super::openapi::DESCRIPTION;
use super::reference::Reference;
use crate::web::auth::CurrentUser;
use crate::web::error::Problem;
use crate::web::page::{Active, Layout, Page, Visit};

#[derive(Template)]
#[template(path = "api/docs.html")]
struct DocsPage {
    layout: Layout,
    reference: &'static Reference,
}

/// Shows this description as a page to read.
#[utoipa::path(
    get,
    path = "/api/docs",
    operation_id = "showDocs",
    tag = "This description",
    security(()),
    responses((status = 200, description = "The page", body = String, content_type = "text/html"))
)]
pub async fn show(visit: Visit, current: Result<CurrentUser, Problem>) -> Page<impl Template> {
    let layout = match current {
        Ok(current) => Layout::new(&current, "JSON API", Active::Elsewhere),
        Err(_) => Layout::public(visit, "JSON API"),
    };
    Page::ok(DocsPage { layout, reference: &DESCRIPTION.reference })
}
