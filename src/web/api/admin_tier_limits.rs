//! Every tier's limits over JSON, for administrators.

use std::fmt;

use axum::Json;
use axum::extract::State;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::openapi::{BodyRefusals, ErrorBody, Refusals};
use super::tier_limits::LimitsBody;
use crate::app::App;
use crate::domain::limit_change::ChangeKind;
use crate::domain::limit_value::{LimitFault, parse_stored};
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::Limit;
use crate::services::error::{FieldError, Refusal, ServiceError};
use crate::services::tier_limits::{self, Change, Changed, TierWithTenants};
use crate::web::auth::CurrentAdmin;
use crate::web::body::JsonBody;
use crate::web::error::Problem;

/// The calls about tier limits that administrators may make.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, change, reset))
}

/// Every tier.
#[derive(Serialize, ToSchema)]
struct TierList {
    #[schema(example = true)]
    success: bool,
    /// Lowest rank first.
    tiers: Vec<TierBody>,
}

/// A tier after a change.
#[derive(Serialize, ToSchema)]
struct TierAnswer {
    #[schema(example = true)]
    success: bool,
    tier: TierBody,
}

/// A tier and its limits.
#[derive(Serialize, ToSchema)]
#[schema(as = Tier)]
struct TierBody {
    #[schema(example = "PRO")]
    tier: String,
    #[schema(example = "Pro")]
    label: String,
    #[schema(example = 2)]
    rank: i32,
    /// Goes up with each change of the limits.
    #[schema(example = 4)]
    version: i64,
    /// How many tenants have it.
    #[schema(example = 14)]
    tenants: u64,
    limits: LimitsBody,
    /// What resetting it sets; only for tiers that have defaults.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = LimitsBody, required = false)]
    defaults: Option<LimitsBody>,
}

/// What a tier's limits shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeTierLimits {
    #[schema(example = "PRO")]
    tier: String,
    /// All ten or some; the others stay.
    #[schema(value_type = LimitsChange)]
    limits: SentLimits,
    /// The version you read. If it is not the current one any more, nothing is changed.
    #[serde(default)]
    #[schema(example = 4)]
    version: Option<i64>,
    /// For the audit log; 500 characters at most, on one line.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Every name and value as it was sent, also one that is there twice.
struct SentLimits(Vec<(String, Value)>);

/// Which tier to reset.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetTierLimits {
    #[schema(example = "PRO")]
    tier: String,
    /// The version you read. If it is not the current one any more, nothing is changed.
    #[serde(default)]
    version: Option<i64>,
    /// For the audit log; 500 characters at most, on one line.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// New values by the limits' names; -1 means no limit, which `chunkSize` cannot have.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only describes what is read by name, so that each refusal can name its field")]
struct LimitsChange {
    #[schema(required = false, nullable = false, minimum = -1)]
    max_demos: Option<i32>,
    #[schema(required = false, nullable = false, minimum = -1)]
    max_workflows: Option<i32>,
    #[schema(required = false, nullable = false, minimum = -1)]
    max_knowledge_bases: Option<i32>,
    #[schema(required = false, nullable = false, minimum = -1)]
    max_documents: Option<i32>,
    #[schema(required = false, nullable = false, minimum = -1)]
    max_integrations: Option<i32>,
    #[schema(required = false, nullable = false, minimum = -1, example = 5)]
    max_helpdesk_agents: Option<i32>,
    #[schema(required = false, nullable = false, minimum = -1)]
    api_calls_per_month: Option<i32>,
    /// Bytes.
    #[schema(required = false, nullable = false, minimum = -1)]
    document_size_limit: Option<i32>,
    /// Characters.
    #[schema(required = false, nullable = false, minimum = 100, maximum = 32_000)]
    chunk_size: Option<i32>,
    #[schema(required = false, nullable = false, minimum = -1)]
    max_chunks_per_document: Option<i32>,
}

/// Lists every tier with its limits.
#[utoipa::path(
    get,
    path = "/api/admin/tier-limits",
    operation_id = "listTierLimits",
    tag = "Administration",
    responses((status = 200, description = "Every tier", body = TierList), Refusals)
)]
async fn list(State(app): State<App>, _: CurrentAdmin) -> Result<Json<TierList>, Problem> {
    let tiers = tier_limits::list(&app).await?.into_iter().map(TierBody::from).collect();
    Ok(Json(TierList { success: true, tiers }))
}

