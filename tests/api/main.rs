//! Our own description as the examiner: schemathesis makes inputs for every operation of it and judges every answer
//! of a running program. `cargo test` leaves this out because it needs Python; `./scripts/test api` installs what it
//! needs and runs it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken precondition fails the test")]

mod examination;
#[expect(dead_code, unused_imports, reason = "shared with the tests of the whole system, which use the rest")]
#[path = "../system/support/mod.rs"]
mod support;

use examination::examine;

/// Parts that take about as long as each other; what is in none of them is the last one.
const CHANGES: &str =
    r"^/api/dashboard/integrations/chatwoot/(create-user|agents/\{id\}(/(suspend|resume|retry))?)$";
const OTHERS_OF_AGENTS: &str = r"^/api/dashboard/integrations/chatwoot/agents/";
const MANY: &str = r"^/api/dashboard/integrations/chatwoot/(drift|import)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_life_is_as_described() {
    examine(&["--include-path-regex", CHANGES]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_password_link_and_return_are_as_described() {
    examine(&["--include-path-regex", OTHERS_OF_AGENTS, "--exclude-path-regex", CHANGES]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_and_lists_are_as_described() {
    examine(&["--include-path-regex", MANY]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_else_is_as_described() {
    examine(&["--exclude-path-regex", &[CHANGES, OTHERS_OF_AGENTS, MANY].join("|")]).await;
}
