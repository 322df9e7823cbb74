//! One run of schemathesis against a system of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::support::{PASSWORD, System};

/// Inputs generated for each operation.
const INPUTS: usize = 500;
/// The same inputs each time, so that a finding can be found again.
const SEED: &str = "20261128";
const OWNER: &str = "owner@acme.example";
const ADMINISTRATOR: &str = "sam@localboxs.example";
const GUESSED: &str = "guessed@acme.example";

/// Examines the operations that these options choose; panics with what schemathesis found.
pub async fn examine(choice: &[&str]) {
    let system = System::start().await;
    system.tenant(OWNER, "ENTERPRISE", &[1, 2]);
    system.tenant(GUESSED, "FREE", &[]);
    system.tenant(ADMINISTRATOR, "ENTERPRISE", &[]);
    system.cli(&["user", "set-role", "--email", ADMINISTRATOR, "--role", "SUPER_ADMIN"]);
    let server = system.serve_with(&[("TRUSTED_PROXIES", "127.0.0.1"), ("RUST_LOG", "info,sqlx=warn")]).await;

    let folder = system.database.folder().to_owned();
    let report = folder.join("report.ndjson");
    let mut examiner = schemathesis(&folder);
    examiner
        .args(["run", &format!("{}/api/openapi.json", server.base), "--no-color", "--seed", SEED])
        .args(["--report", "ndjson", "--report-ndjson-path"])
        .arg(&report)
        .args(choice)
        .env("API_BASE", &server.base)
        .env("API_CHATWOOT", system.sandbox.base_url())
        .env("API_PLATFORM_KEY", &system.platform_key)
        .env("API_PASSWORD", PASSWORD);
    let output = spawn_blocking(move || examiner.output()).await.unwrap().unwrap();
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(output.status.success(), "seed {SEED}\n{said}");

    let log = fs::read_to_string(&server.log).unwrap();
    let faults: Vec<&str> =
        log.lines().filter(|line| line.contains("panicked") || line.contains(" ERROR ")).take(5).collect();
    assert!(faults.is_empty(), "seed {SEED}: {faults:?}");
    count(&report);
}

fn schemathesis(folder: &Path) -> Command {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    #[expect(clippy::disallowed_methods, reason = "the test script names the program")]
    let program = std::env::var("SCHEMATHESIS");
    let mut command =
        Command::new(program.expect("SCHEMATHESIS names the program; ./scripts/test api sets it"));
    command.arg("--config-file").arg(home.join("schemathesis.toml")).current_dir(folder);
    command.env("SCHEMATHESIS_HOOKS", home.join("hooks.py"));
    command
}

/// Prints how many inputs each operation got with which answers, and sees that they were enough.
#[expect(clippy::print_stdout, reason = "the test script shows it")]
fn count(report: &Path) {
    let counted = counted(report);
    assert!(!counted.is_empty(), "nothing was examined");
    println!("seed {SEED}");
    for (operation, answers) in counted {
        let inputs: usize = answers.values().sum();
        println!("{inputs:5} inputs  {operation}  {answers:?}");
        assert!(inputs >= INPUTS, "{operation} got {inputs} inputs");
    }
}

/// Inputs by operation and status.
fn counted(report: &Path) -> BTreeMap<String, BTreeMap<u64, usize>> {
    let mut counted: BTreeMap<String, BTreeMap<u64, usize>> = BTreeMap::new();
    for line in fs::read_to_string(report).unwrap().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let recorder = &event["ScenarioFinished"]["recorder"];
        for interaction in recorder["interactions"].as_object().into_iter().flat_map(|all| all.values()) {
            let Some(status) = interaction["response"]["status_code"].as_u64() else { continue };
            let label = recorder["label"].as_str().unwrap().to_owned();
            *counted.entry(label).or_default().entry(status).or_default() += 1;
        }
    }
    counted
}
