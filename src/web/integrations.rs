//! What LocalBoxs works together with.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::auth::CurrentUser;
use super::error::HtmlError;
use super::page::{Active, Layout, Page};
use super::parts::{ConnectionLine, icon};
use crate::app::App;
use crate::services::agents;

pub fn router() -> Router<App> {
    Router::new().route("/integrations", get(show))
}

#[derive(Template)]
#[template(path = "integrations.html")]
pub(super) struct IntegrationsPage {
    pub layout: Layout,
    /// How Helpdesk Setup stands, in one line.
    pub state: String,
    pub needs_attention: bool,
    pub is_tenant: bool,
}

async fn show(State(app): State<App>, current: CurrentUser) -> Result<Response, HtmlError> {
    let is_tenant = !current.user.role.is_administrator();
    let line = ConnectionLine::new(current.connection.clone(), app.now(), !is_tenant);
    let needs_attention = line.needs_attention();
    let state = if is_tenant && !needs_attention {
        let draft = agents::draft(&app, current.user.id).await?;
        format!("{} · {}", count(draft.seats.used), line.words())
    } else {
        line.words().to_owned()
    };
    let layout = Layout::new(&current, "Integrations", Active::Integrations);
    Ok(Page::ok(IntegrationsPage { layout, state, needs_attention, is_tenant }).into_response())
}

fn count(agents: u64) -> String {
    match agents {
        0 => "No agents yet".to_owned(),
        1 => "1 agent".to_owned(),
        more => format!("{more} agents"),
    }
}
