//! A whole system: Chatwoot (the sandbox), a database, and the real program as processes of its own.

mod client;
mod database;
mod port;

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed};
use sea_orm::ConnectionTrait as _;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use self::client::{Client, http};
pub use self::database::Database;
pub use self::port::free_port;

/// The password of every tenant in these tests.
pub const PASSWORD: &str = "correct horse battery";
/// How long anything may take before a test gives up.
pub const DEADLINE: Duration = Duration::from_mins(3);

/// How the sandbox lets people into the account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Platform,
    Account,
}

/// Tests that measure time have the machine to themselves.
static MACHINE: RwLock<()> = RwLock::const_new(());

#[expect(dead_code, reason = "held as long as the system lives")]
enum Turn {
    Shared(RwLockReadGuard<'static, ()>),
    Alone(RwLockWriteGuard<'static, ()>),
}

pub struct System {
    pub sandbox: Sandbox,
    pub account: u64,
    pub account_key: String,
    pub platform_key: String,
    pub database: Database,
    _turn: Turn,
}

/// A running `localboxs serve`; killed when dropped.
pub struct Server {
    child: Child,
    pub base: String,
    pub log: PathBuf,
}

impl System {
    pub async fn start() -> Self {
        Self::start_by(Way::Platform).await
    }

    /// A Chatwoot with one account, a human administrator, and inboxes 1 to 4; a schema that is up to date.
    pub async fn start_by(way: Way) -> Self {
        Self::start_in(Turn::Shared(MACHINE.read().await), way).await
    }

    /// As [`System::start`], with no other test at work beside it.
    pub async fn start_alone() -> Self {
        Self::start_in(Turn::Alone(MACHINE.write().await), Way::Platform).await
    }

    /// As [`System::start_alone`]; `None` on SQLite.
    pub async fn start_alone_on_postgres() -> Option<Self> {
        database::server()?;
        Some(Self::start_alone().await)
    }

    async fn start_in(turn: Turn, way: Way) -> Self {
        let mut seed = Seed::new();
        let account = seed.account("Acme");
        let platform = seed.platform_app("localboxs");
        if way == Way::Platform {
            seed.permit_account(platform.id, account);
        }
        let admin = seed.user(NewUser::new("Human Admin", "human.admin@chat.example"));
        seed.member(account, admin.id, Role::Administrator);
        for name in ["One", "Two", "Three", "Foreign"] {
            seed.inbox(account, name);
        }
        let sandbox = Sandbox::start(seed).await.unwrap();
        let system = Self {
            sandbox,
            account,
            account_key: admin.access_token,
            platform_key: platform.token,
            database: Database::create().await,
            _turn: turn,
        };
        system.cli(&["migrate", "up"]);
        system
    }

    /// A tenant of this tier that owns these inboxes.
    pub fn tenant(&self, email: &str, tier: &str, inboxes: &[u64]) {
        let mut add = self.command(&[
            "user",
            "add",
            "--email",
            email,
            "--name",
            "Owner",
            "--tier",
            tier,
            "--password-stdin",
        ]);
        let mut child = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "user add {email}");
        for inbox in inboxes {
            let inbox = inbox.to_string();
            self.cli(&[
                "demos",
                "add",
                "--email",
                email,
                "--business-name",
                "Demo",
                "--business-url",
                "https://demo.example",
                "--inbox-id",
                &inbox,
            ]);
        }
    }

    /// Runs a command that must succeed.
    pub fn cli(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Lets the ten minutes of every removal be over, and everything that waits be due.
    pub async fn holds_end(&self) {
        let db = self.database.open().await;
        for statement in [
            "UPDATE helpdesk_users SET removal_due_ms = 0 WHERE removal_due_ms IS NOT NULL",
            "UPDATE operations SET due_at_ms = 0 WHERE status = 'due'",
        ] {
            db.read().execute_unprepared(statement).await.unwrap();
        }
        db.close().await;
    }

    pub async fn serve(&self) -> Server {
        self.serve_with(&[]).await
    }

    /// Starts the program with these variables beside the usual ones and waits until it is ready.
    pub async fn serve_with(&self, variables: &[(&str, &str)]) -> Server {
        self.serve_at(free_port(), variables).await
    }

    /// The same on this port.
    pub async fn serve_at(&self, port: u16, variables: &[(&str, &str)]) -> Server {
        let log = self.database.folder().join(format!("serve-{port}.log"));
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = self.command(&["serve"]);
        command.env("PORT", port.to_string()).env("LEASE_SECONDS", "2").env("CHECK_SECONDS", "2");
        command.envs(variables.iter().copied());
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let base = format!("http://127.0.0.1:{port}");
        let server = Server { child: command.spawn().unwrap(), base, log };
        let http = http();
        until("the server is ready", async || {
            matches!(http.get(format!("{}/readyz", server.base)).send().await, Ok(answer) if answer.status() == 200)
        })
        .await;
        server
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_localboxs"));
        command
            .args(args)
            .current_dir(self.database.folder())
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .env("ADMIN_SECOND_FACTOR", "optional")
            .env("DATA_DIR", self.database.folder().join("data"))
            .env("PUBLIC_DIR", self.database.folder().join("public"))
            .env("CHATWOOT_BASE_URL", self.sandbox.base_url())
            .env("CHATWOOT_ACCOUNT_ID", self.account.to_string())
            .env("CHATWOOT_API_KEY", &self.account_key)
            .env("CHATWOOT_PLATFORM_API_KEY", &self.platform_key);
        command
    }
}

impl Server {
    /// Ends it as an operator would, and waits until it has ended in order.
    pub async fn stop(mut self) {
        self.signal("TERM");
        self.ended_in_order().await;
    }

    /// Waits until it has ended, which must be in order.
    pub async fn ended_in_order(&mut self) {
        until("the server has ended", async || !self.is_running()).await;
        assert!(self.child.wait().unwrap().success(), "it ended in order");
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal: `TERM`, `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        let signal = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(signal.unwrap().success(), "signal {name}");
    }

    /// SIGKILL, and waits until the process is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits until this is so; fails the test after [`DEADLINE`].
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < DEADLINE, "still waiting until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
