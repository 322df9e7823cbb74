use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::support::{Program, Running, free_port, get, http};

/// A program in whose environment everything is wrong or somebody else's.
async fn in_a_strange_environment() -> Program {
    let mut program = Program::new().await;
    for (variable, value) in [
        ("DATABASE_URL", "postgres://localhost:1/live"),
        ("CHATWOOT_BASE_URL", "https://chat.live.example"),
        ("CHATWOOT_API_KEY", "live"),
        ("DATA_DIR", "/does/not/exist"),
        ("PORT", "x"),
        ("HOST", "x"),
    ] {
        program.set(variable, value);
    }
    program
}

async fn start(program: &Program, more: &[&str]) -> (Running, u16) {
    let port = free_port();
    let text = port.to_string();
    let mut running = program.start(&[&["demo", "--port", text.as_str()], more].concat());
    running.says("Start over with").await;
    (running, port)
}

fn sign_ins(running: &Running) -> Vec<String> {
    running.said().lines().filter(|line| line.contains(".example ")).map(str::to_owned).collect()
}

fn chatwoot_address(running: &Running) -> String {
    let said = running.said();
    let line = said.lines().find_map(|line| line.strip_prefix("Chatwoot        http"));
    format!("http{}", line.unwrap_or_else(|| panic!("{said}")))
}

#[tokio::test]
async fn one_command_gives_pages_a_chatwoot_and_sign_ins() {
    let program = in_a_strange_environment().await;
    let (running, port) = start(&program, &[]).await;
    let (status, page) = get(&format!("http://127.0.0.1:{port}/sign-in")).await;
    assert_eq!(status, 200, "{page}");
    let (status, overview) = get(&chatwoot_address(&running)).await;
    assert_eq!(status, 200);
    for inbox in ["Bloom Bakery", "Rad Bikes", "Press office", "Airport Rooms"] {
        assert!(overview.contains(inbox), "{inbox} is not in {overview}");
    }
    assert_eq!(sign_ins(&running).len(), 7, "{}", running.said());
    running.stop().await;
}

#[tokio::test]
async fn data_and_sign_ins_are_kept_between_starts_until_a_reset() {
    let program = in_a_strange_environment().await;
    let (first, _) = start(&program, &[]).await;
    let before = sign_ins(&first);
    let person = add_to_chatwoot(&program, &chatwoot_address(&first)).await;
    first.stop().await;

    let (second, _) = start(&program, &[]).await;
    assert_eq!(sign_ins(&second), before);
    assert!(get(&chatwoot_address(&second)).await.1.contains(&person));
    second.stop().await;

    let (third, _) = start(&program, &["--reset"]).await;
    assert_ne!(sign_ins(&third), before);
    assert!(!get(&chatwoot_address(&third)).await.1.contains(&person));
    third.stop().await;
}

#[tokio::test]
async fn only_the_owner_can_read_the_secrets_of_the_demo() {
    let program = in_a_strange_environment().await;
    let (running, _) = start(&program, &[]).await;
    for name in ["sign-ins.txt", "chatwoot.json"] {
        let mode = fs::metadata(program.folder().join("data/demo").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_folder_with_other_data_is_left_alone() {
    let program = in_a_strange_environment().await;
    let folder = program.folder().join("precious");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("localboxs.db"), "precious").unwrap();
    let ran = program.run(&["demo", "--port", "0", "--data-dir", "precious", "--reset"]);
    ran.failed_with("precious holds data that is not the demo's; choose another folder with --data-dir.");
    assert_eq!(fs::read_to_string(folder.join("localboxs.db")).unwrap(), "precious");
}

#[tokio::test]
async fn a_first_start_that_was_interrupted_begins_anew() {
    let program = in_a_strange_environment().await;
    let (running, _) = start(&program, &[]).await;
    drop(running);
    fs::remove_file(program.folder().join("data/demo/sign-ins.txt")).unwrap();
    let (again, _) = start(&program, &[]).await;
    assert_eq!(sign_ins(&again).len(), 7, "{}", again.said());
    again.stop().await;
}

#[tokio::test]
async fn a_running_demo_is_not_emptied_by_another() {
    let program = in_a_strange_environment().await;
    let (running, _) = start(&program, &[]).await;
    let ran = program.run(&["demo", "--port", "0", "--reset"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.starts_with("A demo with its data in data/demo is running already"), "{}", ran.err);
    running.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named_with_another_to_try() {
    let program = in_a_strange_environment().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = program.run(&["demo", "--port", &port]);
    assert_eq!(ran.status, Some(1));
    let sentence =
        format!("Port {port} is used by another program; choose another, for example: localboxs demo");
    assert!(ran.err.starts_with(&sentence), "{}", ran.err);
}

/// Somebody new in the demo's Chatwoot; answers the address.
async fn add_to_chatwoot(program: &Program, base: &str) -> String {
    let stored = fs::read(program.folder().join("data/demo/chatwoot.json")).unwrap();
    let stored: Value = serde_json::from_slice(&stored).unwrap();
    let email = "new.person@chatwoot.example";
    let answer = http()
        .post(format!("{base}/platform/api/v1/users"))
        .header("api-access-token", stored["apps"]["1"]["token"].as_str().unwrap())
        .json(&json!({ "name": "New", "email": email, "password": "Passw0rd!" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    email.to_owned()
}
