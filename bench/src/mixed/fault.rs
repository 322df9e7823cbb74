//! What Chatwoot does wrong, and when: one thing after the other, with quiet between.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply, RetryAfter, Sandbox};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::sleep;

const QUIET_MS: std::ops::Range<u64> = 8_000..40_000;
const TROUBLE_MS: std::ops::Range<u64> = 4_000..25_000;
const LATENCY: Duration = Duration::from_millis(5);
const NAMES: [&str; 16] = [
    "429",
    "429 for all",
    "500",
    "502",
    "hangs",
    "hangs after",
    "stalls",
    "slow",
    "drips",
    "closed",
    "reset",
    "lost answer",
    "cut short",
    "other page",
    "key refused",
    "down",
];

/// Lets trouble come and go for as long as it is let; the mood is its name.
pub async fn live(sandbox: Sandbox, mood: Arc<Mutex<&'static str>>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    sandbox.set_latency(LATENCY);
    loop {
        set(&mood, "");
        sleep(Duration::from_millis(random.random_range(QUIET_MS))).await;
        let name = NAMES[random.random_range(0..NAMES.len())];
        set(&mood, name);
        begin(&sandbox, name, &mut random).await;
        sleep(Duration::from_millis(random.random_range(TROUBLE_MS))).await;
        sandbox.clear_faults();
        sandbox.set_latency(LATENCY);
        // It only fails when the port is taken meanwhile, which shows as a Chatwoot that stays away.
        drop(sandbox.resume().await);
    }
}

fn set(mood: &Mutex<&'static str>, name: &'static str) {
    *mood.lock().unwrap_or_else(PoisonError::into_inner) = name;
}

async fn begin(sandbox: &Sandbox, name: &str, random: &mut StdRng) {
    let seed = random.random();
    let some = |reply| Fault::any().with_probability(0.3, seed).reply(reply);
    let after = |reply| Fault::any().with_probability(0.3, seed).commit_then(reply);
    let fault = match name {
        "429" => some(Reply::TooManyRequests(RetryAfter::Seconds(random.random_range(1..8)))),
        "429 for all" => Fault::any().forever().reply(Reply::TooManyRequests(RetryAfter::Seconds(3))),
        "500" => some(Reply::RailsError),
        "502" => Fault::any().forever().reply(Reply::Gateway(502)),
        "hangs" => some(Reply::Hang),
        "hangs after" => after(Reply::Hang),
        "stalls" => some(Reply::StallInBody),
        "drips" => some(Reply::Slow(Duration::from_millis(200))),
        "closed" => some(Reply::Close),
        "reset" => some(Reply::Reset),
        "lost answer" => after(Reply::Close),
        "cut short" => some(Reply::CutShort),
        "other page" => some(Reply::LoginPage),
        "key refused" => refused(random),
        "down" => return sandbox.stop().await,
        _ => return sandbox.set_latency(Duration::from_millis(random.random_range(200..1_500))),
    };
    sandbox.inject(fault);
}

fn refused(random: &mut StdRng) -> Fault {
    let (path, body) = [
        ("/platform/**", r#"{"error":"Invalid access_token"}"#),
        ("/api/v1/**", r#"{"error":"Invalid Access Token"}"#),
    ][random.random_range(0..2)];
    let content_type = "application/json; charset=utf-8".to_owned();
    Fault::on("*", path).forever().reply(Reply::Custom { status: 401, content_type, body: body.to_owned() })
}
