//! Who holds the seats of a full plan, and when one becomes free.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::agent::{Agent, AgentState};
use crate::domain::ids::TenantId;
use crate::services::agents::{self, AgentView, Overview};
use crate::services::error::ServiceError;

/// Agents to name where a seat is to be freed; the list has them all.
const MOST_SHOWN: usize = 10;

/// Some of those who hold the seats.
#[derive(Default)]
pub struct SeatHolders {
    pub all: Vec<Agent>,
    /// Who leaves anyway, and when that frees a seat.
    pub leaving: Vec<String>,
}

impl SeatHolders {
    /// Whether there is a seat, and who holds the others.
    pub async fn load(app: &App, tenant: TenantId) -> Result<(bool, Self), ServiceError> {
        let Overview { seats, agents: mut views, .. } = agents::overview(app, tenant, "", 1).await?;
        views.retain(|view| view.agent.holds_seat);
        let leaving = views.iter().filter_map(|view| leaving(view, app.now())).take(MOST_SHOWN).collect();
        let all = views.into_iter().map(|view| view.agent).collect();
        Ok((seats.admit_one_more(), Self { all, leaving }))
    }

    /// Those whose suspension would free a seat at once.
    pub fn to_suspend(&self) -> Vec<Agent> {
        let ready = self.all.iter().filter(|agent| agent.state == AgentState::Ready);
        ready.take(MOST_SHOWN).cloned().collect()
    }
}

fn leaving(view: &AgentView, now: DateTime<Utc>) -> Option<String> {
    let name = &view.agent.name;
    match (view.agent.state, view.undo_until().filter(|until| now < *until)) {
        (AgentState::Removing, Some(until)) => {
            let time = until.format("%H:%M UTC");
            Some(format!("{name} is being removed; the seat becomes free shortly after {time}."))
        }
        (AgentState::Removing, None) => Some(format!(
            "{name} is being removed; the seat becomes free as soon as Chatwoot has deleted the person."
        )),
        (AgentState::Suspending, _) => Some(format!(
            "{name} is being suspended; the seat becomes free as soon as Chatwoot has taken them out."
        )),
        _ => None,
    }
}
