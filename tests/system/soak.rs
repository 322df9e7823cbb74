//! Killed at random moments, again and again: after each restart everything here and in Chatwoot agrees.
//!
//! `SOAK_RUNS` says how often, `SOAK_SEED` from which seed on; a failure names its seed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply, Role, User};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::support::{Client, PASSWORD, Server, System, until};

const OWNERS: [&str; 2] = ["ana@acme.example", "ben@acme.example"];
const INBOXES: [[u64; 2]; 2] = [[1, 2], [3, 4]];
/// How many agents of a tenant there are before no more is wished, with some that are wished at the same time.
const SEATS: usize = 10;
/// A system grows with each run; a new one now and then keeps the look at all of it short.
const RUNS_EACH: usize = 25;
/// They mostly wait.
const AT_ONCE: usize = 4;
/// Agents' passwords: the first one, and the one wished later.
const CANARIES: [&str; 2] = ["Canary-8-Passw0rd!", "Canary-9-Passw0rd!"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_it_is_killed_everything_agrees_afterwards() {
    let (runs, first) = (number("SOAK_RUNS", 100), number("SOAK_SEED", 1));
    let seeds: Vec<u64> = (first..first + runs).collect();
    let mut systems = tokio::task::JoinSet::new();
    for seeds in seeds.chunks(RUNS_EACH) {
        let seeds = seeds.to_owned();
        if systems.len() == AT_ONCE {
            systems.join_next().await.unwrap().unwrap();
        }
        systems.spawn_blocking(|| Handle::current().block_on(all(seeds)));
    }
    systems.join_all().await;
}

async fn all(seeds: Vec<u64>) {
    let mut run = Run::start().await;
    for seed in seeds {
        eprintln!("seed {seed}");
        run.once(seed).await;
    }
    run.end();
}

fn number(variable: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "scripts/soak says how long")]
    let given = std::env::var(variable).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Run {
    system: System,
    server: Option<Server>,
    clients: Vec<Client>,
    human: User,
}

impl Run {
    async fn start() -> Self {
        let system = System::start().await;
        system.sandbox.edit(|chatwoot| chatwoot.run_jobs_after(Duration::ZERO));
        for (owner, inboxes) in OWNERS.iter().zip(INBOXES) {
            system.tenant(owner, "PRO_PLUS", &inboxes);
        }
        let server = system.serve().await;
        let mut clients = Vec::new();
        for owner in OWNERS {
            clients.push(Client::sign_in(&server.base, owner, PASSWORD).await);
        }
        let human = system.sandbox.users().remove(0);
        Self { system, server: Some(server), clients, human }
    }

