//! One program with a database and a Chatwoot of its own.

use std::collections::HashSet;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed, User};
use localboxs::app::App;
use localboxs::clock::Clock;
use localboxs::config::Config;
use localboxs::db::demos::Demo;
use localboxs::db::users::NewUser as NewTenant;
use localboxs::db::{self, Db};
use localboxs::domain::ids::{DemoId, InboxId, UserId};
use localboxs::domain::password::Password;
use localboxs::domain::user::Role as UserRole;
use localboxs::services::accounts::{self, NewPerson};
use reqwest::Client;
use sea_orm::{ConnectionTrait as _, Statement};
use uuid::Uuid;

use super::sample::Minute;
use super::tally::Tally;
use super::until;
use super::verdict::Verdict;
use crate::Outcome;

pub const PASSWORD: &str = "mixed-load-password-7";
pub const ADMINISTRATOR: &str = "administrator@mixed.example";
/// Inboxes of each tenant.
pub const INBOXES: i64 = 3;
const TENANTS: i64 = 4;
const OTHERS: u32 = 8_000;
/// How long Chatwoot lets its own jobs wait.
const JOBS: Duration = Duration::from_secs(1);

/// A running program and everything around it; the program is killed when this is dropped.
pub struct Stage {
    pub label: &'static str,
    pub sandbox: Sandbox,
    pub base: String,
    pub metrics: String,
    pub tally: Arc<Tally>,
    /// What Chatwoot does wrong just now.
    pub mood: Arc<Mutex<&'static str>>,
    /// For looking at it.
    pub client: Client,
    program: Program,
    log: PathBuf,
    settings: Vec<(&'static str, String)>,
}

struct Program(PathBuf, Child);

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.1.kill());
        drop(self.1.wait());
    }
}

/// The address of every tenant.
pub fn tenants() -> impl Iterator<Item = String> {
    (1..=TENANTS).map(|number| format!("tenant{number}@mixed.example"))
}

impl Stage {
    pub async fn open(program: &Path, folder: &Path, database: &str) -> Outcome<Self> {
        let label = if database.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        let folder = folder.join(label);
        std::fs::create_dir_all(&folder)?;
        store(database).await?;
        let (sandbox, account, keys) = chatwoot().await?;
        let (base, metrics) = (free_address()?, free_address()?);
        let port = base.rsplit(':').next().unwrap_or_default().to_owned();
        let settings = vec![
            ("DATABASE_URL", database.to_owned()),
            ("PORT", port),
            ("METRICS_ADDR", metrics.clone()),
            ("DATA_DIR", folder.join("data").display().to_string()),
            ("PUBLIC_DIR", folder.join("public").display().to_string()),
            ("INTEGRATION_ENCRYPTION_KEY", "5a".repeat(32)),
            ("ADMIN_SECOND_FACTOR", "optional".to_owned()),
            ("CHATWOOT_BASE_URL", sandbox.base_url()),
            ("CHATWOOT_ACCOUNT_ID", account.to_string()),
            ("CHATWOOT_API_KEY", keys[0].clone()),
            ("CHATWOOT_PLATFORM_API_KEY", keys[1].clone()),
        ];
        let log = folder.join("serve.log");
        let file = File::create(&log)?;
        let mut command = Command::new(program);
        command.arg("serve").current_dir(&folder).env_clear().envs(settings.clone());
        let child = command.stdout(file.try_clone()?).stderr(file).spawn()?;
        let stage = Self {
            label,
            sandbox,
            base: format!("http://{base}"),
            metrics: format!("http://{metrics}/metrics"),
            tally: Arc::default(),
            mood: Arc::default(),
            client: Client::builder().no_proxy().build()?,
            program: Program(program.to_owned(), child),
            log,
            settings,
        };
        stage.is_ready().await?;
        Ok(stage)
    }

    async fn is_ready(&self) -> Outcome {
        let address = format!("{}/readyz", self.base);
        let ready = until(
            Duration::from_secs(30),
            async || matches!(self.client.get(&address).send().await, Ok(answer) if answer.status() == 200),
        );
        if ready.await { Ok(()) } else { Err(std::fs::read_to_string(&self.log)?.into()) }
    }

    pub fn pid(&self) -> u32 {
        self.program.1.id()
    }

