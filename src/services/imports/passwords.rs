//! Passwords for everybody an import made: set when somebody asks for the file, and only ever in that file.

use futures_util::future::join_all;
use futures_util::stream::{self, Stream};

use crate::app::App;
use crate::db;
use crate::domain::agent::Credential;
use crate::domain::ids::{AgentId, ImportId};
use crate::domain::password::Password;
use crate::services::agents::{self, Actor, CreatedAgent};
use crate::services::error::ServiceError;
use crate::services::passwords::generate_for_file;

/// As many as Chatwoot is asked at once.
const AT_ONCE: usize = 4;
const NOT_YET: &str = "Chatwoot doesn't have it yet. If it doesn't work in a minute, set a new one.";
const NOT_SET: &str = "No password was set. Download passwords again, or set one on the agent's page.";

/// One line of the file.
pub struct PasswordRow {
    pub name: String,
    pub email: String,
    /// `None` when none was set; the note says what helps.
    pub password: Option<Password>,
    pub note: &'static str,
}

#[derive(Clone)]
struct Owner {
    id: AgentId,
    name: String,
    email: String,
}

/// Sets a password for every ready agent of the import that has none, a few at a time as the file is read.
///
/// `None` when every agent has one. A password lives only in its line; whoever breaks off loses at most the few
/// that were being set, and sets new ones on the agents' pages.
pub async fn passwords(
    app: &App,
    actor: &Actor,
    import: ImportId,
) -> Result<Option<impl Stream<Item = Result<Vec<PasswordRow>, ServiceError>> + Send + 'static>, ServiceError>
{
    let conn = app.db.read();
    db::imports::find(conn, actor.tenant, import).await?.ok_or(ServiceError::NotFound)?;
    let rows = db::imports::rows(conn, import).await?;
    let owners: Vec<Owner> = rows
        .into_iter()
        .filter(db::imports::Row::lacks_password)
        .filter_map(|row| row.agent)
        .map(|agent| Owner { id: agent.id, name: agent.name, email: agent.email })
        .collect();
    if owners.is_empty() {
        return Ok(None);
    }
    let begin = (app.clone(), actor.clone(), owners.into_iter());
    Ok(Some(stream::unfold(begin, async |(app, actor, mut owners)| {
        let some: Vec<Owner> = owners.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return None;
        }
        let lines = join_all(some.iter().map(|owner| line(&app, &actor, owner))).await;
        Some((Ok(lines), (app, actor, owners)))
    })))
}

async fn line(app: &App, actor: &Actor, owner: &Owner) -> PasswordRow {
    let password = generate_for_file();
    let outcome = agents::set_first_password(app, actor, owner.id, password.clone()).await;
    let (password, note) = match outcome {
        Ok(CreatedAgent { view, .. }) if view.agent.credential == Credential::Set => (Some(password), ""),
        Ok(CreatedAgent { view, .. }) if view.is_working() => (Some(password), NOT_YET),
        Ok(_) => (None, NOT_SET),
        Err(fault) => {
            tracing::warn!(agent.id = %owner.id, error = %fault, "no password was set");
            (None, NOT_SET)
        }
    };
    PasswordRow { name: owner.name.clone(), email: owner.email.clone(), password, note }
}
