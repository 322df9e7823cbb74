//! The parts of `scripts/bench` that are neither the program nor the load: rows to read, a Chatwoot that can be
//! told how slow to be, and the bare handler that the program is compared with; and the long load of `scripts/soak hour`.

mod bare;
mod chatwoot;
mod create;
mod many;
mod mixed;
mod pages;
mod rows;

use std::error::Error;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["rows", database] => rows::store(database).await,
        ["many", database, tenants, agents] => many::run(database, tenants.parse()?, agents.parse()?).await,
        ["mixed", program, folder, minutes, seed, databases @ ..] => {
            mixed::run(program, folder, minutes.parse()?, seed.parse()?, databases).await
        }
        ["chatwoot"] => chatwoot::run().await,
        ["bare", database, port, chatwoot] => bare::serve(database, port.parse()?, chatwoot).await,
        _ => Err("usage: bench rows DATABASE_URL | many DATABASE_URL TENANTS AGENTS | mixed PROGRAM FOLDER MINUTES SEED DATABASE_URL… | chatwoot | bare DATABASE_URL PORT CHATWOOT_URL".into()),
    }
}
