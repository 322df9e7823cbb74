//! Suspended and resumed a thousand times at random while people work in Chatwoot.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use localboxs::domain::agent::AgentState;
use localboxs::domain::ids::{AgentId, InboxId, TenantId};
use localboxs::services::agents::{self, Actor};
use localboxs::services::{audit, health};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use crate::support::Office;

const ROUNDS: u32 = 1_000;
const LIMIT: usize = 3;

/// What people took away in Chatwoot, and nobody here asked for since.
#[derive(Default)]
struct Taken {
    account: bool,
    inboxes: BTreeSet<u64>,
}

struct Run {
    office: Office,
    tenant: TenantId,
    agents: Vec<AgentId>,
    taken: BTreeMap<AgentId, Taken>,
    random: StdRng,
    changes: u32,
}

#[expect(clippy::disallowed_methods, reason = "the seed of a failure is given back by hand")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_suspensions_and_returns_give_back_nothing_that_somebody_took() {
    let seed = std::env::var("LIFECYCLE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(1);
    println!("LIFECYCLE_SEED={seed}");
    let mut run = Run::begin(seed).await;
    for round in 0..ROUNDS {
        run.round().await;
        run.assert_sound(&format!("LIFECYCLE_SEED={seed}, round {round}")).await;
    }
    println!("{ROUNDS} wishes and {} changes in Chatwoot", run.changes);
    let verdict = audit::verify(&run.office.app.app).await.unwrap();
    assert!(matches!(verdict, audit::Verdict::Whole { .. }), "I7");
}

impl Run {
    async fn begin(seed: u64) -> Self {
        let office = Office::with_patience(Duration::from_secs(5)).await;
        let mut other = office.tenant("other@acme.example", "PRO", &[3]).await;
        other.agent(&json!({ "name": "Theirs", "inboxIds": [3] })).await;
        let mut owner = office.tenant("owner@acme.example", "PRO", &[1, 2]).await;
        let mut agents = Vec::new();
        for name in ["Ana", "Ben", "Cleo", "Dora", "Eli"] {
            let id = owner.agent(&json!({ "name": name, "inboxIds": [1, 2] })).await;
            agents.push(AgentId::parse(&id).unwrap());
            if agents.len() >= LIMIT {
                let path = format!("{}/agents/{id}/suspend", crate::support::CALLS);
                assert_eq!(owner.post(&path, &json!({})).await.status, 200);
            }
        }
        let query = "SELECT id FROM users WHERE email = 'owner@acme.example'";
        let tenant = localboxs::domain::ids::UserId(office.app.uuids(query).await[0]);
        let random = StdRng::seed_from_u64(seed);
        Self { office, tenant, agents, taken: BTreeMap::new(), random, changes: 0 }
    }

    async fn round(&mut self) {
        let agent = self.agents[self.random.random_range(0..self.agents.len())];
        if self.random.random_bool(0.3) {
            self.somebody_works_in_chatwoot().await;
        }
        let app = self.office.app.app.clone();
        let actor = Actor { tenant: self.tenant, user: self.tenant, request_id: None };
        let state = agents::show(&app, self.tenant, agent).await.unwrap().0.agent.state;
        let done = match state {
            AgentState::Suspended => agents::resume(&app, &actor, agent).await,
            AgentState::NeedsAttention if self.random.random_bool(0.5) => {
                // Somebody reads it and asks for the person to be put back, as the page shows them.
                self.taken.insert(agent, Taken::default());
                agents::retry(&app, &actor, agent).await
            }
            _ => agents::suspend(&app, &actor, agent).await,
        };
        if let Err(refused) = done {
            assert!(
                refused.to_string().contains("in use") || refused.to_string().contains("attention"),
                "{refused}"
            );
        }
        if self.random.random_bool(0.1) {
            health::check(&app).await.unwrap();
            self.office.pass(Duration::from_secs(1)).await;
        }
        // Who asks for an inbox again gets it again.
        let lost = self.taken.get(&agent).is_some_and(|taken| !taken.inboxes.is_empty());
        let state = agents::show(&app, self.tenant, agent).await.unwrap().0.agent.state;
        if lost && state == AgentState::Ready && self.random.random_bool(0.3) {
            let all = [InboxId(1), InboxId(2)];
            localboxs::services::inboxes::assign_all(&app, &actor, agent, &all).await.unwrap();
            self.taken.entry(agent).or_default().inboxes.clear();
        }
    }

    /// Takes somebody out of the account or of an inbox, or deletes the person.
    async fn somebody_works_in_chatwoot(&mut self) {
        let agent = self.agents[self.random.random_range(0..self.agents.len())];
        let view = agents::show(&self.office.app.app, self.tenant, agent).await.unwrap().0;
        let Some(id) = view.agent.chatwoot_user.and_then(|id| u64::try_from(id.0).ok()) else { return };
        let (what, inbox) = (self.random.random_range(0..10), self.random.random_range(1..=2));
        let sandbox = &self.office.sandbox;
        let in_account = sandbox.account_users(1).iter().any(|member| member.user_id == id);
        let taken = self.taken.entry(agent).or_default();
        match what {
            0 => {
                sandbox.edit(|chatwoot| chatwoot.delete_user(id));
                taken.account = true;
            }
            1..=3 if in_account => {
                sandbox.edit(|chatwoot| chatwoot.remove_account_user(1, id));
                taken.account = true;
            }
            _ if in_account && sandbox.inbox_members(inbox).contains(&id) => {
                sandbox.edit(|chatwoot| chatwoot.remove_inbox_member(inbox, id));
                taken.inboxes.insert(inbox);
            }
            _ => return,
        }
        self.changes += 1;
    }

    async fn assert_sound(&self, case: &str) {
        let count = "SELECT email FROM helpdesk_users WHERE seat IS NOT NULL AND email LIKE 'owner%'";
        let seats = self.office.app.column(count).await;
        assert!(seats.len() <= LIMIT, "{case}: I4 {seats:?}");
        let sandbox = &self.office.sandbox;
        let (users, members) = (sandbox.users(), sandbox.account_users(1));
        for agent in &self.agents {
            let view = agents::show(&self.office.app.app, self.tenant, *agent).await.unwrap().0;
            let Some(user) = users.iter().find(|user| user.email == view.agent.email) else { continue };
            let has = |inbox: u64| sandbox.inbox_members(inbox).contains(&user.id);
            assert!(!has(3) && !has(4), "{case}: {} is in somebody else's inbox", view.agent.name);
            let member = members.iter().any(|member| member.user_id == user.id);
            let out = view.agent.state == AgentState::Suspended;
            assert!(!(out && member), "{case}: {} is suspended and in the account", view.agent.name);
            assert!(!out || !view.agent.holds_seat, "{case}: {} is suspended with a seat", view.agent.name);
            let Some(taken) = self.taken.get(agent) else { continue };
            assert!(!(taken.account && member), "{case}: {} was put back", view.agent.name);
            let back: Vec<_> = taken.inboxes.iter().filter(|inbox| member && has(**inbox)).collect();
            assert!(back.is_empty(), "{case}: {} got {back:?} back", view.agent.name);
        }
    }
}
