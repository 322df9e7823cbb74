//! An agent for somebody who is in Chatwoot already.

use uuid::Uuid;

use super::create::{self, TOMBSTONE_MS};
use super::seat;
use crate::app::App;
use crate::db::operations::Lease;
use crate::db::{self, WriteTx};
use crate::domain::agent::{Agent, Credential};
use crate::domain::ids::{AgentId, ChatwootUserId, InboxId, TenantId};
use crate::domain::person_name::PersonName;
use crate::services::error::{Refusal, ServiceError};

const ADDRESS_IN_USE: &str =
    "An agent here has the address of this person, or had it in the last 24 hours. Nobody was adopted.";

/// Somebody in the account who carries a mark of ours, as Chatwoot shows them.
pub struct Known<'a> {
    pub user: ChatwootUserId,
    pub name: &'a PersonName,
    pub email: &'a str,
    pub tag: &'a str,
    /// What they have of the tenant's own inboxes.
    pub inboxes: &'a [InboxId],
}

/// Takes a seat for somebody who is there already, within the caller's transaction that has locked the tenant; it
/// writes nothing when it refuses. Their password stays as it is.
pub async fn adopt(
    app: &App,
    tx: &WriteTx,
    tenant: TenantId,
    known: Known<'_>,
) -> Result<(Agent, Option<Lease>), ServiceError> {
    let account = db::users::find(&**tx, tenant).await?.ok_or(ServiceError::NotFound)?;
    let seat = seat::free(app, tx, &account.user).await?;
    let address = [known.email.to_owned()];
    let taken = db::agents::taken_addresses(&**tx, &address, app.now_ms() - TOMBSTONE_MS).await?;
    if !taken.is_empty() {
        return Err(Refusal::conflict(ADDRESS_IN_USE).into());
    }
    let agent = Agent {
        name: known.name.as_str().to_owned(),
        email: known.email.to_owned(),
        tag: known.tag.to_owned(),
        credential: Credential::Set,
        chatwoot_user: Some(known.user),
        linked: true,
        confirmed_name: Some(known.name.as_str().to_owned()),
        ..Agent::wished(AgentId(Uuid::now_v7()), tenant, app.now())
    };
    let owner = Some((app.owner.as_str(), app.lease_ms()));
    let lease = create::insert(app, tx, &agent, seat, known.inboxes, owner).await?;
    Ok((agent, lease))
}
