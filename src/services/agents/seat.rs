//! The one place where a seat is given.

use serde_json::json;

use super::Actor;
use crate::app::App;
use crate::db::audit::Event;
use crate::db::{self, WriteTx};
use crate::domain::entitlement::Entitlement;
use crate::domain::ids::TenantId;
use crate::domain::limits::LimitName;
use crate::domain::tier::{Seats, smallest_free_seat};
use crate::domain::user::User;
use crate::services::audit;
use crate::services::error::{Refusal, ServiceError};

/// The number of a free seat of this tenant, which the caller's transaction has locked and which takes it.
pub(super) async fn free(app: &App, tx: &WriteTx, owner: &User) -> Result<i64, ServiceError> {
    let taken = db::agents::seats_taken(&**tx, owner.id).await?;
    let held = db::entitlements::hold(&**tx, owner.id, LimitName::HelpdeskAgents, app.now()).await?;
    let Entitlement { limit, adjusted } = held.ok_or(ServiceError::NotFound)?;
    let seats = Seats { used: u64::try_from(taken.len()).unwrap_or(u64::MAX), limit, adjusted };
    if seats.admit_one_more() {
        Ok(smallest_free_seat(&taken))
    } else {
        Err(limit_reached(owner.tier.label.clone(), seats).into())
    }
}

/// Passes on what became of asking for a seat, and tells the audit log when there was none.
///
/// Whoever asked is the operator where there is no `actor`.
pub async fn note_refused<T>(
    app: &App,
    tenant: TenantId,
    actor: Option<&Actor>,
    asked: Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    if let Err(ServiceError::Refused(Refusal::TierLimitReached { limit, used, .. })) = &asked {
        let event = Event {
            at: app.now(),
            tenant: Some(tenant),
            actor: if actor.is_some() { "user" } else { "operator" },
            actor_id: actor.map(|actor| actor.user),
            action: "agent.refused",
            object: "user",
            object_id: tenant.to_string(),
            before: None,
            after: Some(json!({ "limit": limit, "used": used })),
            reason: None,
            request_id: actor.and_then(|actor| actor.request_id.clone()),
        };
        audit::note_refused(app, event).await?;
    }
    asked
}

fn limit_reached(tier: String, seats: Seats) -> Refusal {
    let limit = seats.left().map_or(u64::MAX, |left| seats.used + left - seats.over());
    Refusal::TierLimitReached { tier, limit, used: seats.used, adjusted: seats.adjusted }
}
