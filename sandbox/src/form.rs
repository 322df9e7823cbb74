//! Query strings and form bodies, with Rails' brackets.

use serde_json::{Map, Value};

/// Parses `a=1&b[]=2&c[d]=3`; every value is a text.
pub(crate) fn parse(text: &str) -> Map<String, Value> {
    let mut params = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        put(&mut params, &decode(name), Value::String(decode(value)));
    }
    params
}

fn put(params: &mut Map<String, Value>, name: &str, value: Value) {
    let Some((outer, inner)) = name.split_once('[') else {
        params.insert(name.to_owned(), value);
        return;
    };
    let inner = inner.trim_end_matches(']');
    let slot = params.entry(outer.to_owned()).or_insert(Value::Null);
    if inner.is_empty() {
        match slot {
            Value::Array(list) => list.push(value),
            other => *other = Value::Array(vec![value]),
        }
    } else {
        match slot {
            Value::Object(object) => drop(object.insert(inner.to_owned(), value)),
            other => *other = Value::Object(Map::from_iter([(inner.to_owned(), value)])),
        }
    }
}

/// Undoes percent-encoding and plus signs; what is no valid UTF-8 is replaced.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match hex_pair(*high, *low) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = after;
                }
                None => bytes.push(b'%'),
            },
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Encodes everything but letters, digits and `-_.~`.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
