//! The agent an address names.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use uuid::Uuid;

use super::error::{HtmlError, Problem};
use crate::domain::ids::{AgentId, InboxId};
use crate::services::error::ServiceError;

/// Helpdesk Setup, to which every agent's page leads back.
pub const HELPDESK: &str = "/integrations/helpdesk";

/// The agent of `…/agents/{id}`; anything that is no id is as absent as an agent that is not there.
pub struct AgentPath(pub AgentId);

/// The agent and the inbox of `…/agents/{id}/inboxes/{inbox}`.
pub struct InboxPath(pub AgentId, pub InboxId);

/// The difference of `…/drift/{id}`; anything that is no id is as absent as one that is over.
pub struct DriftId(pub String);

/// Where an agent's page is.
pub fn path(agent: AgentId) -> String {
    format!("{HELPDESK}/agents/{agent}")
}

impl<S: Send + Sync> FromRequestParts<S> for AgentPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, state).await.ok();
        named.and_then(|Path(id)| AgentId::parse(&id)).map(Self).ok_or_else(absent)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InboxPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<(String, String)>::from_request_parts(parts, state).await.ok();
        let (agent, inbox) = named.map(|Path(named)| named).ok_or_else(absent)?;
        let inbox = inbox.parse().map_err(|_| absent())?;
        AgentId::parse(&agent).map(|agent| Self(agent, InboxId(inbox))).ok_or_else(absent)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DriftId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, state).await.ok();
        named.and_then(|Path(id)| drift_id(&id)).map(Self).ok_or_else(absent)
    }
}

/// The id of a difference as it is stored.
pub fn drift_id(typed: &str) -> Option<String> {
    Uuid::try_parse(typed).ok().map(|id| id.hyphenated().to_string())
}

fn absent() -> Problem {
    Problem::from(&HtmlError(ServiceError::NotFound).0)
}
