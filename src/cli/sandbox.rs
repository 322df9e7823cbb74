//! `localboxs sandbox`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use chatwoot_sandbox::{NewUser, Role, Sandbox, Seed};
use tokio::signal::unix::{SignalKind, signal};

use super::settings::Settings;
use super::{Failure, say};

/// The settings this command reads, as flags only.
pub const FLAGS: [(&str, &str); 1] = [("PORT", "Port to listen on [default: 3001]")];
const PORT: u16 = 3001;
/// How soon deletions and the like take effect, as on a quiet Chatwoot.
pub const JOB_DELAY: Duration = Duration::from_secs(2);

/// Serves a sandbox with one account until a signal comes; nothing is kept.
pub async fn run(settings: &Settings) -> Result<(), Failure> {
    let port = typed_port(settings, &FLAGS, "sandbox", PORT)?;
    let mut seed = Seed::new();
    seed.run_jobs_after(JOB_DELAY);
    let account = seed.account("Sandbox");
    let administrator = seed.user(NewUser::new("Ada Administrator", "ada@chatwoot.example"));
    seed.member(account, administrator.id, Role::Administrator);
    let app = seed.platform_app("LocalBoxs");
    seed.permit_account(app.id, account);
    let inboxes = ["Website", "Support"].map(|name| seed.inbox(account, name).to_string());
    let sandbox = start(port, seed).await?;
    say(format!(
        "Sandbox Chatwoot, nothing in it is kept. Press Ctrl-C to end it.\n\n\
         CHATWOOT_BASE_URL={}\nCHATWOOT_ACCOUNT_ID={account}\nCHATWOOT_API_KEY={}\n\
         CHATWOOT_PLATFORM_API_KEY={}\n\nInboxes: {}",
        sandbox.base_url(),
        administrator.access_token,
        app.token,
        inboxes.join(", ")
    ));
    ended().await?;
    sandbox.stop().await;
    Ok(())
}

/// Starts on this port of the loopback address.
pub async fn start(port: u16, seed: Seed) -> Result<Sandbox, Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    Sandbox::start_at(address, seed).await.map_err(|error| {
        Failure::new(format!("The sandbox cannot listen on {address} ({error}); choose another with --port."))
    })
}

/// The port typed as a flag, and a usage error for any other setting: this command reads no environment.
pub fn typed_port(
    settings: &Settings,
    flags: &[(&str, &str)],
    command: &str,
    default: u16,
) -> Result<u16, Failure> {
    let typed = settings.typed(flags).map_err(|flag| {
        Failure::usage(format!("`localboxs {command}` does not read --{flag}; leave it out."))
    })?;
    match typed.get("PORT") {
        None => Ok(default),
        Some(port) => {
            port.parse().map_err(|_| Failure::usage("--port must be a number from 0 to 65535, such as 3000."))
        }
    }
}

async fn ended() -> Result<(), Failure> {
    let deaf = |error| Failure::new(format!("Signals cannot be heard: {error}."));
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
