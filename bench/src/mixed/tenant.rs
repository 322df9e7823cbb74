//! Somebody who manages a tenant's agents, by pages and by the API. There are always about as many of them.

use std::time::Duration;

use rand::RngExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::person::Person;

const API: &str = "/api/dashboard/integrations/chatwoot";
const PAGES: &str = "/integrations/helpdesk";
const REST: Duration = Duration::from_millis(330);
/// How many agents a tenant has at least and at most, those on their way out left aside.
const FEW: usize = 10;
const MANY: usize = 12;
const CHOSEN: &str = "Chosen-7-Passw0rd!";

/// Asks for one thing after the other, for as long as it is let.
pub async fn live(mut person: Person, email: String) {
    let mut agents = Agents::default();
    loop {
        if !person.is_signed_in() {
            person.sign_in(&email).await;
            agents.look(&mut person).await;
        }
        match person.random.random_range(0..1000) {
            0..340 => page(&mut person, &agents).await,
            340..440 => fragment(&mut person, &agents).await,
            440..900 => read(&mut person, &mut agents).await,
            900..958 => change(&mut person, &mut agents).await,
            958..970 => drop(person.json(Method::POST, &format!("{API}/drift/check"), &Value::Null).await),
            970..975 => drop(person.form(&format!("{PAGES}/drift/check"), &[]).await),
            975..982 => agents.settle_difference(&mut person).await,
            982..985 => look_at_list(&mut person).await,
            985..986 => import(&mut person, &mut agents).await,
            986..993 => person.abandon(PAGES).await,
            993..997 => person.sign_out().await,
            _ => drop(person.form(&format!("{PAGES}/health"), &[]).await),
        }
        person.rest(REST).await;
    }
}

/// The tenant's agents as last listed, newest first.
#[derive(Default)]
struct Agents {
    known: Vec<Value>,
    inboxes: Vec<i64>,
    import: Option<String>,
    named: u64,
}

impl Agents {
    async fn look(&mut self, person: &mut Person) {
        let agents = person.json(Method::GET, &format!("{API}/agents?limit=1000"), &Value::Null).await;
        if let Some(agents) = agents.and_then(|answer| answer.value()["agents"].as_array().cloned()) {
            self.known = agents;
        }
        if self.inboxes.is_empty() {
            let inboxes = person.json(Method::GET, &format!("{API}/inboxes"), &Value::Null).await;
            let inboxes = inboxes.map(|answer| answer.value()).unwrap_or_default();
            let inboxes = inboxes["inboxes"].as_array().cloned().unwrap_or_default();
            self.inboxes = inboxes.iter().filter_map(|inbox| inbox["id"].as_i64()).collect();
        }
    }

    /// The id and state of any of them.
    fn any(&self, person: &mut Person) -> Option<(String, String)> {
        let nth = person.random.random_range(0..self.known.len().max(1));
        let agent = self.known.get(nth)?;
        Some((agent["id"].as_str()?.to_owned(), agent["state"].as_str()?.to_owned()))
    }

    fn staying(&self) -> usize {
        self.known.iter().filter(|agent| agent["state"] != "removing").count()
    }

    fn new_name(&mut self, person: &mut Person) -> String {
        self.named += 1;
        format!("Agent {} {}", self.named, person.random.random_range(0..1_000_000))
    }

    async fn settle_difference(&self, person: &mut Person) {
        let list = person.json(Method::GET, &format!("{API}/drift"), &Value::Null).await;
        let list = list.map(|answer| answer.value()).unwrap_or_default();
        if let Some(id) = list["differences"][0]["id"].as_str() {
            let how = person.any(&["use-ours", "use-chatwoot"]);
            person.json(Method::POST, &format!("{API}/drift/{id}/{how}"), &Value::Null).await;
        }
    }
}

async fn page(person: &mut Person, agents: &Agents) {
    let path = match (agents.any(person), person.random.random_range(0..9)) {
        (_, 0) => "/".to_owned(),
        (_, 1) => "/integrations".to_owned(),
        (_, 2) => format!("{PAGES}/agents/new"),
        (_, 3) => format!("{PAGES}/import"),
        (_, 4) => "/account".to_owned(),
        (Some((agent, _)), 5) => format!("{PAGES}/agents/{agent}"),
        (Some((agent, _)), 6) => format!("{PAGES}/agents/{agent}/edit"),
        (Some((agent, _)), 7) => format!("{PAGES}/agents/{agent}/remove"),
        _ => PAGES.to_owned(),
    };
    person.page(&path).await;
}

async fn fragment(person: &mut Person, agents: &Agents) {
    if let Some((agent, _)) = agents.any(person).filter(|_| person.random.random_bool(0.7)) {
        person.fragment(&format!("{PAGES}/agents/{agent}/status?v=0")).await;
    } else {
        person.form(&format!("{PAGES}/agents/new/preview"), &[("name", "Ana Ruiz")]).await;
    }
}

