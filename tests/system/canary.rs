//! Unique secrets go in everywhere; none may come out anywhere.

use std::path::Path;
use std::time::UNIX_EPOCH;

use chatwoot_sandbox::{Fault, Reply};
use localboxs::domain::second_factor::TotpSecret;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::collector::Collector;
use crate::support::{Client, PASSWORD, Server, System, http, until};

const OWNER: &str = "owner@acme.example";
const CHOSEN: &str = "Canary-7-Passw0rd!";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_found_afterwards_in_logs_database_or_answers() {
    let system = System::start().await;
    system.tenant(OWNER, "ENTERPRISE", &[1, 2]);
    let collector = Collector::start().await;
    let variables = [("RUST_LOG", "trace"), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str())];
    let server = system.serve_with(&variables).await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;
    let mut answers: Vec<String> = Vec::new();
    let mut secrets = vec![
        PASSWORD.to_owned(),
        CHOSEN.to_owned(),
        system.account_key.clone(),
        system.platform_key.clone(),
        client.cookie().split_once('=').unwrap().1.to_owned(),
    ];
    answers.push(format!(
        "{:?}",
        client.create(json!({ "name": "Anastasia", "password": CHOSEN, "inboxIds": [1] })).await
    ));
    let generated = client.create(json!({ "name": "Benedikta" })).await;
    secrets.push(generated.body["password"].as_str().unwrap().to_owned());
    system.sandbox.inject(Fault::on("POST", "/platform/api/v1/users").commit_then(Reply::CutInText));
    answers.push(format!("{:?}", client.create(json!({ "name": "Cut", "password": CHOSEN })).await));
    system.sandbox.inject(Fault::on("PATCH", "/platform/api/v1/users/*").reply(Reply::RailsError));
    answers.push(format!("{:?}", client.create(json!({ "name": "Dee", "password": CHOSEN })).await));
    until("all are ready", async || client.agents().await.iter().all(|agent| agent["state"] == "ready"))
        .await;
    for path in ["/", "/integrations/helpdesk", "/no-such-page", "/api/no-such-call", "/api/openapi.json"] {
        answers.push(client.get(path).await.1);
    }
    for agent in client.agents().await {
        answers.push(
            client.get(&format!("/integrations/helpdesk/agents/{}", agent["id"].as_str().unwrap())).await.1,
        );
    }
    secrets.extend(system.sandbox.canaries());
    let log = std::fs::read_to_string(&server.log).unwrap();
    assert!(log.contains("TRACE"), "the log is as talkative as it can be");
    let exported = exported(server, &collector).await;
    let stored = stored(&system).await;
    for person in [OWNER, "owner+", "Anastasia", "Benedikta"] {
        assert!(!exported.contains(person), "{person} is exported");
    }
    for secret in &secrets {
        assert!(secret.len() >= 12, "a canary must be unmistakable");
        assert!(!exported.contains(secret), "a secret is exported");
        assert!(!answers.iter().any(|answer| answer.contains(secret)), "a secret came back in an answer");
        assert!(!log.contains(secret), "a secret is in the log: {}", around(&log, secret));
        assert!(!stored.contains(secret), "a secret is stored");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_an_account_is_found_afterwards_in_log_or_database() {
    let system = System::start().await;
    system.tenant(OWNER, "PRO", &[]);
    system.tenant("other@acme.example", "PRO", &[]);
    system.cli(&["user", "set-role", "--email", OWNER, "--role", "SUPER_ADMIN"]);
    let key = "5a".repeat(32);
    let collector = Collector::start().await;
    let variables = [
        ("RUST_LOG", "trace"),
        ("INTEGRATION_ENCRYPTION_KEY", key.as_str()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str()),
    ];
    let server = system.serve_with(&variables).await;
    let client = Client::sign_in(&server.base, OWNER, PASSWORD).await;

    let page = client.post_form("/account/second-factor/set-up", &[]).await;
    let secret = between(&page, r#"id="secret" value=""#, "\"").replace(' ', "");
    let bytes = totp_rs::Secret::try_from_base32(&secret).unwrap();
    let factor = TotpSecret::new(bytes.as_bytes().try_into().unwrap());
    let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let code = factor.code_at(now).unwrap();
    let page = client.post_form("/account/second-factor/on", &[("code", &code)]).await;
    let codes: Vec<&str> = between(&page, r#"<textarea id="codes""#, "</textarea>").lines().collect();
    let codes: Vec<String> =
        codes.iter().filter_map(|line| line.rsplit('>').next()).map(str::to_owned).collect();
    let body = json!({ "email": OWNER, "password": PASSWORD, "code": codes[0] });
    let sign_in = http().post(format!("{}/api/auth/sign-in", server.base)).json(&body).send().await.unwrap();
    assert_eq!(sign_in.status(), 200);

    let new = [("email", "rosa@bakery.example"), ("name", "Rosa"), ("tier", "PRO")];
    let page = client.post_form("/admin/users/new", &new).await;
    let link = between(&page, r#"id="secret" value=""#, "\"");
    let token = link.rsplit('/').next().unwrap();
    client.post_form(&format!("/set-password/{token}"), &[("password", CHOSEN)]).await;
    let spoilt = format!("/set-password/{token}?{}", "x".repeat(9_000));
    assert_eq!(client.get(&spoilt).await.0, 414);

    let log = std::fs::read_to_string(&server.log).unwrap();
    assert!(log.contains("TRACE"), "the log is as talkative as it can be");
    let exported = exported(server, &collector).await;
    let stored = stored(&system).await;
    let mut secrets = vec![secret, token.to_owned(), CHOSEN.to_owned(), PASSWORD.to_owned(), key.clone()];
    secrets.extend(codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]));
    assert_eq!(codes.len(), 10);
    for secret in &secrets {
        assert!(secret.len() >= 12, "a canary must be unmistakable: {secret}");
        assert!(!exported.contains(secret), "a secret is exported");
        assert!(!log.contains(secret), "a secret is in the log: {}", around(&log, secret));
        assert!(!stored.replace(&log, "").contains(secret), "a secret is stored");
    }
}

/// All that the collector of traces was told, once the server has ended.
async fn exported(server: Server, collector: &Collector) -> String {
    server.stop().await;
    let names: Vec<String> = collector.spans().into_iter().map(|span| span.name).collect();
    assert!(names.iter().any(|name| name.starts_with("POST /")), "{names:?}");
    collector.text()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("{start} is not in {text}"));
    rest.split_once(end).unwrap().0
}

/// Every file the program wrote, and on PostgreSQL every row.
async fn stored(system: &System) -> String {
    let mut text = String::new();
    read_files(system.database.folder(), &mut text);
    if system.database.is_postgres() {
        let db = system.database.open().await;
        let tables = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'";
        for table in texts(db.read(), tables).await {
            for row in texts(db.read(), &format!("SELECT row_to_json(t)::text AS name FROM {table} t")).await
            {
                text += &row;
            }
        }
    }
    text
}

async fn texts(conn: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let statement = sea_orm::Statement::from_string(conn.get_database_backend(), sql);
    let rows = conn.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "name").unwrap()).collect()
}

fn read_files(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_files(&path, text);
        } else {
            *text += &String::from_utf8_lossy(&std::fs::read(&path).unwrap());
        }
    }
}

/// What stands before the secret, to find who wrote it.
fn around(log: &str, secret: &str) -> String {
    let at = log.find(secret).unwrap_or(0);
    let start = log[..at].rfind('\n').map_or(0, |line| line + 1);
    log[start..at].chars().take(600).collect()
}
