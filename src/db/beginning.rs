//! Texts that begin with what somebody typed, found with an index among however many.

use sea_orm::{ConnectionTrait, DbBackend, Value};

/// The condition that `text` begins with the values `$first` and the one after it: see [`bounds`].
pub fn begins(conn: &impl ConnectionTrait, text: &str, first: usize) -> String {
    let (from, below) = match conn.get_database_backend() {
        DbBackend::Sqlite => (">=", "<"),
        // Byte by byte, which is the order of the index.
        _ => ("~>=~", "~<~"),
    };
    format!("({text} {from} ${first} AND {text} {below} ${})", first + 1)
}

/// The two values between which every text lies that begins like this, whatever its letter case.
pub fn bounds(conn: &impl ConnectionTrait, typed: &str) -> [Value; 2] {
    let typed = match conn.get_database_backend() {
        // Its own lower() knows no other letters.
        DbBackend::Sqlite => typed.to_ascii_lowercase(),
        _ => typed.to_lowercase(),
    };
    let end = format!("{typed}\u{10FFFF}");
    [typed.into(), end.into()]
}
