//! Making Chatwoot agree with what was asked for: one call at a time, no transaction open meanwhile,
//! each result stored only by whoever still holds the lease.

mod note;
mod patience;

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

use self::note::note;
use self::patience::{answered_again, keep, no_database, pause_after};
use crate::app::App;
use crate::chatwoot::on_behalf_of;
use crate::db::agents::AgentWithInboxes;
use crate::db::operations::{Lease, Outcome, Standing, Tries};
use crate::db::{self, WriteTx};
use crate::domain::agent::{Agent, AgentState, Failure};
use crate::domain::ids::{AgentId, TenantId};
use crate::domain::password::Password;
use crate::domain::provisioning::{self, Attempt, Next, Observation, Step, Verdict};
use crate::services::calls::{self, Answer};
use crate::services::error::ServiceError;
use crate::services::{drift, gate};

/// How long a call whose answer was lost may still take effect: Chatwoot ends a request after 15 s.
pub const SETTLE_MS: i64 = 20_000;
/// How long a password waits in memory for Chatwoot.
const PASSWORD_LIFE: Duration = Duration::from_mins(1);

/// How often work goes on after the database failed, before whoever takes over the lease tries.
const PATIENCE_WITH_DATABASE: u32 = 8;

/// After which what waits for the operator, or for its turn, looks by itself whether it may go on.
const PARKED: Duration = Duration::from_mins(1);

/// Operations the worker has in hand at once.
const AT_ONCE: u64 = 4;

/// A password that somebody waits for. It lives in this one value and nowhere else.
pub struct Waiting {
    password: Password,
    until: Instant,
    _place: OwnedSemaphorePermit,
}

impl Waiting {
    /// Takes one of the limited places for passwords in memory.
    pub fn new(app: &App, password: Password) -> Result<Self, ServiceError> {
        let place =
            std::sync::Arc::clone(&app.passwords).try_acquire_owned().map_err(|_| ServiceError::Busy)?;
        Ok(Self { password, until: Instant::now() + PASSWORD_LIFE, _place: place })
    }
}

/// Works on a leased operation in the background and waits for it as long as the configured patience.
pub async fn drive_for_a_while(app: &App, lease: Lease, waiting: Option<Waiting>) {
    let until = Instant::now() + app.config.patience;
    let put_off = app.guard.put_off();
    let task = app.tasks.spawn(drive(app.clone(), lease, waiting, Some(until)));
    let mut answers = app.chatwoot_answers.subscribe();
    // Nobody is kept waiting for a Chatwoot that is away; the work goes on, owned by `app.tasks`.
    tokio::select! {
        done = task => {
            if let Err(fault) = done {
                tracing::error!(error = %fault, "provisioning stopped unexpectedly");
            }
        }
        () = tokio::time::sleep_until(until) => {}
        _ = answers.wait_for(|answers| !answers) => {}
        () = put_off => {}
    }
}

/// Works on a leased operation until it is done, stopped, due later, or somebody else has taken it over.
///
/// Until `patient_until`, and as long as a password waits, what has to be tried again is tried again right here.
async fn drive(app: App, lease: Lease, waiting: Option<Waiting>, patient_until: Option<Instant>) {
    let span = tracing::info_span!("operation", operation.id = %lease.operation, request.id = Empty, trace.id = Empty);
    lease.origin.name(&span);
    let (tenant, origin) = (lease.tenant.0, lease.origin.clone());
    // Boxed, because many of them wait at once.
    let work = Box::pin(hold_and_advance(&app, &lease, waiting, patient_until));
    origin.scope(on_behalf_of(tenant, work)).instrument(span).await;
}

