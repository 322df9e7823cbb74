//! Enumerated parameters: names or numbers; anything else is an exception in 4.9.2.

use serde_json::Value;

use crate::answer::Refusal;
use crate::call::{Params, Sent};
use crate::model::{Availability, Role};

/// The role as sent; a blank one is stored as null.
pub(crate) fn role(params: &Params) -> Result<Sent<Role>, Refusal> {
    let names = [("agent", Role::Agent), ("administrator", Role::Administrator)];
    value(params, "role", &names)
}

/// The availability as sent.
pub(crate) fn availability(params: &Params) -> Result<Sent<Availability>, Refusal> {
    let names =
        [("online", Availability::Online), ("offline", Availability::Offline), ("busy", Availability::Busy)];
    value(params, "availability", &names)
}

/// The account's status as sent: whether it is suspended. It may not be null.
pub(crate) fn suspended(params: &Params) -> Result<Option<bool>, Refusal> {
    match value(params, "status", &[("active", false), ("suspended", true)])? {
        Sent::Absent => Ok(None),
        Sent::Null => Err(Refusal::Exception),
        Sent::Value(suspended) => Ok(Some(suspended)),
    }
}

fn value<T: Copy>(params: &Params, key: &str, names: &[(&str, T)]) -> Result<Sent<T>, Refusal> {
    let wanted = match params.get(key) {
        None | Some(Value::Array(_) | Value::Object(_)) => return Ok(Sent::Absent),
        Some(Value::Null) => return Ok(Sent::Null),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(Sent::Null),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let mut numbered = names.iter().enumerate();
    let found = numbered.find(|(number, (name, _))| *name == wanted || number.to_string() == wanted);
    found.map(|(_, (_, value))| Sent::Value(*value)).ok_or(Refusal::Exception)
}
