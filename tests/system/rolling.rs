//! Two processes behind a load balancer, restarted one after the other under load: nobody notices.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::support::{Client, PASSWORD, System, free_port, http, until};

const OWNER: &str = "owner@acme.example";
const RESTARTS: usize = 5;
const A_SECOND: u64 = 200;

/// A load balancer, ended when dropped.
struct Balancer {
    child: Child,
    base: String,
    stats: String,
}

impl Balancer {
    async fn before(ports: [u16; 2], folder: &std::path::Path) -> Self {
        let (port, stats) = (free_port(), free_port());
        let [first, second] = ports;
        let settings = format!(
            "global\n  maxconn 2000\n  log stdout format raw local0 notice\ndefaults\n  mode http\n  log global\n  timeout connect 2s\n  timeout client 30s\n  \
             timeout server 30s\n  timeout check 5s\n  retries 3\n  option redispatch 1\n\
             frontend in\n  bind 127.0.0.1:{port}\n  default_backend app\n\
             listen stats\n  bind 127.0.0.1:{stats}\n  stats enable\n  stats uri /\n\
             backend app\n  balance roundrobin\n  option httpchk GET /readyz\n  \
             default-server check inter 200ms fall 2 rise 1\n  \
             server first 127.0.0.1:{first}\n  server second 127.0.0.1:{second}\n"
        );
        let file = folder.join("haproxy.cfg");
        std::fs::write(&file, settings).unwrap();
        let child = Command::new("/usr/sbin/haproxy")
            .args(["-db", "-f"])
            .arg(&file)
            .stdout(File::create(folder.join("haproxy.log")).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|fault| panic!("haproxy, which ./scripts/test installs: {fault}"));
        let [base, stats] = [port, stats].map(|port| format!("http://127.0.0.1:{port}"));
        let balancer = Self { child, base, stats };
        balancer.sees_both().await;
        balancer
    }

    /// Waits until it sends requests to both.
    async fn sees_both(&self) {
        let client = http();
        until("the balancer sees both", async || {
            let Ok(answer) = client.get(format!("{}/;csv", self.stats)).send().await else { return false };
            let lines = answer.text().await.unwrap();
            lines.lines().filter(|line| line.starts_with("app,") && line.contains("L7OK,200")).count() == 2
        })
        .await;
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_restarts_under_two_hundred_requests_a_second_fail_nobody() {
    let Some(system) = System::start_alone_on_postgres().await else { return };
    system.tenant(OWNER, "ENTERPRISE", &[1]);
    let drain = [("DRAIN_SECONDS", "2")];
    let ports = [free_port(), free_port()];
    let mut servers = vec![system.serve_at(ports[0], &drain).await, system.serve_at(ports[1], &drain).await];
    let balancer = Balancer::before(ports, system.database.folder()).await;
    let client = Client::sign_in(&balancer.base, OWNER, PASSWORD).await;
    let (stop, asked, made) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let load = tokio::spawn(load(client.clone(), Arc::clone(&stop), Arc::clone(&asked), Arc::clone(&made)));
    for _ in 0..RESTARTS {
        for port in ports {
            servers.remove(0).stop().await;
            servers.push(system.serve_at(port, &drain).await);
            // The balancer must have seen it before the other one goes.
            tokio::time::sleep(Duration::from_millis(300)).await;
            balancer.sees_both().await;
        }
    }
    stop.store(true, Ordering::SeqCst);
    let failed = load.await.unwrap();
    let log = std::fs::read_to_string(system.database.folder().join("haproxy.log")).unwrap();
    assert_eq!(failed, Vec::<String>::new(), "of {} requests:\n{log}", asked.load(Ordering::SeqCst));
    let made = usize::try_from(made.load(Ordering::SeqCst)).unwrap();
    assert!(asked.load(Ordering::SeqCst) > 2_000 && made > 20, "{asked:?}, {made}");
    until("all are ready", async || {
        let agents = client.agents().await;
        agents.len() == made && agents.iter().all(|agent| agent["state"] == "ready")
    })
    .await;
    assert_eq!(system.sandbox.users().len(), made + 1, "each once, beside the human");
    assert_eq!(system.sandbox.inbox_members(1).len(), made);
}

/// So many requests a second, most of them pages; those that failed.
async fn load(
    client: Client,
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    made: Arc<AtomicU64>,
) -> Vec<String> {
    let mut tick = tokio::time::interval(Duration::from_nanos(1_000_000_000 / A_SECOND));
    let mut running = tokio::task::JoinSet::new();
    while !stop.load(Ordering::SeqCst) {
        tick.tick().await;
        let nth = asked.fetch_add(1, Ordering::SeqCst);
        let (client, made) = (client.clone(), Arc::clone(&made));
        running.spawn(async move {
            if nth.is_multiple_of(50) {
                let body = json!({ "name": format!("Agent {nth}"), "inboxIds": [1] });
                let answer = client.create_once(&Uuid::new_v4().to_string(), body).await;
                made.fetch_add(1, Ordering::SeqCst);
                return (!answer.status.is_success()).then(|| format!("{answer:?}"));
            }
            let paths = ["/", "/integrations", "/api/dashboard/integrations/chatwoot/inboxes", "/livez"];
            let path = paths[usize::try_from(nth % 4).unwrap()];
            let (status, text) = client.get(path).await;
            (status != 200 || text.is_empty()).then(|| format!("{path}: {status} {text}"))
        });
    }
    running.join_all().await.into_iter().flatten().collect()
}
