//! What changes while an import goes on, and the rows as people read them.

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::path::path;
use crate::domain::agent::{AgentState, Failure};
use crate::domain::import::RowStatus;
use crate::services::imports::{ImportView, Row};
use crate::web::agent_path;
use crate::web::parts::icon;

/// How long a page follows an import by itself.
const FOLLOWED: TimeDelta = TimeDelta::minutes(30);
const NO_SEAT: &str = "No seat is left for it on your plan.";
const EXISTS: &str = "You have this agent already, so the row is skipped.";

/// The import's page below its heading.
#[derive(Template)]
#[template(path = "helpdesk/import/progress.html")]
pub struct Progress {
    pub path: String,
    pub headline: String,
    pub version: String,
    pub follows: bool,
    since: i64,
    working: bool,
    paused: bool,
    done: usize,
    total: usize,
    refused: usize,
    without_password: usize,
    lines: Vec<Line>,
}

impl askama::filters::HtmlSafe for Progress {}

/// One row.
pub struct Line {
    pub number: u32,
    pub name: String,
    /// What its agent signs in with.
    pub email: String,
    pub inboxes: String,
    /// Badge colour, icon and word.
    pub tone: &'static str,
    pub icon: &'static str,
    pub result: &'static str,
    pub detail: String,
    /// Where its agent is.
    pub agent: Option<String>,
}

impl Progress {
    pub fn new(view: &ImportView, now: DateTime<Utc>) -> Self {
        Self::resumed(view, now.timestamp(), now)
    }

    /// The same for a page that has followed since a moment which it remembers.
    pub fn resumed(view: &ImportView, since: i64, now: DateTime<Utc>) -> Self {
        let begun = DateTime::from_timestamp(since, 0).filter(|begun| *begun <= now).unwrap_or(now);
        let unfinished = |row: &&Row| row.status == RowStatus::Waiting || row.is_working();
        let total = view.rows.iter().filter(|row| is_to_be_made(row)).count();
        let waiting = view.rows.iter().filter(unfinished).count();
        Self {
            path: path(view.id),
            headline: if view.is_working() { format!("Creating {}", agents(total)) } else { headline(view) },
            version: format!("{:x}", view.version()),
            follows: view.is_working() && now - begun < FOLLOWED,
            since: begun.timestamp(),
            working: view.is_working(),
            paused: view.is_paused,
            done: total.saturating_sub(waiting),
            total,
            refused: view.refused(),
            without_password: view.without_password(),
            lines: view.rows.iter().map(Line::made).collect(),
        }
    }
}

/// Whether the row was, or is still, to become an agent.
fn is_to_be_made(row: &Row) -> bool {
    matches!(row.status, RowStatus::Waiting | RowStatus::Created | RowStatus::Failed)
}

impl Line {
    /// As it would go.
    pub fn planned(row: &Row) -> Self {
        match row.status {
            RowStatus::Waiting => Self::of(row, "ok", "check", "Can be created"),
            RowStatus::Problem => Self::of(row, "danger", "x", "Can't be created"),
            _ => Self::made(row),
        }
    }

    /// As it went so far.
    pub fn made(row: &Row) -> Self {
        let agent = row.agent.as_ref();
        match (row.status, agent) {
            (RowStatus::Waiting, _) => Self::of(row, "info", "clock", "Waiting"),
            (RowStatus::Exists, _) => Self::of(row, "quiet", "check", "Already exists"),
            (RowStatus::NoSeat, _) => Self::of(row, "warn", "triangle-alert", "No seat"),
            (RowStatus::Problem | RowStatus::Failed, _) => Self::of(row, "danger", "x", "Not created"),
            (RowStatus::Created, None) => Self::of(row, "quiet", "info", "Removed"),
            (RowStatus::Created, Some(agent)) => {
                let (tone, icon) = match agent.state {
                    AgentState::Ready => ("ok", "check"),
                    AgentState::SettingUp => ("info", "loader-circle"),
                    AgentState::NeedsAttention | AgentState::Conflict => ("danger", "triangle-alert"),
                    _ => ("quiet", "info"),
                };
                Self::of(row, tone, icon, agent.state.words())
            }
        }
    }

    fn of(row: &Row, tone: &'static str, icon: &'static str, result: &'static str) -> Self {
        let agent = row.agent.as_ref();
        let shown = agent.filter(|agent| agent.state != AgentState::Removed);
        Self {
            number: row.number,
            name: if row.name.is_empty() { "(no name)".to_owned() } else { short(&row.name) },
            email: shown.map(|agent| agent.email.clone()).unwrap_or_default(),
            inboxes: short(&row.inboxes),
            tone,
            icon,
            result,
            detail: match (row.status, agent) {
                (RowStatus::NoSeat, _) => NO_SEAT.to_owned(),
                (RowStatus::Exists, _) => EXISTS.to_owned(),
                (_, Some(agent)) => agent.failure.map(Failure::words).unwrap_or_default().to_owned(),
                (_, None) => row.detail.clone().unwrap_or_default(),
            },
            agent: shown.map(|agent| agent_path::path(agent.id)),
        }
    }
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// `12 rows: 9 can be created, 2 have problems, 1 already exists.`
pub fn preview_headline(view: &ImportView) -> String {
    let count = |status| view.count(status);
    let (exist, problems) = (count(RowStatus::Exists), count(RowStatus::Problem));
    let mut parts = vec![format!("{} can be created", count(RowStatus::Waiting))];
    push(&mut parts, count(RowStatus::NoSeat), "has no seat", "have no seat");
    push(&mut parts, problems, "has a problem", "have problems");
    push(&mut parts, exist, "already exists", "already exist");
    format!("{}: {}.", rows(view.rows.len()), parts.join(", "))
}

fn headline(view: &ImportView) -> String {
    let mut parts = vec![format!("{} created", agents(view.count(RowStatus::Created)))];
    push(&mut parts, view.count(RowStatus::Exists), "was there already", "were there already");
    push(&mut parts, view.refused(), "was not created", "were not created");
    format!("{}.", parts.join(", "))
}

fn push(parts: &mut Vec<String>, count: usize, one: &str, many: &str) {
    match count {
        0 => {}
        1 => parts.push(format!("1 {one}")),
        more => parts.push(format!("{more} {many}")),
    }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn agents(count: usize) -> String {
    if count == 1 { "1 agent".to_owned() } else { format!("{count} agents") }
}
