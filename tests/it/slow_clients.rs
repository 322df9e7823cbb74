use std::time::Duration;

use localboxs::server::{self, Limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::TestApp;

const SOON: Duration = Duration::from_secs(10);
const REQUEST: &[u8] = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

async fn serve(app: &TestApp, limits: Limits) -> (std::net::SocketAddr, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(server::serve_within(app.app.clone(), listener, limits)))
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    timeout(SOON, stream.read_to_string(&mut text)).await.unwrap().unwrap();
    text
}

#[tokio::test]
async fn a_client_that_never_finishes_its_headers_is_let_go() {
    let app = TestApp::new().await;
    let limits = Limits { headers: Duration::from_millis(100), ..Limits::default() };
    let (address, _) = serve(&app, limits).await;
    for beginning in ["", "GET /livez HT", "GET /livez HTTP/1.1\r\nHost: localhost\r\n"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let text = answer(&mut stream).await;
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
    }
}

#[tokio::test]
async fn endless_headers_are_refused() {
    let app = TestApp::new().await;
    let (address, _) = serve(&app, Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let large = format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Large: {}\r\n\r\n", "x".repeat(200_000));
    // The server may close before it has read everything.
    let _ = stream.write_all(large.as_bytes()).await;
    let mut beginning = [0; 12];
    timeout(SOON, stream.read_exact(&mut beginning)).await.unwrap().unwrap();
    assert_eq!(&beginning, b"HTTP/1.1 431");
}

#[tokio::test]
async fn a_connection_too_many_waits_for_its_turn() {
    let app = TestApp::new().await;
    let limits = Limits { connections: 1, headers: Duration::from_secs(30), ..Limits::default() };
    let (address, _) = serve(&app, limits).await;
    let idle = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(REQUEST).await.unwrap();
    assert!(timeout(Duration::from_millis(100), second.readable()).await.is_err(), "served before its turn");
    drop(idle);
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn stopping_finishes_what_runs_and_accepts_nothing_more() {
    let app = TestApp::new().await;
    let (address, server) = serve(&app, Limits::default()).await;
    let mut running = TcpStream::connect(address).await.unwrap();
    running.write_all(b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n").await.unwrap();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    idle.readable().await.unwrap();

    app.app.stopping.cancel();
    assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200"), "an idle connection is closed");
    running.write_all(b"theme=dark").await.unwrap();
    assert!(answer(&mut running).await.starts_with("HTTP/1.1 303"));
    timeout(SOON, server).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let app = TestApp::new().await;
    let limits = Limits { farewell: Duration::from_millis(50), ..Limits::default() };
    let (address, server) = serve(&app, limits).await;
    let mut running = TcpStream::connect(address).await.unwrap();
    let beginning = b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n";
    running.write_all(beginning).await.unwrap();
    app.app.stopping.cancel();
    timeout(SOON, server).await.unwrap().unwrap().unwrap();
}
