//! What the database holds while it is measured.

use chrono::{DateTime, Utc};
use localboxs::app::App;
use localboxs::clock::Clock;
use localboxs::config::Config;
use localboxs::db::demos::Demo;
use localboxs::db::users::NewUser;
use localboxs::db::{self, Db, WriteTx};
use localboxs::domain::agent::{Agent, AgentState, Credential};
use localboxs::domain::ids::{AgentId, ChatwootUserId, DemoId, InboxId, TenantId, UserId};
use localboxs::domain::inbox::InboxMapping;
use localboxs::domain::password::Password;
use localboxs::domain::user::Role;
use localboxs::services::accounts;
use uuid::Uuid;

use crate::Outcome;

/// Inboxes of each tenant.
pub const INBOXES: i64 = 3;
/// Tenants that only create agents; one alone would queue at its own seats.
pub const MAKERS: usize = 16;
/// The tenants: 3 agents, 1,000 agents, and the makers.
pub const TENANTS: usize = 2 + MAKERS;
const PASSWORD: &str = "bench-password";

/// The address of a tenant by its number.
pub fn address(tenant: usize) -> String {
    format!("tenant{tenant}@bench.example")
}

/// Applies the schema and stores everything in one transaction.
pub async fn store(database: &str) -> Outcome {
    let db = Db::connect(database, 2).await?;
    db::migrate::up(&db).await?;
    let app = App::new(Config::read(&|_| None)?, db.clone(), None, Clock::System);
    let hash = accounts::hash_password(&app, Password::new(PASSWORD.into())).await?;
    let tx = db.write().await?;
    for number in 0..TENANTS {
        let agents = [3, 1_000].get(number).copied().unwrap_or(0);
        store_tenant(&tx, number, agents, &hash, app.now()).await?;
    }
    tx.commit().await?;
    db.close().await;
    Ok(())
}

async fn store_tenant(tx: &WriteTx, number: usize, agents: i64, hash: &str, now: DateTime<Utc>) -> Outcome {
    let id = UserId(Uuid::now_v7());
    let tier = if number == 0 { "PRO" } else { "ENTERPRISE" };
    let (email, name) = (address(number), "Tenant");
    let user = NewUser { id, email: &email, name, password_hash: hash, role: Role::User, tier, now };
    db::users::insert(&**tx, user).await?;
    let first = i64::try_from(number)? * INBOXES + 1;
    let inboxes: Vec<InboxId> = (first..first + INBOXES).map(InboxId).collect();
    for inbox in &inboxes {
        db::demos::insert(&**tx, &demo(id, *inbox, now)).await?;
    }
    for seat in 1..=agents {
        let agent = agent(id, i64::try_from(number)? * 10_000 + seat, now);
        db::agents::insert(&**tx, &agent, seat).await?;
        for inbox in &inboxes[..2] {
            let mapping = InboxMapping { inbox: *inbox, wanted: true, present: true, unsettled_until: None };
            db::agents::store_mapping(&**tx, agent.id, &mapping).await?;
        }
    }
    Ok(())
}

fn demo(tenant: TenantId, inbox: InboxId, now: DateTime<Utc>) -> Demo {
    Demo {
        id: DemoId(Uuid::now_v7()),
        tenant,
        business_name: format!("Business {inbox}"),
        business_url: "https://business.example".to_owned(),
        inbox: Some(inbox),
        created_at: now,
    }
}

/// An agent that is ready, so that nothing is left to do for it.
fn agent(tenant: TenantId, person: i64, now: DateTime<Utc>) -> Agent {
    Agent {
        name: format!("Agent {person}"),
        email: format!("tenant+agent.{person}@bench.example"),
        tag: Uuid::new_v4().simple().to_string(),
        state: AgentState::Ready,
        credential: Credential::Set,
        chatwoot_user: Some(ChatwootUserId(1_000_000 + person)),
        linked: true,
        verified: true,
        ..Agent::wished(AgentId(Uuid::now_v7()), tenant, now)
    }
}
