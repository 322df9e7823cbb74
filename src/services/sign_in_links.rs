//! Handing a sign-in over without a password: a link of ours that fetches Chatwoot's own when it is used.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::time::timeout;

use crate::app::App;
use crate::chatwoot::{Chatwoot, ChatwootError, Created, ErrorKind, Inspection, NewUser, SignInUrl};
use crate::db::{self, WriteTx};
use crate::domain::agent::{Agent, AgentState, Failure};
use crate::domain::ids::{AgentId, TenantId};
use crate::domain::sign_in_link::{LIFE, SignInLink, Standing};
use crate::services::agents::Actor;
use crate::services::audit;
use crate::services::error::{Refusal, ServiceError};
use crate::services::link_token::{LinkToken, hash};

/// Links made for one agent in an hour.
const MOST_IN_AN_HOUR: u64 = 5;
const HOUR: TimeDelta = TimeDelta::hours(1);
const OFF: &str = "Sign-in links are switched off on this server. Hand over a password instead.";
const NOT_READY: &str = "A sign-in link can be made once the agent is ready.";

/// A link to hand over.
pub struct NewLink {
    pub token: LinkToken,
    pub expires_at: DateTime<Utc>,
}

/// What a tenant knows of an agent's links.
pub struct Links {
    pub agent: Agent,
    /// The newest one.
    pub latest: Option<SignInLink>,
}

/// What somebody finds behind a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// It works: whom it signs in.
    Welcome {
        name: String,
    },
    /// It works no more, and since when.
    Over(Standing),
    /// The agent is not there to be signed in now.
    AgentAway,
    /// There is no such link.
    Unknown,
    SwitchedOff,
}

/// What came of using a link.
pub enum Used {
    /// Leads on to Chatwoot, once and for five minutes.
    SignedIn {
        name: String,
        url: SignInUrl,
    },
    Not(Landing),
    /// Chatwoot did not play along; the link still works.
    Later(Failure),
}

/// An agent and its newest link; another tenant's agent is not found.
pub async fn show(app: &App, tenant: TenantId, agent: AgentId) -> Result<Links, ServiceError> {
    let conn = app.db.read();
    let known = db::agents::find(conn, tenant, agent).await?.ok_or(ServiceError::NotFound)?;
    Ok(Links { agent: known.agent, latest: db::sign_in_links::latest(conn, agent).await? })
}

/// Whether a link of the agent is out that works; none does while links are switched off.
pub async fn has_open(app: &App, agent: AgentId) -> Result<bool, ServiceError> {
    if !app.config.sign_in_links {
        return Ok(false);
    }
    let latest = db::sign_in_links::latest(app.db.read(), agent).await?;
    Ok(latest.is_some_and(|link| link.standing(app.now()) == Standing::Open))
}

/// Makes a link for a ready agent; one from before stops working.
pub async fn make(app: &App, actor: &Actor, agent: AgentId) -> Result<NewLink, ServiceError> {
    let (tx, agent) = begin(app, actor, agent).await?;
    if !app.config.sign_in_links {
        return Err(Refusal::NotAllowed(OFF).into());
    }
    if agent.state != AgentState::Ready {
        return Err(Refusal::State(NOT_READY).into());
    }
    refuse_too_many(app, &tx, agent.id).await?;
    revoke_in(app, &tx, actor, &agent).await?;
    let token = LinkToken::generate();
    let link = SignInLink {
        agent: agent.id,
        created_at: app.now(),
        expires_at: app.now() + LIFE,
        used_at: None,
        revoked_at: None,
    };
    db::sign_in_links::insert(&*tx, &token.hash(), &link).await?;
    let after = json!({ "name": agent.name });
    db::audit::insert(&*tx, audit::asked(app, actor, &agent, "agent.sign_in_link_made", after)).await?;
    tx.commit().await?;
    Ok(NewLink { token, expires_at: link.expires_at })
}

/// Revokes the agent's link; having none that works is fine.
pub async fn revoke(app: &App, actor: &Actor, agent: AgentId) -> Result<(), ServiceError> {
    let (tx, agent) = begin(app, actor, agent).await?;
    revoke_in(app, &tx, actor, &agent).await?;
    Ok(tx.commit().await?)
}

/// The same in the caller's transaction, which has locked the tenant.
pub(super) async fn revoke_in(
    app: &App,
    tx: &WriteTx,
    actor: &Actor,
    agent: &Agent,
) -> Result<(), ServiceError> {
    if db::sign_in_links::revoke(&**tx, agent.id, app.now()).await? {
        let after = json!({ "name": agent.name });
        db::audit::insert(&**tx, audit::asked(app, actor, agent, "agent.sign_in_link_revoked", after))
            .await?;
    }
    Ok(())
}

