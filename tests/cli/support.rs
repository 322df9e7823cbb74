//! The program, its folder and its database, and what it said.

#[path = "../system/support/database.rs"]
mod database;
#[path = "../system/support/port.rs"]
mod port;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed};

pub use self::database::Database;
pub use self::port::free_port;

/// How long anything may take before a test gives up.
const DEADLINE: Duration = Duration::from_mins(3);

/// The program with an empty environment but for its database.
pub struct Program {
    pub database: Database,
    variables: Vec<(String, String)>,
}

/// What a command that ended by itself left behind.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A command that goes on until it is ended; killed when dropped.
pub struct Running {
    child: Child,
    log: PathBuf,
}

/// A Chatwoot with one account, its administrator, a human agent, and inboxes 1 and 2.
pub struct Chatwoot {
    pub sandbox: Sandbox,
    pub account: u64,
    pub administrator: u64,
    pub platform_app: u64,
    pub account_key: String,
    pub agents_key: String,
    pub platform_key: String,
}

impl Program {
    pub async fn new() -> Self {
        let database = Database::create().await;
        let variables = vec![("DATABASE_URL".to_owned(), database.url.clone())];
        Self { database, variables }
    }

    /// With every change of the schema applied.
    pub async fn migrated() -> Self {
        let program = Self::new().await;
        program.run(&["migrate", "up"]).succeeded();
        program
    }

    pub fn folder(&self) -> &Path {
        self.database.folder()
    }

    /// The same with another value for a variable, or with one more.
    pub fn set(&mut self, variable: &str, value: impl Into<String>) {
        self.unset(variable);
        self.variables.push((variable.to_owned(), value.into()));
    }

    pub fn unset(&mut self, variable: &str) {
        self.variables.retain(|(known, _)| known != variable);
    }

    /// Uses this Chatwoot with good keys.
    pub fn connect(&mut self, chatwoot: &Chatwoot) {
        self.set("CHATWOOT_BASE_URL", chatwoot.sandbox.base_url());
        self.set("CHATWOOT_ACCOUNT_ID", chatwoot.account.to_string());
        self.set("CHATWOOT_API_KEY", &chatwoot.account_key);
        self.set("CHATWOOT_PLATFORM_API_KEY", &chatwoot.platform_key);
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with_input(args, "")
    }

    pub fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may have ended already.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts a command whose output goes to a file.
    pub fn start(&self, args: &[&str]) -> Running {
        let log = self.folder().join(format!("{}.log", uuid::Uuid::new_v4()));
        let file = File::create(&log).unwrap();
        let child = self
            .command(args)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Running { child, log }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_localboxs"));
        command.args(args).current_dir(self.folder()).env_clear().envs(self.variables.iter().cloned());
        command
    }
}

impl Ran {
    pub fn succeeded(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:?}");
        self
    }

    /// Ended with status 1 and nothing but this on standard error.
    pub fn failed_with(&self, sentence: &str) {
        assert_eq!((self.status, self.err.trim_end()), (Some(1), sentence), "{self:?}");
    }
}

impl Running {
    /// What it wrote so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until it wrote this.
    pub async fn says(&mut self, text: &str) {
        let start = Instant::now();
        while !self.said().contains(text) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && start.elapsed() < DEADLINE, "no {text:?} in: {}", self.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end.
    pub async fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < DEADLINE, "still running: {}", self.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn stop(mut self) {
        self.terminate();
        assert!(self.ended().await.success(), "{}", self.said());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Chatwoot {
    pub async fn start() -> Self {
        let mut seed = Seed::new();
        let account = seed.account("Acme");
        let app = seed.platform_app("LocalBoxs");
        seed.permit_account(app.id, account);
        let administrator = seed.user(NewUser::new("Ada", "ada@chat.example"));
        seed.member(account, administrator.id, Role::Administrator);
        let agent = seed.user(NewUser::new("Hugo", "hugo@chat.example"));
        seed.member(account, agent.id, Role::Agent);
        for name in ["One", "Two"] {
            seed.inbox(account, name);
        }
        Self {
            sandbox: Sandbox::start(seed).await.unwrap(),
            account,
            administrator: administrator.id,
            platform_app: app.id,
            account_key: administrator.access_token,
            agents_key: agent.access_token,
            platform_key: app.token,
        }
    }
}

/// Status and body of a page, once the server answers.
pub async fn get(url: &str) -> (u16, String) {
    let start = Instant::now();
    let http = http();
    loop {
        match http.get(url).send().await {
            Ok(answer) => return (answer.status().as_u16(), answer.text().await.unwrap()),
            Err(error) => assert!(start.elapsed() < DEADLINE, "{url}: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn http() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}
