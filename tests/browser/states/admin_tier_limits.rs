//! Tier Limits, tiers, and limits of single tenants.

use serde_json::{Value, json};

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};
use crate::support::{Client, PASSWORD, http};

const ADMIN: &str = "sam@localboxs.example";
const COLLEAGUE: &str = "kim@localboxs.example";
const PRO: &str = "/admin/tier-limits/PRO";

fn add_administrator(stage: &Stage, email: &str) {
    stage.system.tenant(email, "FREE", &[]);
    stage.system.cli(&["user", "set-role", "--email", email, "--role", "ADMIN"]);
}

async fn administrator(stage: &Stage) -> Person {
    add_administrator(stage, ADMIN);
    let person = Person::at(&stage.server, Scripts::On).await;
    person.open("/sign-in").await;
    person.sign_in(ADMIN, PASSWORD).await;
    person.sees("What administrators do").await;
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_editor_and_what_follows_it() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    stage.agents(&["Ana Ruiz", "Ben Okafor", "Cy Lund"], &[1]).await;
    stage.system.tenant("owner@bikes.example", "PRO", &[3]);
    let person = administrator(&stage).await;
    person.open("/admin/tier-limits").await;
    look(&person, "tier-limits").await;
    person.press("Edit Pro").await;
    person.sees("Edit Pro limits").await;
    look(&person, "tier-edit").await;
    person.fill("maxHelpdeskAgents", "2").await;
    person.press("No limit").await;
    person.press("Limit to").await;
    person.fill("maxDemos", "many").await;
    person.fill("chunkSize", "99").await;
    person.sees("1 of 2 tenants has more than 2 agents. It keeps them but can't add.").await;
    person.sees("Enter a whole number, such as 10.").await;
    person.press("Save Pro limits").await;
    person.sees("There is a problem").await;
    look(&person, "tier-edit-refused").await;
    person.fill("maxDemos", "1").await;
    person.fill("chunkSize", "2500").await;
    person.sees("1 of 2 tenants has more than 1 demo").await;
    look(&person, "tier-edit-preview").await;
    person.press("Save Pro limits").await;
    person.sees("Change Pro limits?").await;
    look(&person, "tier-review").await;
    person.fill("reason", "The old plan lost money").await;
    person.press("Apply to Pro").await;
    person.sees("Pro limits updated.").await;
    look(&person, "tier-limits-saved").await;
    person.press("Undo").await;
    person.sees("Undone").await;
    person.open(&format!("{PRO}/history")).await;
    person.sees("went back to version 1 with Undo").await;
    look(&person, "tier-history").await;
    person.press("Restore this version 2").await;
    person.sees("Restore version 2 of Pro?").await;
    look(&person, "tier-restore").await;
    person.press("Apply to Pro").await;
    person.sees("Pro limits updated.").await;
    person.open(&format!("{PRO}/reset")).await;
    person.sees("Reset Pro to defaults?").await;
    look(&person, "tier-reset").await;
    person.press("Reset Pro").await;
    person.sees("Pro limits updated.").await;
    person.press("Undo").await;
    person.sees("Undo version 5 of Pro?").await;
    look(&person, "tier-undo").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_administrators_at_the_same_tier() {
    let stage = Stage::new("PRO", &[1]).await;
    let person = administrator(&stage).await;
    add_administrator(&stage, COLLEAGUE);
    person.open(PRO).await;
    change(&stage, json!({ "maxHelpdeskAgents": 5, "maxDocuments": 700 })).await;
    person.fill("maxHelpdeskAgents", "9").await;
    person.fill("maxDemos", "8").await;
    person.press("Save Pro limits").await;
    person.sees("Nothing of yours is saved yet.").await;
    look(&person, "tier-conflict").await;
    person.press("Save these").await;
    person.sees("Pro limits updated.").await;
    change(&stage, json!({ "maxWorkflows": 11 })).await;
    person.press("Undo").await;
    person.sees("Nothing was undone").await;
    look(&person, "tier-not-undone").await;
    person.leave().await;
}

/// What a colleague changes meanwhile.
async fn change(stage: &Stage, limits: Value) {
    let base = &stage.server.base;
    let colleague = Client::sign_in(base, COLLEAGUE, PASSWORD).await;
    let request = http().put(format!("{base}/api/admin/tier-limits")).header("cookie", colleague.cookie());
    let body = json!({ "tier": "PRO", "limits": limits });
    let answer = request.header("sec-fetch-site", "same-origin").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiers_and_a_tenant_with_a_limit_of_its_own() {
    let stage = Stage::new("FREE", &[1]).await;
    stage.agents(&["Ana Ruiz"], &[1]).await;
    let person = administrator(&stage).await;
    person.open("/admin/tier-limits/new").await;
    look(&person, "tier-new").await;
    person.press("Add tier").await;
    person.sees("There is a problem").await;
    look(&person, "tier-new-refused").await;
    person.fill("label", "Team").await;
    person.fill("key", "TEAM").await;
    person.press("Add tier").await;
    person.sees("The tier is added.").await;
    look(&person, "tier-added").await;
    person.press("Rename").await;
    person.sees("Rename Team").await;
    look(&person, "tier-rename").await;
    person.open("/admin/tier-limits/TEAM/retire").await;
    look(&person, "tier-retire").await;
    person.press("Retire Team").await;
    person.sees("The tier is retired.").await;
    person.open("/admin/tier-limits/FREE/retire").await;
    person.sees("is on Free").await;
    look(&person, "tier-retire-in-use").await;
    person.open("/admin/tier-limits/FREE").await;
    person.fill("maxHelpdeskAgents", "0").await;
    person.sees("has agents").await;
    person.press("Owner").await;
    person.sees("Set an override").await;
    look(&person, "tenant-limits").await;
    person.press("Set override").await;
    person.sees("There is a problem").await;
    look(&person, "tenant-limits-refused").await;
    person.fill("value", "4").await;
    person.fill("reason", "Opens two shops in spring").await;
    person.press("Set override").await;
    person.sees("The override is set.").await;
    look(&person, "tenant-limits-override").await;
    person.fill("value", "0").await;
    person.fill("reason", "Pays late").await;
    person.press("Set override").await;
    person.sees("Go back").await;
    look(&person, "tenant-limits-review").await;
    person.press("Go back").await;
    person.sees("Set an override").await;
    person.leave().await;
    // Only now, because browsers are few and each test holds on to its own.
    let owner = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    owner.open("/integrations/helpdesk").await;
    owner.sees("1 of 4 agents used · Free plan · Override, raised for you").await;
    look(&owner, "helpdesk-raised").await;
    owner.leave().await;
}