async fn hold_and_advance(
    app: &App,
    lease: &Lease,
    mut waiting: Option<Waiting>,
    patient_until: Option<Instant>,
) {
    let work = async {
        for pause in 1..=PATIENCE_WITH_DATABASE {
            let Err(fault) = advance_all(app, lease, &mut waiting, patient_until).await else { return };
            tracing::error!(operation.id = %lease.operation, error = %fault, "provisioning could not store its result");
            app.metrics.database_faults.inc();
            if !matches!(fault, ServiceError::Database(_)) || app.stopping.is_cancelled() {
                return;
            }
            // What was done is asked for again: no call is made before the database says what it knows.
            tokio::time::sleep(app.config.lease / 60 * pause).await;
            app.db.found().await;
        }
    };
    tokio::select! {
        () = work => {}
        () = no_database(app) => {}
        () = keep(app, lease) => {
            app.metrics.leases_lost.inc();
            tracing::warn!(operation.id = %lease.operation, "the lease was lost");
        }
    }
}

/// Starts the work on due operations; as many at once as Chatwoot is to be asked at once.
pub async fn take_due(app: &App) -> Result<(), ServiceError> {
    let room = AT_ONCE.saturating_sub(app.driving.load(Ordering::SeqCst));
    if room == 0 || !db::operations::any_due(app.db.read()).await? || !gate::is_open(app).await? {
        return Ok(());
    }
    if db::drift_looks::find(app.db.read()).await?.paused.is_some() {
        // Very many agents are missing in Chatwoot: whatever waits may be meant for another account.
        return Ok(());
    }
    let tx = app.db.write().await?;
    let leases = db::operations::claim_due(&*tx, &app.owner, app.lease_ms(), room).await?;
    tx.commit().await?;
    for lease in leases {
        let app = app.clone();
        app.driving.fetch_add(1, Ordering::SeqCst);
        app.metrics.in_hand.inc();
        app.tasks.clone().spawn(async move {
            drive(app.clone(), lease, None, None).await;
            app.driving.fetch_sub(1, Ordering::SeqCst);
            app.metrics.in_hand.dec();
            app.work.notify_one();
        });
    }
    Ok(())
}

/// Gives back every lease of this process, so that others need not wait for their end.
pub async fn hand_back(app: &App) -> Result<(), ServiceError> {
    Ok(db::operations::release_of(app.db.read(), &app.owner).await?)
}

/// Frees what an earlier process of ours left leased; only a process that is alone may.
pub async fn recover(app: &App) -> Result<(), ServiceError> {
    if app.db.is_alone() {
        db::operations::release_all(app.db.read()).await?;
    }
    Ok(())
}

/// Makes everything that waits for Chatwoot due now; not what waits because each call failed.
pub async fn chatwoot_is_back(app: &App) -> Result<(), ServiceError> {
    if !app.guard.opened_by_failures() {
        db::operations::wake_waiting(app.db.read()).await?;
    }
    app.chatwoot_answers.send_replace(true);
    app.work.notify_one();
    Ok(())
}

async fn advance_all(
    app: &App,
    lease: &Lease,
    waiting: &mut Option<Waiting>,
    patient_until: Option<Instant>,
) -> Result<(), ServiceError> {
    let mut attempt = Attempt::default();
    let mut failures = 0;
    while !app.stopping.is_cancelled() {
        let now = Instant::now();
        *waiting = waiting.take().filter(|waiting| waiting.until > now);
        attempt.has_password = waiting.is_some();
        let patient = attempt.has_password || patient_until.is_some_and(|until| until > now);
        let Some(known) = load(app, lease.agent).await? else { return Ok(()) };
        let next = provisioning::next_step(&known.agent, &known.mappings, attempt, app.now_ms());
        let Next::Do(step) = next else {
            return rest(app, lease, known.agent.tenant, attempt, next).await;
        };
        let password = waiting.as_ref().map(|waiting| &waiting.password);
        let answers = *app.chatwoot_answers.borrow();
        let mut answer = if answers {
            calls::perform(app, &known.agent, step, password, attempt.proven).await
        } else {
            // One probe asks for all: nobody else waits for a Chatwoot known to be away.
            Observation::Failed(Failure::Unreachable).into()
        };
        if let Observation::Unlinked { deletes } = &mut answer.observation {
            *deletes &= attempt.may_delete;
        }
        note(app, lease, step, &answer);
        remember(&mut attempt, &answer);
        failures = match answer.observation {
            Observation::Failed(failure) if failure.counts_as_try() => failures + 1,
            Observation::Failed(_) => failures,
            _ => 0,
        };
        if answer.observation == Observation::Failed(Failure::PasswordRefused) {
            *waiting = None;
        }
        let remaining = waiting.as_ref().map(|waiting| waiting.until).max(patient_until);
        let remaining =
            remaining.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
        let patient = patient
            && answer.wait_ms.is_none_or(|ms| u128::try_from(ms).unwrap_or(0) < remaining.as_millis());
        let Agent { tenant, name, .. } = known.agent;
        let tried = Tried { tenant, name, step, answer, patient, failures };
        let Some(pause) = store(app, lease, &tried).await? else { return Ok(()) };
        tokio::select! {
            () = tokio::time::sleep(pause.min(remaining)) => {}
            () = answered_again(app, pause) => {}
            () = app.hurry.notified(), if !pause.is_zero() => {}
            () = app.stopping.cancelled(), if !pause.is_zero() => {}
        }
    }
    Ok(())
}

