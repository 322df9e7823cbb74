//! What Chatwoot leaves for later, and what goes wrong in between.

use std::time::Duration;

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed, Work};
use serde_json::{Value, json};

use crate::support::{Answer, Ask};

struct Tenant {
    sandbox: Sandbox,
    platform: String,
    admin: String,
    agent: u64,
    inbox: u64,
}

async fn tenant() -> Tenant {
    let mut seed = Seed::new();
    let app = seed.platform_app("ours");
    let account = seed.account("Acme");
    seed.permit_account(app.id, account);
    let admin = seed.user(NewUser::new("Ada", "ada@acme.example"));
    let agent = seed.user(NewUser::new("Jo", "jo@acme.example"));
    seed.permit_user(app.id, agent.id);
    seed.member(account, admin.id, Role::Administrator);
    seed.member(account, agent.id, Role::Agent);
    let inbox = seed.inbox(account, "Website");
    seed.inbox_member(inbox, agent.id);
    let sandbox = Sandbox::start(seed).await.unwrap();
    Tenant { sandbox, platform: app.token, admin: admin.access_token, agent: agent.id, inbox }
}

impl Tenant {
    async fn member(&self, method: &str, role: &str) -> Answer {
        let body = json!({"user_id": self.agent, "role": role});
        let call = Ask::new(method, "/platform/api/v1/accounts/1/account_users").token(&self.platform);
        call.json(&body).send(&self.sandbox).await
    }

    async fn shown_members(&self) -> Value {
        let path = format!("/api/v1/accounts/1/inbox_members/{}", self.inbox);
        Ask::get(&path).token(&self.admin).send(&self.sandbox).await.json()["payload"].clone()
    }
}

#[tokio::test]
async fn removed_and_added_again_too_soon_fails_yet_stands_and_loses_its_inboxes_later() {
    let t = tenant().await;
    assert_eq!(t.member("DELETE", "agent").await.status, 200);
    assert_eq!(t.sandbox.inbox_members(t.inbox), [t.agent], "until the job runs");

    assert_eq!(t.member("POST", "agent").await.status, 500);
    assert_eq!(t.sandbox.account_users(1).len(), 2, "persisted all the same");
    assert_eq!(t.member("POST", "agent").await.status, 200, "a retry finds it");
    assert_eq!(t.shown_members().await[0]["id"], t.agent);

    t.sandbox.tick();
    assert_eq!(t.shown_members().await, json!([]), "the old job took the new membership's inboxes");
    assert_eq!(t.sandbox.account_users(1).len(), 2);
    assert_eq!(t.member("DELETE", "agent").await.status, 200);
    t.sandbox.tick();
    assert_eq!(t.member("POST", "agent").await.status, 200, "after the job nothing is in the way");
}

#[tokio::test]
async fn the_last_membership_takes_the_user_with_it_once_the_jobs_run() {
    let t = tenant().await;
    let path = format!("/api/v1/accounts/1/agents/{}", t.agent);
    let remove = Ask::new("DELETE", &path).token(&t.admin);
    assert_eq!(remove.send(&t.sandbox).await.status, 200);
    let works: Vec<Work> = t.sandbox.jobs().iter().map(|job| job.work).collect();
    let destroy = Work::AgentDestroy { account_id: 1, user_id: t.agent };
    assert_eq!(works, [destroy, Work::DeleteUser(t.agent)]);

    let show = Ask::get(&format!("/platform/api/v1/users/{}", t.agent)).token(&t.platform);
    assert_eq!(show.send(&t.sandbox).await.status, 200);
    t.sandbox.tick();
    assert_eq!(show.send(&t.sandbox).await.status, 404);
    assert_eq!(remove.send(&t.sandbox).await.status, 404);
    assert!(t.sandbox.inbox_members(t.inbox).is_empty());
}

#[tokio::test]
async fn jobs_can_run_by_themselves_once_they_are_old_enough() {
    let t = tenant().await;
    t.sandbox.edit(|state| state.run_jobs_after(Duration::from_mins(1)));
    t.member("DELETE", "agent").await;
    assert_eq!(t.sandbox.inbox_members(t.inbox), [t.agent]);
    t.sandbox.edit(|state| state.advance_clock(Duration::from_secs(61)));
    assert!(t.sandbox.inbox_members(t.inbox).is_empty());
    assert!(t.sandbox.jobs().is_empty());
}

#[tokio::test]
async fn somebody_put_into_a_foreign_inbox_appears_when_added_to_the_account() {
    let t = tenant().await;
    let stranger = t.sandbox.edit(|state| state.user(NewUser::new("Str", "str@b.example")));
    let body = json!({"inbox_id": t.inbox, "user_ids": [stranger.id]});
    let add = Ask::post("/api/v1/accounts/1/inbox_members").token(&t.admin).json(&body);
    assert_eq!(add.send(&t.sandbox).await.json()["payload"].as_array().unwrap().len(), 1);
    assert_eq!(t.sandbox.inbox_members(t.inbox), [t.agent, stranger.id]);
    t.sandbox.edit(|state| state.member(1, stranger.id, Role::Agent));
    assert_eq!(t.shown_members().await.as_array().unwrap().len(), 2);
}
