//! Reads the command line and does what it says.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use localboxs::cli::{self, Cli, Failure};

/// How long what still runs may take to notice that the program has ended.
const LAST_MOMENTS: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell when standard error is closed too.
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::from(failure.status)
        }
    }
}

fn start() -> Result<(), Failure> {
    // Before any thread starts: afterwards the environment may not change.
    let dotenv = cli::read_dotenv();
    let cli = Cli::read();
    dotenv?;
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(format!("The program cannot start its threads: {error}.")))?;
    let outcome = runtime.block_on(cli::run(cli));
    runtime.shutdown_timeout(LAST_MOMENTS);
    outcome
}
