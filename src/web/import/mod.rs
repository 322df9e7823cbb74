//! Creating many agents from a list: the form, a look at what would happen, and following it.

mod files;
mod form;
mod job;
mod path;
mod progress;
mod replaced;
mod upload;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use path::ImportPath;
pub(super) use upload::Upload;

pub(super) const IMPORT: &str = "/integrations/helpdesk/import";

pub fn router() -> Router<App> {
    Router::new()
        .route("/integrations/helpdesk/import", get(form::new).post(form::look))
        .route("/integrations/helpdesk/import/template.csv", get(files::template))
        .route("/integrations/helpdesk/import/{import}", get(job::show))
        .route("/integrations/helpdesk/import/{import}/start", post(job::start).get(job::back))
        .route("/integrations/helpdesk/import/{import}/status", get(job::status))
        .route("/integrations/helpdesk/import/{import}/not-created.csv", get(files::refused))
        .route("/integrations/helpdesk/import/{import}/passwords", post(files::passwords).get(job::back))
}
