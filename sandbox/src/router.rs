//! From a call to an answer, at once and without waiting for anything.

use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::state::State;
use crate::{application, page, platform, sign_in};

const NOT_FOUND_PAGE: &str = include_str!("404.html");

/// Does what the call asks and says how it went.
pub(crate) fn answer(state: &mut State, call: &Call, base_url: &str) -> Answer {
    state.run_due_jobs();
    if state.is_throttled() {
        return Answer::plain(429, "Retry later\n");
    }
    routed(state, call, base_url).unwrap_or_else(|| not_routed(call))
}

fn routed(state: &mut State, call: &Call, base_url: &str) -> Option<Answer> {
    let path = call.path.trim_end_matches('/');
    let path = path.strip_suffix(".json").unwrap_or(path);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let answered = match (call.verb(), segments.as_slice()) {
        (_, ["platform", "api", "v1", rest @ ..]) => platform::route(state, call, base_url, rest)?,
        ("GET", ["api"]) => Ok(version(state)),
        ("GET", ["health"]) if state.at_least(4, 11) => Ok(Answer::json(&Health { status: "woot" })),
        (_, ["api", "v1", rest @ ..]) => application::route(state, call, rest)?,
        ("GET", []) => Ok(Answer::page(200, page::overview(state))),
        ("GET", ["app", "login"]) => Ok(sign_in::by_link(state, call)),
        ("POST", ["app", "login"]) => Ok(sign_in::by_password(state, call)),
        _ => return None,
    };
    Some(answered.unwrap_or_else(Refusal::answer))
}

/// Rails' own page, or its JSON for whoever asked for JSON.
fn not_routed(call: &Call) -> Answer {
    if call.asks_for_json() { Answer::rails(404) } else { Answer::page(404, NOT_FOUND_PAGE) }
}

#[derive(serde::Serialize)]
struct Installation<'a> {
    version: &'a str,
    timestamp: String,
    queue_services: &'static str,
    data_services: &'static str,
}

#[derive(serde::Serialize)]
struct Health {
    status: &'static str,
}

fn version(state: &State) -> Answer {
    Answer::json(&Installation {
        version: &state.settings.version,
        timestamp: state.now().format("%Y-%m-%d %H:%M:%S").to_string(),
        queue_services: "ok",
        data_services: "ok",
    })
}
