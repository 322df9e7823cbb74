//! Passwords of imported agents: in one file, once, and nowhere else.

use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply};

use crate::imports::{pasted, work_off};
use crate::support::{Answer, Office};

const OWNER: &str = "owner@acme.example";

fn rows(file: &Answer) -> Vec<[String; 4]> {
    let mut reader = csv::Reader::from_reader(&file.body[..]);
    assert_eq!(reader.headers().unwrap(), vec!["name", "email", "password", "note"]);
    let row = |row: csv::StringRecord| [0, 1, 2, 3].map(|at| row[at].to_owned());
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[tokio::test]
async fn a_press_sets_a_password_for_everybody_and_sends_them_once() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await.client;
    let names: Vec<String> = (1..=6).map(|nth| format!("Agent {nth}")).collect();
    let place = pasted(&mut owner, &format!("name\n{}", names.join("\n"))).await;
    owner.post(&format!("{place}/start"), &[]).await;
    assert!(!owner.get(&place).await.has("#passwords"), "nobody is ready yet");
    work_off(&office).await;
    let page = owner.get(&place).await;
    assert!(page.words("main").contains("6 agents have no password yet"));
    assert_eq!(
        owner.get(&format!("{place}/passwords")).await.header("location"),
        place,
        "a look sets nothing"
    );

    let file = owner.post(&format!("{place}/passwords"), &[]).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"passwords.csv\"");
    assert_eq!(file.header("cache-control"), "no-store");
    let rows = rows(&file);
    assert_eq!(rows.len(), 6);
    let stored = office.app.stored_bytes().await;
    for [name, email, password, note] in &rows {
        assert!(names.contains(name) && note.is_empty(), "{name}: {note}");
        assert!(office.sandbox.password_matches(email, password), "{name}");
        assert!(password.starts_with(|first: char| first.is_ascii_alphanumeric()));
        assert!(!stored.windows(password.len()).any(|window| window == password.as_bytes()));
    }
    let again = owner.post(&format!("{place}/passwords"), &[]).await;
    assert_eq!(again.status, 409);
    assert!(again.words("#error-summary").contains("has a password"));
    assert!(!owner.get(&place).await.has("#passwords"));
}

#[tokio::test]
async fn who_got_no_password_is_named_and_can_get_one_later() {
    let office = Office::with_patience(Duration::from_secs(2)).await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await.client;
    let place = pasted(&mut owner, "name\nAna\nBen").await;
    owner.post(&format!("{place}/start"), &[]).await;
    work_off(&office).await;
    let body = r#"{"message":"Password is too simple","attributes":["password"]}"#.to_owned();
    let reply = Reply::Custom { status: 422, content_type: "application/json".into(), body };
    office.sandbox.inject(Fault::on("PATCH", "/platform/api/v1/users/*").nth(1).reply(reply));
    let file = owner.post(&format!("{place}/passwords"), &[]).await;
    let rows = rows(&file);
    let without: Vec<_> = rows.iter().filter(|row| row[2].is_empty()).collect();
    assert_eq!((rows.len(), without.len()), (2, 1));
    assert!(without[0][3].contains("No password was set"));
    office.sandbox.clear_faults();
    let file = owner.post(&format!("{place}/passwords"), &[]).await;
    let rows: Vec<_> = csv::Reader::from_reader(&file.body[..]).records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert!(office.sandbox.password_matches(&rows[0][1], &rows[0][2]));
}