/// Keeps what only this attempt may build upon.
fn remember(attempt: &mut Attempt, answer: &Answer) {
    match answer.observation {
        Observation::Ours { .. } => attempt.proven = true,
        Observation::Inspected { .. } => {
            (attempt.proven, attempt.inspected, attempt.looked) = (true, true, None);
            attempt.may_delete = answer.may_delete;
        }
        Observation::HasInbox(inbox) | Observation::LostInbox(inbox) => attempt.looked = Some(inbox),
        _ => {}
    }
}

/// The agent as it is, without wishes for inboxes that are no longer the tenant's.
async fn load(app: &App, agent: AgentId) -> Result<Option<AgentWithInboxes>, ServiceError> {
    let conn = app.db.read();
    let Some(mut known) = db::agents::find_any(conn, agent).await? else { return Ok(None) };
    if known.mappings.iter().any(|mapping| mapping.wanted) {
        let own = db::demos::inboxes(conn, known.agent.tenant).await?;
        for mapping in &mut known.mappings {
            mapping.wanted &= own.iter().any(|inbox| inbox.id == mapping.inbox);
        }
    }
    Ok(Some(known))
}

/// Ends the work under this lease because nothing is to be done now. A wish that came meanwhile keeps it open.
async fn rest(
    app: &App,
    lease: &Lease,
    tenant: TenantId,
    attempt: Attempt,
    next: Next,
) -> Result<(), ServiceError> {
    let Some(tx) = begin(app, lease, tenant).await? else { return Ok(()) };
    let Some(mut known) = db::agents::find_any(&*tx, lease.agent).await? else { return Ok(()) };
    let own = db::demos::inboxes(&*tx, known.agent.tenant).await?;
    let mut seen = known.mappings.clone();
    for mapping in &mut seen {
        mapping.wanted &= own.iter().any(|inbox| inbox.id == mapping.inbox);
    }
    let still = provisioning::next_step(&known.agent, &seen, attempt, app.now_ms());
    let standing = match (still, next) {
        (Next::Done, Next::Done) => Standing::Done,
        (Next::Wait(until), _) => Standing::DueIn((until - app.now_ms()).clamp(0, SETTLE_MS)),
        (Next::Do(_) | Next::Done, _) => Standing::DueIn(0),
    };
    // What waits for the end of its hold is not finished; anything else is, though it may be looked at again.
    if still == Next::Done || (matches!(still, Next::Wait(_)) && !known.agent.removal_wanted) {
        let before = known.agent.clone();
        provisioning::finish(&mut known.agent, app.now_ms());
        conclude(app, &tx, &known, &before).await?;
    }
    db::operations::store(&*tx, lease, &Outcome::default(), standing, app.now()).await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}

