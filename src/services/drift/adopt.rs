//! Making somebody who carries a mark of ours an agent again, as after a restored backup.

use std::collections::BTreeMap;

use serde_json::json;

use super::record::{Who, event};
use super::{changed_meanwhile, look, schedule};
use crate::app::App;
use crate::chatwoot::{Chatwoot, Inspection};
use crate::db;
use crate::db::WriteTx;
use crate::db::audit::Event;
use crate::db::operations::Lease;
use crate::db::people::NamedTenant;
use crate::domain::agent::AgentState;
use crate::domain::agent_email;
use crate::domain::drift::{Difference, Drifted, Person, ROLE};
use crate::domain::ids::{AgentId, ChatwootUserId, InboxId, TenantId};
use crate::domain::person_name::PersonName;
use crate::services::agents::{self, Actor, AgentView, Known};
use crate::services::audit::By;
use crate::services::error::{Refusal, ServiceError};
use crate::services::provisioning;

/// Whose agent somebody with our mark can become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adopter {
    /// The tenant whose address theirs is made from.
    Tenant(NamedTenant),
    /// Several tenants' addresses fit.
    Several,
    Nobody,
}

/// Whose agents these people can become, by the id of the difference.
pub async fn adopters(app: &App, strangers: &[&Drifted]) -> Result<BTreeMap<String, Adopter>, ServiceError> {
    let owners = |drifted: &Drifted| owners(&drifted.difference);
    let all: Vec<String> = strangers.iter().flat_map(|drifted| owners(drifted)).collect();
    if all.is_empty() {
        return Ok(strangers.iter().map(|drifted| (drifted.id.clone(), Adopter::Nobody)).collect());
    }
    let tenants = db::people::tenants_with(app.db.read(), &all).await?;
    let adopter = |drifted: &&Drifted| {
        let owners = owners(drifted);
        let mut fit = tenants.iter().filter(|tenant| owners.contains(&tenant.email));
        let adopter = match (fit.next(), fit.next()) {
            (Some(tenant), None) => Adopter::Tenant(tenant.clone()),
            (Some(_), Some(_)) => Adopter::Several,
            (None, _) => Adopter::Nobody,
        };
        (drifted.id.clone(), adopter)
    };
    Ok(strangers.iter().map(adopter).collect())
}

/// Makes somebody with a mark of ours, but without an agent, an agent of the tenant whose address theirs is made from;
/// waits like [`agents::create`]. Takes a seat; password and inboxes stay as they are in Chatwoot.
pub async fn adopt_stranger(app: &App, by: &By, id: &str) -> Result<AgentView, ServiceError> {
    adopt(app, Some(by), id).await
}

/// The same for the operator, without anybody signed in.
pub async fn adopt_by_operator(app: &App, id: &str) -> Result<AgentView, ServiceError> {
    adopt(app, None, id).await
}

async fn adopt(app: &App, by: Option<&By>, id: &str) -> Result<AgentView, ServiceError> {
    let drifted = db::drift::find_unregistered(app.db.read(), id).await?.ok_or(ServiceError::NotFound)?;
    let tenant = match adopters(app, &[&drifted]).await?.remove(id) {
        Some(Adopter::Tenant(tenant)) => tenant,
        Some(Adopter::Several) => return refuse("The addresses of several tenants fit this person's."),
        _ => return refuse("This person's address is not made from that of any tenant."),
    };
    let seen = seen(app, &drifted, &tenant).await?;
    let name = PersonName::parse(&seen.person.name)
        .map_err(|fault| Refusal::conflict(format!("{fault}. Give this person another name in Chatwoot.")))?;
    let known = Known {
        user: seen.person.id,
        name: &name,
        email: &seen.person.email,
        tag: seen.person.tag.as_deref().unwrap_or_default(),
        inboxes: &seen.inboxes,
    };
    let actor = by.map(|by| Actor { tenant: tenant.id, user: by.user, request_id: by.request_id.clone() });
    let placed = place(app, actor.as_ref(), tenant.id, &drifted, known).await;
    let placed = agents::note_refused(app, tenant.id, actor.as_ref(), placed).await;
    let (agent, lease) = placed.map_err(|fault| in_words(fault, &tenant))?;
    if let Some(lease) = lease {
        provisioning::drive_for_a_while(app, lease, None).await;
    }
    Ok(agents::show(app, tenant.id, agent).await?.0)
}

