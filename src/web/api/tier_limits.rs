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
use crate::domain::tier::{TierLimits, Usage};
use crate::services::tier_limits;
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
}

/// All ten limits; -1 means no limit.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Limits)]
struct LimitsBody {
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
    let (limits, usage) = tier_limits::show(&app, tenant.tenant(), asked).await?;
    Ok(Json(TierLimitsAnswer {
        success: true,
        tier: limits.tier.clone(),
        limits: limits.into(),
        usage: usage.into(),
    }))
}

impl From<TierLimits> for LimitsBody {
    fn from(limits: TierLimits) -> Self {
        Self {
            max_demos: limits.max_demos,
            max_workflows: limits.max_workflows,
            max_knowledge_bases: limits.max_knowledge_bases,
            max_documents: limits.max_documents,
            max_integrations: limits.max_integrations,
            max_helpdesk_agents: limits.max_helpdesk_agents,
            api_calls_per_month: limits.api_calls_per_month,
            document_size_limit: limits.document_size_limit,
            chunk_size: limits.chunk_size,
            max_chunks_per_document: limits.max_chunks_per_document,
        }
    }
}

impl From<Usage> for UsageBody {
    fn from(usage: Usage) -> Self {
        Self { helpdesk_agents: usage.helpdesk_agents, demos: usage.demos }
    }
}
