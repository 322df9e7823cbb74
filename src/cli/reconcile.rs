//! `localboxs reconcile`.

use clap::Args;

use super::table::table;
use super::{Failure, database, say};
use crate::app::App;
use crate::chatwoot::{Chatwoot, Deadlines};
use crate::config::Config;
use crate::domain::ids::TenantId;
use crate::services::accounts;
use crate::services::drift::{self, Outcome, Scope, Told, words_of};
use crate::services::error::ServiceError;

/// The exit status when something differs.
const DIFFERS: u8 = 3;

#[derive(Args)]
pub struct Reconcile {
    /// Bring Chatwoot back to what is set here, also what a person changed there on purpose
    ///
    /// People who were taken out are put back, those who were deleted are created again (they need a new password),
    /// inboxes, roles and names become as set here. People with our mark but without an agent, as after a restored
    /// backup, become agents of the tenant whose address theirs is made from, if it has a free seat.
    #[arg(long)]
    repair: bool,
    /// Only this tenant's agents
    #[arg(long, value_name = "EMAIL")]
    tenant: Option<String>,
}

/// Looks at Chatwoot now and shows where it differs; without `--repair` nothing is changed in Chatwoot.
pub async fn run(asked: Reconcile, config: Config) -> Result<(), Failure> {
    let installation = config.chatwoot.installation().ok_or_else(|| {
        Failure::new("Chatwoot is not configured; `localboxs doctor` says what is missing.")
    })?;
    let chatwoot = Chatwoot::new(installation, Deadlines::default())
        .map_err(|error| Failure::new(format!("Chatwoot cannot be used: {error}.")))?;
    let app = database::open_app_with(config, Some(chatwoot)).await?;
    let outcome = carry_out(&asked, &app).await;
    app.tasks.close();
    app.tasks.wait().await;
    database::close(&app).await;
    outcome
}

async fn carry_out(asked: &Reconcile, app: &App) -> Result<(), Failure> {
    let tenant = match &asked.tenant {
        Some(email) => Some(tenant_of(app, email).await?),
        None => None,
    };
    look(app, tenant).await?;
    let found = differences(app, tenant).await?;
    if found.is_empty() {
        say("Chatwoot is as it is set here.");
        return Ok(());
    }
    say(table(["Tenant", "Agent", "Field", "LocalBoxs", "Chatwoot"], &rows(&found)));
    if !asked.repair {
        return Err(differs(found.len(), "`localboxs reconcile --repair` uses ours for every agent."));
    }
    for told in &found {
        if let Some(fault) = repair(app, told).await? {
            let person = told.agent_name.as_deref().or(told.drifted.difference.theirs.as_deref());
            say(format!("{}: {fault}", person.unwrap_or("Somebody")));
        }
    }
    look(app, tenant).await?;
    let left = differences(app, tenant).await?.len();
    say(format!("{} of {} differences are repaired.", found.len().saturating_sub(left), found.len()));
    if left == 0 { Ok(()) } else { Err(differs(left, "Admin > Agents shows them.")) }
}

async fn tenant_of(app: &App, email: &str) -> Result<TenantId, Failure> {
    let account = accounts::find_by_email(app, email).await?;
    let account = account
        .ok_or_else(|| Failure::new(format!("There is no user {email}; `localboxs user list` shows all.")))?;
    Ok(account.user.id)
}

async fn look(app: &App, tenant: Option<TenantId>) -> Result<(), Failure> {
    let scope = tenant.map_or(Scope::Everybody, |tenant| Scope::Tenants(vec![tenant]));
    match drift::look(app, &scope, false).await {
        Ok(Outcome::Compared) => Ok(()),
        Ok(Outcome::Paused(paused)) => Err(Failure::new(format!(
            "{} agents are missing in Chatwoot at once, so nothing was compared or changed: check CHATWOOT_BASE_URL and CHATWOOT_ACCOUNT_ID, or accept it at Admin > Agents.",
            paused.missing
        ))),
        Err(ServiceError::Chatwoot(failure)) => {
            Err(Failure::new(format!("{}; `localboxs doctor` checks the connection.", failure.cause())))
        }
        Err(other) => Err(other.into()),
    }
}

/// Without a tenant also the people who are nobody's agents.
async fn differences(app: &App, tenant: Option<TenantId>) -> Result<Vec<Told>, Failure> {
    let report = match tenant {
        Some(tenant) => drift::of_tenant(app, tenant).await?,
        None => drift::of_everybody(app).await?,
    };
    Ok(report.differences)
}

/// Why it could not be repaired, if so.
async fn repair(app: &App, told: &Told) -> Result<Option<String>, Failure> {
    let repaired = match told.tenant {
        Some(tenant) => drift::repair(app, tenant, &told.drifted.id).await,
        None => drift::adopt_by_operator(app, &told.drifted.id).await,
    };
    match repaired {
        // Gone with another difference of the same agent.
        Ok(_) | Err(ServiceError::NotFound) => Ok(None),
        Err(ServiceError::Refused(refusal)) => Ok(Some(refusal.to_string())),
        Err(ServiceError::Chatwoot(failure)) => Ok(Some(format!("{}.", failure.cause()))),
        Err(other) => Err(other.into()),
    }
}

fn rows(found: &[Told]) -> Vec<[String; 5]> {
    let row = |told: &Told| {
        let words = words_of(&told.drifted.difference, None);
        let given = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        [given(&told.tenant_email), given(&told.agent_name), words.field, words.ours, words.theirs]
    };
    found.iter().map(row).collect()
}

fn differs(count: usize, help: &str) -> Failure {
    let differ = if count == 1 { "difference is" } else { "differences are" };
    let mut failure = Failure::new(format!("{count} {differ} left. {help}"));
    failure.status = DIFFERS;
    failure
}
