//! Creating many agents from a list over JSON.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::openapi::{BodyRefusals, ErrorBody, NotFound, Refusals};
use crate::app::App;
use crate::domain::ids::ImportId;
use crate::domain::import::{ImportState, RowStatus, TypedRow, Verdict};
use crate::domain::tier::Seats;
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::imports::{self, ImportView, Plan, Row};
use crate::web::auth::CurrentTenant;
use crate::web::body::JsonBody;
use crate::web::error::Problem;
use crate::web::import::ImportPath;

/// The calls that create agents from a list.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import)).routes(routes!(show))
}

const MAX_LIST_BYTES: usize = 1024 * 1024;

/// A list of agents to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportAgents {
    /// The list as CSV: a first row that names the columns (`name`, and `inboxes` if you like), then at most 500 rows.
    /// Inboxes are names or numbers, separated by semicolons. An `email` column is never used as an address.
    #[schema(example = "name,inboxes\nAna Ruiz,Support; Sales")]
    csv: String,
    /// Left out or false: only tells what would happen.
    #[serde(default)]
    #[schema(required = false, default = false)]
    confirm: bool,
}

/// What an import would do, or did so far.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ImportAnswer {
    #[schema(example = true)]
    success: bool,
    import: ImportBody,
    /// Where to ask how far it is; only while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status_url: Option<String>,
}

/// An import and its rows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Import)]
struct ImportBody {
    /// Names the import; null when nothing was started.
    #[schema(required)]
    id: Option<String>,
    /// `draft` before it is confirmed, `running` while rows wait, `finished` when every row has had its turn.
    #[schema(example = "finished")]
    state: &'static str,
    /// Whether agents are still being made or set up.
    working: bool,
    /// How many more agents the plan admits now; null without a limit.
    #[schema(required)]
    seats_left: Option<u64>,
    /// How many rows can be created, or still wait for it.
    waiting: usize,
    created: usize,
    /// Rows whose agent is there already; they are skipped.
    existing: usize,
    /// Rows without an agent, for want of a seat or because of what they say.
    refused: usize,
    rows: Vec<ImportRowBody>,
}

/// One row of an import.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportRow)]
struct ImportRowBody {
    /// As a spreadsheet counts: the heading is row 1.
    #[schema(example = 2)]
    row: u32,
    #[schema(example = "Ana Ruiz")]
    name: String,
    /// `waiting`, `created`, `exists`, `no_seat`, `problem` (with the row) or `failed` (refused when it was its turn).
    #[schema(example = "created")]
    result: &'static str,
    /// A sentence: what is wrong with the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<String>,
    /// The agent that was created or found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    agent_id: Option<String>,
    /// Where that agent stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ready")]
    agent_state: Option<&'static str>,
}

/// Looks at a list of agents, and creates them when confirmed.
///
/// Without `confirm` nothing happens. With it the answer is 202 and the worker makes one agent after the other; a row
/// whose name is an agent's already is skipped, so sending a list again doubles nobody. The agents have no password
/// that anybody knows until one is set.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/import",
    operation_id = "importAgents",
    tag = "Agents",
    request_body = ImportAgents,
    responses(
        (status = 200, description = "What would happen", body = ImportAnswer),
        (status = 202, description = "Started", body = ImportAnswer),
        (status = 409, description = "Another import of this tenant is still running.", body = ErrorBody),
        BodyRefusals, Refusals
    )
)]
async fn import(
    State(app): State<App>,
    tenant: CurrentTenant,
    JsonBody(wanted): JsonBody<ImportAgents>,
) -> Result<Response, Problem> {
    let named = |fault| match fault {
        ServiceError::Refused(Refusal::Fields(faults)) => {
            let faults = faults.into_iter().map(|fault| FieldError { field: "csv", ..fault });
            ServiceError::from(Refusal::Fields(faults.collect()))
        }
        other => other,
    };
    if wanted.csv.len() > MAX_LIST_BYTES {
        return Err(Problem::list_too_large());
    }
    if !wanted.confirm {
        let plan = imports::look(&app, tenant.tenant(), &wanted.csv).await.map_err(named)?;
        let answer = ImportAnswer { success: true, import: ImportBody::planned(plan), status_url: None };
        return Ok(Json(answer).into_response());
    }
    let import = imports::run(&app, &tenant.actor(), &wanted.csv).await.map_err(named)?;
    let view = imports::show(&app, tenant.tenant(), import).await?;
    Ok((StatusCode::ACCEPTED, Json(ImportAnswer::of(&view))).into_response())
}

/// Shows an import and what became of each row.
#[utoipa::path(
    get,
    path = "/api/dashboard/integrations/chatwoot/import/{id}",
    operation_id = "showImport",
    tag = "Agents",
    params(("id" = String, Path, description = "The import's id")),
    responses((status = 200, description = "The import", body = ImportAnswer), NotFound, Refusals)
)]
async fn show(
    State(app): State<App>,
    tenant: CurrentTenant,
    ImportPath(import): ImportPath,
) -> Result<Json<ImportAnswer>, Problem> {
    let view = imports::show(&app, tenant.tenant(), import).await?;
    Ok(Json(ImportAnswer::of(&view)))
}

impl ImportAnswer {
    fn of(view: &ImportView) -> Self {
        let status_url = view.is_working().then(|| status_url(view.id));
        Self { success: true, import: ImportBody::of(view), status_url }
    }
}

impl ImportBody {
    fn of(view: &ImportView) -> Self {
        let rows = view.rows.iter().map(ImportRowBody::of).collect();
        let id = Some(view.id.to_string());
        Self::counted(id, view.state, view.is_working(), view.seats, rows)
    }

    fn planned(plan: Plan) -> Self {
        let rows = plan.rows.into_iter().map(|(row, verdict)| ImportRowBody::planned(row, verdict)).collect();
        Self::counted(None, ImportState::Draft, false, plan.seats, rows)
    }

    fn counted(
        id: Option<String>,
        state: ImportState,
        working: bool,
        seats: Seats,
        rows: Vec<ImportRowBody>,
    ) -> Self {
        let count = |status: RowStatus| rows.iter().filter(|row| row.result == status.key()).count();
        let refused = RowStatus::ALL.into_iter().filter(|status| status.is_refused());
        Self {
            id,
            state: state.key(),
            working,
            seats_left: seats.left(),
            waiting: count(RowStatus::Waiting),
            created: count(RowStatus::Created),
            existing: count(RowStatus::Exists),
            refused: refused.map(count).sum(),
            rows,
        }
    }
}

impl ImportRowBody {
    fn of(row: &Row) -> Self {
        Self {
            row: row.number,
            name: row.name.clone(),
            result: row.status.key(),
            problem: row.detail.clone(),
            agent_id: row.agent.as_ref().map(|agent| agent.id.to_string()),
            agent_state: row.agent.as_ref().map(|agent| agent.state.key()),
        }
    }

    fn planned(row: TypedRow, verdict: Verdict) -> Self {
        let (status, problem, agent) = match verdict {
            Verdict::Create { .. } => (RowStatus::Waiting, None, None),
            Verdict::Exists(agent) => (RowStatus::Exists, None, Some(agent)),
            Verdict::NoSeat => (RowStatus::NoSeat, None, None),
            Verdict::Problem(words) => (RowStatus::Problem, Some(words), None),
        };
        Self {
            row: row.number,
            name: row.name,
            result: status.key(),
            problem,
            agent_id: agent.map(|agent| agent.to_string()),
            agent_state: None,
        }
    }
}

fn status_url(import: ImportId) -> String {
    format!("/api/dashboard/integrations/chatwoot/import/{import}")
}
