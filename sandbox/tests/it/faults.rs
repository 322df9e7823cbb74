//! Scripted faults, as they look from the other end of the connection.

mod bodies;
mod choosing;
mod lost;
mod statuses;

use chatwoot_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};

use crate::support::Ask;

const USERS: &str = "/platform/api/v1/users";

/// A sandbox with one platform app, and the call that creates a user.
async fn sandbox() -> (Sandbox, Ask) {
    let mut seed = Seed::new();
    let token = seed.platform_app("ours").token;
    let sandbox = Sandbox::start(seed).await.unwrap();
    (sandbox, Ask::post(USERS).token(&token).json(&user("jo@a.co")))
}

fn user(email: &str) -> Value {
    json!({"name": "Jo", "email": email, "password": "Passw0rd!"})
}

fn exists(sandbox: &Sandbox, email: &str) -> bool {
    sandbox.user_by_email(email).is_some()
}
