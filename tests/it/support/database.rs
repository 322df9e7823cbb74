//! An empty database for one test: a SQLite file, or one on the server of `TEST_DATABASE_URL`.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;

/// Gone when dropped.
pub struct TestDatabase {
    pub url: String,
    folder: TempDir,
    server: Option<(String, String)>,
}

impl TestDatabase {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "tests are told by the environment where PostgreSQL is"
        )]
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            let url = format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
            return Self { url, folder, server: None };
        };
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        run(&server, &format!("CREATE DATABASE {name}")).await;
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Self { url: url.to_string(), folder, server: Some((server, name)) }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.server.take() else { return };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")));
        });
        if dropping.join().is_err() && !std::thread::panicking() {
            panic!("the test's database could not be dropped");
        }
    }
}

async fn run(server: &str, statement: &str) {
    let connection = Database::connect(server).await.unwrap();
    connection.execute_unprepared(statement).await.unwrap();
    connection.close().await.unwrap();
}
