//! A system with one tenant, ready to be visited.

use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::support::{Client, PASSWORD, Server, System, until};

pub const OWNER: &str = "owner@acme.example";

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
        let server = system.serve().await;
        let stage = Self { system, server };
        let client = stage.client().await;
        until("Chatwoot was looked at", async || {
            client.get("/integrations/helpdesk").await.1.contains("Chatwoot connected")
        })
        .await;
        stage
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
}

/// What Chatwoot says when its account has no place left for one more agent.
pub fn full() -> Fault {
    let body = r#"{"error":"Account limit exceeded. Please purchase more licenses"}"#.to_owned();
    let reply = Reply::Custom { status: 402, content_type: "application/json".into(), body };
    Fault::on("POST", "/platform/api/v1/accounts/*/account_users").forever().reply(reply)
}
