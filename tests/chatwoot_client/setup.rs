//! Clients, people and the answers recorded from Chatwoot 4.9.2.

use std::time::Duration;

use localboxs::chatwoot::{Chatwoot, ChatwootError, Deadlines, ErrorKind, Installation, NewUser, OwnedUser};
use localboxs::domain::ids::{ChatwootAccountId, ChatwootUserId};

use crate::server::Server;

pub const ACCOUNT_KEY: &str = "account-key-canary-1111";
pub const PLATFORM_KEY: &str = "platform-key-canary-2222";
pub const TAG: &str = "5f0c2a7e9b1d4c3e";
pub const JANE: NewUser<'static> = NewUser { name: "Jane", email: "olga+jane@example.com", tag: TAG };

/// Chatwoot's answer about our person 7, in `accounts` as JSON.
pub fn person(tag: &str, accounts: &str) -> String {
    format!(
        r#"{{"access_token":"person-token-canary","account_id":null,"available_name":"Jane","avatar_url":"","confirmed":true,"display_name":null,"message_signature":null,"email":"olga+jane@example.com","id":7,"name":"Jane","provider":"email","pubsub_token":"pubsub-canary","custom_attributes":{{"localboxs_ref":"{tag}"}},"role":null,"ui_settings":{{}},"uid":"olga+jane@example.com","accounts":{accounts}}}"#
    )
}

pub fn ours() -> OwnedUser {
    OwnedUser::proven_before(ChatwootUserId(7))
}

pub fn installation(origin: &str) -> Installation {
    Installation {
        origin: origin.parse().unwrap(),
        account: ChatwootAccountId(3),
        account_key: ACCOUNT_KEY.into(),
        platform_key: Some(PLATFORM_KEY.into()),
    }
}

/// Generous deadlines: nothing may run into them unless a test says so.
pub fn client(server: &Server) -> Chatwoot {
    client_within(server, Duration::from_secs(30))
}

pub fn client_within(server: &Server, limit: Duration) -> Chatwoot {
    let limits = Deadlines {
        turn: Duration::from_secs(30),
        connect: Duration::from_secs(2),
        probe: limit,
        read: limit,
        write: limit,
    };
    let origin = format!("http://127.0.0.1:{}", server.port);
    Chatwoot::new(installation(&origin), limits).unwrap()
}

pub fn kind<T>(outcome: Result<T, ChatwootError>) -> ErrorKind {
    outcome.err().expect("a refusal").kind
}
