//! Creating many agents from a list: a look at it first, then one row after the other by the worker.

mod passwords;
mod plan;
mod read;
mod work;

use chrono::{DateTime, Utc};

use crate::domain::ids::ImportId;
use crate::domain::import::{ImportState, RowStatus, TypedRow, Verdict};
use crate::domain::tier::Seats;

pub use crate::db::imports::{Row, RowAgent};
pub use passwords::{PasswordRow, passwords};
pub use plan::{draft, look, run, start};
pub use read::{latest, newer, show};
pub use work::{advance, work};

/// What would become of a list, row by row; nothing is stored.
pub struct Plan {
    pub rows: Vec<(TypedRow, Verdict)>,
    pub seats: Seats,
}

/// An import with its rows.
pub struct ImportView {
    pub id: ImportId,
    pub state: ImportState,
    pub created_at: DateTime<Utc>,
    pub rows: Vec<Row>,
    /// As they are now.
    pub seats: Seats,
    /// Whether work of all tenants waits because very many agents disappeared from Chatwoot at once.
    pub is_paused: bool,
}

/// An import among others.
pub struct ImportLine {
    pub id: ImportId,
    pub state: ImportState,
    pub created_at: DateTime<Utc>,
}

impl ImportView {
    /// How many rows have this status.
    pub fn count(&self, status: RowStatus) -> usize {
        self.rows.iter().filter(|row| row.status == status).count()
    }

    /// How many rows there is no agent for, because of what the row says or for want of a seat.
    pub fn refused(&self) -> usize {
        self.rows.iter().filter(|row| row.status.is_refused()).count()
    }

    /// Whether something is still being done by itself.
    pub fn is_working(&self) -> bool {
        self.state == ImportState::Running || self.rows.iter().any(Row::is_working)
    }

    /// How many agents of it are ready and have no password that anybody knows.
    pub fn without_password(&self) -> usize {
        self.rows.iter().filter(|row| row.lacks_password()).count()
    }

    /// Changes whenever what a page shows of the rows changes: for the poller's `v`.
    pub fn version(&self) -> u64 {
        // FNV-1a, because it must be the same in every process.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut take = |word: &str| {
            for byte in word.bytes().chain([0]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        take(self.state.key());
        for row in &self.rows {
            take(row.status.key());
            if let Some(agent) = &row.agent {
                take(agent.state.key());
                take(if agent.password_set { "set" } else { "unset" });
                take(agent.failure.map_or("", crate::domain::agent::Failure::key));
            }
        }
        hash
    }
}

impl Row {
    /// Whether its agent is still being set up by itself.
    pub fn is_working(&self) -> bool {
        self.status == RowStatus::Created && self.agent.as_ref().is_some_and(RowAgent::is_being_set_up)
    }

    /// Whether this import made an agent that is ready and nobody can sign in as.
    pub fn lacks_password(&self) -> bool {
        self.status == RowStatus::Created && self.agent.as_ref().is_some_and(RowAgent::lacks_password)
    }
}

impl RowAgent {
    fn is_being_set_up(&self) -> bool {
        self.state == crate::domain::agent::AgentState::SettingUp && self.working
    }

    fn lacks_password(&self) -> bool {
        self.state == crate::domain::agent::AgentState::Ready && !self.password_set && !self.working
    }
}
