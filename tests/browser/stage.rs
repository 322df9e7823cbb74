//! A system with one tenant, ready to be visited.

use chatwoot_sandbox::{Fault, Reply};
use localboxs::domain::second_factor::TotpSecret;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use std::time::UNIX_EPOCH;

use crate::browser::Scripts;
use crate::person::Person;
use crate::support::{Client, PASSWORD, Server, System, http, until};

pub const OWNER: &str = "owner@acme.example";
pub const ADMINISTRATOR: &str = "sam@localboxs.example";

/// The system with its running program.
pub struct Stage {
    pub system: System,
    pub server: Server,
}

impl Stage {
    /// A tenant of this tier with these inboxes (of `One`, `Two` and `Three`), whose names are known already.
    pub async fn new(tier: &str, inboxes: &[u64]) -> Self {
        let system = System::start().await;
        system.tenant(OWNER, tier, inboxes);
        // A look of its own would sometimes answer for a press, and nobody else takes over what is slow.
        let server = system.serve_with(&[("CHECK_SECONDS", "600"), ("LEASE_SECONDS", "30")]).await;
        let stage = Self { system, server };
        let client = stage.client().await;
        until("Chatwoot was looked at", async || {
            client.get("/integrations/helpdesk").await.1.contains("Chatwoot connected")
        })
        .await;
        stage
    }

    /// The same with another process, for which these variables are different.
    pub async fn restart(self, variables: &[(&str, &str)]) -> Self {
        self.server.kill();
        let server = self.system.serve_with(variables).await;
        Self { system: self.system, server }
    }

    /// Lets Sam Lee run the installation.
    pub async fn add_administrator(&self) {
        self.system.tenant(ADMINISTRATOR, "ENTERPRISE", &[]);
        self.system.cli(&["user", "set-role", "--email", ADMINISTRATOR, "--role", "ADMIN"]);
        let db = self.system.database.open().await;
        let named = format!(
            "UPDATE users SET name = 'Sam Lee', search_text = 'sam lee' WHERE email = '{ADMINISTRATOR}'"
        );
        db.read().execute_unprepared(&named).await.unwrap();
        db.close().await;
    }

    /// Sam Lee before the dashboard.
    pub async fn administrator(&self, scripts: Scripts) -> Person {
        self.add_administrator().await;
        let person = Person::at(&self.server, scripts).await;
        person.open("/sign-in").await;
        person.sign_in(ADMINISTRATOR, PASSWORD).await;
        person.sees("What administrators do").await;
        person
    }

    pub async fn client(&self) -> Client {
        Client::sign_in(&self.server.base, OWNER, PASSWORD).await
    }

    /// Agents that are there already; returns the id of the last.
    pub async fn agents(&self, names: &[&str], inboxes: &[u64]) -> String {
        let client = self.client().await;
        let mut id = String::new();
        for name in names {
            let made = client.create(json!({ "name": name, "inboxIds": inboxes })).await;
            assert!(made.status.is_success(), "{made:?}");
            made.body["agent"]["id"].as_str().unwrap().clone_into(&mut id);
        }
        id
    }

    /// The id of an agent that asks for inbox 1 and that some fault stops.
    pub async fn agent_in_trouble(&self, name: &str) -> String {
        let client = self.client().await;
        client.create(json!({ "name": name, "inboxIds": [1] })).await;
        let agents = client.agents().await;
        let made = agents.iter().find(|agent| agent["name"] == name).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// The bytes that the tenant's browser gets from this address.
    pub async fn compressed(&self, path: &str) -> Vec<u8> {
        let request = http().get(format!("{}{path}", self.server.base));
        let cookie = self.client().await.cookie().to_owned();
        let answer =
            request.header("cookie", cookie).header("accept-encoding", "br, gzip").send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "br", "{path}");
        answer.bytes().await.unwrap().to_vec()
    }

    /// `Agent 01` and so on, as many as asked for.
    pub async fn many_agents(&self, count: usize, inboxes: &[u64]) {
        let names: Vec<String> = (1..=count).map(|nth| format!("Agent {nth:02}")).collect();
        self.agents(&names.iter().map(String::as_str).collect::<Vec<_>>(), inboxes).await;
    }
}

/// What Chatwoot says when its account has no place left for one more agent.
pub fn full() -> Fault {
    let body = r#"{"error":"Account limit exceeded. Please purchase more licenses"}"#.to_owned();
    let reply = Reply::Custom { status: 402, content_type: "application/json".into(), body };
    Fault::on("POST", "/platform/api/v1/accounts/*/account_users").forever().reply(reply)
}

/// What an authenticator app with this secret shows, some steps from now.
pub fn code(secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    TotpSecret::new(secret.as_bytes().try_into().unwrap()).code_at(now + 30 * steps).unwrap()
}