/// Changes a tier's limits.
///
/// They hold for the next request of every tenant of the tier. Nothing is taken from a tenant that has more than
/// the new limit; it cannot add.
#[utoipa::path(
    put,
    path = "/api/admin/tier-limits",
    operation_id = "changeTierLimits",
    tag = "Administration",
    request_body = ChangeTierLimits,
    responses(
        (status = 200, description = "The tier as it is now", body = TierAnswer),
        (status = 409, description = "The tier is in another version by now; `fields` says which, and its limits.", body = ErrorBody),
        BodyRefusals, Refusals
    )
)]
async fn change(
    State(app): State<App>,
    admin: CurrentAdmin,
    JsonBody(body): JsonBody<ChangeTierLimits>,
) -> Result<Json<TierAnswer>, Problem> {
    let change = Change {
        tier: body.tier,
        version: body.version,
        wanted: wanted(&body.limits).map_err(ServiceError::from)?,
        kind: ChangeKind::Edited,
        reason: body.reason.unwrap_or_default(),
        reviewed: true,
    };
    let changed = tier_limits::change(&app, &admin.by(), change).await;
    answer(&app, changed).await
}

/// Resets a tier's limits to its defaults.
#[utoipa::path(
    post,
    path = "/api/admin/tier-limits",
    operation_id = "resetTierLimits",
    tag = "Administration",
    request_body = ResetTierLimits,
    responses(
        (status = 200, description = "The tier as it is now", body = TierAnswer),
        (status = 409, description = "The tier is in another version by now; `fields` says which, and its limits.", body = ErrorBody),
        BodyRefusals, Refusals
    )
)]
async fn reset(
    State(app): State<App>,
    admin: CurrentAdmin,
    JsonBody(body): JsonBody<ResetTierLimits>,
) -> Result<Json<TierAnswer>, Problem> {
    let reason = body.reason.unwrap_or_default();
    let changed = tier_limits::reset(&app, &admin.by(), &body.tier, body.version, reason).await;
    answer(&app, changed).await
}

async fn answer(app: &App, changed: Result<Changed, ServiceError>) -> Result<Json<TierAnswer>, Problem> {
    let tier = match changed {
        Ok(Changed::Saved(tier) | Changed::Nothing(tier)) => tier,
        Ok(Changed::ToReview(_)) => return Err(Problem::internal()),
        Err(ServiceError::NotFound) => {
            return Err(ServiceError::from(Refusal::field("tier", "There is no such tier")).into());
        }
        Err(other) => return Err(other.into()),
    };
    let tenants = tier_limits::find(app, &tier.tier).await?.tenants;
    Ok(Json(TierAnswer { success: true, tier: TierBody::from(TierWithTenants { tier, tenants }) }))
}

/// Every limit that was sent, or all that is wrong with them, each under its own name.
fn wanted(SentLimits(sent): &SentLimits) -> Result<Vec<(LimitName, Limit)>, Refusal> {
    let mut wanted = Vec::new();
    let mut faults = Vec::new();
    for (key, value) in sent {
        let Some(name) = LimitName::parse(key) else {
            let message = format!("{key} isn't a limit. Leave it out");
            faults.push(FieldError { field: "limits", messages: vec![message] });
            continue;
        };
        match number(value).and_then(|number| parse_stored(name, number)) {
            Ok(limit) => wanted.push((name, limit)),
            Err(fault) => faults.push(FieldError { field: name.path(), messages: vec![words(fault)] }),
        }
    }
    let twice = LimitName::ALL
        .into_iter()
        .filter(|name| sent.iter().filter(|(key, _)| key == name.key()).count() > 1);
    let messages = vec!["This field is there twice.".to_owned()];
    faults.extend(twice.map(|name| FieldError { field: name.path(), messages: messages.clone() }));
    if faults.is_empty() { Ok(wanted) } else { Err(Refusal::Fields(faults)) }
}

fn number(value: &Value) -> Result<i64, LimitFault> {
    match value {
        // Whatever does not fit is too large or too small for every limit.
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            Ok(number.as_i64().unwrap_or(i64::MAX))
        }
        Value::Number(_) => Err(LimitFault::NotWhole),
        _ => Err(LimitFault::NotANumber),
    }
}

fn words(fault: LimitFault) -> String {
    match fault {
        LimitFault::Negative(name) if name.can_be_unlimited() => {
            "Give 0 or more, or -1 for no limit".to_owned()
        }
        other => other.to_string(),
    }
}

impl<'de> Deserialize<'de> for SentLimits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs).map(Self)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

impl From<TierWithTenants> for TierBody {
    fn from(TierWithTenants { tier, tenants }: TierWithTenants) -> Self {
        Self {
            defaults: Limits::defaults(&tier.tier).as_ref().map(LimitsBody::from),
            limits: LimitsBody::from(&tier.limits),
            tier: tier.tier,
            label: tier.label,
            rank: tier.rank,
            version: tier.version,
            tenants,
        }
    }
}
