use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use localboxs::app::App;
use localboxs::clock::Clock;
use localboxs::config::{ChatwootSettings, Config};
use localboxs::db::{Db, migrate};
use localboxs::domain::password::Password;
use localboxs::domain::user::{Role, User};
use localboxs::seal::Key;
use localboxs::services::accounts::{self, NewPerson};
use localboxs::web;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::PASSWORD;
use super::client::Client;
use super::database::TestDatabase;
use super::keys::Keys;

/// Every test begins at this time, in ms since 1970: 2026-11-23 12:00:00 UTC.
const NOON: i64 = 1_795_435_200_000;

/// What a test wants to be different.
#[derive(Default)]
pub struct Setup {
    pub base_url: Option<&'static str>,
    pub trusted_proxies: Vec<String>,
    /// The installation to use; without it Chatwoot is not configured.
    pub keys: Option<Keys>,
    /// How long a request waits for Chatwoot; 5 s when left out.
    pub patience: Option<Duration>,
    /// Whether administrators must have a second factor.
    pub second_factor_required: bool,
    /// The operator switched sign-in links off.
    pub without_sign_in_links: bool,
    /// No key to keep secrets with.
    pub without_key: bool,
}

/// The whole program with a database and a clock of its own.
pub struct TestApp {
    pub app: App,
    pub router: Router,
    pub database: TestDatabase,
    setup: Setup,
    clock: Arc<AtomicI64>,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    /// As it is behind a proxy that ends HTTPS.
    pub async fn https() -> Self {
        Self::with(Setup { base_url: Some("https://app.example.com"), ..Setup::default() }).await
    }

    pub async fn with(setup: Setup) -> Self {
        let database = TestDatabase::new().await;
        let clock = Arc::new(AtomicI64::new(NOON));
        let app = start(&setup, &database, &clock).await;
        migrate::up(&app.db).await.unwrap();
        let router = web::router(app.clone());
        Self { app, router, database, setup, clock }
    }

    /// Another process on the same database, after this one has ended.
    pub async fn restart(&mut self) {
        self.app.db.close().await;
        self.app = start(&self.setup, &self.database, &self.clock).await;
        self.router = web::router(self.app.clone());
    }

    /// As [`TestApp::restart`], with another platform key in its configuration.
    pub async fn restart_with_platform_key(&mut self, key: &str) {
        key.clone_into(&mut self.setup.keys.as_mut().unwrap().platform_key);
        self.restart().await;
    }

    /// The same, by an operator who has lost the key.
    pub async fn restart_without_key(&mut self) {
        self.setup.without_key = true;
        self.restart().await;
    }

    /// Another process on the same database, beside this one.
    pub async fn second(&self) -> App {
        start(&self.setup, &self.database, &self.clock).await
    }

    pub fn advance(&self, time: Duration) {
        self.clock.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub async fn tenant(&self, email: &str, tier: &str) -> User {
        self.person(email, Role::User, tier).await
    }

    pub async fn administrator(&self, email: &str) -> User {
        self.person(email, Role::Admin, "FREE").await
    }

    pub async fn super_administrator(&self, email: &str) -> User {
        self.person(email, Role::SuperAdmin, "FREE").await
    }

    pub fn anonymous(&self) -> Client {
        Client::new(self.router.clone(), self.origin())
    }

    /// Signed in through the page, with [`PASSWORD`].
    pub async fn signed_in(&self, email: &str) -> Client {
        let mut client = self.anonymous();
        let answer = client.sign_in(email, PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        client
    }

    /// The origin that browsers see.
    pub fn origin(&self) -> &'static str {
        self.setup.base_url.unwrap_or("http://localhost:3000")
    }

    /// The first column of each row that a query finds.
    pub async fn column(&self, query: &str) -> Vec<String> {
        let conn = self.app.db.read();
        let statement = Statement::from_string(conn.get_database_backend(), query);
        let rows = conn.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
    }

    /// The same for a column of ids.
    pub async fn uuids(&self, query: &str) -> Vec<uuid::Uuid> {
        let conn = self.app.db.read();
        let statement = Statement::from_string(conn.get_database_backend(), query);
        let rows = conn.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    pub async fn execute(&self, statement: &str) {
        self.app.db.read().execute_unprepared(statement).await.unwrap();
    }

    /// Everything the database has written to disk or answers, as bytes to search.
    pub async fn stored_bytes(&self) -> Vec<u8> {
        if self.app.db.read().get_database_backend() == DbBackend::Sqlite {
            let folder = std::fs::read_dir(self.database.folder()).unwrap();
            return folder.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        }
        let tables = "SELECT string_agg(format('SELECT %L || row_to_json(t)::text FROM %I t', table_name, table_name), \
             ' UNION ALL ') FROM information_schema.tables WHERE table_schema = 'public'";
        let query = self.column(tables).await.remove(0);
        self.column(&query).await.concat().into_bytes()
    }

    async fn person(&self, email: &str, role: Role, tier: &str) -> User {
        let person = NewPerson {
            email: email.into(),
            name: "Ana Ruiz".into(),
            password: Password::new(PASSWORD.into()),
            role,
            tier: tier.into(),
        };
        accounts::create_user(&self.app, person).await.unwrap()
    }
}

async fn start(setup: &Setup, database: &TestDatabase, clock: &Arc<AtomicI64>) -> App {
    let config = Config {
        database_url: database.url.clone(),
        host: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        base_url: setup.base_url.map(|url| url.parse().unwrap()),
        chatwoot: match &setup.keys {
            Some(keys) => ChatwootSettings::Complete(Box::new(keys.installation())),
            None => ChatwootSettings::Missing(vec!["CHATWOOT_BASE_URL"]),
        },
        data_dir: PathBuf::from(database.folder()),
        public_dir: PathBuf::from(database.folder()),
        log_filter: "off".into(),
        log_json: false,
        metrics_address: None,
        traces: None,
        encryption_key: (!setup.without_key).then(|| Key::parse(&"5a".repeat(32)).unwrap()),
        admin_second_factor: setup.second_factor_required,
        sign_in_links: !setup.without_sign_in_links,
        trusted_proxies: setup.trusted_proxies.clone(),
        lease: Duration::from_secs(30),
        check: Duration::from_mins(1),
        drain: Duration::ZERO,
        patience: setup.patience.unwrap_or(Duration::from_secs(5)),
    };
    let db = Db::connect(&database.url, 5).await.unwrap();
    let chatwoot = setup.keys.as_ref().map(Keys::client);
    App::new(config, db, chatwoot, Clock::Held(Arc::clone(clock)))
}
