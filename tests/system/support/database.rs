//! One database per test: a SQLite file, or an own database on the server that `TEST_DATABASE_URL` names.

use localboxs::db::Db;
use sea_orm::{ConnectionTrait, Database as Orm};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

/// An empty database that is gone when dropped.
pub struct Database {
    pub url: String,
    folder: TempDir,
    server: Option<(String, String)>,
}

impl Database {
    pub async fn create() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let Some(server) = server() else {
            let url = format!("sqlite://{}/localboxs.db?mode=rwc", folder.path().display());
            return Self { url, folder, server: None };
        };
        let name = format!("t{}", Uuid::new_v4().simple());
        run(&server, &format!("CREATE DATABASE {name}")).await;
        let mut url = Url::parse(&server).unwrap();
        url.set_path(&name);
        Self { url: url.into(), folder, server: Some((server, name)) }
    }

    pub fn is_postgres(&self) -> bool {
        self.server.is_some()
    }

    /// A folder that lives as long as the database; on SQLite it holds the database's files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A connection to look at what is stored.
    pub async fn open(&self) -> Db {
        Db::connect_patiently(&self.url, 2).await.unwrap()
    }
}

/// The PostgreSQL server to make databases on; none on SQLite.
#[expect(clippy::disallowed_methods, reason = "the test script names the server")]
pub fn server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.server.take() else { return };
        let work = async move { run(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await };
        let thread = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
        });
        drop(thread.join());
    }
}

async fn run(server: &str, sql: &str) {
    let connection = Orm::connect(server).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}
