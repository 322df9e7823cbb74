//! What logs and `{:?}` may show.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use localboxs::chatwoot::{Created, Deadlines};
use localboxs::domain::ids::ChatwootUserId;
use localboxs::domain::password::Password;

use crate::server::{Server, json};
use crate::setup::{ACCOUNT_KEY, JANE, PLATFORM_KEY, TAG, client, installation, ours, person};

thread_local! {
    static WRITTEN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what the running test's thread logs, by `tracing` and by `log` alike.
struct Ear;

impl Ear {
    /// Listens to everything, for the whole program: a subscriber of one thread can be muted by others.
    fn open() {
        static OPENED: Once = Once::new();
        OPENED.call_once(|| {
            let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
            tracing::subscriber::set_global_default(subscriber.with_ansi(false).with_writer(|| Ear).finish())
                .unwrap();
            log::set_logger(&Ear).unwrap();
            log::set_max_level(log::LevelFilter::Trace);
        });
    }

    fn heard() -> String {
        WRITTEN.with_borrow(String::clone)
    }
}

impl io::Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.push_str(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl log::Log for Ear {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        WRITTEN.with_borrow_mut(|written| written.push_str(&line));
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn even_the_most_talkative_log_holds_no_secret_and_no_address() {
    Ear::open();
    let server = Server::answering(json(200, &person(TAG, "[]"))).await;
    let client = client(&server);
    assert_eq!(client.create_user(JANE).await, Ok(Created::Ours { user: ours(), named: true }));
    client.set_password(&ours(), &Password::new("Canary-Passw0rd".into())).await.unwrap();
    server.answer(json(422, r#"{"message":"remote-canary","attributes":["email"]}"#));
    client.standing().await.unwrap_err();

    let heard = Ear::heard();
    assert!(heard.contains("reqwest::"), "the libraries were not heard:\n{heard}");
    let throw_away = server.seen()[0].json()["password"].as_str().unwrap().to_owned();
    let mine = [ACCOUNT_KEY, PLATFORM_KEY, "Canary-Passw0rd", "remote-canary", &throw_away];
    for secret in mine.into_iter().chain(["person-token", "pubsub", "olga", "Jane"]) {
        assert!(!heard.contains(secret), "{secret} in:\n{heard}");
    }
    let calls: Vec<_> = heard.lines().filter(|line| line.contains("localboxs::chatwoot")).collect();
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert!(calls[0].contains(r#"chatwoot.call="platform.create_user""#), "{}", calls[0]);
    assert!(calls[0].contains("chatwoot.status=200"), "{}", calls[0]);
}

#[tokio::test]
async fn nothing_public_prints_a_secret() {
    let server = Server::answering(json(200, &person(TAG, "[]"))).await;
    let client = client(&server);
    let printed = [
        format!("{:?}", installation("http://jane:url-canary@chat.example.com")),
        format!("{client:?}"),
        format!("{:?}", client.create_user(JANE).await),
        format!("{:?}", client.inspect_user(ChatwootUserId(7), TAG).await),
        format!("{:?}", client.inboxes().await),
        format!("{:?}", localboxs::chatwoot::Chatwoot::new(installation("ftp://x"), Deadlines::default())),
    ];
    for text in printed {
        assert!(!text.contains("canary"), "{text}");
    }
}
