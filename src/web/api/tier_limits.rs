//! What a tier allows, over JSON.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::openapi::{NotFound, Refusals};
use super::request::Parameters;
use crate::app::App;
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::Usage;
use crate::services::tier_limits::{self, Shown};
use crate::web::auth::CurrentTenant;
use crate::web::error::Problem;

/// The calls about tier limits that tenants may make.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// A tier's limits and the tenant's usage.
#[derive(Serialize, ToSchema)]
struct TierLimitsAnswer {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "PRO")]
    tier: String,
    limits: LimitsBody,
    usage: UsageBody,
    /// The limits that were set for this tenant alone, if any; `limits` has their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["maxHelpdeskAgents"]))]
    overrides: Vec<&'static str>,
}

/// All ten limits; -1 means no limit.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Limits)]
pub(super) struct LimitsBody {
    max_demos: i64,
    max_workflows: i64,
    max_knowledge_bases: i64,
    max_documents: i64,
    max_integrations: i64,
    max_helpdesk_agents: i64,
    api_calls_per_month: i64,
    /// Bytes.
    document_size_limit: i64,
    /// Characters.
    chunk_size: i64,
    max_chunks_per_document: i64,
}

/// How much the tenant uses.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Usage)]
struct UsageBody {
    helpdesk_agents: u64,
    demos: u64,
}

/// Shows a tier's limits beside the tenant's own usage.
#[utoipa::path(
    get,
    path = "/api/dashboard/tier-limits",
    operation_id = "showTierLimits",
    tag = "Tier limits",
    params(("tier" = Option<String>, Query, description = "A tier's key such as `PRO`; left out, the tenant's own")),
    responses((status = 200, description = "The limits", body = TierLimitsAnswer), NotFound, Refusals)
)]
async fn show(
    State(app): State<App>,
    tenant: CurrentTenant,
    parameters: Parameters,
) -> Result<Json<TierLimitsAnswer>, Problem> {
    let asked = parameters.get("tier").unwrap_or(&tenant.user.tier.key);
    let Shown { limits, usage, overridden } = tier_limits::show(&app, tenant.tenant(), asked).await?;
    Ok(Json(TierLimitsAnswer {
        success: true,
        limits: LimitsBody::from(&limits.limits),
        tier: limits.tier,
        usage: usage.into(),
        overrides: overridden.into_iter().map(LimitName::key).collect(),
    }))
}

impl From<&Limits> for LimitsBody {
    fn from(limits: &Limits) -> Self {
        Self {
            max_demos: limits.stored(LimitName::Demos),
            max_workflows: limits.stored(LimitName::Workflows),
            max_knowledge_bases: limits.stored(LimitName::KnowledgeBases),
            max_documents: limits.stored(LimitName::Documents),
            max_integrations: limits.stored(LimitName::Integrations),
            max_helpdesk_agents: limits.stored(LimitName::HelpdeskAgents),
            api_calls_per_month: limits.stored(LimitName::ApiCalls),
            document_size_limit: limits.stored(LimitName::DocumentSize),
            chunk_size: limits.stored(LimitName::ChunkSize),
            max_chunks_per_document: limits.stored(LimitName::ChunksPerDocument),
        }
    }
}

impl From<Usage> for UsageBody {
    fn from(usage: Usage) -> Self {
        Self { helpdesk_agents: usage.helpdesk_agents, demos: usage.demos }
    }
}
