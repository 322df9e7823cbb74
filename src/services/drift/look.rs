//! Looking at the account in Chatwoot: reads only.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use super::record::event_of_all;
use super::{compare, strangers};
use crate::app::App;
use crate::chatwoot::{Chatwoot, ChatwootError, ErrorKind, Inspection};
use crate::db;
use crate::db::drift::Watched;
use crate::db::drift_looks::Paused;
use crate::domain::drift::{Person, Seen, is_mass_disappearance};
use crate::domain::ids::{ChatwootUserId, TenantId};
use crate::services::error::{Refusal, ServiceError};

/// Whose agents are compared. One list of the account serves them all.
#[derive(Clone, Debug)]
pub enum Scope {
    Everybody,
    /// Everybody but those at whom alone somebody has looked after this moment (ms since 1970).
    NotSince(i64),
    Tenants(Vec<TenantId>),
}

/// How a look ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Compared,
    /// Very many agents are missing at once: nothing was stored.
    Paused(Paused),
}

/// Operations in hand from which on a look that nobody waits for lets them go first.
const BUSY: u64 = 3;
/// How often, and for how long, it lets them.
const WAIT: Duration = Duration::from_millis(50);
const WAITS: u32 = 100;

/// Compares the account with what was asked for and stores where it differs.
///
/// `accepted` says that somebody has seen that very many are missing. Takes two kinds of calls one after another.
pub async fn look(app: &App, scope: &Scope, accepted: bool) -> Result<Outcome, ServiceError> {
    let chatwoot = app.chatwoot.as_ref().ok_or(Refusal::NotConfigured)?;
    let started = app.now();
    // Before the list is read: who is created later is in neither, who is removed later is looked up again.
    let watched = db::drift::watched(app.db.read()).await?;
    let mut tags: BTreeSet<String> = db::drift::tags(app.db.read()).await?.into_iter().collect();
    let people = chatwoot.agents().await.map_err(|error| failed(&error))?;
    let missing = missing(&watched, &people);
    let news = missing.iter().filter(|watched| !watched.known_absent).count();
    if !accepted && is_mass_disappearance(news, watched.len()) {
        return pause(app, news).await.map(Outcome::Paused);
    }
    go_on(app).await?;
    let (tenants, is_whole) = tenants(app, scope).await?;
    let missing = missing.into_iter().filter(|missing| tenants.contains(&missing.tenant)).collect();
    let gone = gone(app, chatwoot, missing).await?;
    let mut seen = Seen { people, gone, ..Seen::default() };
    for tenant in &tenants {
        let inboxes = db::demos::inboxes(app.db.read(), *tenant).await?;
        if !watched.iter().any(|watched| watched.tenant == *tenant) {
            continue;
        }
        for inbox in inboxes {
            give_way(app).await;
            let members = match chatwoot.inbox_members(inbox.id).await {
                Err(error) if error.kind == ErrorKind::NotFound => BTreeSet::new(),
                other => other.map_err(|error| failed(&error))?,
            };
            seen.inboxes.insert(inbox.id, members);
        }
    }
    for tenant in tenants {
        compare::compare(app, tenant, &seen, is_whole, started).await?;
    }
    tags.extend(db::drift::tags(app.db.read()).await?);
    strangers::store(app, &seen.people, &tags).await?;
    Ok(Outcome::Compared)
}

/// Whose agents are compared, and whether that is everybody.
async fn tenants(app: &App, scope: &Scope) -> Result<(Vec<TenantId>, bool), ServiceError> {
    let since = match scope {
        Scope::Tenants(tenants) => return Ok((tenants.clone(), false)),
        Scope::Everybody => return Ok((db::drift::tenants(app.db.read()).await?, true)),
        Scope::NotSince(since) => *since,
    };
    let own = db::drift_looks::own_looks(app.db.read(), since).await?;
    let all = db::drift::tenants(app.db.read()).await?;
    let (seen, due): (Vec<_>, Vec<_>) = all.into_iter().partition(|tenant| own.contains_key(tenant));
    Ok((due, seen.is_empty()))
}

fn missing<'a>(watched: &'a [Watched], people: &[Person]) -> Vec<&'a Watched> {
    let there: HashMap<ChatwootUserId, Option<&str>> =
        people.iter().map(|person| (person.id, person.tag.as_deref())).collect();
    watched
        .iter()
        .filter(|watched| there.get(&watched.user).copied().flatten() != Some(watched.tag.as_str()))
        .collect()
}

/// Those among the missing of whom Chatwoot knows nothing any more.
async fn gone(
    app: &App,
    chatwoot: &Chatwoot,
    missing: Vec<&Watched>,
) -> Result<BTreeSet<ChatwootUserId>, ServiceError> {
    let mut gone = BTreeSet::new();
    for watched in missing {
        give_way(app).await;
        match chatwoot.inspect_user(watched.user, &watched.tag).await {
            Ok(Inspection::Gone | Inspection::SomebodyElse) => drop(gone.insert(watched.user)),
            Ok(Inspection::Ours { .. }) => {}
            // Only what exists can be forbidden.
            Err(error) if error.kind == ErrorKind::NotPermissible => {}
            Err(error) if error.kind == ErrorKind::PlatformKeyMissing => {}
            Err(error) => return Err(failed(&error)),
        }
    }
    Ok(gone)
}

/// What somebody waits for comes before what nobody asked for.
async fn give_way(app: &App) {
    for _ in 0..WAITS {
        if app.driving.load(Ordering::SeqCst) < BUSY {
            return;
        }
        tokio::time::sleep(WAIT).await;
    }
}

async fn pause(app: &App, news: usize) -> Result<Paused, ServiceError> {
    let tx = app.db.write().await?;
    if let Some(paused) = db::drift_looks::find(&*tx).await?.paused {
        return Ok(paused);
    }
    let paused = Paused { at: app.now_ms(), missing: i64::try_from(news).unwrap_or(i64::MAX) };
    db::drift_looks::pause(&*tx, Some(paused)).await?;
    let after = json!({ "missing": paused.missing });
    db::audit::insert(&*tx, event_of_all(app, None, "drift.paused", "chatwoot".into(), after)).await?;
    tx.commit().await?;
    tracing::error!(missing = news, "very many agents are missing in Chatwoot at once; nothing was changed");
    Ok(paused)
}

/// Ends a pause whose reason is over.
async fn go_on(app: &App) -> Result<(), ServiceError> {
    if db::drift_looks::find(app.db.read()).await?.paused.is_none() {
        return Ok(());
    }
    let tx = app.db.write().await?;
    db::drift_looks::pause(&*tx, None).await?;
    let event = event_of_all(app, None, "drift.resumed", "chatwoot".into(), json!({}));
    db::audit::insert(&*tx, event).await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}

pub(super) fn failed(error: &ChatwootError) -> ServiceError {
    ServiceError::Chatwoot(error.failure())
}
