//! The program beside a Chatwoot of its own, and tenants that have inboxes there.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::http::Method;
use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed};
use localboxs::db;
use localboxs::db::demos::Demo;
use localboxs::domain::ids::{DemoId, InboxId};
use localboxs::services::{health, provisioning};
use sea_orm::{FromQueryResult as _, JsonValue, Statement};
use serde_json::Value;
use uuid::Uuid;

use super::description::Description;
use super::{Answer, Call, Client, Keys, Setup, TestApp};

pub const CALLS: &str = "/api/dashboard/integrations/chatwoot";

/// Everything a test of the helpdesk needs.
pub struct Office {
    pub app: TestApp,
    pub sandbox: Sandbox,
    description: Description,
}

/// A client whose every answer is held to the API's own description.
pub struct Api {
    pub client: Client,
    description: Description,
}

impl Office {
    /// A Chatwoot with the inboxes 1 to 4 and nobody in it but its administrator.
    pub async fn open() -> Self {
        Self::open_with(Setup::default()).await
    }

    /// As [`Office::open`], but requests wait this long for Chatwoot.
    pub async fn with_patience(patience: Duration) -> Self {
        Self::open_with(Setup { patience: Some(patience), ..Setup::default() }).await
    }

    /// As [`Office::open`], with what a test wants to be different.
    pub async fn open_with(setup: Setup) -> Self {
        let mut seed = Seed::new();
        let account = seed.account("Acme");
        let platform = seed.platform_app("localboxs");
        seed.permit_account(platform.id, account);
        let admin = seed.user(NewUser::new("Human Admin", "human.admin@chat.example"));
        seed.member(account, admin.id, Role::Administrator);
        seed.run_jobs_after(Duration::ZERO);
        for name in ["One", "Two", "Three", "Nobody's"] {
            seed.inbox(account, name);
        }
        let sandbox = Sandbox::start(seed).await.unwrap();
        let keys = Keys {
            origin: sandbox.base_url(),
            account: i64::try_from(account).unwrap(),
            account_key: admin.access_token,
            platform_key: platform.token,
        };
        let app = TestApp::with(Setup { keys: Some(keys), ..setup }).await;
        health::check(&app.app).await.unwrap();
        let description = Description(app.anonymous().get("/api/openapi.json").await.json());
        Self { app, sandbox, description }
    }

    /// A signed-in tenant of this tier with a demo for each of these inboxes.
    pub async fn tenant(&self, email: &str, tier: &str, inboxes: &[i64]) -> Api {
        let tenant = self.app.tenant(email, tier).await;
        let tx = self.app.app.db.write().await.unwrap();
        for inbox in inboxes {
            let demo = Demo {
                id: DemoId(Uuid::now_v7()),
                tenant: tenant.id,
                business_name: format!("Demo {inbox}"),
                business_url: "https://demo.example".into(),
                inbox: Some(InboxId(*inbox)),
                created_at: self.app.app.now(),
            };
            db::demos::insert(&*tx, &demo).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.api(self.app.signed_in(email).await)
    }

    /// This client, with every answer held to the description.
    pub fn api(&self, client: Client) -> Api {
        Api { client, description: self.description.clone() }
    }

    /// All that a refused request must leave as it was, here and in Chatwoot; that it was refused is noted beside it.
    pub async fn everything(&self) -> String {
        let mut all = String::new();
        for table in [
            "helpdesk_users",
            "helpdesk_user_inboxes",
            "operations",
            "idempotency_keys",
            "audit_events WHERE action <> 'agent.refused'",
        ] {
            let conn = self.app.app.db.read();
            let statement =
                Statement::from_string(conn.get_database_backend(), format!("SELECT * FROM {table}"));
            let rows = JsonValue::find_by_statement(statement).all(conn).await.unwrap();
            writeln!(all, "{table}: {rows:?}").unwrap();
        }
        writeln!(all, "requests to Chatwoot: {}", self.sandbox.request_count()).unwrap();
        all
    }

    /// Lets this much time pass and does what is due by then, until nothing more is.
    pub async fn pass(&self, time: Duration) {
        self.app.advance(time);
        for _ in 0..6 {
            self.app.execute("UPDATE operations SET due_at_ms = 0 WHERE status = 'due'").await;
            self.app.execute("UPDATE installations SET paused_until_ms = NULL").await;
            provisioning::take_due(&self.app.app).await.unwrap();
            let begin = Instant::now();
            let leased =
                "SELECT lease_owner FROM operations WHERE lease_owner IS NOT NULL AND status = 'due'";
            while self.app.app.driving.load(Ordering::SeqCst) > 0 || !self.app.column(leased).await.is_empty()
            {
                assert!(begin.elapsed() < Duration::from_secs(30), "the work has no end");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// The addresses of those whom Chatwoot has in this inbox.
    pub fn members(&self, inbox: u64) -> Vec<String> {
        let users = self.sandbox.users();
        let address = |id: &u64| users.iter().find(|user| user.id == *id).map(|user| user.email.clone());
        self.sandbox.inbox_members(inbox).iter().filter_map(address).collect()
    }
}

impl Api {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, |call| call).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, |call| call.json(body)).await
    }

    pub async fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, |call| call.json(body)).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, |call| call).await
    }

    pub async fn create(&mut self, body: &Value) -> Answer {
        self.post(&format!("{CALLS}/create-user"), body).await
    }

    /// Creates an agent that must succeed, and returns its id.
    pub async fn agent(&mut self, body: &Value) -> String {
        let answer = self.create(body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["agent"]["id"].as_str().unwrap().to_owned()
    }

    pub async fn agents(&mut self) -> Vec<Value> {
        let answer = self.get(&format!("{CALLS}/agents")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["agents"].as_array().unwrap().clone()
    }

    /// Any request; fails the test when the description does not promise such an answer.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        more: impl FnOnce(Call<'_>) -> Call<'_>,
    ) -> Answer {
        let answer = more(self.client.call(method.clone(), path)).send().await;
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let faults = self.description.faults(method.as_str(), path, answer.status, body.as_ref());
        assert!(faults.is_empty(), "{faults:#?}\n{}", answer.text());
        answer
    }

    /// Asks until this is so; fails the test after half a minute.
    pub async fn until(&mut self, path: &str, is_so: impl Fn(&Answer) -> bool) -> Answer {
        let begin = Instant::now();
        loop {
            let answer = self.get(path).await;
            if is_so(&answer) {
                return answer;
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "still {}", answer.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
