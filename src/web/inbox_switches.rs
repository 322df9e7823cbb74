//! Giving and taking inboxes: one switch at a time, or all of a form.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use serde::Deserialize;

use super::agent_path::{AgentPath, HELPDESK, InboxPath, path};
use super::auth::CurrentTenant;
use super::body::FormBody;
use super::error::HtmlError;
use super::flash::{self, Notice};
use super::fragment::Fragment;
use super::hx::Htmx;
use super::parts::InboxSwitch;
use crate::app::App;
use crate::domain::ids::{AgentId, InboxId};
use crate::services::agents::AgentView;
use crate::services::error::{Refusal, ServiceError};
use crate::services::{agents, inboxes};

pub fn router() -> Router<App> {
    Router::new()
        .route("/integrations/helpdesk/agents/{agent}/inboxes", post(assign_all).get(back))
        .route("/integrations/helpdesk/agents/{agent}/inboxes/{inbox}", post(assign).get(back_from_one))
}

/// The switches as a form sends them: those that are on, and all that were there to choose from.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Switches {
    inboxes: Vec<String>,
    offered: String,
    from: String,
}

async fn assign(
    State(app): State<App>,
    tenant: CurrentTenant,
    htmx: Htmx,
    InboxPath(agent, inbox): InboxPath,
    FormBody(form): FormBody<Switches>,
) -> Result<Response, HtmlError> {
    let wanted = form.wants(inbox)?;
    let view = inboxes::assign(&app, &tenant.actor(), agent, inbox, wanted).await?;
    if !htmx.0 {
        return Ok(form.back(&app, agent, notice_of(&view)));
    }
    let (own, _) = inboxes::list(&app, tenant.tenant()).await?;
    let (switch, told) =
        InboxSwitch::after_change(&view, &own, inbox, wanted).ok_or(ServiceError::NotFound)?;
    Ok(Fragment::telling(switch, told).into_response())
}

async fn assign_all(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
    FormBody(form): FormBody<Switches>,
) -> Result<Response, HtmlError> {
    let (view, _) = agents::show(&app, tenant.tenant(), agent).await?;
    let chosen = form.chosen(&view.wanted_inboxes())?;
    let view = inboxes::assign_all(&app, &tenant.actor(), agent, &chosen).await?;
    Ok(form.back(&app, agent, notice_of(&view)))
}

/// Whether Chatwoot agrees with what was chosen.
fn notice_of(view: &AgentView) -> Notice {
    let agrees =
        view.agent.failure.is_none() && view.mappings.iter().all(|mapping| mapping.wanted == mapping.present);
    if agrees { Notice::InboxesSaved } else { Notice::InboxesWaiting }
}

async fn back(AgentPath(agent): AgentPath) -> Redirect {
    Redirect::to(&path(agent))
}

async fn back_from_one(InboxPath(agent, _): InboxPath) -> Redirect {
    Redirect::to(&path(agent))
}

impl Switches {
    /// Whether this inbox is on. A form that never showed it says nothing about it.
    fn wants(&self, inbox: InboxId) -> Result<bool, Refusal> {
        if self.on()?.contains(&inbox) {
            return Ok(true);
        }
        if self.offered()?.contains(&inbox) {
            return Ok(false);
        }
        Err(Refusal::field("inboxIds", "The form doesn't say whether this inbox is on or off."))
    }

    /// The whole set that is wanted: what is on, and what is wanted now but was not on the form.
    fn chosen(&self, now: &[InboxId]) -> Result<Vec<InboxId>, Refusal> {
        let (mut chosen, offered) = (self.on()?, self.offered()?);
        chosen.extend(now.iter().filter(|inbox| !offered.contains(inbox)));
        chosen.sort_unstable();
        chosen.dedup();
        Ok(chosen)
    }

    fn on(&self) -> Result<Vec<InboxId>, Refusal> {
        self.inboxes.iter().map(|id| parse(id)).collect()
    }

    fn offered(&self) -> Result<Vec<InboxId>, Refusal> {
        self.offered.split(',').filter(|id| !id.is_empty()).map(parse).collect()
    }

    /// The page the form was on, and whether its message should lead to the agent.
    fn back(&self, app: &App, agent: AgentId, notice: Notice) -> Response {
        if self.from == "list" {
            let place = format!("{HELPDESK}#agent-{agent}");
            flash::redirect(app, &place, notice, Some(agent))
        } else {
            flash::redirect(app, &path(agent), notice, None)
        }
    }
}

fn parse(id: &str) -> Result<InboxId, Refusal> {
    id.parse().map(InboxId).map_err(|_| Refusal::field("inboxIds", "An inbox's number is a whole number."))
}

impl From<Refusal> for HtmlError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(on: &[&str], offered: &str) -> Switches {
        Switches {
            inboxes: on.iter().map(ToString::to_string).collect(),
            offered: offered.to_owned(),
            from: String::new(),
        }
    }

    #[test]
    fn an_inbox_that_was_not_on_the_form_stays_as_it_is() {
        let now = [InboxId(1), InboxId(2), InboxId(9)];
        assert_eq!(form(&["1", "3"], "1,2,3").chosen(&now), Ok(vec![InboxId(1), InboxId(3), InboxId(9)]));
    }

    #[test]
    fn off_is_only_what_was_offered_and_not_chosen() {
        assert_eq!(form(&["1"], "1,2").wants(InboxId(1)), Ok(true));
        assert_eq!(form(&["1"], "1,2").wants(InboxId(2)), Ok(false));
        assert!(form(&["1"], "1,2").wants(InboxId(3)).is_err());
        assert!(form(&["x"], "1,2").wants(InboxId(1)).is_err());
    }
}