/// Begins a transaction in which this lease is known to hold. Wishes of the tenant wait for its end, because both
/// write the agent's row; whoever takes both locks takes the tenant's first.
async fn begin(app: &App, lease: &Lease, tenant: TenantId) -> Result<Option<WriteTx>, ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock(&*tx, tenant).await?;
    let held = db::operations::hold(&*tx, lease).await?;
    if !held {
        app.metrics.results_refused.inc();
    }
    Ok(held.then_some(tx))
}

/// One call and what is known around it.
struct Tried {
    tenant: TenantId,
    /// The agent's name when the call was made.
    name: String,
    step: Step,
    answer: Answer,
    /// Whether somebody waits, so that the attempt itself goes on.
    patient: bool,
    /// Failures in a row in this attempt.
    failures: i32,
}

/// Stores what a step taught us, unless the lease is lost; `Some(pause)` when the same attempt goes on.
async fn store(app: &App, lease: &Lease, tried: &Tried) -> Result<Option<Duration>, ServiceError> {
    let Tried { step, answer, patient, failures, .. } = tried;
    let Some(tx) = begin(app, lease, tried.tenant).await? else { return Ok(None) };
    let Some(mut known) = db::agents::find_any(&*tx, lease.agent).await? else { return Ok(None) };
    let before = known.agent.clone();
    let held = matches!(answer.observation, Observation::Failed(failure) if !failure.counts_as_try());
    let parked = held && answer.observation != Observation::Failed(Failure::Busy);
    let attempts = db::operations::attempts(&*tx, lease).await?.max(failures - 1) + i32::from(!held);
    let verdict = provisioning::learn(
        &mut known.agent,
        &mut known.mappings,
        *step,
        answer.observation,
        attempts,
        app.now_ms(),
    );
    provisioning::confirm_name(&mut known.agent, answer.observation, &tried.name);
    if answer.unsettled {
        provisioning::unsettle(&mut known.agent, &mut known.mappings, *step, app.now_ms() + SETTLE_MS);
    }
    conclude(app, &tx, &known, &before).await?;
    if let Observation::LostInbox(_) = answer.observation {
        db::audit::insert(&*tx, super::audit::done(app, &known.agent, "inbox.lost")).await?;
    }
    let pause = if parked && !patient { PARKED } else { pause_after(answer, attempts) };
    let standing = match verdict {
        Verdict::Continue => Standing::Running,
        Verdict::Again if *patient && !app.stopping.is_cancelled() => Standing::Running,
        Verdict::Again => Standing::DueIn(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)),
        Verdict::Stop => Standing::Failed,
        Verdict::Over => Standing::Done,
    };
    let failure = match answer.observation {
        Observation::Failed(failure) => Some(failure),
        _ => known.agent.failure.filter(|failure| *failure != Failure::InboxGone),
    };
    let outcome = Outcome {
        step: Some(step.key()),
        failure,
        tries: match verdict {
            _ if held => Tries::Same,
            Verdict::Again => Tries::One,
            _ => Tries::None,
        },
        status: answer.status,
        request_id: answer.request_id.clone(),
    };
    db::operations::store(&*tx, lease, &outcome, standing, app.now()).await?;
    tx.commit().await?;
    Ok((standing == Standing::Running).then_some(if verdict == Verdict::Continue {
        Duration::ZERO
    } else {
        pause
    }))
}

/// Stores agent and mappings, and an audit event when the agent's state changed.
async fn conclude(
    app: &App,
    tx: &WriteTx,
    known: &AgentWithInboxes,
    before: &Agent,
) -> Result<(), ServiceError> {
    let agent = &known.agent;
    let gone = agent.state == AgentState::Removed;
    db::agents::update(&**tx, agent, app.now()).await?;
    drift::end_outdated(tx, agent, before).await?;
    for mapping in &known.mappings {
        if gone || (!mapping.wanted && !mapping.present && mapping.unsettled_until.is_none()) {
            db::agents::delete_mapping(&**tx, agent.id, mapping.inbox).await?;
        } else {
            db::agents::store_mapping(&**tx, agent.id, mapping).await?;
        }
    }
    for event in super::audit::changes(app, agent, before) {
        db::audit::insert(&**tx, event).await?;
    }
    Ok(())
}
