//! Creating, showing and removing agents.

use chrono::{DateTime, Utc};

use crate::db::drift_looks::Looks;
use crate::domain::agent::{Agent, AgentState, Credential, Failure};
use crate::domain::drift::Drifted;
use crate::domain::ids::{InboxId, TenantId, UserId};
use crate::domain::inbox::{Inbox, InboxMapping};
use crate::domain::password::Password;
use crate::domain::provisioning::step_words;
use crate::domain::steps::SetupStep;
use crate::domain::tier::Seats;
use crate::services::error::{Refusal, ServiceError};

pub mod across;
mod adopt;
mod change;
mod create;
mod lifecycle;
mod read;
mod retry_many;
mod seat;
mod wish;

pub(super) use adopt::{Known, adopt};
pub use change::{NewPassword, may_be_renamed, rename, retry, set_first_password, set_password};
pub(super) use create::{Newcomer, place};
pub use create::{create, preview_address};
pub use lifecycle::{Deed, hindrance, remove, resume, suspend, undo_removal};
pub use read::{connection, draft, history, list, overview, show};
pub use retry_many::{MOST_AT_ONCE, Retried, retry_many};
pub use seat::note_refused;

/// Who asks, for the audit log.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Whose agents it is about.
    pub tenant: TenantId,
    /// The tenant itself, or an administrator.
    pub user: UserId,
    pub request_id: Option<String>,
}

/// What a tenant typed for a new agent.
pub struct NewAgent {
    pub name: String,
    /// `None` asks for a generated one.
    pub password: Option<Password>,
    pub inboxes: Vec<InboxId>,
    pub idempotency_key: Option<String>,
}

/// A created agent, and its generated password to show once.
pub struct CreatedAgent {
    pub view: AgentView,
    pub generated_password: Option<Password>,
    /// Whether the same request had been made before and nothing new was made.
    pub repeated: bool,
}

/// An agent as shown: what is stored, its open operation, and the tenant's inboxes with this agent's access.
#[derive(Clone, Debug)]
pub struct AgentView {
    pub agent: Agent,
    /// Every mapping, also to inboxes whose demo is gone.
    pub mappings: Vec<InboxMapping>,
    pub operation: Option<OperationView>,
    /// Where Chatwoot differs from what was asked for.
    pub drift: Vec<Drifted>,
}

/// An operation that is not done.
#[derive(Clone, Debug)]
pub struct OperationView {
    /// `create`, `inboxes`, `rename`, `password`, `suspend`, `resume`, `remove`, `undo` or `retry`.
    pub kind: String,
    /// Stopped, waiting for Retry or Remove.
    pub failed: bool,
    pub failure: Option<Failure>,
    /// The step it is at, such as `join_inbox`.
    pub step: Option<String>,
    /// For the technical detail: what Chatwoot answered last.
    pub status: Option<i32>,
    pub request_id: Option<String>,
    pub attempts: i32,
    /// When it is tried again, if it waits.
    pub due_at: Option<DateTime<Utc>>,
    pub started_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// One inbox of the tenant and how an agent stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxAccess {
    pub inbox: Inbox,
    pub wanted: bool,
    pub present: bool,
}

/// The Helpdesk Setup page.
#[derive(Clone, Debug)]
pub struct Overview {
    pub seats: Seats,
    pub inboxes: Vec<Inbox>,
    /// Those that need attention first, then newest first.
    pub agents: Vec<AgentView>,
    /// How many agents the filter matches, over all pages.
    pub matching: u64,
    /// How many agents there are in all.
    pub total: u64,
    /// When Chatwoot was last compared.
    pub looks: Looks,
    pub page: u64,
    pub pages: u64,
}

/// What the create form needs to know.
#[derive(Clone, Debug)]
pub struct Draft {
    pub seats: Seats,
    pub inboxes: Vec<Inbox>,
}

/// One change in a sentence.
#[derive(Clone, Debug)]
pub struct HistoryLine {
    pub at: DateTime<Utc>,
    pub sentence: String,
}

impl CreatedAgent {
    /// For callers that want to be told at once when the address turned out to be somebody else's.
    pub fn unless_conflict(self) -> Result<Self, ServiceError> {
        match self.view.agent.state {
            AgentState::Conflict => Err(Refusal::State(Failure::AddressTaken.words()).into()),
            _ => Ok(self),
        }
    }
}

