//! Answers damaged in every way: never a panic, never a person of ours without all three proofs.

use localboxs::chatwoot::{Chatwoot, ChatwootError, Created, Inspection};
use localboxs::domain::ids::ChatwootUserId;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::server::{self, Server};
use crate::setup::{JANE, TAG, client, person};

/// One server and one client for all cases of a test.
struct Bench {
    runtime: Runtime,
    server: Server,
    client: Chatwoot,
}

thread_local! {
    static BENCH: Bench = {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(Server::answering(server::json(200, "")));
        let client = client(&server);
        Bench { runtime, server, client }
    };
}

fn check(body: &[u8]) {
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend_from_slice(body);
    let (created, inspected) = ask(reply);
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let tagged = said["custom_attributes"]["localboxs_ref"] == TAG;
    if let Ok(Created::Ours { user, .. }) = created {
        // Letter case makes no other address.
        let same_address = said["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(JANE.email));
        assert!(tagged && same_address && said["id"] == user.id().0, "{said}");
        assert!(said["accounts"].as_array().unwrap().iter().all(|account| account["id"] == 3), "{said}");
    }
    if let Ok(Inspection::Ours { .. }) = inspected {
        assert!(tagged && said["id"] == 7, "{said}");
    }
}

/// What the client makes of these bytes.
fn ask(reply: Vec<u8>) -> (Result<Created, ChatwootError>, Result<Inspection, ChatwootError>) {
    BENCH.with(|Bench { runtime, server, client }| {
        server.answer(server::Reply::Bytes(reply));
        runtime.block_on(async {
            (client.create_user(JANE).await, client.inspect_user(ChatwootUserId(7), TAG).await)
        })
    })
}

fn said() -> Value {
    let accounts = r#"[{"id":3,"name":"Ours","active_at":null,"role":"agent"}]"#;
    serde_json::from_str(&person(TAG, accounts)).unwrap()
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(1.5)),
        Just(json!(99_999_999_999_999_999_999.0)),
        Just(json!([])),
        Just(json!({})),
        Just(json!(TAG)),
        Just(json!([TAG])),
        Just(json!({"localboxs_ref": TAG})),
        Just(json!([{"id": 4, "role": "agent"}])),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ]
}

proptest! {
    // 10,000 in all with the one below.
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn damaged_bytes_never_make_a_person_ours(
        cut in 0usize..600,
        hits in prop::collection::vec((0usize..600, any::<u8>()), 0..4),
    ) {
        let mut body = said().to_string().into_bytes();
        for (place, byte) in hits {
            let place = place % body.len();
            body[place] = byte;
        }
        // Half of the cases keep their whole length.
        body.truncate(if cut % 2 == 0 { body.len() } else { cut });
        check(&body);
    }

    #[test]
    fn swapped_values_never_make_a_person_ours(
        changes in prop::collection::vec((prop::sample::select(vec![
            "/id", "/email", "/accounts", "/accounts/0", "/accounts/0/id", "/accounts/0/role",
            "/custom_attributes", "/custom_attributes/localboxs_ref", "/name", "",
        ]), anything()), 1..4),
    ) {
        let mut body = said();
        for (place, value) in changes {
            if let Some(old) = body.pointer_mut(place) {
                *old = value;
            }
        }
        check(body.to_string().as_bytes());
    }

    #[test]
    fn missing_and_doubled_keys_never_make_a_person_ours(gone in any::<usize>(), doubled in any::<usize>()) {
        let Value::Object(keys) = said() else { unreachable!() };
        let parts: Vec<String> = keys.iter().map(|(key, value)| format!("{}:{value}", json!(key))).collect();
        let mut kept = parts.clone();
        kept.remove(gone % parts.len());
        kept.push(parts[doubled % parts.len()].clone());
        check(format!("{{{}}}", kept.join(",")).as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// The whole answer, its status line and headers too.
    #[test]
    fn damaged_answers_never_make_a_person_ours(
        cut in 0usize..2_000,
        hits in prop::collection::vec((0usize..2_000, any::<u8>()), 0..5),
        doubled in any::<bool>(),
    ) {
        let body = said().to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let mut answer = format!("{head}{body}").into_bytes();
        for (place, byte) in hits {
            let place = place % answer.len();
            answer[place] = byte;
        }
        answer.truncate(if cut % 2 == 0 { answer.len() } else { cut });
        if doubled {
            answer.extend_from_within(..);
        }
        let (created, inspected) = ask(answer.clone());
        let text = String::from_utf8_lossy(&answer);
        if let Ok(Created::Ours { user, .. }) = created {
            let has_address = text.to_ascii_lowercase().contains(JANE.email);
            assert!(text.contains(TAG) && has_address && text.contains(&user.id().0.to_string()), "{text}");
        }
        if let Ok(Inspection::Ours { .. }) = inspected {
            assert!(text.contains(TAG), "{text}");
        }
    }
}
