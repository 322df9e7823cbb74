//! `localboxs doctor`: what is wrong, and what to do about it.

mod chatwoot;

use std::path::Path;

use super::settings::Settings;
use super::{Failure, QUIET, database, read_config, say};
use crate::config::{ChatwootSettings, Config};
use crate::db::{self, Db, migrate};
use crate::domain::inbox::Inbox;
use crate::telemetry;

const USER_ADD: &str = "Add one: localboxs user add --email you@example.com --name You --role SUPER_ADMIN";
const MIGRATE_UP: &str = "Run: localboxs migrate up";

/// What a check found: fine, or a problem with what to do.
struct Finding {
    about: &'static str,
    said: String,
    remedy: Option<String>,
}

impl Finding {
    fn ok(about: &'static str, said: impl Into<String>) -> Self {
        Self { about, said: said.into(), remedy: None }
    }

    fn problem(about: &'static str, said: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about, said: said.into(), remedy: Some(remedy.into()) }
    }
}

/// Checks one thing after another and prints each finding; fails when there is a problem.
pub async fn run(settings: &Settings) -> Result<(), Failure> {
    let mut problems = 0;
    for finding in examine(settings).await {
        match &finding.remedy {
            None => say(format!("ok       {}: {}", finding.about, finding.said)),
            Some(remedy) => {
                problems += 1;
                say(format!("PROBLEM  {}: {}\n         {remedy}", finding.about, finding.said));
            }
        }
    }
    match problems {
        0 => Ok(()),
        1 => Err(Failure::new("1 problem was found; what to do stands below it.")),
        _ => Err(Failure::new(format!("{problems} problems were found; what to do stands below each."))),
    }
}

async fn examine(settings: &Settings) -> Vec<Finding> {
    let config = match read_config(settings) {
        Ok(config) => config,
        Err(faults) => {
            let fault = |sentence: &str| {
                Finding::problem(
                    "Configuration",
                    sentence,
                    "Correct it in the environment, .env or the flags.",
                )
            };
            return faults.to_string().lines().map(fault).collect();
        }
    };
    telemetry::start(settings.get("RUST_LOG").as_deref().unwrap_or(QUIET), config.log_json);
    let mut findings = configuration(&config);
    let (in_database, inboxes, pause) = examine_database(&config).await;
    findings.extend(in_database);
    if pause > 0 {
        findings.push(Finding::problem(
            "Chatwoot",
            format!(
                "it asked to be left alone for another {} s, so nobody asks it anything",
                pause.div_ceil(1_000)
            ),
            "Run this again then. If it happens often, raise RACK_ATTACK_LIMIT in Chatwoot.",
        ));
        return findings;
    }
    if let Some(installation) = config.chatwoot.installation() {
        findings.extend(chatwoot::examine(installation, &inboxes).await);
    }
    findings
}

fn configuration(config: &Config) -> Vec<Finding> {
    const ABOUT: &str = "Configuration";
    let missing: &[&str] = match &config.chatwoot {
        ChatwootSettings::Complete(_) => &[],
        ChatwootSettings::Missing(names) => names,
    };
    let mut findings: Vec<Finding> = missing
        .iter()
        .map(|name| Finding::problem(ABOUT, format!("{name} is not set"), where_to_find(name)))
        .collect();
    if !config.host.is_loopback() && config.base_url.is_none() {
        findings.push(Finding::problem(
            ABOUT,
            "other machines are let in, but APP_BASE_URL is not set",
            "Set APP_BASE_URL to the https address that browsers use.",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(ABOUT, "every setting is there and well-formed"));
    }
    findings
}

fn where_to_find(variable: &str) -> &'static str {
    match variable {
        "CHATWOOT_BASE_URL" => "Set it to Chatwoot's address, such as https://chat.example.com.",
        "CHATWOOT_ACCOUNT_ID" => "Set it to the number in Chatwoot's own addresses: /app/accounts/1/… is 1.",
        "CHATWOOT_API_KEY" => {
            "Set it to the access token of an administrator of the account (Chatwoot: Profile Settings > Access Token)."
        }
        _ => {
            "Set it to the access token of a platform app \
             (Chatwoot: /super_admin > Platform Apps > New; the app's page shows the token)."
        }
    }
}

/// What is wrong with the database, the inboxes that tenants have, and for how many ms Chatwoot asked not to be called.
async fn examine_database(config: &Config) -> (Vec<Finding>, Vec<Inbox>, u64) {
    const ABOUT: &str = "Database";
    if let Some(file) = db::sqlite_file(&config.database_url).filter(|file| !file.exists()) {
        return (vec![no_file(&file)], Vec::new(), 0);
    }
    let db = match database::connect(config).await {
        Ok(db) => db,
        Err(failure) => {
            let remedy = "Check DATABASE_URL, that the database runs, and that this machine may reach it.";
            return (vec![Finding::problem(ABOUT, failure.to_string(), remedy)], Vec::new(), 0);
        }
    };
    let mut findings = vec![Finding::ok(ABOUT, "it answers")];
    let (mut inboxes, mut pause) = (Vec::new(), 0);
    match migrate::is_current(&db).await {
        Ok(true) => {
            findings.push(Finding::ok("Tables", "every change of the schema is applied"));
            findings.push(users(&db).await);
            inboxes = inboxes_of_tenants(&db).await;
            pause = db::gate::known(db.read()).await.map_or(0, |known| known.pause_ms);
        }
        Ok(false) => findings.push(Finding::problem("Tables", "tables are missing", MIGRATE_UP)),
        Err(error) => findings.push(Finding::problem(
            "Tables",
            format!("the schema is not this version's ({error})"),
            "Run the version of localboxs that this database was last used with, or a newer one.",
        )),
    }
    db.close().await;
    (findings, inboxes, u64::try_from(pause).unwrap_or(0))
}

fn no_file(file: &Path) -> Finding {
    let said = format!("there is no file {}", file.display());
    Finding::problem("Database", said, format!("{MIGRATE_UP}, or correct DATABASE_URL."))
}

async fn users(db: &Db) -> Finding {
    const ABOUT: &str = "Users";
    match db::users::list(db.read()).await {
        Ok(users) if users.is_empty() => Finding::problem(ABOUT, "nobody can sign in yet", USER_ADD),
        Ok(users) if users.iter().all(|account| account.user.disabled) => {
            let remedy = "Let one in: localboxs user enable --email you@example.com";
            Finding::problem(ABOUT, "everybody is shut out", remedy)
        }
        Ok(users) => Finding::ok(ABOUT, format!("{} can sign in", people(users.len()))),
        Err(error) => Finding::problem(ABOUT, format!("they cannot be read ({error})"), MIGRATE_UP),
    }
}

fn people(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

async fn inboxes_of_tenants(db: &Db) -> Vec<Inbox> {
    let known = db::demos::all_inboxes(db.read()).await.unwrap_or_default();
    known.into_iter().map(|(id, name)| Inbox { id, name: name.unwrap_or_default() }).collect()
}
