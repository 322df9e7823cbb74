//! Comparing what was asked for with what Chatwoot shows, and what can be done where they differ.
//!
//! Looking never changes Chatwoot. Only an inbox that is missing right after a change of ours is asked for again by
//! itself, once, because Chatwoot may lose it through a late job of its own.

mod adopt;
mod compare;
mod look;
mod record;
mod schedule;
mod settle;
mod strangers;

use crate::app::App;
use crate::db;
use crate::domain::drift::{Difference, Drifted, Kind};
use crate::domain::ids::TenantId;
use crate::domain::inbox::Inbox;
use crate::services::error::{Refusal, ServiceError};

pub use crate::db::drift::Told;
pub use crate::db::drift_looks::{Looks, Standing};
pub use crate::db::people::NamedTenant;
pub use adopt::{Adopter, adopt_by_operator, adopt_stranger, adopters};
pub use look::{Outcome, Scope, look};
pub use record::{Words, words_of};
pub use schedule::{accept, check, check_many, look_if_due};
pub(super) use settle::end_outdated;
pub use settle::{Asked, repair, use_ours, use_theirs};
pub use strangers::remove_stranger;

/// Differences that administrators see at once.
const MOST: u64 = 200;

/// A tenant's differences and when they were looked for.
#[derive(Clone, Debug)]
pub struct Report {
    pub differences: Vec<Told>,
    pub inboxes: Vec<Inbox>,
    pub looks: Looks,
}

impl Report {
    /// Whether what Chatwoot shows can become what is set here: never an inbox that is not the tenant's own.
    pub fn can_use_theirs(&self, difference: &Difference) -> bool {
        let is_own = || self.inboxes.iter().any(|inbox| inbox.id.0 == difference.subject);
        difference.kind.can_use_theirs() && (difference.kind != Kind::JoinedInbox || is_own())
    }
}

/// What is known of this tenant's agents.
pub async fn of_tenant(app: &App, tenant: TenantId) -> Result<Report, ServiceError> {
    let conn = app.db.read();
    let mut looks = db::drift_looks::find(conn).await?;
    let own = db::drift_looks::own_looks(conn, looks.looked_at.unwrap_or(0)).await?;
    looks.looked_at = looks.looked_at.max(own.get(&tenant).copied());
    Ok(Report {
        differences: db::drift::list(conn, Some(tenant), MOST).await?,
        inboxes: db::demos::inboxes(conn, tenant).await?,
        looks,
    })
}

/// What is known of everybody.
pub async fn of_everybody(app: &App) -> Result<Report, ServiceError> {
    let conn = app.db.read();
    Ok(Report {
        differences: db::drift::list(conn, None, MOST).await?,
        inboxes: Vec::new(),
        looks: db::drift_looks::find(conn).await?,
    })
}

/// What only administrators can decide about. Costs one query.
pub async fn standing(app: &App) -> Result<Standing, ServiceError> {
    Ok(db::drift_looks::standing(app.db.read()).await?)
}

/// What the one who pressed a button did not know yet.
fn changed_meanwhile(present: Option<&Drifted>) -> ServiceError {
    let sentence = match present {
        None => "This difference is no longer there. Nothing was changed.".to_owned(),
        Some(drifted) => {
            let words = words_of(&drifted.difference, None);
            format!(
                "This changed in the meantime. {}: {} here, {} in Chatwoot. Nothing was changed.",
                words.field, words.ours, words.theirs
            )
        }
    };
    Refusal::conflict(sentence).into()
}
