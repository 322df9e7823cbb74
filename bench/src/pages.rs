//! How long an administrator waits for each page of a large installation, asked over HTTP by one browser.

use localboxs::app::App;
use localboxs::domain::password::Password;
use localboxs::domain::user::Role;
use localboxs::server;
use localboxs::services::accounts::{self, NewPerson};
use reqwest::Client;
use reqwest::header::{COOKIE, SET_COOKIE};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::Outcome;
use crate::many::{say, time};

const EMAIL: &str = "administrator@bench.example";
const PASSWORD: &str = "measured-not-guessed-7";

/// Serves the program on a free port, signs an administrator in and times every list and editor.
pub async fn run(app: &App) -> Outcome {
    if accounts::find_by_email(app, EMAIL).await?.is_none() {
        let person = NewPerson {
            email: EMAIL.into(),
            name: "Administrator".into(),
            password: Password::new(PASSWORD.into()),
            role: Role::SuperAdmin,
            tier: "ENTERPRISE".into(),
        };
        accounts::create_user(app, person).await?;
    }
    let conn = app.db.read();
    let tenant =
        accounts::find_by_email(app, "tenant100@bench.example").await?.ok_or("no tenant 100")?.user.id;
    let statement = "SELECT id FROM audit_events LIMIT 1";
    let entry = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), statement)).await?;
    let entry: Uuid = entry.ok_or("no entry in the audit log")?.try_get_by_index(0)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let browser = Browser::sign_in(format!("http://{}", listener.local_addr()?), app, listener).await?;
    for (page, path) in paths(tenant.0, entry) {
        browser.get(&path).await?;
        let times = time(async || browser.get(&path).await).await?;
        say(&format!("page {page}: {times}"));
    }
    app.stopping.cancel();
    Ok(())
}

fn paths(tenant: Uuid, entry: Uuid) -> Vec<(&'static str, String)> {
    vec![
        ("Dashboard", "/".into()),
        ("Tier Limits", "/admin/tier-limits".into()),
        ("Tier Limits, editor", "/admin/tier-limits/FREE".into()),
        ("Tier Limits, history", "/admin/tier-limits/FREE/history".into()),
        ("Tier Limits, reset", "/admin/tier-limits/FREE/reset".into()),
        ("Users", "/admin/users".into()),
        ("Users, last page", "/admin/users?page=5000".into()),
        ("Users, searched", "/admin/users?q=99".into()),
        ("Users of a tier by agents", "/admin/users?tier=FREE&sort=agents&dir=desc".into()),
        ("User", format!("/admin/users/{tenant}")),
        ("Agents, needs attention", "/admin/agents".into()),
        ("Agents, all", "/admin/agents?show=all".into()),
        ("Agents, of a tenant", "/admin/agents?show=all&tenant=tenant10".into()),
        ("Agents, searched", "/admin/agents?show=all&q=agent+2".into()),
        ("Tenant", format!("/admin/tenants/{tenant}")),
        ("Tenant, limits", format!("/admin/tenants/{tenant}/limits")),
        ("Audit", "/admin/audit".into()),
        ("Audit of a tenant", "/admin/audit?tenant=tenant100%40".into()),
        ("Audit of an action", "/admin/audit?action=agent.ready".into()),
        ("Audit, entry", format!("/admin/audit/{entry}")),
    ]
}

/// A signed-in browser.
struct Browser {
    client: Client,
    origin: String,
    cookie: String,
}

impl Browser {
    async fn sign_in(origin: String, app: &App, listener: TcpListener) -> Outcome<Self> {
        let app = app.clone();
        tokio::spawn(async move { server::serve(app, listener).await });
        // Another part of the program may have installed it first; both are the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build()?;
        let answer = client
            .post(format!("{origin}/api/auth/sign-in"))
            .json(&json!({ "email": EMAIL, "password": PASSWORD }))
            .send()
            .await?
            .error_for_status()?;
        let cookie = answer.headers().get(SET_COOKIE).ok_or("no session")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { client, origin, cookie })
    }

    async fn get(&self, path: &str) -> Outcome {
        let request = self.client.get(format!("{}{path}", self.origin)).header(COOKIE, &self.cookie);
        let answer = request.send().await?;
        if answer.status() != 200 {
            return Err(format!("{path} answered {}", answer.status()).into());
        }
        answer.bytes().await?;
        Ok(())
    }
}
