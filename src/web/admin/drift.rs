//! Where Chatwoot differs, across all tenants.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::DateTime;

use super::agents::{self, AGENTS, Asked};
use crate::app::App;
use crate::domain::drift::Kind;
use crate::domain::ids::AgentId;
use crate::services::agents::across::Across;
use crate::services::drift::{self, Adopter, Report, Told, Words, words_of};
use crate::services::error::{Refusal, ServiceError};
use crate::web::agent_path::DriftId;
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::error::HtmlError;
use crate::web::flash::{self, Notice};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, Moment, icon};

const DRIFT: &str = "/admin/agents/drift";

pub fn router() -> Router<App> {
    Router::new()
        .route(DRIFT, get(show))
        .route("/admin/agents/drift/accept", post(accept).get(back))
        .route("/admin/agents/drift/{id}/adopt", post(adopt).get(back_from))
        .route("/admin/agents/drift/{id}/remove", post(remove).get(back_from))
        .route("/admin/agents/check", post(check).get(back_to_agents))
}

#[derive(Template)]
#[template(path = "admin/agents/drift.html")]
struct DriftPage {
    layout: Layout,
    summary: Option<ErrorSummary>,
    report: Report,
    looked: Option<Moment>,
    paused: Option<Moment>,
    /// Agents' differences.
    rows: Vec<Row>,
    /// People with a mark of ours who are no agents.
    strangers: Vec<Row>,
}

struct Row {
    told: Told,
    words: Words,
    noticed: Moment,
    /// Of somebody without an agent: whose they can become.
    adopter: Adopter,
}

#[derive(Template)]
#[template(path = "admin/agents/checked.html")]
struct CheckedPage {
    layout: Layout,
    all: Vec<Option<Across>>,
    back: String,
}

async fn show(State(app): State<App>, admin: CurrentAdmin) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &admin, None).await?).into_response())
}

async fn page(app: &App, admin: &CurrentAdmin, refusal: Option<&Refusal>) -> Result<DriftPage, HtmlError> {
    let mut report = drift::of_everybody(app).await?;
    let now = app.now();
    let moment = |ms| DateTime::from_timestamp_millis(ms).map(|at| Moment { at, now });
    let strangers = report.differences.iter().map(|told| &told.drifted);
    let strangers: Vec<_> =
        strangers.filter(|drifted| drifted.difference.kind == Kind::Unregistered).collect();
    let mut adopters = drift::adopters(app, &strangers).await?;
    let row = |told: Told| Row {
        words: words_of(&told.drifted.difference, None),
        noticed: moment(told.drifted.first_seen).unwrap_or(Moment { at: now, now }),
        adopter: adopters.remove(&told.drifted.id).unwrap_or(Adopter::Nobody),
        told,
    };
    let all = std::mem::take(&mut report.differences).into_iter().map(row);
    let (strangers, rows) = all.partition(|row: &Row| row.told.drifted.difference.kind == Kind::Unregistered);
    let layout = Layout::new(admin, "Out of sync with Chatwoot", Active::Agents);
    Ok(DriftPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        summary: refusal.map(ErrorSummary::of),
        looked: report.looks.looked_at.and_then(moment),
        paused: report.looks.paused.and_then(|paused| moment(paused.at)),
        report,
        rows,
        strangers,
    })
}

async fn accept(State(app): State<App>, admin: CurrentAdmin) -> Result<Response, HtmlError> {
    done(&app, &admin, drift::accept(&app, &admin.by()).await, Notice::MissingAccepted).await
}

async fn adopt(
    State(app): State<App>,
    admin: CurrentAdmin,
    DriftId(id): DriftId,
) -> Result<Response, HtmlError> {
    let adopted = drift::adopt_stranger(&app, &admin.by(), &id).await.map(drop);
    done(&app, &admin, adopted, Notice::StrangerAdopted).await
}

async fn remove(
    State(app): State<App>,
    admin: CurrentAdmin,
    DriftId(id): DriftId,
) -> Result<Response, HtmlError> {
    done(&app, &admin, drift::remove_stranger(&app, &admin.by(), &id).await, Notice::StrangerRemoved).await
}

/// The list again, with what kept it from being done.
async fn done(
    app: &App,
    admin: &CurrentAdmin,
    outcome: Result<(), ServiceError>,
    notice: Notice,
) -> Result<Response, HtmlError> {
    match outcome {
        Ok(()) => Ok(flash::redirect(app, DRIFT, notice, None)),
        Err(ServiceError::Refused(refusal @ Refusal::Conflict { .. })) => {
            Ok(Page(StatusCode::CONFLICT, page(app, admin, Some(&refusal)).await?).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn check(
    State(app): State<App>,
    admin: CurrentAdmin,
    FormBody(asked): FormBody<Asked>,
) -> Result<Response, HtmlError> {
    let chosen: Vec<AgentId> = asked.agents.iter().filter_map(|id| AgentId::parse(id)).collect();
    match drift::check_many(&app, &chosen).await {
        Ok(all) => {
            let layout = Layout::new(&admin, "Compared with Chatwoot", Active::Agents);
            Ok(Page(StatusCode::OK, CheckedPage { layout, all, back: asked.here() }).into_response())
        }
        Err(ServiceError::Refused(refusal @ Refusal::Fields(_))) => {
            agents::page(&app, &admin, asked, Some(&refusal)).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn back(_admin: CurrentAdmin) -> Redirect {
    Redirect::to(DRIFT)
}

async fn back_from(_admin: CurrentAdmin, _id: DriftId) -> Redirect {
    Redirect::to(DRIFT)
}

async fn back_to_agents(_admin: CurrentAdmin) -> Redirect {
    Redirect::to(AGENTS)
}

impl DriftPage {
    fn headline(&self) -> String {
        let differences = match self.rows.len() {
            0 => None,
            1 => Some("1 difference".to_owned()),
            more => Some(format!("{more} differences")),
        };
        let people = match self.strangers.len() {
            0 => None,
            1 => Some("1 person without an agent".to_owned()),
            more => Some(format!("{more} people without an agent")),
        };
        let found: Vec<String> = differences.into_iter().chain(people).collect();
        if found.is_empty() { "Nothing differs".to_owned() } else { found.join(", ") }
    }
}

impl CheckedPage {
    fn headline(&self) -> String {
        let differ = self.all.iter().flatten().filter(|agent| agent.view.is_out_of_sync()).count();
        match (differ, self.all.len()) {
            (0, 1) => "1 agent compared: nothing differs".to_owned(),
            (0, all) => format!("{all} agents compared: nothing differs"),
            (1, 1) => "1 agent compared: it differs".to_owned(),
            (differ, all) => format!("{all} agents compared: {differ} out of sync"),
        }
    }

    fn lines(agent: &Across) -> Vec<Words> {
        agent.view.drift.iter().map(|drifted| words_of(&drifted.difference, None)).collect()
    }

    /// Why an agent was not compared.
    fn why_not(agent: &Across) -> Option<&'static str> {
        let view = &agent.view;
        if view.is_working() {
            Some("Not compared: it is being worked on.")
        } else if view.agent.state != crate::domain::agent::AgentState::Ready {
            Some("Not compared: it isn't ready.")
        } else {
            None
        }
    }
}
