//! Trying again for the agents that an administrator chose.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;

use super::agents::{self, AGENTS, Asked};
use crate::app::App;
use crate::domain::ids::AgentId;
use crate::services::agents::{Retried, retry_many};
use crate::services::error::ServiceError;
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::icon;

pub fn router() -> Router<App> {
    Router::new().route("/admin/agents/retry", post(retry).get(back))
}

#[derive(Template)]
#[template(path = "admin/agents/retried.html")]
struct RetriedPage {
    layout: Layout,
    started: Vec<Retried>,
    skipped: Vec<Retried>,
    /// Where the list is that they were chosen from.
    back: String,
}

async fn retry(
    State(app): State<App>,
    admin: CurrentAdmin,
    FormBody(asked): FormBody<Asked>,
) -> Result<Response, HtmlError> {
    // What is no id is no agent that is there, like the id of one that is gone.
    let chosen: Vec<AgentId> = asked.agents.iter().filter_map(|id| AgentId::parse(id)).collect();
    match retry_many(&app, &admin.by(), &chosen).await {
        Ok(all) => {
            let (skipped, started) = all.into_iter().partition(|one| one.skipped.is_some());
            let layout = Layout::new(&admin, "Trying again", Active::Agents);
            Ok(Page::ok(RetriedPage { layout, started, skipped, back: asked.here() }).into_response())
        }
        Err(ServiceError::Refused(refusal)) => agents::page(&app, &admin, asked, Some(&refusal)).await,
        Err(other) => Err(other.into()),
    }
}

async fn back(_admin: CurrentAdmin) -> Redirect {
    Redirect::to(AGENTS)
}

impl RetriedPage {
    fn headline(&self) -> String {
        let agents = |many: usize| if many == 1 { "1 agent".to_owned() } else { format!("{many} agents") };
        match (self.started.len(), self.skipped.len()) {
            (0, skipped) => format!("Nothing was started: {} skipped", agents(skipped)),
            (started, 0) => format!("Trying again with {}", agents(started)),
            (started, skipped) => format!("Trying again with {}, {skipped} skipped", agents(started)),
        }
    }
}
