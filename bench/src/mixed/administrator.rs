//! An administrator, who looks at all tenants' agents, users, limits and the audit log.

use std::time::Duration;

use rand::RngExt as _;

use super::person::Person;
use super::stage::ADMINISTRATOR;

const REST: Duration = Duration::from_millis(500);
const PATHS: [&str; 16] = [
    "/admin/agents",
    "/admin/agents?show=all",
    "/admin/agents?show=all&q=agent",
    "/admin/agents?show=all&tenant=tenant1",
    "/admin/agents/drift",
    "/admin/audit",
    "/admin/audit?action=agent.ready",
    "/admin/audit?tenant=tenant2%40",
    "/admin/users",
    "/admin/users?q=tenant",
    "/admin/users?sort=agents&dir=desc",
    "/admin/tier-limits",
    "/admin/tier-limits/FREE",
    "/admin/tier-limits/PRO/history",
    "/account",
    "/account/second-factor",
];

/// Asks for one thing after the other, for as long as it is let.
pub async fn live(mut person: Person) {
    loop {
        if !person.is_signed_in() {
            person.sign_in(ADMINISTRATOR).await;
        }
        match person.random.random_range(0..1000) {
            0..4 => drop(person.page("/admin/agents.csv?show=all").await),
            4..6 => drop(person.page("/admin/audit.csv").await),
            6..40 => with_some(&mut person, "/admin/agents/check").await,
            40..100 => with_some(&mut person, "/admin/agents/retry").await,
            100..110 => drop(person.form("/admin/agents/drift/accept", &[]).await),
            110..115 => person.sign_out().await,
            _ => {
                let path = person.any(&PATHS);
                person.page(path).await;
            }
        }
        person.rest(REST).await;
    }
}

/// Chooses the first agents of the list that needs attention, or of the whole one.
async fn with_some(person: &mut Person, path: &str) {
    let list = person.any(&["/admin/agents", "/admin/agents?show=all"]);
    let Some(page) = person.page(list).await else { return };
    let ids: Vec<&str> = page
        .body
        .split("name=\"agents\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .take(3)
        .collect();
    let fields: Vec<(&str, &str)> = ids.into_iter().map(|id| ("agents", id)).collect();
    person.form(path, &fields).await;
}
