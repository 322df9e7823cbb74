//! One tenant's agents against what was seen, stored under the tenant's lock.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;

use super::record::{Who, event};
use crate::app::App;
use crate::db;
use crate::db::agents::AgentWithInboxes;
use crate::db::drift::{REPAIR, Work};
use crate::domain::agent::Agent;
use crate::domain::drift::{Difference, Drifted, Kind, Seen, Wished, differences};
use crate::domain::ids::{AgentId, InboxId, TenantId};
use crate::domain::inbox::InboxMapping;
use crate::services::error::ServiceError;

/// How long after a change of ours Chatwoot may still lose an inbox through a job of its own.
const SETTLING: TimeDelta = TimeDelta::minutes(10);
/// All of a tenant's agents.
const ALL: u64 = 1_000_000;

/// What is to be stored.
#[derive(Default)]
struct Plan {
    agents: BTreeMap<AgentId, Agent>,
    found: Vec<Difference>,
    again: Vec<(Drifted, Difference)>,
    ended: Vec<Drifted>,
    repairs: Vec<(Difference, InboxMapping)>,
}

/// Stores where `seen` differs from what this tenant asked for. `is_whole` says that every tenant's inboxes were looked
/// at; agents on which somebody works, or that changed after the look began, wait for the next one.
pub async fn compare(
    app: &App,
    tenant: TenantId,
    seen: &Seen,
    is_whole: bool,
    started: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if plan(app.db.read(), tenant, seen, is_whole, started).await?.is_empty() {
        return Ok(());
    }
    let tx = app.db.write().await?;
    db::users::lock(&*tx, tenant).await?;
    let plan = plan(&*tx, tenant, seen, is_whole, started).await?;
    let now = app.now_ms();
    for difference in &plan.found {
        db::drift::insert(&*tx, Some(tenant), difference, now).await?;
    }
    for (known, difference) in &plan.again {
        db::drift::seen_again(&*tx, known, difference, now).await?;
    }
    for known in &plan.ended {
        db::drift::delete(&*tx, &known.id).await?;
    }
    for (difference, mapping) in &plan.repairs {
        let Some(agent) = difference.agent else { continue };
        let missing = InboxMapping { present: false, ..mapping.clone() };
        db::agents::store_mapping(&*tx, agent, &missing).await?;
        db::operations::open(&*tx, tenant, agent, REPAIR, None, app.now()).await?;
    }
    let changed = plan.again.iter().filter(|(known, now)| known.difference != *now).map(|(_, now)| now);
    let told = plan
        .found
        .iter()
        .chain(changed)
        .map(|difference| (difference, "drift.found"))
        .chain(plan.ended.iter().map(|known| (&known.difference, "drift.ended")))
        .chain(plan.repairs.iter().map(|(difference, _)| (difference, "drift.repaired")));
    for (difference, action) in told {
        if let Some(agent) = difference.agent.and_then(|agent| plan.agents.get(&agent)) {
            db::audit::insert(&*tx, event(app, Who::System, agent, action, difference)).await?;
        }
    }
    tx.commit().await?;
    if !plan.repairs.is_empty() {
        app.work.notify_one();
    }
    Ok(())
}

async fn plan(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    seen: &Seen,
    is_whole: bool,
    started: DateTime<Utc>,
) -> Result<Plan, ServiceError> {
    let known = db::drift::of_tenant(conn, tenant).await?;
    let work = db::drift::work(conn, tenant).await?;
    let own = db::demos::inboxes(conn, tenant).await?;
    let mut agents = db::agents::list(conn, tenant, None, ALL).await?;
    for mapping in agents.iter_mut().flat_map(|known| &mut known.mappings) {
        mapping.wanted &= own.iter().any(|inbox| inbox.id == mapping.inbox);
    }
    let still = |known: &AgentWithInboxes| !is_in_motion(&known.agent, work.get(&known.agent.id), started);
    let (settled, moving): (Vec<_>, Vec<_>) = agents.into_iter().partition(still);
    let wished: Vec<Wished<'_>> =
        settled.iter().map(|known| Wished { agent: &known.agent, mappings: &known.mappings }).collect();
    let mut plan = Plan::default();
    for difference in differences(&wished, seen) {
        match mapping_to_repair(&difference, &settled, &work, started) {
            Some(mapping) => plan.repairs.push((difference, mapping)),
            None => plan.found.push(difference),
        }
    }
    let same = |one: &Difference, other: &Difference| {
        (one.agent, one.kind, one.subject) == (other.agent, other.kind, other.subject)
    };
    for drifted in known {
        let position = plan.found.iter().position(|found| same(found, &drifted.difference));
        if let Some(position) = position {
            let now = plan.found.remove(position);
            plan.again.push((drifted, now));
        } else if !moving.iter().any(|known| Some(known.agent.id) == drifted.difference.agent)
            && was_looked_at(&drifted.difference, seen, is_whole)
        {
            plan.ended.push(drifted);
        }
    }
    plan.agents = settled.into_iter().map(|known| (known.agent.id, known.agent)).collect();
    Ok(plan)
}

/// Whether somebody works on the agent, or did after the look began.
fn is_in_motion(agent: &Agent, work: Option<&Work>, started: DateTime<Utc>) -> bool {
    let work = work.copied().unwrap_or_default();
    work.is_open || work.changed_at.max(work.repaired_at).max(Some(agent.updated_at)) > Some(started)
}

/// The mapping that Chatwoot may have lost through its own late job: soon after a change of ours, and only once, so
/// that nobody who takes the inbox away has to do it again and again.
fn mapping_to_repair(
    difference: &Difference,
    agents: &[AgentWithInboxes],
    work: &BTreeMap<AgentId, Work>,
    started: DateTime<Utc>,
) -> Option<InboxMapping> {
    let agent = difference.agent.filter(|_| difference.kind == Kind::LeftInbox)?;
    let Work { changed_at, repaired_at, .. } = *work.get(&agent)?;
    let changed_at = changed_at.filter(|at| started - at < SETTLING && repaired_at < Some(*at))?;
    let known =
        agents.iter().find(|known| known.agent.id == agent && known.agent.created_at <= changed_at)?;
    known.mappings.iter().find(|mapping| mapping.inbox == InboxId(difference.subject)).cloned()
}

fn was_looked_at(difference: &Difference, seen: &Seen, is_whole: bool) -> bool {
    let about_inbox = matches!(difference.kind, Kind::LeftInbox | Kind::JoinedInbox);
    is_whole || !about_inbox || seen.inboxes.contains_key(&InboxId(difference.subject))
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.found.is_empty() && self.again.is_empty() && self.ended.is_empty() && self.repairs.is_empty()
    }
}