    /// Wishes of all kinds at once, some faults, a kill at a random moment, a restart, quiet, and a look at everything.
    async fn once(&mut self, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        for _ in 0..random.random_range(0..3) {
            self.system.sandbox.inject(fault(&mut random));
        }
        self.system.sandbox.set_latency(Duration::from_millis(random.random_range(0..15)));
        let mut asking = tokio::task::JoinSet::new();
        for (client, inboxes) in self.clients.iter().zip(INBOXES) {
            let agents = client.agents().await;
            for nth in 0..random.random_range(1..4) {
                let (client, wish) = (client.clone(), wish(&mut random, &agents, inboxes, seed, nth));
                asking.spawn(async move { wish.make(&client).await });
            }
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..250))).await;
        self.server.take().unwrap().kill();
        while asking.join_next().await.is_some() {}
        self.system.sandbox.clear_faults();
        self.system.sandbox.set_latency(Duration::ZERO);
        let server = self.system.serve().await;
        self.clients = self.clients.iter().map(|client| client.at(&server.base)).collect();
        self.server = Some(server);
        self.quiet(seed).await;
        self.look(seed).await;
    }

    /// Waits until nothing is left to do.
    async fn quiet(&self, seed: u64) {
        let db = self.system.database.open().await;
        // Who is gone is only looked for again, after a minute and an hour.
        let open = "SELECT (SELECT count(*) FROM operations o JOIN helpdesk_users h ON h.id = o.helpdesk_user_id \
                    WHERE o.status = 'due' AND h.state <> 'removed') \
                    + (SELECT count(*) FROM imports WHERE status = 'running') AS n";
        let holds_end = [
            "UPDATE helpdesk_users SET removal_due_ms = 0 WHERE removal_due_ms > 0 AND state <> 'removed'",
            "UPDATE operations SET due_at_ms = 0 WHERE status = 'due' AND due_at_ms > 0 AND helpdesk_user_id IN \
             (SELECT id FROM helpdesk_users WHERE state = 'removing')",
        ];
        until(&format!("seed {seed}: all operations are over"), async || {
            self.system.sandbox.tick();
            for statement in holds_end {
                // Another process may keep a SQLite file locked for longer than we wait for it.
                if db.read().execute_unprepared(statement).await.is_err() {
                    return false;
                }
            }
            crate::fairness::count(&db, open).await == 0
        })
        .await;
        db.close().await;
    }

    /// The invariants I1 to I6.
    async fn look(&self, seed: u64) {
        let sandbox = &self.system.sandbox;
        let mut people: BTreeMap<u64, User> =
            sandbox.users().into_iter().map(|user| (user.id, user)).collect();
        let human =
            people.remove(&self.human.id).unwrap_or_else(|| panic!("seed {seed}: I6: the human is gone"));
        assert_eq!((&human.name, &human.email), (&self.human.name, &self.human.email), "seed {seed}: I6");
        assert_eq!(self.roles(human.id), [Some(Role::Administrator)], "seed {seed}: I6");
        let mut wished: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (client, own) in self.clients.iter().zip(INBOXES) {
            let agents = client.agents().await;
            let seats = agents.iter().filter(|agent| agent["state"] != "suspended").count();
            assert!(seats <= 2 * SEATS, "seed {seed}: I4: {seats}");
            let names: BTreeSet<_> = agents.iter().map(|agent| agent["name"].as_str().unwrap()).collect();
            assert_eq!(names.len(), agents.len(), "seed {seed}: a row of a list was made twice: {agents:?}");
            for agent in agents {
                let id = agent["chatwootUserId"].as_u64().unwrap();
                let person = people.remove(&id);
                let person =
                    person.unwrap_or_else(|| panic!("seed {seed}: I1: nobody in Chatwoot for {agent}"));
                self.look_at(seed, &agent, &person);
                for inbox in agent["inboxIds"].as_array().unwrap() {
                    let inbox = inbox.as_u64().unwrap();
                    assert!(own.contains(&inbox), "seed {seed}: an inbox of another tenant: {agent}");
                    if agent["state"] == "ready" {
                        wished.entry(inbox).or_default().push(id);
                    }
                }
            }
        }
        assert!(people.is_empty(), "seed {seed}: I1: nobody knows of {people:?}");
        for inbox in INBOXES.concat() {
            let mut there = sandbox.inbox_members(inbox);
            let mut wished = wished.remove(&inbox).unwrap_or_default();
            there.sort_unstable();
            wished.sort_unstable();
            assert_eq!(there, wished, "seed {seed}: I3: inbox {inbox}");
        }
        // I5: a person that is not ours is named by no call.
        let human = format!("/users/{}", self.human.id);
        assert!(!sandbox.requests().iter().any(|call| call.path.ends_with(&human)), "seed {seed}: I5");
    }

    /// One agent and the person it is in Chatwoot.
    fn look_at(&self, seed: u64, agent: &Value, person: &User) {
        assert_eq!(agent["email"], person.email.as_str(), "seed {seed}: I1");
        assert_eq!(agent["problem"], Value::Null, "seed {seed}: {agent}");
        // Somebody suspended is told the new name when they come back.
        let waits = agent["state"] == "suspended" && agent["beingRenamed"] == true;
        assert!(waits || agent["name"] == person.name.as_str(), "seed {seed}: {agent} is {}", person.name);
        let roles: &[_] = match agent["state"].as_str().unwrap() {
            "ready" => &[Some(Role::Agent)],
            "suspended" => &[],
            other => panic!("seed {seed}: {other}: {agent}"),
        };
        assert_eq!(self.roles(person.id), roles, "seed {seed}: I2: {agent}");
        let known = CANARIES.iter().any(|it| self.system.sandbox.password_matches(&person.email, it));
        assert!(known || agent["passwordSet"] == false, "seed {seed}: another password holds for {agent}");
    }

    /// The roles of this person in the account: one, or none for somebody who is not in it.
    fn roles(&self, person: u64) -> Vec<Option<Role>> {
        let members = self.system.sandbox.account_users(self.system.account);
        members.iter().filter(|member| member.user_id == person).map(|member| member.role).collect()
    }

    /// I7 and I8: the audit log is whole, and no secret was written anywhere.
    fn end(mut self) {
        drop(self.server.take());
        self.system.cli(&["audit", "verify"]);
        let text =
            String::from_utf8_lossy(&crate::crash::everything_in(self.system.database.folder())).into_owned();
        let secrets =
            [CANARIES[0], CANARIES[1], PASSWORD, &self.system.account_key, &self.system.platform_key];
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "I8: a secret was written");
    }
}

