//! An import that is killed again and again.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Client, PASSWORD, System, until};

const OWNER: &str = "owner@acme.example";
const IMPORT: &str = "/api/dashboard/integrations/chatwoot/import";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_killed_again_and_again_makes_every_row_once() {
    let system = System::start().await;
    system.tenant(OWNER, "ENTERPRISE", &[1]);
    let mut server = system.serve().await;
    let mut client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    let names: BTreeSet<String> = (1..=24).map(|nth| format!("Agent {nth:02}")).collect();
    let rows: Vec<String> = names.iter().map(|name| format!("{name},1")).collect();
    let list = json!({ "csv": format!("name,inboxes\n{}", rows.join("\n")), "confirm": true });
    let started = client.post(IMPORT, list.clone()).await;
    assert_eq!(started.status, 202, "{started:?}");
    let import = started.body["statusUrl"].as_str().unwrap().to_owned();
    for killed_at in [1, 6, 11, 16, 21] {
        until(&format!("{killed_at} people are in Chatwoot"), async || {
            system.sandbox.users().len() > killed_at
        })
        .await;
        server.kill();
        server = system.serve().await;
        client = client.at(&server.base);
    }
    until("the import is over", async || {
        let (_, text) = client.get(&import).await;
        let view: serde_json::Value = serde_json::from_str(&text).unwrap();
        view["import"]["state"] == "finished" && view["import"]["working"] == json!(false)
    })
    .await;
    let agents = client.agents().await;
    let made: BTreeSet<String> =
        agents.iter().map(|agent| agent["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!((agents.len(), &made), (names.len(), &names), "every row once");
    assert!(agents.iter().all(|agent| agent["state"] == "ready"), "{agents:?}");
    assert_eq!(system.sandbox.users().len(), names.len() + 1, "the human and one person for each row");
    assert_eq!(system.sandbox.inbox_members(1).len(), names.len());

    let again = client.post(IMPORT, list).await;
    assert_eq!(again.body["import"]["existing"], json!(names.len()), "{again:?}");
    assert_eq!(again.body["import"]["waiting"], json!(0));
}
