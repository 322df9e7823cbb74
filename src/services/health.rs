//! Whether Chatwoot answers and our keys work.

use std::time::{Duration, Instant};

use crate::app::App;
use crate::chatwoot::{Chatwoot, ChatwootError, ErrorKind, Standing};
use crate::config::ChatwootSettings;
use crate::db;
use crate::domain::connection::{Connection, Health, Route};
use crate::domain::inbox::Inbox;
use crate::services::error::ServiceError;
use crate::services::provisioning;

/// How long what a look found counts as true.
const JUST_NOW: Duration = Duration::from_secs(2);

/// What one look at the installation found.
struct Findings {
    health: Health,
    route: Option<Route>,
    version: Option<String>,
    inboxes: Option<Vec<Inbox>>,
}

/// Notes which installation this process serves; what was known of another is forgotten.
pub async fn adopt_configuration(app: &App) -> Result<(), ServiceError> {
    let (origin, account) = match &app.config.chatwoot {
        ChatwootSettings::Complete(installation) => {
            (Some(installation.origin.as_str()), Some(installation.account.0))
        }
        ChatwootSettings::Missing(_) => (None, None),
    };
    let health = if origin.is_some() { Health::Unchecked } else { Health::NotConfigured };
    let tx = app.db.write().await?;
    db::installation::belongs_to(&*tx, origin, account, health).await?;
    Ok(tx.commit().await?)
}

/// Looks at the installation now, stores what was found and, when Chatwoot is back, lets waiting work go on.
///
/// Takes as long as four short calls may take.
pub async fn check(app: &App) -> Result<Connection, ServiceError> {
    let Some(chatwoot) = &app.chatwoot else {
        return Ok(db::installation::find(app.db.read()).await?);
    };
    let Ok(mut looked) = app.looking.try_lock() else {
        // Somebody is looking already; what they find comes after this answer.
        return Ok(db::installation::find(app.db.read()).await?);
    };
    let before = db::installation::find(app.db.read()).await?.health;
    if let Some(found) = look(&chatwoot.looking()).await {
        store(app, &found).await?;
        let answers = !matches!(found.health, Health::Unreachable | Health::NotChatwoot);
        let better = found.health == Health::Connected && before != Health::Connected;
        if answers && (better || !*app.chatwoot_answers.borrow()) && app.guard.may_close() {
            provisioning::chatwoot_is_back(app).await?;
        }
        if !answers {
            app.chatwoot_answers.send_replace(false);
        }
    }
    *looked = Some(Instant::now());
    Ok(db::installation::find(app.db.read()).await?)
}

/// As [`check`], unless one ended a moment ago: many calls that fail at once need one look.
pub async fn check_unless_just_done(app: &App) -> Result<(), ServiceError> {
    let just_done = match app.looking.try_lock() {
        Ok(looked) => looked.is_some_and(|looked| looked.elapsed() < JUST_NOW),
        Err(_) => true,
    };
    if just_done { Ok(()) } else { check(app).await.map(drop) }
}

/// Looks now, and answers after the configured patience with what was known before if the look takes longer.
pub async fn check_for_a_while(app: &App) -> Result<Connection, ServiceError> {
    let looking = app.clone();
    let task = app.tasks.spawn(async move { check(&looking).await });
    match tokio::time::timeout(app.config.patience, task).await {
        Ok(Ok(found)) => found,
        // The look goes on, owned by `app.tasks`, and stores what it finds.
        _ => Ok(db::installation::find(app.db.read()).await?),
    }
}

/// Asks only whether Chatwoot is there; a whole check follows when it is.
pub async fn probe(app: &App) -> bool {
    match &app.chatwoot {
        Some(chatwoot) => app.guard.may_close() && chatwoot.looking().version().await.is_ok(),
        None => false,
    }
}

/// `None` when Chatwoot could not be asked, so that nothing is known that was not before.
async fn look(chatwoot: &Chatwoot) -> Option<Findings> {
    let version = match said(chatwoot.version().await)? {
        Ok(version) => version.version,
        Err(error) => return Some(Findings::only(unanswered(&error))),
    };
    let known = |health| Findings { health, route: None, version: Some(version.clone()), inboxes: None };
    match said(chatwoot.standing().await)? {
        Ok(Standing::Administrator) => {}
        Ok(Standing::Agent) => return Some(known(Health::AccountKeyNotAdministrator)),
        Ok(Standing::NotMember { .. }) => return Some(known(Health::AccountMissing)),
        Ok(Standing::Suspended) => return Some(known(Health::AccountSuspended)),
        Err(error) => return Some(known(account_fault(&error))),
    }
    let inboxes = match said(chatwoot.inboxes().await)? {
        Ok(inboxes) => inboxes,
        Err(error) => return Some(known(account_fault(&error))),
    };
    Some(match said(chatwoot.route().await)? {
        Ok(route) => Findings { route: Some(route), inboxes: Some(inboxes), ..known(Health::Connected) },
        Err(error) => Findings { inboxes: Some(inboxes), ..known(platform_fault(&error)) },
    })
}

/// The outcome of a call that was made; `None` when it was not, or was put off.
fn said<T>(outcome: Result<T, ChatwootError>) -> Option<Result<T, ChatwootError>> {
    let put_off =
        |error: &ChatwootError| matches!(error.kind, ErrorKind::RateLimited { .. } | ErrorKind::NoTurn);
    if outcome.as_ref().is_err_and(put_off) { None } else { Some(outcome) }
}

async fn store(app: &App, found: &Findings) -> Result<(), ServiceError> {
    let now = app.now();
    let tx = app.db.write().await?;
    db::installation::record(&*tx, found.health, found.route, found.version.as_deref(), now).await?;
    if let Some(inboxes) = &found.inboxes {
        for (id, name) in db::demos::all_inboxes(&*tx).await? {
            let seen = inboxes.iter().find(|inbox| inbox.id == id && name.as_ref() != Some(&inbox.name));
            if let Some(renamed) = seen {
                db::demos::name_inbox(&*tx, renamed).await?;
            }
        }
        db::installation::inboxes_seen(&*tx, now).await?;
    }
    Ok(tx.commit().await?)
}

fn unanswered(error: &ChatwootError) -> Health {
    match error.kind {
        ErrorKind::Redirected | ErrorKind::NotFound | ErrorKind::Unexpected => Health::NotChatwoot,
        // A page, or a refusal that Chatwoot never gives: somebody else answers at this address.
        ErrorKind::Unknown | ErrorKind::ServerError if error.status.is_some_and(|status| status < 500) => {
            Health::NotChatwoot
        }
        _ => Health::Unreachable,
    }
}

fn account_fault(error: &ChatwootError) -> Health {
    match error.kind {
        ErrorKind::AccountKeyRejected | ErrorKind::KeyOfAnotherKind | ErrorKind::HeaderStripped => {
            Health::AccountKeyRejected
        }
        ErrorKind::AccountKeyNotAdministrator => Health::AccountKeyNotAdministrator,
        ErrorKind::AccountSuspended => Health::AccountSuspended,
        ErrorKind::NotFound | ErrorKind::NotInAccount => Health::AccountMissing,
        _ => unanswered(error),
    }
}

fn platform_fault(error: &ChatwootError) -> Health {
    match error.kind {
        ErrorKind::PlatformKeyMissing => Health::PlatformKeyMissing,
        ErrorKind::PlatformKeyRejected => Health::PlatformKeyRejected,
        ErrorKind::NotFound => Health::AccountMissing,
        _ => unanswered(error),
    }
}

impl Findings {
    fn only(health: Health) -> Self {
        Self { health, route: None, version: None, inboxes: None }
    }
}
