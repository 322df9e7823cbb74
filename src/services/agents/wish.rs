//! Storing what is wanted of an agent that exists, before anybody asks Chatwoot.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::app::App;
use crate::db::agents::AgentWithInboxes;
use crate::db::idempotency::Earlier;
use crate::db::operations::Lease;
use crate::db::{self, WriteTx};
use crate::domain::agent::{Agent, AgentState, Failure};
use crate::domain::ids::AgentId;
use crate::services::agents::create::KEY_LIFE_MS;
use crate::services::agents::{Actor, seat};
use crate::services::error::{Refusal, ServiceError};
use crate::services::{audit, sign_in_links};

/// Who wants what of which agent.
pub(super) struct Wish<'a> {
    pub actor: &'a Actor,
    pub agent: AgentId,
    /// The operation's kind.
    pub kind: &'static str,
    /// Whether the worker does it rather than whoever asks.
    pub later: bool,
    /// Whether the wish counts only if its own work can begin at once.
    pub only_now: bool,
    /// The key of the request and the digest of its body.
    pub key: Option<(String, String)>,
}

/// What a wish comes to.
pub(super) enum Change {
    /// It is so already, or on its way: a repeat changes nothing.
    None,
    /// The audit log's word for it.
    Asked(&'static str),
}

/// What is being done about an agent, or was a moment ago.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Whether it stopped or is being tried again.
    pub stuck: bool,
    /// The operation's kind, unless it was over long ago.
    recent: Option<String>,
}

/// How long asking for the same again counts as a repeat, such as a form that was sent twice.
const REPEAT: TimeDelta = TimeDelta::minutes(1);

/// How far a wish came.
pub(super) enum Wished {
    /// Nothing is to be done, or the work is left to whoever does it already.
    Stored,
    /// The work is ours.
    Ours(Lease),
    /// Somebody else works on the agent and nothing was stored.
    NotNow,
}

impl Work {
    async fn of(app: &App, tx: &WriteTx, agent: AgentId) -> Result<Self, ServiceError> {
        let Some((last, done)) = db::operations::find_latest(&**tx, agent).await? else {
            return Ok(Self::default());
        };
        let is_recent = !done || app.now() - last.updated_at < REPEAT;
        Ok(Self {
            stuck: !done && (last.failed || last.last_error.is_some()),
            recent: is_recent.then_some(last.kind),
        })
    }

    /// Whether this is what was asked for last, a moment ago.
    pub fn was_just(&self, kind: &str) -> bool {
        self.recent.as_deref() == Some(kind)
    }
}

impl<'a> Wish<'a> {
    pub fn now(actor: &'a Actor, agent: AgentId, kind: &'static str) -> Self {
        Self { actor, agent, kind, later: false, only_now: false, key: None }
    }
}

/// Stores a change of what is wanted in one commit: agent, seat, operation, audit event.
pub(super) async fn wish(
    app: &App,
    wish: Wish<'_>,
    change: impl FnOnce(&mut Agent, &Work) -> Result<Change, Refusal>,
) -> Result<Wished, ServiceError> {
    let actor = wish.actor;
    seat::note_refused(app, actor.tenant, Some(actor), store(app, wish, change).await).await
}

async fn store(
    app: &App,
    wish: Wish<'_>,
    change: impl FnOnce(&mut Agent, &Work) -> Result<Change, Refusal>,
) -> Result<Wished, ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock(&*tx, wish.actor.tenant).await?;
    let known = db::agents::find(&*tx, wish.actor.tenant, wish.agent).await?.ok_or(ServiceError::NotFound)?;
    let AgentWithInboxes { mut agent, mappings } = known;
    let before = agent.clone();
    let work = Work::of(app, &tx, agent.id).await?;
    let Change::Asked(action) = change(&mut agent, &work)? else { return Ok(Wished::Stored) };
    if agent.holds_seat && !before.holds_seat {
        let owner = db::users::find(&*tx, agent.tenant).await?.ok_or(ServiceError::NotFound)?;
        let free = seat::free(app, &tx, &owner.user).await?;
        db::agents::take_seat(&*tx, agent.id, free).await?;
    }
    db::agents::update(&*tx, &agent, app.now()).await?;
    record(app, &tx, wish.actor, action, &agent, &before).await?;
    if agent.shall_be_out() && !before.shall_be_out() {
        // Or whoever has the link would be let in again the moment the agent comes back.
        sign_in_links::revoke_in(app, &tx, wish.actor, &agent).await?;
    }
    if agent.state == AgentState::Removed {
        for mapping in &mappings {
            db::agents::delete_mapping(&*tx, agent.id, mapping.inbox).await?;
        }
        db::operations::close(&*tx, agent.id).await?;
        tx.commit().await?;
        return Ok(Wished::Stored);
    }
    let owner = (!wish.later).then_some((app.owner.as_str(), app.lease_ms()));
    let lease =
        db::operations::open(&*tx, wish.actor.tenant, wish.agent, wish.kind, owner, app.now()).await?;
    if lease.is_none() && wish.only_now {
        // Dropping the transaction leaves everything as it was.
        return Ok(Wished::NotNow);
    }
    if let Some((key, body_hash)) = wish.key {
        let earlier = Earlier { body_hash, agent: wish.agent };
        db::idempotency::insert(&*tx, wish.actor.tenant, &key, &earlier, app.now_ms() + KEY_LIFE_MS).await?;
    }
    tx.commit().await?;
    if lease.is_none() {
        app.work.notify_one();
    }
    Ok(lease.map_or(Wished::Stored, Wished::Ours))
}

async fn record(
    app: &App,
    tx: &WriteTx,
    actor: &Actor,
    action: &'static str,
    agent: &Agent,
    before: &Agent,
) -> Result<(), ServiceError> {
    let mut after = json!({ "name": agent.name, "failure": before.failure.map(Failure::key) });
    let mut earlier = Value::Null;
    if agent.name != before.name {
        (after, earlier) = (json!({ "name": agent.name }), json!({ "name": before.name }));
    }
    let mut event = audit::asked(app, actor, agent, action, after);
    event.before = Some(earlier).filter(|earlier| !earlier.is_null());
    db::audit::insert(&**tx, event).await?;
    if agent.state == AgentState::Removed {
        db::audit::insert(&**tx, audit::state_changed(app, agent, before.state)).await?;
    }
    Ok(())
}