    /// Ends the program as an operator would, and judges it.
    pub async fn close(mut self, minutes: Vec<Minute>) -> Outcome<Verdict> {
        let differs = self.agrees().await?;
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        let Program(program, child) = &mut self.program;
        let ended = until(Duration::from_secs(40), async || matches!(child.try_wait(), Ok(Some(_)))).await;
        let in_order = ended && child.wait()?.success();
        let mut audit = Command::new(program);
        audit.args(["audit", "verify"]).env_clear().envs(self.settings.clone());
        let audit = audit.output()?.status.success();
        let log = std::fs::read_to_string(&self.log)?;
        let panics = log.lines().filter(|line| line.contains("panicked")).count();
        Ok(Verdict {
            label: self.label,
            minutes,
            tally: self.tally.clone(),
            panics,
            in_order,
            audit,
            differs,
        })
    }

    /// Waits until everybody of ours in Chatwoot is an agent here and every ready agent is there; counts the others.
    async fn agrees(&self) -> Outcome<usize> {
        let url = self.settings.first().map(|(_, url)| url.as_str()).unwrap_or_default();
        let db = Db::connect(url, 1).await?;
        let mut differ = usize::MAX;
        until(Duration::from_mins(3), async || {
            let found = (tags(&db, "state <> 'removed'").await, tags(&db, "state = 'ready'").await);
            let (Ok(all), Ok(ready)) = found else { return false };
            let there: HashSet<String> = self.sandbox.users().iter().filter_map(tag).collect();
            differ = there.difference(&all).count() + ready.difference(&there).count();
            differ == 0
        })
        .await;
        db.close().await;
        Ok(differ)
    }
}

/// The marks of agents like this.
async fn tags(db: &Db, condition: &str) -> Outcome<HashSet<String>> {
    let conn = db.read();
    let sql = format!("SELECT tag FROM helpdesk_users WHERE {condition}");
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

fn tag(user: &User) -> Option<String> {
    user.custom_attributes.values().find_map(|value| value.as_str().map(str::to_owned))
}

async fn chatwoot() -> Outcome<(Sandbox, u64, [String; 2])> {
    let mut seed = Seed::new();
    let account = seed.account("Mixed");
    let administrator = seed.user(NewUser::new("Ada Administrator", "ada@chatwoot.example"));
    seed.member(account, administrator.id, Role::Administrator);
    let app = seed.platform_app("LocalBoxs");
    seed.permit_account(app.id, account);
    for number in 1..=INBOXES * TENANTS {
        seed.inbox(account, format!("Inbox {number}").as_str());
    }
    seed.run_jobs_after(JOBS);
    Ok((Sandbox::start(seed).await?, account, [administrator.access_token, app.token]))
}

/// Applies the schema and stores the tenants with their inboxes, and an administrator.
async fn store(database: &str) -> Outcome {
    let db = Db::connect(database, 2).await?;
    db::migrate::up(&db).await?;
    let app = App::new(Config::read(&|_| None)?, db.clone(), None, Clock::System);
    let mut first = 1;
    for email in tenants() {
        let id = accounts::create_user(&app, person(&email, UserRole::User)).await?.id;
        let tx = db.write().await?;
        for inbox in first..first + INBOXES {
            let demo = Demo {
                id: DemoId(Uuid::now_v7()),
                tenant: id,
                business_name: format!("Business {inbox}"),
                business_url: "https://business.example".to_owned(),
                inbox: Some(InboxId(inbox)),
                created_at: app.now(),
            };
            db::demos::insert(&*tx, &demo).await?;
        }
        tx.commit().await?;
        first += INBOXES;
    }
    accounts::create_user(&app, person(ADMINISTRATOR, UserRole::SuperAdmin)).await?;
    store_others(&app).await?;
    db.close().await;
    Ok(())
}

/// Tenants who never come, so that the database is larger than what is kept of it in memory from the beginning.
async fn store_others(app: &App) -> Outcome {
    let tx = app.db.write().await?;
    for number in 1..=OTHERS {
        let email = format!("other{number}@mixed.example");
        let other = NewTenant {
            id: UserId(Uuid::now_v7()),
            email: &email,
            name: "Somebody who never comes",
            password_hash: "none",
            role: UserRole::User,
            tier: "FREE",
            now: app.now(),
        };
        db::users::insert(&*tx, other).await?;
    }
    Ok(tx.commit().await?)
}

fn person(email: &str, role: UserRole) -> NewPerson {
    NewPerson {
        email: email.to_owned(),
        name: "Mixed".to_owned(),
        password: Password::new(PASSWORD.to_owned()),
        role,
        tier: "ENTERPRISE".to_owned(),
    }
}

fn free_address() -> Outcome<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
