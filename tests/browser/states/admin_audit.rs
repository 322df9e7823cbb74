//! Admin > Audit log.

use crate::browser::Scripts;
use crate::looks::look;
use crate::stage::{OWNER, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_its_filters_and_an_entry() {
    let stage = Stage::new("ENTERPRISE", &[1, 2]).await;
    stage.many_agents(26, &[1]).await;
    let person = stage.administrator(Scripts::On).await;
    person.press("Audit log").await;
    person.sees("Agent 26 is ready").await;
    look(&person, "audit").await;
    person.press("Older").await;
    person.sees_to_press("Newer").await;
    look(&person, "audit-older").await;

    person.open("/admin/audit").await;
    person.fill("actor", "operator").await;
    person.sees("The operator created the account of Owner").await;
    person.until("it was filtered", "return !document.body.innerText.includes('Agent 26')").await;
    look(&person, "audit-filtered").await;
    assert!(person.path().await.contains("actor=operator"), "{}", person.path().await);
    person.fill("tenant", "nobody").await;
    person.sees("No entries match.").await;
    look(&person, "audit-empty").await;
    let told = "return document.getElementById('live').textContent";
    assert_eq!(person.ask(told).await, "No entries match");
    person.press("Clear filter").await;
    person.sees("Agent 26 is ready").await;

    person.open("/admin/audit?from=2026-11-24&to=2026-11-23").await;
    person.sees("The last day is before the first.").await;
    look(&person, "audit-refused").await;
    person.open(&format!("/admin/audit?action=agent.created&tenant={OWNER}")).await;
    person.press("Owner created Agent 26").await;
    person.sees("Before and after").await;
    look(&person, "audit-entry").await;
    person.open("/admin/audit?action=user.created").await;
    person.press("The operator created the account of Owner").await;
    person.sees("Entry 1 in the chain of Owner").await;
    look(&person, "audit-entry-operator").await;
    person.leave_after(&["422"]).await;
}
