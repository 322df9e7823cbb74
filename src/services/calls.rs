//! One step of provisioning as one question to Chatwoot, answered in our words.

use crate::app::App;
use crate::chatwoot::{
    Chatwoot, ChatwootError, Created, ErrorKind, Inspection, Joined, Linked, NewUser, OwnedUser,
};
use crate::db;
use crate::domain::agent::{Agent, Failure};
use crate::domain::connection::Route;
use crate::domain::ids::InboxId;
use crate::domain::password::Password;
use crate::domain::provisioning::{Observation, Step};
use crate::trace::{Kind, Span};

/// What came back from a step.
pub struct Answer {
    pub observation: Observation,
    /// Whether [`Step::Inspect`] found a person that is ours and in no other account.
    pub may_delete: bool,
    /// Whether the call may still take effect although it failed.
    pub unsettled: bool,
    /// How long to stay away, when Chatwoot said so (ms).
    pub wait_ms: Option<i64>,
    pub status: Option<u16>,
    pub request_id: Option<String>,
}

/// Carries out one step; safe to repeat. `proven` says whether this attempt has seen our tag already.
pub async fn perform(
    app: &App,
    agent: &Agent,
    step: Step,
    password: Option<&Password>,
    proven: bool,
) -> Answer {
    let work = carry_out(app, agent, step, password, proven);
    let Some(mut span) = Span::begin(Kind::Internal, step.key()) else { return work.await };
    let answer = span.around(work).await;
    span.note("localboxs.agent_id", agent.id.to_string());
    if let Observation::Failed(failure) = answer.observation {
        span.fail(failure.key());
    }
    span.end();
    answer
}

async fn carry_out(
    app: &App,
    agent: &Agent,
    step: Step,
    password: Option<&Password>,
    proven: bool,
) -> Answer {
    let Some(chatwoot) = &app.chatwoot else {
        return Observation::Failed(Failure::PlatformKeyMissing).into();
    };
    let answer = match ask(app, chatwoot, agent, step, password).await {
        Err(error) if error.kind == ErrorKind::NotPermissible => {
            not_permissible(chatwoot, agent, step, proven, error).await
        }
        other => other,
    };
    answer.unwrap_or_else(|error| failed(step, &error))
}

/// A platform app that replaced the one which made the person has no right on it. Chatwoot 4.9.2 gives it that right
/// with a create for the person's own address, which finds the person again and proves it by our tag.
async fn not_permissible(
    chatwoot: &Chatwoot,
    agent: &Agent,
    step: Step,
    proven: bool,
    error: ChatwootError,
) -> Result<Answer, ChatwootError> {
    match step {
        Step::Inspect if !proven => find_or_create(chatwoot, agent).await.map(Answer::from),
        // Only what exists can be forbidden.
        Step::SeeGone => Ok(Observation::StillThere.into()),
        _ => Err(error),
    }
}

async fn ask(
    app: &App,
    chatwoot: &Chatwoot,
    agent: &Agent,
    step: Step,
    password: Option<&Password>,
) -> Result<Answer, ChatwootError> {
    if step == Step::CreateUser {
        return find_or_create(chatwoot, agent).await.map(Answer::from);
    }
    let Some(id) = agent.chatwoot_user else { return Ok(Observation::NoSuchPerson.into()) };
    let user = OwnedUser::proven_before(id);
    let observation = match (step, password) {
        (Step::LinkAccount, _) => link(chatwoot, agent, &user, route(app, chatwoot).await?).await?,
        (Step::JoinInbox(inbox), _) => join(chatwoot, &user, inbox).await?,
        (Step::LeaveInbox(inbox), _) => leave(chatwoot, &user, inbox).await?,
        (Step::Unlink, _) => {
            let route = route(app, chatwoot).await?;
            chatwoot.unlink(&user, route).await?;
            // By its own route the account deletes a person together with the last membership.
            Observation::Unlinked { deletes: route == Route::Account }
        }
        (Step::LookAtInbox(inbox), _) => look_at(chatwoot, &user, inbox).await?,
        (Step::LookForLate, _) => match chatwoot.tagged(&agent.tag).await? {
            Some(user) => Observation::CameBack(user.id()),
            None => Observation::NobodyCameBack,
        },
        (Step::Rename, _) => {
            chatwoot.rename(&user, &agent.name).await?;
            Observation::Renamed
        }
        (Step::DeleteUser, _) => {
            chatwoot.delete_user(&user).await?;
            Observation::DeletionAsked
        }
        (Step::SetPassword, Some(password)) => {
            chatwoot.set_password(&user, password).await?;
            Observation::PasswordSet
        }
        (Step::ReadBack | Step::Inspect | Step::SeeGone | Step::SetPassword | Step::CreateUser, _) => {
            let inspection = chatwoot.inspect_user(id, &agent.tag).await?;
            let left = step == Step::Inspect && inspection == Inspection::Gone && agent.shall_be_out();
            if left && route(app, chatwoot).await? == Route::Account {
                return Ok(Observation::GoneFromLastAccount.into());
            }
            return Ok(look(step, inspection));
        }
    };
    Ok(observation.into())
}

