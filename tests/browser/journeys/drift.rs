//! Somebody changed an agent in Chatwoot, and its tenant decides what counts.

use chatwoot_sandbox::{NewUser, Role};
use serde_json::json;

use crate::journeys::everywhere;
use crate::stage::{ADMINISTRATOR, OWNER};
use crate::support::PASSWORD;

const ANA: &str = "owner+ana.ruiz@acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_changed_in_chatwoot_is_found_and_decided() {
    everywhere("PRO", &[1, 2], async |stage, person| {
        let sandbox = &stage.system.sandbox;
        stage.agents(&["Ana Ruiz"], &[1]).await;
        let ana = sandbox.user_by_email(ANA).unwrap().id;
        sandbox.edit(|chatwoot| {
            chatwoot.rename(ana, "Anna Ruiz");
            chatwoot.inbox_member(2, ana);
        });
        person.sign_in(OWNER, PASSWORD).await;
        person.sees("Needs attention").await;
        person.open("/integrations/helpdesk").await;
        person.press("Compare now").await;
        person.sees("Out of sync").await;
        person.press("See the differences of Ana Ruiz").await;
        person.sees("Nothing happens until you decide.").await;
        person.press("Use ours: Inbox Two of Ana Ruiz").await;
        person.sees("Chatwoot is as it is set here again.").await;
        assert!(sandbox.inbox_members(2).is_empty());
        person.press("Use Chatwoot's: Name of Ana Ruiz").await;
        person.sees("What Chatwoot shows counts now.").await;
        person.sees("Anna Ruiz").await;
        person.open("/integrations/helpdesk").await;
        person.sees("Ready").await;
        assert!(!person.says("Out of sync").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_adopts_one_person_without_an_agent_and_removes_another() {
    everywhere("FREE", &[1], async |stage, person| {
        let sandbox = &stage.system.sandbox;
        let account = stage.system.account;
        sandbox.edit(|chatwoot| {
            for name in ["Lost", "Gone"] {
                let address = format!("owner+{}@acme.example", name.to_lowercase());
                let stranger = chatwoot.user(NewUser::new(name, &address));
                chatwoot.set_custom_attribute(stranger.id, "localboxs_ref", json!(format!("mark of {name}")));
                chatwoot.member(account, stranger.id, Role::Agent);
                chatwoot.permit_user(1, stranger.id);
                chatwoot.inbox_member(1, stranger.id);
            }
        });
        let client = stage.client().await;
        let looked = client.post("/api/dashboard/integrations/chatwoot/drift/check", json!({})).await;
        assert_eq!(looked.status, 200, "{looked:?}");
        stage.add_administrator().await;
        person.sign_in(ADMINISTRATOR, PASSWORD).await;
        person.sees("What administrators do").await;
        person.open("/admin/agents/drift").await;
        person.sees("2 people without an agent").await;
        person.press("Adopt for Owner: Lost · owner+lost@acme.example").await;
        person.sees("That person is an agent here again.").await;
        person.press("Adopt for Owner: Gone · owner+gone@acme.example").await;
        person.sees("Owner has no free seat: 1 of 1 agent used on the Free plan.").await;
        person.press("Remove from Chatwoot: Gone · owner+gone@acme.example").await;
        person.sees("That person is removed from Chatwoot.").await;
        person.sees("Nothing differs").await;
        sandbox.tick();
        let lost = sandbox.user_by_email("owner+lost@acme.example").unwrap().id;
        assert_eq!(sandbox.inbox_members(1), [lost]);
        assert!(sandbox.user_by_email("owner+gone@acme.example").is_none());
        let agents = client.agents().await;
        assert_eq!((&agents[0]["name"], &agents[0]["state"]), (&json!("Lost"), &json!("ready")));
    })
    .await;
}
