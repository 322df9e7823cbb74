//! Somebody changed an agent in Chatwoot, and its tenant decides what counts.

use crate::journeys::everywhere;
use crate::stage::OWNER;
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
