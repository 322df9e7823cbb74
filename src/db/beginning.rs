//! Texts that begin with what somebody typed, found with an index among however many.

use sea_orm::{ConnectionTrait, DbBackend, Value};

use crate::domain::search;

/// The condition that `text` begins with the values `$first` and the one after it: see [`bounds`] and
/// [`folded_bounds`].
pub fn begins(conn: &impl ConnectionTrait, text: &str, first: usize) -> String {
    let (from, below) = match conn.get_database_backend() {
        DbBackend::Sqlite => (">=", "<"),
        // Byte by byte, which is the order of the index.
        _ => ("~>=~", "~<~"),
    };
    format!("({text} {from} ${first} AND {text} {below} ${})", first + 1)
}

/// The two values between which every text of `lower(…)` lies that begins like this.
pub fn bounds(conn: &impl ConnectionTrait, typed: &str) -> [Value; 2] {
    match conn.get_database_backend() {
        // Its own lower() knows no other letters.
        DbBackend::Sqlite => between(typed.to_ascii_lowercase()),
        _ => between(typed.to_lowercase()),
    }
}

/// The two values between which every text lies that begins like this and was folded by `domain::search`.
pub fn folded_bounds(typed: &str) -> [Value; 2] {
    between(search::folded(typed))
}

fn between(beginning: String) -> [Value; 2] {
    let end = format!("{beginning}\u{10FFFF}");
    [beginning.into(), end.into()]
}
