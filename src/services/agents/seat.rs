//! The one place where a seat is given.

use crate::app::App;
use crate::db::{self, WriteTx};
use crate::domain::entitlement::Entitlement;
use crate::domain::limits::LimitName;
use crate::domain::tier::{Seats, smallest_free_seat};
use crate::domain::user::User;
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

fn limit_reached(tier: String, seats: Seats) -> Refusal {
    let limit = seats.left().map_or(u64::MAX, |left| seats.used + left - seats.over());
    Refusal::TierLimitReached { tier, limit, used: seats.used, adjusted: seats.adjusted }
}
