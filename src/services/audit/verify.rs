//! Whether the audit log is as it was written.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::app::App;
use crate::db::audit::chain::{self, After, End, Stored};
use crate::domain::ids::TenantId;
use crate::services::error::ServiceError;

const AT_ONCE: usize = 1_000;

/// What a look at every chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Whole { entries: u64, chains: u64 },
    Broken(Break),
}

/// The first place where the log is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// Whose chain; the installation's without one.
    pub tenant: Option<TenantId>,
    /// The place in the chain.
    pub seq: i64,
    /// The entry found there, if any is.
    pub entry: Option<(Uuid, DateTime<Utc>)>,
    pub fault: Fault,
}

/// What is wrong at a place of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Changed,
    Missing,
    OutOfOrder,
    /// The head knows so many more entries than there are.
    CutOff(i64),
    /// The head does not know this entry.
    Added,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => write!(f, "was changed after it was written"),
            Self::Missing => write!(f, "is missing"),
            Self::OutOfOrder => write!(f, "does not follow from the one before it"),
            Self::CutOff(1) => write!(f, "is missing: the chain's last entry was cut off"),
            Self::CutOff(many) => write!(f, "is missing: the chain's last {many} entries were cut off"),
            Self::Added => write!(f, "was not written by this program: the chain ended before it"),
        }
    }
}

/// Reads every chain from its start and stops at the first break. Writers are not held up.
pub async fn verify(app: &App) -> Result<Verdict, ServiceError> {
    let snapshot = app.db.snapshot().await?;
    let mut walk = Walk::new(chain::ends(&snapshot).await?);
    for start in
        [After::Installation(i64::MIN, Uuid::nil()), After::Tenant(Uuid::nil(), i64::MIN, Uuid::nil())]
    {
        if let Err(broken) = stretch(&snapshot, start, &mut walk).await? {
            return Ok(Verdict::Broken(broken));
        }
    }
    Ok(walk.finish())
}

async fn stretch(
    conn: &impl ConnectionTrait,
    start: After,
    walk: &mut Walk,
) -> Result<Result<(), Break>, ServiceError> {
    let mut after = start;
    loop {
        let entries = chain::walk(conn, after, AT_ONCE).await?;
        for entry in &entries {
            if let Err(broken) = walk.step(entry) {
                return Ok(Err(broken));
            }
        }
        let Some(last) = entries.last().filter(|_| entries.len() == AT_ONCE) else { return Ok(Ok(())) };
        after = match last.tenant {
            Some(tenant) => After::Tenant(tenant.0, last.seq, last.id),
            None => After::Installation(last.seq, last.id),
        };
    }
}

/// How far the walk has come: the latest entry, and the ends of chains not reached yet.
struct Walk {
    ends: HashMap<String, End>,
    at: Option<Stored>,
    entries: u64,
    chains: u64,
}

impl Walk {
    fn new(ends: HashMap<String, End>) -> Self {
        Self { ends, at: None, entries: 0, chains: 0 }
    }

    fn step(&mut self, entry: &Stored) -> Result<(), Break> {
        if self.at.as_ref().is_none_or(|last| last.tenant != entry.tenant) {
            self.close()?;
            self.chains += 1;
        }
        let (last, hash) = self.at.as_ref().map_or((0, ""), |last| (last.seq, last.hash.as_str()));
        let found =
            |fault| Break { tenant: entry.tenant, seq: entry.seq, entry: Some((entry.id, entry.at)), fault };
        if entry.seq > last + 1 {
            return Err(Break { seq: last + 1, entry: None, ..found(Fault::Missing) });
        }
        if entry.should_be.as_ref() != Some(&entry.hash) {
            return Err(found(Fault::Changed));
        }
        if entry.seq != last + 1 || entry.prev_hash != hash {
            return Err(found(Fault::OutOfOrder));
        }
        self.entries += 1;
        self.at = Some(entry.clone());
        Ok(())
    }

    /// Compares the end of the chain just walked with what its head says.
    fn close(&mut self) -> Result<(), Break> {
        let Some(last) = self.at.take() else { return Ok(()) };
        let end = self.ends.remove(&chain::name(last.tenant)).unwrap_or(End { seq: 0, hash: String::new() });
        let found =
            |fault| Break { tenant: last.tenant, seq: last.seq, entry: Some((last.id, last.at)), fault };
        if end.seq > last.seq {
            let fault = Fault::CutOff(end.seq - last.seq);
            return Err(Break { seq: last.seq + 1, entry: None, ..found(fault) });
        }
        if end.seq < last.seq {
            return Err(found(Fault::Added));
        }
        if end.hash == last.hash { Ok(()) } else { Err(found(Fault::Changed)) }
    }

    /// What is left when every entry was read: ends of chains that have no entries any more.
    fn finish(mut self) -> Verdict {
        if let Err(broken) = self.close() {
            return Verdict::Broken(broken);
        }
        match self.ends.into_iter().min() {
            Some((chain, end)) => Verdict::Broken(Break {
                tenant: TenantId::parse(&chain),
                seq: 1,
                entry: None,
                fault: Fault::CutOff(end.seq),
            }),
            None => Verdict::Whole { entries: self.entries, chains: self.chains },
        }
    }
}
