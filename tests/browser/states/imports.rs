//! Importing agents from a list.

use chatwoot_sandbox::{Fault, Reply};
use serde_json::json;

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage, full};

const IMPORT: &str = "/integrations/helpdesk/import";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_from_the_form_to_its_end() {
    let stage = Stage::new("PRO_PLUS", &[1, 2]).await;
    stage.agents(&["Old Hand"], &[]).await;
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open("/integrations/helpdesk").await;
    person.press("Import from CSV").await;
    person.sees("Paste the list").await;
    look(&person, "import-form").await;
    person.fill("list", "Ana\nBen").await;
    person.press("Check the list").await;
    person.sees("There is a problem").await;
    look(&person, "import-refused").await;
    let list = "name,email,inboxes\nAna Ruiz,ana@else.example,One; Two\nBen,,\nOld Hand,,\nana ruiz,,\nCara,,Nobody's\nDora,,\nEva,,\nFay,,";
    person.fill("list", list).await;
    person.press("Check the list").await;
    person.sees("can be created").await;
    look(&person, "import-preview").await;
    let hang = Fault::on("POST", "/platform/api/v1/users").forever();
    stage.system.sandbox.inject(hang.reply(Reply::Hang));
    person.press("Create 4 agents").await;
    person.sees("Working on it.").await;
    look(&person, "import-running").await;
    stage.system.sandbox.clear_faults();
    person.sees("4 agents created").await;
    person.sees("Download passwords (CSV)").await;
    person.until("nothing is under way", "return !document.querySelector('[hx-get]')").await;
    look(&person, "import-finished").await;
    person.open(IMPORT).await;
    person.sees("Earlier imports").await;
    look(&person, "import-form-again").await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_of_a_list_that_need_attention_and_nothing_to_create() {
    let stage = Stage::new("PRO", &[1]).await;
    stage.system.sandbox.inject(full());
    let client = stage.client().await;
    let list = json!({ "csv": "name\nAna\nBen", "confirm": true });
    let started = client.post("/api/dashboard/integrations/chatwoot/import", list).await;
    let id = started.body["import"]["id"].as_str().unwrap().to_owned();
    let person = Person::signed_in(&stage.server, Scripts::On, OWNER).await;
    person.open(&format!("{IMPORT}/{id}")).await;
    person.sees("Needs attention").await;
    person.until("nothing is under way", "return !document.querySelector('[hx-get]')").await;
    look(&person, "import-attention").await;
    person.open(IMPORT).await;
    person.fill("list", "name\nAna\nBen").await;
    person.press("Check the list").await;
    person.sees("already exist").await;
    look(&person, "import-nothing").await;
    person.leave().await;
}