impl AgentView {
    /// The setup as people follow it.
    pub fn steps(&self) -> Vec<SetupStep> {
        crate::domain::steps::setup_steps(&self.agent, &self.mappings)
    }

    /// How the agent stands to each of these inboxes.
    pub fn access(&self, inboxes: &[Inbox]) -> Vec<InboxAccess> {
        inboxes
            .iter()
            .map(|inbox| {
                let mapping = self.mappings.iter().find(|mapping| mapping.inbox == inbox.id);
                InboxAccess {
                    inbox: inbox.clone(),
                    wanted: mapping.is_some_and(|mapping| mapping.wanted),
                    present: mapping.is_some_and(|mapping| mapping.present),
                }
            })
            .collect()
    }

    /// Changes whenever what a page shows of this agent changes: for the poller's `v`.
    pub fn version(&self) -> i64 {
        let operation =
            self.operation.as_ref().map_or(0, |operation| operation.updated_at.timestamp_millis());
        self.agent.updated_at.timestamp_millis().max(operation)
    }

    /// Whether something is still being done by itself that people may follow.
    pub fn is_working(&self) -> bool {
        self.operation.as_ref().is_some_and(|operation| !operation.failed) && !self.is_held()
    }

    /// Whether the agent is out of the account and only waits for the end of the time in which that can be undone.
    pub fn is_held(&self) -> bool {
        let agent = &self.agent;
        agent.removal_wanted && agent.removal_due.is_some() && !agent.linked && agent.failure.is_none()
    }

    /// Until when a removal can be undone.
    pub fn undo_until(&self) -> Option<DateTime<Utc>> {
        self.agent.removal_due.filter(|_| self.agent.removal_wanted).and_then(DateTime::from_timestamp_millis)
    }

    /// Whether the agent is finished here and Chatwoot shows something else.
    pub fn is_out_of_sync(&self) -> bool {
        let finished = matches!(self.agent.state, AgentState::Ready | AgentState::Suspended);
        finished && !self.is_working() && !self.drift.is_empty()
    }

    /// Whether the agent is there but nobody can sign in as it, and nothing under way will change that.
    pub fn lacks_password(&self) -> bool {
        self.agent.state == AgentState::Ready
            && self.agent.credential == Credential::Unset
            && !self.is_working()
    }

    /// What people call the step that does not get on, if any.
    pub fn step(&self) -> Option<&'static str> {
        let step = self.operation.as_ref().and_then(|operation| operation.step.as_deref());
        match self.agent.state {
            AgentState::Conflict => step_words("create_user"),
            _ if self.lacks_password() && step.is_none() => step_words("set_password"),
            AgentState::Ready if self.cause().is_none() => None,
            _ => step.and_then(step_words),
        }
    }

    /// Why the agent does not get on, if it is known not to, for those who run the installation.
    pub fn cause(&self) -> Option<&'static str> {
        let operation = self.operation.as_ref();
        let failure = self.agent.failure.or(operation.and_then(|operation| operation.failure));
        match (failure, self.agent.state) {
            (Some(failure), _) => Some(failure.cause()),
            (None, AgentState::Conflict) => Some(Failure::AddressTaken.cause()),
            (None, AgentState::NeedsAttention) => Some("The setup stopped"),
            (None, _) if operation.is_some_and(|operation| operation.failed) => Some("The work stopped"),
            (None, _) if self.is_out_of_sync() => Some("Chatwoot differs"),
            (None, _) => self.lacks_password().then_some("No working password is set"),
        }
    }

    /// When the agent or what is done about it last changed.
    pub fn changed_at(&self) -> DateTime<Utc> {
        let operation = self.operation.as_ref().map(|operation| operation.updated_at);
        operation.map_or(self.agent.updated_at, |changed| changed.max(self.agent.updated_at))
    }

    /// The inboxes the agent shall answer, in order.
    pub fn wanted_inboxes(&self) -> Vec<InboxId> {
        self.mappings.iter().filter(|mapping| mapping.wanted).map(|mapping| mapping.inbox).collect()
    }
}
