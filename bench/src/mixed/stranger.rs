//! Everybody who is not signed in: a scraper of the metrics, guesses, nonsense, clients that stop half-way.

use std::time::Duration;

use rand::RngExt as _;
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::person::Person;

const REST: Duration = Duration::from_millis(300);
/// Nothing of theirs changes anything.
const PATHS: [&str; 10] = [
    "/livez",
    "/readyz",
    "/api/health",
    "/sign-in",
    "/api/openapi.json",
    "/integrations/helpdesk",
    "/no/such/page",
    "/agent-sign-in/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "/set-password/nothing",
    "/api/dashboard/integrations/chatwoot/agents/none",
];

/// Asks for one thing after the other, for as long as it is let.
pub async fn live(mut person: Person, metrics: String) {
    let scraper = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
    loop {
        match person.random.random_range(0..1000) {
            0..200 => drop(person.ask("/metrics", scraper.get(&metrics)).await),
            200..860 => {
                let path = person.any(&PATHS);
                person.page(path).await;
            }
            860..870 => guess(&mut person).await,
            870..930 => unreadable(&mut person).await,
            930..940 => too_large(&mut person).await,
            940..960 => from_elsewhere(&mut person).await,
            960..990 => person.abandon("/sign-in").await,
            _ => half(&mut person),
        }
        person.rest(REST).await;
    }
}

/// Rare enough that the brake on guessing stops nobody else.
async fn guess(person: &mut Person) {
    let body = json!({ "email": format!("nobody{}@mixed.example", person.random.random_range(0..1000)), "password": "guessed" });
    person.json(Method::POST, "/api/auth/sign-in", &body).await;
}

async fn unreadable(person: &mut Person) {
    let bodies =
        ["", "{", "[]", "null", "{\"email\":1}", "\u{0}", "{\"email\":\"a\",\"password\":\"b\",\"c\":1}"];
    let body = person.any(&bodies);
    let request =
        person.request(Method::POST, "/api/auth/sign-in").header("content-type", "application/json");
    person.ask("unreadable", request.body(body)).await;
}

async fn too_large(person: &mut Person) {
    let body = json!({ "email": "x".repeat(70_000), "password": "" });
    person.json(Method::POST, "/api/auth/sign-in", &body).await;
}

async fn from_elsewhere(person: &mut Person) {
    let request = person.request(Method::POST, "/sign-in").header("origin", "https://elsewhere.example");
    person.ask("from elsewhere", request).await;
}

/// Begins a request, falls silent and goes some time later, or is sent away.
fn half(person: &mut Person) {
    let address = person.address();
    let pause = Duration::from_millis(person.random.random_range(0..12_000));
    tokio::spawn(async move {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            drop(stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await);
            sleep(pause).await;
        }
    });
    person.tally().abandoned();
}