async fn read(person: &mut Person, agents: &mut Agents) {
    match (agents.any(person), person.random.random_range(0..10)) {
        (_, 0..4) => agents.look(person).await,
        (Some((agent, _)), 4..6) => drop(person.page(&format!("{API}/agents/{agent}")).await),
        (_, 6) => drop(person.page(&format!("{API}/inboxes")).await),
        (_, 7) => drop(person.page("/api/dashboard/tier-limits").await),
        (_, 8) => drop(person.page(&format!("{API}/drift")).await),
        _ => {
            if let Some(import) = agents.import.clone() {
                person.page(&import).await;
            }
        }
    }
}

/// Does something to an agent that its state allows, or makes one.
async fn change(person: &mut Person, agents: &mut Agents) {
    agents.look(person).await;
    let staying = agents.staying();
    let chosen = agents.any(person);
    let Some((agent, state)) = chosen.filter(|_| staying >= FEW || person.random.random_bool(0.3)) else {
        return create(person, agents).await;
    };
    let at = format!("{API}/agents/{agent}");
    let deed = match state.as_str() {
        "ready" if staying > MANY => "remove",
        "ready" => {
            person.any(&["rename", "password", "give", "take", "suspend", "suspend", "link", "remove"])
        }
        "suspended" | "suspending" => person.any(&["resume", "resume", "resume", "remove"]),
        "needs_attention" => person.any(&["retry", "retry", "remove"]),
        "removing" => person.any(&["undo", "nothing", "nothing", "nothing", "nothing", "nothing"]),
        _ => person.any(&["remove", "nothing", "nothing", "nothing", "nothing"]),
    };
    match deed {
        "rename" => {
            let name = agents.new_name(person);
            person.json(Method::PATCH, &at, &json!({ "name": name })).await;
        }
        "password" => {
            let body = json!({ "password": CHOSEN, "presentPassword": super::stage::PASSWORD });
            person.json(Method::POST, &format!("{at}/password"), &body).await;
        }
        "give" | "take" => {
            let inbox = agents.inboxes.get(person.random.random_range(0..3)).copied().unwrap_or_default();
            let action = if deed == "give" { "add" } else { "remove" };
            let body = json!({ "agentId": agent, "inboxId": inbox, "action": action });
            person.json(Method::POST, &format!("{API}/assign-agent"), &body).await;
        }
        "link" => drop(person.json(Method::POST, &format!("{at}/sign-in-link"), &Value::Null).await),
        "undo" => drop(person.json(Method::POST, &format!("{at}/undo-removal"), &Value::Null).await),
        "remove" => drop(person.json(Method::DELETE, &at, &Value::Null).await),
        "nothing" => {}
        deed => drop(person.json(Method::POST, &format!("{at}/{deed}"), &Value::Null).await),
    }
}

/// By the API or the form of the page.
async fn create(person: &mut Person, agents: &mut Agents) {
    let name = agents.new_name(person);
    let inboxes = &agents.inboxes[..person.random.random_range(0..=agents.inboxes.len())];
    let answer = if person.random.random_bool(0.5) {
        let body = json!({ "name": name, "password": CHOSEN, "inboxIds": inboxes });
        person.json(Method::POST, &format!("{API}/create-user"), &body).await
    } else {
        person.form(&format!("{PAGES}/agents/new"), &[("name", &name), ("mode", "generate")]).await
    };
    if answer.is_some_and(|answer| answer.status < 400) {
        person.tally().created(1);
    }
}

async fn look_at_list(person: &mut Person) {
    let body = json!({ "csv": "name,inboxes\nAna Ruiz,1\n\"Ben,\nCara,Nobody's\n" });
    person.json(Method::POST, &format!("{API}/import"), &body).await;
}

/// Three agents from a list; those of the list before get their passwords.
async fn import(person: &mut Person, agents: &mut Agents) {
    agents.look(person).await;
    if agents.staying() > MANY {
        return;
    }
    if let Some(import) = agents.import.take().as_deref().and_then(|path| path.rsplit('/').next()) {
        person.form(&format!("{PAGES}/import/{import}/passwords"), &[]).await;
    }
    let names: Vec<String> = (0..3).map(|_| agents.new_name(person)).collect();
    let body = json!({ "csv": format!("name\n{}", names.join("\n")), "confirm": true });
    let answer = person.json(Method::POST, &format!("{API}/import"), &body).await;
    if let Some(import) = answer.and_then(|answer| answer.value()["statusUrl"].as_str().map(str::to_owned)) {
        agents.import = Some(import);
        person.tally().created(3);
    }
}