/// Stores the agent and that the difference is over, or nothing.
async fn place(
    app: &App,
    actor: Option<&Actor>,
    tenant: TenantId,
    drifted: &Drifted,
    known: Known<'_>,
) -> Result<(AgentId, Option<Lease>), ServiceError> {
    let tx = app.db.write().await?;
    db::users::lock(&*tx, tenant).await?;
    still_a_stranger(&tx, drifted).await?;
    let person = known.user;
    let (agent, lease) = agents::adopt(app, &tx, tenant, known).await?;
    db::drift::delete(&*tx, &drifted.id).await?;
    let who = actor.map_or(Who::Operator, Who::Person);
    let told = Event {
        before: None,
        after: Some(json!({ "name": agent.name, "person": person.0 })),
        ..event(app, who, &agent, "drift.stranger_adopted", &drifted.difference)
    };
    db::audit::insert(&*tx, told).await?;
    tx.commit().await?;
    Ok((agent.id, lease))
}

/// The person as they are now, and what they have of the tenant's inboxes.
struct Seen {
    person: Person,
    inboxes: Vec<InboxId>,
}

/// Looks at somebody again before anything is believed of them.
async fn seen(app: &App, drifted: &Drifted, tenant: &NamedTenant) -> Result<Seen, ServiceError> {
    let chatwoot = app.chatwoot.clone().ok_or(Refusal::NotConfigured)?;
    let own = db::demos::inboxes(app.db.read(), tenant.id).await?;
    let (id, tag) = (ChatwootUserId(drifted.difference.subject), drifted.difference.ours.clone());
    let address = drifted.difference.address().map(str::to_owned);
    let (person, inboxes) = schedule::within_patience(app, async move {
        let person = proven(&chatwoot, id, &tag.unwrap_or_default()).await?;
        let mut inboxes = Vec::new();
        for inbox in own {
            let members = chatwoot.inbox_members(inbox.id).await;
            if members.map_err(|error| look::failed(&error))?.contains(&id) {
                inboxes.push(inbox.id);
            }
        }
        Ok((person, inboxes))
    })
    .await?;
    if Some(&person.email) != address.as_ref() {
        return Err(changed_meanwhile(None));
    }
    Ok(Seen { person, inboxes })
}

/// Somebody in the account who carries this mark, is an agent there and in no other account.
async fn proven(chatwoot: &Chatwoot, id: ChatwootUserId, tag: &str) -> Result<Person, ServiceError> {
    let people = chatwoot.agents().await.map_err(|error| look::failed(&error))?;
    let person = people.into_iter().find(|person| person.id == id && person.tag.as_deref() == Some(tag));
    let person = person.ok_or_else(|| changed_meanwhile(None))?;
    if person.role.as_deref() != Some(ROLE) {
        return refuse("This person is not an agent in Chatwoot but has another role there.");
    }
    match chatwoot.inspect_user(id, tag).await.map_err(|error| look::failed(&error))? {
        Inspection::Ours { in_account: true, other_accounts: false, .. } => Ok(person),
        Inspection::Ours { other_accounts: true, .. } => {
            refuse("This person is in another account of Chatwoot as well.")
        }
        _ => Err(changed_meanwhile(None)),
    }
}

/// Whether nobody has decided about this person meanwhile.
async fn still_a_stranger(tx: &WriteTx, drifted: &Drifted) -> Result<(), ServiceError> {
    let there = db::drift::find_unregistered(&**tx, &drifted.id).await?;
    let tag = drifted.difference.ours.as_deref().unwrap_or_default();
    match db::agents::state_of_tag(&**tx, tag).await? {
        None if there.is_some() => Ok(()),
        Some(AgentState::Removed) => {
            refuse("This agent was removed here, and a late call brought them back into Chatwoot.")
        }
        _ => Err(changed_meanwhile(None)),
    }
}

fn owners(difference: &Difference) -> Vec<String> {
    difference.address().map(agent_email::owners).unwrap_or_default()
}

fn refuse<T>(why: &str) -> Result<T, ServiceError> {
    Err(Refusal::conflict(format!("{why} Nobody was adopted.")).into())
}

/// What is said to a tenant, said to those who look after it.
fn in_words(fault: ServiceError, tenant: &NamedTenant) -> ServiceError {
    let ServiceError::Refused(Refusal::TierLimitReached { tier, limit, used, .. }) = fault else {
        return fault;
    };
    let agents = if limit == 1 { "agent" } else { "agents" };
    Refusal::conflict(format!(
        "{} has no free seat: {used} of {limit} {agents} used on the {tier} plan. Nobody was adopted. Give this tenant a \
         bigger plan, or have an agent suspended.",
        tenant.name
    ))
    .into()
}
