//! People in the account who carry a mark of ours without being an agent, as after a restored backup.

use std::collections::BTreeSet;

use serde_json::json;

use super::record::event_of_all;
use super::{changed_meanwhile, look};
use crate::app::App;
use crate::chatwoot::Inspection;
use crate::db;
use crate::domain::drift::{Difference, Person, unregistered};
use crate::domain::ids::ChatwootUserId;
use crate::services::audit::By;
use crate::services::calls;
use crate::services::error::{Refusal, ServiceError};

/// Stores who carries a mark that none of our agents has.
pub(super) async fn store(app: &App, people: &[Person], tags: &BTreeSet<String>) -> Result<(), ServiceError> {
    let found = unregistered(people, tags);
    if found.is_empty() && db::drift::unregistered(app.db.read()).await?.is_empty() {
        return Ok(());
    }
    let tx = app.db.write().await?;
    let known = db::drift::unregistered(&*tx).await?;
    for difference in &found {
        if let Some(known) = known.iter().find(|known| known.difference.subject == difference.subject) {
            db::drift::seen_again(&*tx, known, difference, app.now_ms()).await?;
        } else {
            db::drift::insert(&*tx, None, difference, app.now_ms()).await?;
            db::audit::insert(&*tx, event(app, None, "drift.stranger_found", difference)).await?;
        }
    }
    for over in known {
        if !found.iter().any(|found| found.subject == over.difference.subject) {
            db::drift::delete(&*tx, &over.id).await?;
            db::audit::insert(&*tx, event(app, None, "drift.stranger_gone", &over.difference)).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Takes somebody out of the account whom we made once and who is no agent of ours; deletes them unless they are in
/// another account as well. Their mark is looked at again first.
pub async fn remove_stranger(app: &App, by: &By, id: &str) -> Result<(), ServiceError> {
    let drifted = db::drift::find_unregistered(app.db.read(), id).await?.ok_or(ServiceError::NotFound)?;
    let chatwoot = app.chatwoot.as_ref().ok_or(Refusal::NotConfigured)?;
    let tag = drifted.difference.ours.clone().unwrap_or_default();
    if db::drift::tags(app.db.read()).await?.contains(&tag) {
        return Err(changed_meanwhile(None));
    }
    let user = ChatwootUserId(drifted.difference.subject);
    let failed = |error| look::failed(&error);
    match chatwoot.inspect_user(user, &tag).await.map_err(failed)? {
        Inspection::Gone => {}
        Inspection::SomebodyElse => return Err(changed_meanwhile(None)),
        Inspection::Ours { user, in_account, other_accounts, .. } => {
            if in_account {
                let route = calls::route(app, chatwoot).await.map_err(failed)?;
                chatwoot.unlink(&user, route).await.map_err(failed)?;
            }
            if !other_accounts {
                chatwoot.delete_user(&user).await.map_err(failed)?;
            }
        }
    }
    let tx = app.db.write().await?;
    db::drift::delete(&*tx, id).await?;
    db::audit::insert(&*tx, event(app, Some(by), "drift.stranger_removed", &drifted.difference)).await?;
    Ok(tx.commit().await?)
}

fn event(app: &App, by: Option<&By>, action: &'static str, difference: &Difference) -> db::audit::Event {
    let after = json!({ "person": difference.subject, "name": difference.theirs });
    event_of_all(app, by, action, difference.subject.to_string(), after)
}
