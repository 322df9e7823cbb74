//! Everything people and programs do, all at once and for long, while Chatwoot fails now and then: what the program
//! still holds in memory, files and connections afterwards.

mod administrator;
mod fault;
mod person;
mod sample;
mod stage;
mod stranger;
mod tally;
mod tenant;
mod verdict;

use std::path::Path;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, interval, sleep};

use self::person::Person;
use self::sample::Minute;
use self::stage::Stage;
use self::verdict::Verdict;
use crate::Outcome;
use crate::many::say;

/// How often a process is looked at; a minute is the median of its looks.
const LOOKS_A_MINUTE: usize = 12;
/// People of each tenant.
const PEOPLE: usize = 2;

/// Puts the program of this path under load on each of the databases at once, for so many minutes, and prints what it
/// holds each minute. An error when it grew, answered with a fault of its own, or panicked.
pub async fn run(program: &str, folder: &str, minutes: usize, seed: u64, databases: &[&str]) -> Outcome {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut stages = Vec::new();
    for database in databases {
        stages.push(Stage::open(Path::new(program), Path::new(folder), database).await?);
    }
    say(&format!("{minutes} minutes, seed {seed}"));
    say(&sample::heading());
    let verdicts = LocalSet::new().run_until(all(stages, minutes, seed)).await?;
    for verdict in &verdicts {
        verdict.print();
    }
    if verdicts.iter().all(Verdict::is_good) { Ok(()) } else { Err("not flat, or not without faults".into()) }
}

async fn all(stages: Vec<Stage>, minutes: usize, seed: u64) -> Outcome<Vec<Verdict>> {
    let mut sides = JoinSet::new();
    for stage in stages {
        sides.spawn_local(side(stage, minutes, seed));
    }
    let mut terminated = signal(SignalKind::terminate())?;
    let mut verdicts = Vec::new();
    loop {
        tokio::select! {
            side = sides.join_next() => match side {
                Some(verdict) => verdicts.push(verdict??),
                None => return Ok(verdicts),
            },
            _ = terminated.recv() => return Err("ended before its time".into()),
            _ = tokio::signal::ctrl_c() => return Err("ended before its time".into()),
        }
    }
}

/// One program: load and faults until the time is over, then its end in order.
async fn side(stage: Stage, minutes: usize, seed: u64) -> Outcome<Verdict> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut busy = JoinSet::new();
    // What is kept for every statement and page of the database is only full after many of all kinds.
    let warm = Instant::now() + Duration::from_mins(u64::try_from(verdict::part(minutes))?);
    let mut person =
        || Person::new(&stage.base, stage.tally.clone(), StdRng::seed_from_u64(random.random()), warm);
    for email in stage::tenants().flat_map(|email| (0..PEOPLE).map(move |_| email.clone())) {
        busy.spawn(tenant::live(person(), email));
    }
    busy.spawn(administrator::live(person()));
    busy.spawn(stranger::live(person(), stage.metrics.clone()));
    busy.spawn(fault::live(stage.sandbox.clone(), stage.mood.clone(), random.random()));
    let samples = watch(&stage, minutes).await;
    busy.shutdown().await;
    stage.sandbox.clear_faults();
    stage.sandbox.resume().await?;
    let samples = samples?;
    stage.close(samples).await
}

async fn watch(stage: &Stage, minutes: usize) -> Outcome<Vec<Minute>> {
    let mut samples = Vec::with_capacity(minutes);
    let pause = Duration::from_mins(1) / u32::try_from(LOOKS_A_MINUTE)?;
    let mut tick = interval(pause);
    tick.tick().await;
    for number in 1..=minutes {
        let mut looks = Vec::with_capacity(LOOKS_A_MINUTE);
        for _ in 0..LOOKS_A_MINUTE {
            tick.tick().await;
            looks.push(sample::look(stage).await?);
        }
        let minute = Minute::of(&looks, stage.tally.minute());
        say(&minute.line(number, stage));
        samples.push(minute);
    }
    Ok(samples)
}

/// Waits until this is so, for at most so long; whether it was.
async fn until(most: Duration, mut is_so: impl AsyncFnMut() -> bool) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < most {
        if is_so().await {
            return true;
        }
        sleep(Duration::from_millis(100)).await;
    }
    false
}
