//! Where Chatwoot differs, over JSON.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, AgentAnswer, timestamp};
use super::openapi::{ErrorBody, NotFound, Refusals};
use super::request::Parameters;
use crate::app::App;
use crate::domain::drift::Kind;
use crate::services::drift::{self, Asked, Report, Told, words_of};
use crate::services::error::{Refusal, ServiceError};
use crate::web::agent_path::DriftId;
use crate::web::auth::CurrentTenant;
use crate::web::error::Problem;

/// The calls about differences.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(check))
        .routes(routes!(use_ours))
        .routes(routes!(use_theirs))
}

/// Where Chatwoot differs from what was asked for, as last compared.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DriftList {
    differences: Vec<DifferenceBody>,
    /// When your agents were last compared.
    #[schema(required, format = DateTime)]
    compared_at: Option<String>,
    /// Since when nothing is compared or done by itself, because very many agents disappeared at once.
    #[schema(required, format = DateTime)]
    paused_at: Option<String>,
}

/// One difference.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Difference)]
struct DifferenceBody {
    #[schema(format = Uuid, example = "0193596e-7a80-7c4e-9a51-6c2f0e8b1d35")]
    id: String,
    #[schema(required, format = Uuid)]
    agent_id: Option<String>,
    #[schema(required, example = "Ana Ruiz")]
    agent_name: Option<String>,
    #[schema(schema_with = kind_schema)]
    kind: &'static str,
    /// Only of a difference in inboxes.
    #[schema(required, example = 7)]
    inbox_id: Option<i64>,
    #[schema(example = "Name")]
    field: String,
    /// What is set here, in words.
    #[schema(example = "Ana Ruiz")]
    ours: String,
    /// What Chatwoot shows, in words.
    #[schema(example = "Anna Ruiz")]
    theirs: String,
    /// Grows whenever either side changes; send it along to be sure to decide about what you saw.
    #[schema(example = 1)]
    version: i64,
    #[schema(format = DateTime)]
    first_seen_at: String,
    /// Whether `use-chatwoot` can end it.
    can_use_chatwoot: bool,
}

/// Lists where Chatwoot differs, as last compared.
#[utoipa::path(
    get,
    path = "/api/dashboard/integrations/chatwoot/drift",
    operation_id = "listDrift",
    tag = "Drift",
    responses((status = 200, description = "The differences", body = DriftList), Refusals)
)]
async fn list(State(app): State<App>, tenant: CurrentTenant) -> Result<Json<DriftList>, Problem> {
    Ok(Json(DriftList::of(&drift::of_tenant(&app, tenant.tenant()).await?)))
}

/// Compares the tenant's agents with Chatwoot now. Changes nothing in Chatwoot.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/drift/check",
    operation_id = "checkDrift",
    tag = "Drift",
    responses(
        (status = 200, description = "The differences", body = DriftList),
        (status = 502, description = "Chatwoot refused (`chatwoot_refused`).", body = ErrorBody),
        (status = 504, description = "Chatwoot is too slow; the comparison goes on.", body = ErrorBody),
        Refusals
    )
)]
async fn check(State(app): State<App>, tenant: CurrentTenant) -> Result<Json<DriftList>, Problem> {
    Ok(Json(DriftList::of(&drift::check(&app, tenant.tenant()).await?)))
}

/// Makes Chatwoot as it was asked for here.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/drift/{id}/use-ours",
    operation_id = "useOurs",
    tag = "Drift",
    params(
        ("id" = String, Path, description = "The difference's id"),
        ("version" = Option<i64>, Query, description = "The version you decide about; left out, any")
    ),
    responses(
        (status = 200, description = "The agent as it is now", body = AgentAnswer),
        (status = 202, description = "We are still working on it.", body = AgentAnswer),
        (status = 409, description = "It changed in the meantime, or somebody works on the agent; the sentence says what is there now.", body = ErrorBody),
        (status = 422, description = "`version` is no whole number.", body = ErrorBody),
        (status = 502, description = "Chatwoot refused (`chatwoot_refused`).", body = ErrorBody),
        (status = 504, description = "Chatwoot is too slow.", body = ErrorBody),
        NotFound, Refusals
    )
)]
async fn use_ours(
    State(app): State<App>,
    tenant: CurrentTenant,
    DriftId(id): DriftId,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let view = drift::use_ours(&app, &tenant.actor(), &asked(id, &parameters)?).await?;
    Ok(body::answer(StatusCode::OK, &view, None))
}

/// Makes what is set here as Chatwoot shows it; for a person who is gone that removes the agent.
#[utoipa::path(
    post,
    path = "/api/dashboard/integrations/chatwoot/drift/{id}/use-chatwoot",
    operation_id = "useChatwoot",
    tag = "Drift",
    params(
        ("id" = String, Path, description = "The difference's id"),
        ("version" = Option<i64>, Query, description = "The version you decide about; left out, any")
    ),
    responses(
        (status = 200, description = "The agent as it is now", body = AgentAnswer),
        (status = 202, description = "The agent is being removed.", body = AgentAnswer),
        (status = 204, description = "The agent is gone."),
        (status = 409, description = "It changed in the meantime, or can't be taken over; the sentence says which.", body = ErrorBody),
        (status = 422, description = "`version` is no whole number.", body = ErrorBody),
        NotFound, Refusals
    )
)]
async fn use_theirs(
    State(app): State<App>,
    tenant: CurrentTenant,
    DriftId(id): DriftId,
    parameters: Parameters,
) -> Result<Response, Problem> {
    match drift::use_theirs(&app, &tenant.actor(), &asked(id, &parameters)?).await? {
        Some(view) => Ok(body::answer(StatusCode::OK, &view, None)),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

fn asked(id: String, parameters: &Parameters) -> Result<Asked, ServiceError> {
    let version = parameters.number("version").map_err(|fault| Refusal::Fields(vec![fault]))?;
    Ok(Asked { agent: None, id, version })
}

impl DriftList {
    fn of(report: &Report) -> Self {
        let at = |ms| DateTime::from_timestamp_millis(ms).map(timestamp);
        let body = |told: &Told| DifferenceBody::of(told, report);
        Self {
            differences: report.differences.iter().map(body).collect(),
            compared_at: report.looks.looked_at.and_then(at),
            paused_at: report.looks.paused.and_then(|paused| at(paused.at)),
        }
    }
}

impl DifferenceBody {
    fn of(told: &Told, report: &Report) -> Self {
        let difference = &told.drifted.difference;
        let words = words_of(difference, Some(&report.inboxes));
        let about_inbox = matches!(difference.kind, Kind::LeftInbox | Kind::JoinedInbox);
        Self {
            id: told.drifted.id.clone(),
            agent_id: difference.agent.map(|agent| agent.to_string()),
            agent_name: told.agent_name.clone(),
            kind: difference.kind.key(),
            inbox_id: about_inbox.then_some(difference.subject),
            field: words.field,
            ours: words.ours,
            theirs: words.theirs,
            version: told.drifted.version,
            first_seen_at: DateTime::from_timestamp_millis(told.drifted.first_seen)
                .map_or_else(String::new, timestamp),
            can_use_chatwoot: report.can_use_theirs(difference),
        }
    }
}

fn kind_schema() -> Object {
    body::words("What differs.", Kind::ALL.into_iter().map(Kind::key))
}