/// What is behind a link. Looking uses nothing up, so that a program which follows links in mails does no harm.
pub async fn open(app: &App, token: &str) -> Result<Landing, ServiceError> {
    Ok(match behind(app, token).await? {
        Ok(agent) => Landing::Welcome { name: agent.name },
        Err(landing) => landing,
    })
}

/// Uses a link: proves the person ours, fetches Chatwoot's own link, and only then uses ours up.
pub async fn redeem(app: &App, token: &str) -> Result<Used, ServiceError> {
    let agent = match behind(app, token).await? {
        Ok(agent) => agent,
        Err(landing) => return Ok(Used::Not(landing)),
    };
    let asked = match &app.chatwoot {
        None => Err(Failure::PlatformKeyMissing),
        Some(_) if !*app.chatwoot_answers.borrow() => Err(Failure::Unreachable),
        Some(chatwoot) => {
            let asked = timeout(app.config.patience, fetch(chatwoot, &agent)).await;
            asked.map_err(|_| Failure::TooSlow).and_then(|asked| asked.map_err(|error| error.failure()))
        }
    };
    let url = match asked {
        Ok(Some(url)) => url,
        Ok(None) => return Ok(Used::Not(Landing::AgentAway)),
        Err(failure) => {
            tracing::warn!(agent.id = %agent.id, failure = failure.key(), "a sign-in link could not be fetched");
            return Ok(Used::Later(failure));
        }
    };
    let tx = app.db.write().await?;
    db::users::lock(&*tx, agent.tenant).await?;
    if !db::sign_in_links::use_up(&*tx, &hash(token), app.now()).await? {
        drop(tx);
        return Ok(Used::Not(open(app, token).await?));
    }
    db::audit::insert(&*tx, audit::done(app, &agent, "agent.sign_in_link_used")).await?;
    tx.commit().await?;
    Ok(Used::SignedIn { name: agent.name, url })
}

/// The ready agent behind a link that works, or what there is instead.
async fn behind(app: &App, token: &str) -> Result<Result<Agent, Landing>, ServiceError> {
    if !app.config.sign_in_links {
        return Ok(Err(Landing::SwitchedOff));
    }
    let conn = app.db.read();
    let Some(link) = db::sign_in_links::find(conn, &hash(token)).await? else {
        return Ok(Err(Landing::Unknown));
    };
    let standing = link.standing(app.now());
    if standing != Standing::Open {
        return Ok(Err(Landing::Over(standing)));
    }
    let agent = db::agents::find_any(conn, link.agent).await?.map(|known| known.agent);
    let tenant = match &agent {
        Some(agent) => db::users::find(conn, agent.tenant).await?,
        None => None,
    };
    // Nobody gets in through a tenant that is suspended itself.
    let open = tenant.is_some_and(|account| !account.user.disabled);
    Ok(agent.filter(|agent| open && agent.state == AgentState::Ready).ok_or(Landing::AgentAway))
}

/// Chatwoot's link for a person that is ours, an agent and in our account; `None` for anybody else: somebody whom a
/// person made an administrator in Chatwoot must not be signed in by a tenant.
async fn fetch(chatwoot: &Chatwoot, agent: &Agent) -> Result<Option<SignInUrl>, ChatwootError> {
    let Some(id) = agent.chatwoot_user else { return Ok(None) };
    let inspected = match chatwoot.inspect_user(id, &agent.tag).await {
        Err(error) if error.kind == ErrorKind::NotPermissible => {
            // Another platform app than the one that made the person; a create finds it again and proves it.
            let new = NewUser { name: &agent.name, email: &agent.email, tag: &agent.tag };
            match chatwoot.create_user(new).await? {
                Created::Ours { user, .. } if user.id() == id => {
                    chatwoot.inspect_user(id, &agent.tag).await?
                }
                _ => return Ok(None),
            }
        }
        other => other?,
    };
    match inspected {
        Inspection::Ours { user, in_account: true, role_is_agent: true, .. } => {
            chatwoot.sign_in_url(&user).await.map(Some)
        }
        _ => Ok(None),
    }
}

async fn begin(app: &App, actor: &Actor, agent: AgentId) -> Result<(WriteTx, Agent), ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock(&*tx, actor.tenant).await?;
    let known = db::agents::find(&*tx, actor.tenant, agent).await?.ok_or(ServiceError::NotFound)?;
    Ok((tx, known.agent))
}

async fn refuse_too_many(app: &App, tx: &WriteTx, agent: AgentId) -> Result<(), ServiceError> {
    let (made, first) = db::sign_in_links::made_since(&**tx, agent, app.now() - HOUR).await?;
    if made < MOST_IN_AN_HOUR {
        return Ok(());
    }
    let wait = first.map_or(HOUR, |first| first + HOUR - app.now());
    let seconds = u64::try_from(wait.num_seconds()).unwrap_or(0).max(1);
    Err(Refusal::TooManyLinks { most: MOST_IN_AN_HOUR, seconds }.into())
}