/// What is asked for: method, path and body of a call.
struct Wish(Method, String, Value);

impl Wish {
    async fn make(self, client: &Client) {
        client.ask_anything_and_perish(self.0, &self.1, &self.2).await;
    }
}

fn wish(random: &mut StdRng, agents: &[Value], inboxes: [u64; 2], seed: u64, nth: u32) -> Wish {
    let name = format!("Agent {seed} {nth}");
    let some = &inboxes[..random.random_range(0..3)];
    let create = json!({ "name": name, "password": CANARIES[0], "inboxIds": some });
    let Some(agent) = (!agents.is_empty()).then(|| &agents[random.random_range(0..agents.len())]) else {
        return Wish(Method::POST, "/create-user".into(), create);
    };
    let id = agent["id"].as_str().unwrap();
    let deed = |deed: &str, body| Wish(Method::POST, format!("/agents/{id}/{deed}"), body);
    let is_full = agents.len() >= SEATS;
    match random.random_range(0..24) {
        0..4 => {
            let action = ["add", "remove"][random.random_range(0..2)];
            let inbox = inboxes[random.random_range(0..2)];
            let body = json!({ "agentId": id, "inboxId": inbox, "action": action });
            Wish(Method::POST, "/assign-agent".into(), body)
        }
        4..7 => Wish(Method::PATCH, format!("/agents/{id}"), json!({ "name": name })),
        7..9 => deed("password", json!({ "password": CANARIES[1], "presentPassword": PASSWORD })),
        9..15 if agent["state"] == "suspended" => deed("resume", json!({})),
        9..12 => deed("suspend", json!({})),
        18..20 if !is_full => {
            let csv = format!("name,inboxes\n{name},{}\n{name} too,", inboxes[0]);
            Wish(Method::POST, "/import".into(), json!({ "csv": csv, "confirm": true }))
        }
        20.. if !is_full => Wish(Method::POST, "/create-user".into(), create),
        _ => Wish(Method::DELETE, format!("/agents/{id}"), Value::Null),
    }
}

/// Something that goes wrong with one of the next calls.
fn fault(random: &mut StdRng) -> Fault {
    let reply =
        [Reply::Close, Reply::Reset, Reply::RailsError, Reply::Gateway(502), Reply::CutShort, Reply::Hang]
            [random.random_range(0..6)]
        .clone();
    let fault = Fault::any().nth(random.random_range(1..12));
    if random.random_bool(0.5) { fault.commit_then(reply) } else { fault.reply(reply) }
}
