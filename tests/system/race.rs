//! Many at once: the limit is exact.

use std::collections::BTreeMap;

use localboxs::db;
use serde_json::json;

use crate::support::{Client, PASSWORD, System, until};

const OWNER: &str = "owner@acme.example";
const AT_ONCE: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_creates_at_once_make_exactly_three_agents_twenty_times_in_a_row() {
    let system = System::start().await;
    let first = system.serve().await;
    let second = if system.database.is_postgres() { Some(system.serve().await) } else { None };
    for round in 0..20 {
        let owner = format!("{round}{OWNER}");
        system.tenant(&owner, "PRO", &[]);
        let client = Client::sign_in(&first.base, &owner, PASSWORD).await;
        let other = client.at(second.as_ref().map_or(&first.base, |second| &second.base));
        let before = system.sandbox.users().len();
        let tries = (0..AT_ONCE).map(|nth| {
            let client = if nth % 2 == 0 { client.clone() } else { other.clone() };
            tokio::spawn(async move {
                // With so many at once some may be told to come again in a moment.
                loop {
                    let body = json!({ "name": format!("Agent {nth}") });
                    let answer = client.create_once(&format!("{round}-{nth}"), body).await;
                    if answer.status != 503 {
                        return answer;
                    }
                }
            })
        });
        let mut answers: BTreeMap<(u16, String), usize> = BTreeMap::new();
        for answer in futures(tries.collect()).await {
            let code = answer.body["code"].as_str().unwrap_or("").to_owned();
            *answers.entry((answer.status.as_u16(), code)).or_default() += 1;
        }
        let made: usize =
            answers.iter().filter(|((status, _), _)| *status < 300).map(|(_, count)| count).sum();
        assert_eq!(made, 3, "round {round}: {answers:?}");
        assert_eq!(
            answers.get(&(403, "tier_limit_reached".into())),
            Some(&(AT_ONCE - 3)),
            "round {round}: {answers:?}"
        );
        until("the three are ready", async || {
            client.agents().await.iter().filter(|agent| agent["state"] == "ready").count() == 3
        })
        .await;
        assert_eq!(system.sandbox.users().len() - before, 3, "round {round}");
        let db = system.database.open().await;
        let tenant = db::users::find_by_email(db.read(), &owner).await.unwrap().unwrap().user.id;
        assert_eq!(db::agents::seats_taken(db.read(), tenant).await.unwrap().len(), 3, "round {round}");
        db.close().await;
    }
}

async fn futures<T>(tasks: Vec<tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}