async fn find_or_create(chatwoot: &Chatwoot, agent: &Agent) -> Result<Observation, ChatwootError> {
    let new = NewUser { name: &agent.name, email: &agent.email, tag: &agent.tag };
    Ok(match chatwoot.create_user(new).await? {
        Created::Ours { user, named } => Observation::Ours { user: user.id(), named },
        Created::SomebodyElse => Observation::SomebodyElse,
    })
}

fn look(step: Step, inspection: Inspection) -> Answer {
    match (step, inspection) {
        (_, Inspection::Gone) => Observation::NoSuchPerson.into(),
        (_, Inspection::SomebodyElse) => Observation::SomebodyElse.into(),
        (Step::ReadBack, Inspection::Ours { in_account, .. }) => Observation::ReadBack { in_account }.into(),
        (Step::Inspect, Inspection::Ours { in_account, other_accounts, .. }) => {
            Answer { may_delete: !other_accounts, ..Observation::Inspected { in_account }.into() }
        }
        (_, Inspection::Ours { .. }) => Observation::StillThere.into(),
    }
}

/// On the account route Chatwoot 4.9.2 says "full" before it says "already in", so a repeat after a lost answer that
/// took the last place must look before it believes.
async fn link(
    chatwoot: &Chatwoot,
    agent: &Agent,
    user: &OwnedUser,
    route: Route,
) -> Result<Observation, ChatwootError> {
    match chatwoot.link(user, route, &agent.name, &agent.email).await {
        Ok(Linked::InAccount | Linked::AlreadyThere) => Ok(Observation::Linked),
        Ok(Linked::DifferentPerson) => Ok(Observation::DifferentPerson),
        Err(error) if error.kind == ErrorKind::AccountFull => {
            match chatwoot.inspect_user(user.id(), &agent.tag).await? {
                Inspection::Ours { in_account: true, .. } => Ok(Observation::Linked),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Chatwoot 4.9.2 lets a person outside the account into an inbox and only leaves them out of the answer;
/// left there, they would see it the moment somebody adds them to the account.
async fn join(chatwoot: &Chatwoot, user: &OwnedUser, inbox: InboxId) -> Result<Observation, ChatwootError> {
    match chatwoot.join_inbox(user, inbox).await {
        Ok(Joined::Listed) => Ok(Observation::Joined(inbox)),
        Ok(Joined::NotInAccount) => {
            chatwoot.leave_inbox(user, inbox).await?;
            Ok(Observation::NotInAccount)
        }
        Err(error) => missing_inbox(chatwoot, inbox, error).await,
    }
}

async fn look_at(
    chatwoot: &Chatwoot,
    user: &OwnedUser,
    inbox: InboxId,
) -> Result<Observation, ChatwootError> {
    match chatwoot.has_inbox(user, inbox).await {
        Ok(true) => Ok(Observation::HasInbox(inbox)),
        Ok(false) => Ok(Observation::LostInbox(inbox)),
        Err(error) => missing_inbox(chatwoot, inbox, error).await,
    }
}

async fn leave(chatwoot: &Chatwoot, user: &OwnedUser, inbox: InboxId) -> Result<Observation, ChatwootError> {
    match chatwoot.leave_inbox(user, inbox).await {
        Ok(()) => Ok(Observation::Left(inbox)),
        Err(error) => missing_inbox(chatwoot, inbox, error).await,
    }
}

/// Chatwoot says 404 in the same words for an account and for an inbox; only the list tells which.
async fn missing_inbox(
    chatwoot: &Chatwoot,
    inbox: InboxId,
    error: ChatwootError,
) -> Result<Observation, ChatwootError> {
    if error.kind == ErrorKind::NotFound && chatwoot.inboxes().await?.iter().all(|known| known.id != inbox) {
        return Ok(Observation::InboxGone(inbox));
    }
    Err(error)
}

/// The stored route, or the one Chatwoot shows now when none is stored yet.
pub(super) async fn route(app: &App, chatwoot: &Chatwoot) -> Result<Route, ChatwootError> {
    match db::installation::find(app.db.read()).await {
        Ok(connection) if connection.route.is_some() => Ok(connection.route.unwrap_or(Route::Platform)),
        _ => chatwoot.route().await,
    }
}

fn failed(step: Step, error: &ChatwootError) -> Answer {
    let vanished = match step {
        Step::SetPassword | Step::Rename => error.kind == ErrorKind::NotFound,
        Step::LinkAccount => error.kind == ErrorKind::Invalid { attributes: vec!["user"] },
        _ => false,
    };
    let observation = match error.status {
        _ if vanished => Observation::NoSuchPerson,
        // A proxy before a Chatwoot that is down or starting.
        Some(502..=504) => Observation::Failed(Failure::Unreachable),
        _ => Observation::Failed(error.failure()),
    };
    let wait_ms = match &error.kind {
        ErrorKind::RateLimited { retry_after } => i64::try_from(retry_after.as_millis()).ok(),
        _ => None,
    };
    Answer {
        observation,
        may_delete: false,
        unsettled: error.outcome_unknown(),
        wait_ms,
        status: error.status,
        request_id: error.request_id.clone(),
    }
}

impl From<Observation> for Answer {
    fn from(observation: Observation) -> Self {
        Self {
            observation,
            may_delete: false,
            unsettled: false,
            wait_ms: None,
            status: None,
            request_id: None,
        }
    }
}
