//! The access matrix: every route the router has × who asks × whose the thing in the address is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use axum::http::Method;
use localboxs::db;
use localboxs::domain::agent::{Agent, AgentState};
use localboxs::domain::ids::{AgentId, TenantId};
use localboxs::services::agents::Actor;
use localboxs::services::{accounts, imports};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Answer, Client, TestApp};

/// Whom a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    Everybody,
    SignedIn,
    Tenants,
    Administrators,
    SuperAdministrators,
}

use Audience::{Administrators, Everybody, SignedIn, SuperAdministrators, Tenants};

/// Every route, with its methods; one that is missing here fails the test.
const ROUTES: &[(&str, &str, Audience)] = &[
    ("GET", "/livez", Everybody),
    ("GET", "/readyz", Everybody),
    ("GET", "/api/health", Everybody),
    ("GET", "/api/openapi.json", Everybody),
    ("GET", "/api/docs", Everybody),
    ("GET", "/assets/{*file}", Everybody),
    ("POST", "/theme", Everybody),
    ("GET POST", "/sign-in", Everybody),
    ("POST", "/sign-out", Everybody),
    ("POST", "/api/auth/sign-in", Everybody),
    ("POST", "/api/auth/sign-out", Everybody),
    ("GET", "/", SignedIn),
    ("GET POST", "/integrations/helpdesk/health", SignedIn),
    ("GET", "/integrations", SignedIn),
    ("GET", "/integrations/helpdesk", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/new", Tenants),
    ("GET", "/integrations/helpdesk/agents/new/preview", Everybody),
    ("POST", "/integrations/helpdesk/agents/new/preview", Tenants),
    ("GET", "/integrations/helpdesk/agents/{agent}", Tenants),
    ("GET", "/integrations/helpdesk/agents/{agent}/status", Tenants),
    ("POST", "/integrations/helpdesk/agents/{agent}/retry", Tenants),
    ("GET", "/integrations/helpdesk/agents/{agent}/inboxes", Everybody),
    ("POST", "/integrations/helpdesk/agents/{agent}/inboxes", Tenants),
    ("GET", "/integrations/helpdesk/agents/{agent}/inboxes/{inbox}", Everybody),
    ("POST", "/integrations/helpdesk/agents/{agent}/inboxes/{inbox}", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/password", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/remove", Tenants),
    ("GET POST", "/integrations/helpdesk/import", Tenants),
    ("GET", "/integrations/helpdesk/import/template.csv", Tenants),
    ("GET", "/integrations/helpdesk/import/{import}", Tenants),
    ("GET POST", "/integrations/helpdesk/import/{import}/start", Tenants),
    ("GET", "/integrations/helpdesk/import/{import}/status", Tenants),
    ("GET", "/integrations/helpdesk/import/{import}/not-created.csv", Tenants),
    ("GET POST", "/integrations/helpdesk/import/{import}/passwords", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/import", Tenants),
    ("GET", "/api/dashboard/integrations/chatwoot/import/{id}", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/sign-in-link", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/sign-in-link/revoke", Tenants),
    ("POST DELETE", "/api/dashboard/integrations/chatwoot/agents/{id}/sign-in-link", Tenants),
    ("GET POST", "/agent-sign-in/{token}", Everybody),
    ("GET POST", "/integrations/helpdesk/drift/check", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/drift/{id}/use-ours", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/drift/{id}/use-chatwoot", Tenants),
    ("GET", "/api/dashboard/integrations/chatwoot/drift", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/drift/check", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/drift/{id}/use-ours", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/drift/{id}/use-chatwoot", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/undo-removal", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/suspend", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/resume", Tenants),
    ("GET POST", "/integrations/helpdesk/agents/{agent}/edit", Tenants),
    ("GET", "/api/dashboard/tier-limits", Tenants),
    ("GET", "/api/dashboard/integrations/chatwoot/inboxes", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/assign-agent", Tenants),
    ("GET", "/api/dashboard/integrations/chatwoot/agents", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/create-user", Tenants),
    ("GET PATCH DELETE", "/api/dashboard/integrations/chatwoot/agents/{id}", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/agents/{id}/suspend", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/agents/{id}/resume", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/agents/{id}/undo-removal", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/agents/{id}/retry", Tenants),
    ("POST", "/api/dashboard/integrations/chatwoot/agents/{id}/password", Tenants),
    ("GET POST", "/sign-in/code", Everybody),
    ("GET POST", "/set-password/{token}", Everybody),
    ("GET", "/account", SignedIn),
    ("POST", "/account/name", SignedIn),
    ("POST", "/account/password", SignedIn),
    ("POST", "/account/sessions/end", SignedIn),
    ("POST", "/account/sessions/end-others", SignedIn),
    ("GET", "/account/second-factor", SignedIn),
    ("POST", "/account/second-factor/set-up", SignedIn),
    ("POST", "/account/second-factor/on", SignedIn),
    ("POST", "/account/second-factor/off", SignedIn),
    ("POST", "/account/second-factor/recovery-codes", SignedIn),
    ("GET", "/admin/tier-limits", Administrators),
    ("GET POST", "/admin/tier-limits/new", Administrators),
    ("GET POST", "/admin/tier-limits/{tier}", Administrators),
    ("GET POST", "/admin/tier-limits/{tier}/preview", Administrators),
    ("GET POST", "/admin/tier-limits/{tier}/review", Administrators),
    ("GET POST", "/admin/tier-limits/{tier}/reset", Administrators),
    ("GET", "/admin/tier-limits/{tier}/history", Administrators),
    ("GET POST", "/admin/tier-limits/{tier}/undo", Administrators),
    ("GET POST", "/admin/tier-limits/{tier}/rename", Administrators),
    ("GET POST", "/admin/tier-limits/{tier}/move", Administrators),
    ("GET POST", "/admin/tier-limits/{tier}/retire", Administrators),
    ("GET", "/admin/tenants/{tenant}", Administrators),
    ("GET POST", "/admin/tenants/{tenant}/limits", Administrators),
    ("GET POST", "/admin/tenants/{tenant}/limits/remove", Administrators),
    ("GET", "/admin/users", Administrators),
    ("GET POST", "/admin/users/new", Administrators),
    ("GET", "/admin/users/{id}", Administrators),
    ("GET POST", "/admin/users/{id}/tier", Administrators),
    ("GET POST", "/admin/users/{id}/role", SuperAdministrators),
    ("GET POST", "/admin/users/{id}/password-link", Administrators),
    ("GET POST", "/admin/users/{id}/{action}", Administrators),
    ("GET", "/admin/agents", Administrators),
    ("GET", "/admin/agents.csv", Administrators),
    ("GET POST", "/admin/agents/retry", Administrators),
    ("GET", "/admin/agents/drift", Administrators),
    ("GET POST", "/admin/agents/drift/accept", Administrators),
    ("GET POST", "/admin/agents/drift/{id}/adopt", Administrators),
    ("GET POST", "/admin/agents/drift/{id}/remove", Administrators),
    ("GET POST", "/admin/agents/check", Administrators),
    ("GET", "/admin/audit", Administrators),
    ("GET", "/admin/audit.csv", Administrators),
    ("GET", "/admin/audit/{entry}", Administrators),
    ("GET PUT POST", "/api/admin/tier-limits", Administrators),
];
/// Part of every name and address that only its tenant may read.
const CANARY: &str = "canary";
const OWNER: &str = "owner@canary.example";

#[test]
fn every_route_of_the_router_is_in_the_matrix() {
    let mut routes = BTreeSet::new();
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"));
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let all = texts.concat();
    for text in &texts {
        routes.extend(routes_in(text, &all));
    }
    let listed: BTreeSet<(String, String)> = ROUTES
        .iter()
        .flat_map(|(methods, path, _)| {
            methods.split(' ').map(|method| (method.to_owned(), (*path).to_owned()))
        })
        .collect();
    assert!(routes.len() > 30, "the sources are read wrongly: {routes:?}");
    assert_eq!(routes, listed);
}

#[tokio::test]
async fn nobody_gets_in_where_only_others_may() {
    let stage = Stage::set().await;
    let before = stage.rows().await;
    for (method, path, audience) in calls() {
        for asking in stage.askers() {
            let refused = refusal(&asking, audience);
            if refused.is_none() && method != Method::GET {
                continue; // What is allowed changes things; other tests follow that.
            }
            let mut client = asking.client.clone();
            let answer = ask(&mut client, &method, &stage.address(path, Kind::Own)).await;
            let case = format!("{} {method} {path}: {}", asking.name, answer.status);
            match refused {
                None => assert!(![401, 403].contains(&answer.status) || audience == Everybody, "{case}"),
                Some(expected) if path.starts_with("/api/") => {
                    assert_eq!(answer.status, expected, "{case}");
                }
                Some(401) => {
                    assert_eq!(answer.status, 303, "{case}");
                    assert!(answer.header("location").starts_with("/sign-in?next="), "{case}");
                }
                Some(expected) => assert_eq!(answer.status, expected, "{case}"),
            }
            if refused.is_some() || !asking.administrator {
                assert!(!answer.text().contains(CANARY), "{case}: {}", answer.text());
            }
        }
    }
    assert_eq!(stage.rows().await, before, "a refused call changed something");
}

#[tokio::test]
async fn what_is_somebody_elses_is_as_absent_as_what_is_nobodys() {
    let stage = Stage::set().await;
    let before = stage.rows().await;
    for (method, path, _) in calls().filter(|(_, path, audience)| *audience == Tenants && path.contains('{'))
    {
        let mut answers = Vec::new();
        for kind in [Kind::Own, Kind::Absent, Kind::Malformed] {
            let address = stage.address(path, kind);
            let answer = ask(&mut stage.other.clone(), &method, &address).await;
            assert!(!answer.text().contains(CANARY), "{method} {address}");
            // Where only fragments are, a link leads to the page, whatever it names.
            let led = answer.status == 303 && method == Method::GET;
            // A body that cannot be used is told before anything is looked up.
            assert!([404, 422].contains(&answer.status) || led, "{method} {address}: {}", answer.status);
            let import = comparable(&answer, &stage.import);
            let own = path.contains("/import/") && matches!(kind, Kind::Own);
            let text = if own { import } else { comparable(&answer, stage.id(kind)) };
            answers.push((answer.status, text));
        }
        let [own, absent, malformed] = &answers[..] else { panic!("three kinds were asked for") };
        assert_eq!(own, absent, "{method} {path}");
        assert!(absent.0 != 404 || malformed == absent, "{method} {path}: {malformed:?}");
    }
    assert_eq!(stage.rows().await, before);
}

#[tokio::test]
async fn an_administrator_finds_nothing_behind_what_names_nothing() {
    let stage = Stage::set().await;
    let calls = calls().filter(|(_, path, _)| path.starts_with("/admin/") && path.contains('{'));
    for (method, path, _) in calls {
        for kind in [Kind::Absent, Kind::Malformed] {
            let address = stage.address(path, kind);
            let answer = ask(&mut stage.super_administrator.clone(), &method, &address).await;
            let led = answer.status == 303 && method == Method::GET;
            assert!(answer.status == 404 || led, "{method} {address}: {}", answer.status);
        }
    }
}

/// Whose the thing in an address is, seen from its owner.
#[derive(Clone, Copy)]
enum Kind {
    Own,
    Absent,
    Malformed,
}

struct Asking {
    name: &'static str,
    signed_in: bool,
    administrator: bool,
    super_administrator: bool,
    client: Client,
}

struct Stage {
    app: TestApp,
    own: String,
    absent: String,
    other: Client,
    suspended: Client,
    administrator: Client,
    super_administrator: Client,
    owner: String,
    entry: String,
    import: String,
}

impl Stage {
    /// A tenant with an agent, another tenant, a suspended one, an administrator.
    async fn set() -> Self {
        let app = TestApp::new().await;
        let owner = app.tenant(OWNER, "PRO").await;
        app.tenant("other@example.com", "PRO").await;
        app.tenant("suspended@example.com", "PRO").await;
        app.administrator("admin@example.com").await;
        app.super_administrator("root@example.com").await;
        let agent = agent(&app, owner.id);
        let tx = app.app.db.write().await.unwrap();
        db::agents::insert(&*tx, &agent, 1).await.unwrap();
        tx.commit().await.unwrap();
        let actor = Actor { tenant: owner.id, user: owner.id, request_id: None };
        let import = imports::draft(&app.app, &actor, "name\nImported canary").await.unwrap();
        let entries = db::audit::latest(app.app.db.read(), owner.id, None, 1).await.unwrap();
        let entry = entries[0].id;
        let suspended = app.signed_in("suspended@example.com").await;
        accounts::disable(&app.app, "suspended@example.com").await.unwrap();
        Self {
            own: agent.id.to_string(),
            absent: Uuid::now_v7().to_string(),
            other: app.signed_in("other@example.com").await,
            suspended,
            administrator: app.signed_in("admin@example.com").await,
            super_administrator: app.signed_in("root@example.com").await,
            owner: owner.id.to_string(),
            entry: entry.to_string(),
            import: import.to_string(),
            app,
        }
    }

    /// The owner is not among them: what it may do changes things.
    fn askers(&self) -> Vec<Asking> {
        let asking = |name: &'static str, client: &Client| Asking {
            name,
            signed_in: !["nobody", "suspended tenant"].contains(&name),
            administrator: name.ends_with("administrator"),
            super_administrator: name == "super administrator",
            client: client.clone(),
        };
        vec![
            asking("nobody", &self.app.anonymous()),
            asking("suspended tenant", &self.suspended),
            asking("other tenant", &self.other),
            asking("administrator", &self.administrator),
            asking("super administrator", &self.super_administrator),
        ]
    }

    fn id(&self, kind: Kind) -> &str {
        match kind {
            Kind::Own => &self.own,
            Kind::Absent => &self.absent,
            Kind::Malformed => "%2e%2e%00'--",
        }
    }

    fn address(&self, path: &str, kind: Kind) -> String {
        let is_import = path.contains("/import/");
        let id = if is_import && matches!(kind, Kind::Own) { &self.import } else { self.id(kind) };
        let own = |own: &str| if matches!(kind, Kind::Own) { own.to_owned() } else { id.to_owned() };
        let path = match path.strip_prefix("/admin/users/{id}") {
            Some(rest) => format!("/admin/users/{}{rest}", own(&self.owner)),
            None => path.replace("{tenant}", &own(&self.owner)),
        };
        let path = path.replace("{tier}", &own("PRO")).replace("{entry}", &own(&self.entry));
        let path = path.replace("{action}", "suspend").replace("{token}", id);
        path.replace("{agent}", id)
            .replace("{import}", id)
            .replace("{id}", id)
            .replace("{inbox}", "1")
            .replace("{*file}", "app.css")
    }

    async fn rows(&self) -> Vec<String> {
        let rows = "SELECT name || state || version FROM helpdesk_users \
                    UNION ALL SELECT kind || status FROM operations UNION ALL SELECT status FROM imports UNION ALL SELECT action FROM audit_events WHERE action <> 'tenant.viewed' ORDER BY 1";
        self.app.column(rows).await
    }
}

fn refusal(asking: &Asking, audience: Audience) -> Option<u16> {
    match audience {
        Everybody => None,
        _ if !asking.signed_in => Some(401),
        Tenants if asking.administrator => Some(403),
        Administrators if !asking.administrator => Some(403),
        SuperAdministrators if !asking.super_administrator => Some(403),
        _ => None,
    }
}

/// Every call but those that would end the session which asks.
fn calls() -> impl Iterator<Item = (Method, &'static str, Audience)> {
    let each = |(methods, path, audience): &(&'static str, &'static str, Audience)| {
        let (path, audience) = (*path, *audience);
        methods.split(' ').map(move |method| (method.parse().unwrap(), path, audience))
    };
    ROUTES.iter().filter(|(_, path, _)| !path.ends_with("sign-out")).flat_map(each)
}

async fn ask(client: &mut Client, method: &Method, address: &str) -> Answer {
    let call = client.call(method.clone(), address);
    match *method {
        Method::GET | Method::DELETE => call.send().await,
        _ if address.starts_with("/api/") => call.json(&json!({})).send().await,
        _ => call.form(&[]).send().await,
    }
}

/// The answer but for its own request id and the id that was asked for.
fn comparable(answer: &Answer, id: &str) -> String {
    let escaped = url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>();
    let text = answer.text().replace(answer.header("x-request-id"), "REQUEST").replace(&escaped, "ID");
    let html = id.replace('\'', "&#39;");
    let place = answer.header("location").replace(id, "ID");
    format!("{} {place} {}", answer.status, text.replace(id, "ID").replace(&html, "ID"))
}

fn agent(app: &TestApp, tenant: TenantId) -> Agent {
    Agent {
        name: "Agent canary".into(),
        email: "owner+agent@canary.example".into(),
        state: AgentState::NeedsAttention,
        ..Agent::wished(AgentId(Uuid::now_v7()), tenant, app.app.now())
    }
}

/// Methods and paths of `.route(…)` and of `#[utoipa::path(…)]`.
fn routes_in(source: &str, all: &str) -> Vec<(String, String)> {
    let mut routes = Vec::new();
    for (_, rest) in source.match_indices(".route(").map(|(at, text)| (at, &source[at + text.len()..])) {
        let call = &rest[..closing(rest)];
        let (first, handlers) = call.split_once(',').unwrap();
        let path = literal(first.trim()).unwrap_or_else(|| constant(source, all, first.trim()));
        let methods = ["get", "post", "put", "delete"];
        let used = methods.iter().filter(|method| {
            handlers.contains(&format!(" {method}(")) || handlers.contains(&format!(".{method}("))
        });
        routes.extend(used.map(|method| (method.to_uppercase(), path.clone())));
    }
    for block in source.split("#[utoipa::path(").skip(1) {
        let method = block.trim_start().split(',').next().unwrap().trim().to_uppercase();
        let path = literal(block.split("path = ").nth(1).unwrap()).unwrap();
        routes.push((method, path));
    }
    routes
}

/// Where the bracket that is open closes.
fn closing(text: &str) -> usize {
    let mut open = 1;
    text.find(|c| {
        open += i32::from(c == '(') - i32::from(c == ')');
        open == 0
    })
    .unwrap()
}

fn literal(text: &str) -> Option<String> {
    text.strip_prefix('"').and_then(|rest| rest.split('"').next()).map(str::to_owned)
}

/// The value of a constant that the source defines, or else another one.
fn constant(source: &str, all: &str, name: &str) -> String {
    let name = name.rsplit("::").next().unwrap();
    let declaration = format!("const {name}: &str = ");
    let found = [source, all].iter().find_map(|text| text.split(&declaration).nth(1)).unwrap();
    literal(found).unwrap()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    files
}
