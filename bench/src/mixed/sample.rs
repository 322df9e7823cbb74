//! What a process holds: memory, files, threads and connections.

use std::collections::HashSet;
use std::fs;
use std::sync::PoisonError;

use super::stage::Stage;
use crate::Outcome;

/// What is watched, in the order of the table.
pub const MEASURES: [&str; 8] =
    ["RSS KiB", "anon KiB", "fds", "sockets", "TCP", "clients", "db conns", "threads"];
/// Of these, those that must not grow: memory within 5 %, the rest not at all.
pub const MEMORY: usize = 0;
pub const COUNTED: [usize; 5] = [2, 4, 5, 6, 7];

pub type Look = [u64; MEASURES.len()];

/// The medians of a minute.
pub struct Minute {
    pub look: Look,
    answers: u64,
}

/// Looks at the process now.
pub async fn look(stage: &Stage) -> Outcome<Look> {
    let process = format!("/proc/{}", stage.pid());
    let status = fs::read_to_string(format!("{process}/status"))?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    let mut sockets = HashSet::new();
    let mut files = 0;
    for entry in fs::read_dir(format!("{process}/fd"))? {
        files += 1;
        // It may have been closed since the folder was read.
        let target = entry.and_then(|entry| fs::read_link(entry.path())).unwrap_or_default();
        if let Some(inode) = target.to_str().and_then(|name| name.strip_prefix("socket:[")) {
            sockets.insert(inode.trim_end_matches(']').to_owned());
        }
    }
    let table = fs::read_to_string(format!("{process}/net/tcp"))?;
    let own = |line: &&str| line.split_whitespace().nth(9).is_some_and(|inode| sockets.contains(inode));
    let connections = u64::try_from(table.lines().filter(own).count())?;
    let metrics = stage.client.get(&stage.metrics).send().await?.text().await?;
    Ok([
        of("VmRSS:"),
        of("RssAnon:"),
        files,
        u64::try_from(sockets.len())?,
        connections,
        gauge(&metrics, "localboxs_http_connections"),
        gauge(&metrics, "localboxs_database_pool_connections"),
        of("Threads:"),
    ])
}

/// The sum over a gauge's labels.
fn gauge(metrics: &str, name: &str) -> u64 {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(name));
    let values = lines.filter(|rest| rest.starts_with([' ', '{']));
    values.filter_map(|rest| rest.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

pub fn heading() -> String {
    let measures = MEASURES.map(|name| format!("{name:>9}")).join("");
    format!("{:>3} {:<10}{measures}{:>8}{:>6}{:>6}{:>6} now", "min", "on", "req/min", "5xx", "bad", "users")
}

impl Minute {
    pub fn of(looks: &[Look], answers: u64) -> Self {
        Self { look: medians(looks), answers }
    }

    pub fn line(&self, number: usize, stage: &Stage) -> String {
        let measures = self.look.map(|value| format!("{value:>9}")).join("");
        let counts = stage.tally.so_far();
        let mood = *stage.mood.lock().unwrap_or_else(PoisonError::into_inner);
        format!(
            "{number:>3} {:<10}{measures}{:>8}{:>6}{:>6}{:>6} {mood}",
            stage.label,
            self.answers,
            counts.away,
            counts.unexpected,
            stage.sandbox.users().len(),
        )
    }
}

/// The middle one of each measure.
pub fn medians(looks: &[Look]) -> Look {
    std::array::from_fn(|measure| {
        let mut values: Vec<u64> = looks.iter().map(|look| look[measure]).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or(0)
    })
}
