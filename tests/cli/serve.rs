use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::support::{Program, free_port, get};

#[tokio::test]
async fn serving_applies_the_schema_and_ends_in_order() {
    let mut program = Program::new().await;
    let port = free_port();
    program.set("PORT", port.to_string());
    let running = program.start(&[]);
    assert_eq!(get(&format!("http://127.0.0.1:{port}/readyz")).await.0, 200);
    assert!(!program.run(&["migrate", "status"]).succeeded().out.contains("pending"));
    running.stop().await;
}

#[tokio::test]
async fn commands_work_beside_a_running_server() {
    let mut program = Program::new().await;
    let port = free_port();
    program.set("PORT", port.to_string());
    let running = program.start(&["serve"]);
    get(&format!("http://127.0.0.1:{port}/readyz")).await;
    program.run(&["user", "add", "--email", "owner@bakery.example", "--name", "Rosa"]).succeeded();
    running.stop().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_sqlite_file_is_refused() {
    let program = Program::new().await;
    if program.database.is_postgres() {
        return;
    }
    let mut first = program.start(&["serve", "--port", "0"]);
    first.says("serving").await;
    let second = program.run(&["serve", "--port", "0", "--rust-log", "off"]);
    assert_eq!(second.status, Some(1));
    assert!(second.err.contains("Another process already uses the database"), "{}", second.err);
    first.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_way_out() {
    let program = Program::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    program.run(&["serve", "--rust-log", "off", "--port", &address.port().to_string()]).failed_with(
        &format!(
            "Cannot listen on {address}: another program uses it; choose another with --port or --host."
        ),
    );
}

#[tokio::test]
async fn a_missing_chatwoot_and_an_open_door_are_warned_of() {
    let program = Program::new().await;
    let mut running = program.start(&["serve", "--host", "0.0.0.0", "--port", "0"]);
    running.says("serving").await;
    let said = running.said();
    assert!(said.contains("HOST lets other machines in but APP_BASE_URL is not set"), "{said}");
    assert!(
        said.contains("Chatwoot is not configured: set CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID"),
        "{said}"
    );
    running.stop().await;
}

#[tokio::test]
async fn metrics_are_shown_at_an_address_of_their_own_and_nowhere_else() {
    let mut program = Program::new().await;
    let address = format!("127.0.0.1:{}", free_port());
    program.set("METRICS_ADDR", address.as_str());
    let mut running = program.start(&["serve", "--port", "0"]);
    running.says("showing metrics").await;
    let (_, text) = get(&format!("http://{address}/metrics")).await;
    assert!(text.contains("\nlocalboxs_database_up 1\n"), "{text}");
    assert_eq!(get(&format!("http://{address}/")).await.0, 404);
    running.stop().await;
}

#[tokio::test]
async fn the_log_can_be_json() {
    let mut program = Program::new().await;
    program.set("LOG_FORMAT", "json");
    let mut running = program.start(&["serve", "--port", "0"]);
    running.says("serving").await;
    for line in running.said().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"].is_string() && line["message"].is_string(), "{line}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_second_signal_ends_what_the_first_one_waits_for() {
    let mut program = Program::new().await;
    let port = free_port();
    program.set("PORT", port.to_string());
    let mut running = program.start(&["serve"]);
    get(&format!("http://127.0.0.1:{port}/readyz")).await;
    // A request whose body never ends is running work.
    let mut unfinished = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n\r\nemail=";
    unfinished.write_all(head.as_bytes()).unwrap();
    get(&format!("http://127.0.0.1:{port}/readyz")).await;

    running.terminate();
    running.says("stopping").await;
    running.terminate();
    let second = Instant::now();
    assert!(running.ended().await.success(), "{}", running.said());
    assert!(second.elapsed() < Duration::from_secs(5), "{:?}", second.elapsed());
    assert!(running.said().contains("ended by a second signal"), "{}", running.said());
}
