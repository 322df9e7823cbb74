//! The sandbox Chatwoot, told over standard input how to behave.

use std::io::{BufRead, Write};
use std::time::Duration;

use chatwoot_sandbox::{Fault, NewUser, Reply, Role, Sandbox, Seed};

use crate::Outcome;
use crate::rows::{INBOXES, TENANTS};

/// Prints the app's settings, then answers every line it reads with one line: `latency MS` waits before each call,
/// `hang` never answers until `answer`, `calls` tells how many calls came so far.
pub async fn run() -> Outcome {
    let mut seed = Seed::new();
    let account = seed.account("Bench");
    let administrator = seed.user(NewUser::new("Ada Administrator", "ada@chatwoot.example"));
    seed.member(account, administrator.id, Role::Administrator);
    let app = seed.platform_app("LocalBoxs");
    seed.permit_account(app.id, account);
    for number in 1..=usize::try_from(INBOXES)? * TENANTS {
        seed.inbox(account, format!("Inbox {number}").as_str());
    }
    let sandbox = Sandbox::start(seed).await?;
    say(&format!("{} {account} {} {}", sandbox.base_url(), administrator.access_token, app.token))?;
    tokio::task::spawn_blocking(move || obey(&sandbox)).await?
}

fn obey(sandbox: &Sandbox) -> Outcome {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("latency", ms) => sandbox.set_latency(Duration::from_millis(ms.parse()?)),
            ("answer", _) => sandbox.clear_faults(),
            ("hang", _) => drop(sandbox.inject(Fault::any().forever().reply(Reply::Hang))),
            ("calls", _) => {}
            _ => return Err(format!("what is {line}?").into()),
        }
        say(&sandbox.request_count().to_string())?;
    }
    Ok(())
}

fn say(line: &str) -> Outcome {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}
