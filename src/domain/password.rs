//! Passwords: an agent's, which must satisfy Chatwoot, and our own users'.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// The longest password whose every byte counts: bcrypt reads no more.
pub const MAX_BYTES: usize = 72;
const MIN_CHARACTERS: usize = 8;

/// A secret that is wiped when dropped and cannot be printed.
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// Wraps what somebody typed, unchecked.
    pub fn new(typed: String) -> Self {
        Self(typed.into())
    }

    /// The clear text, for the one call that needs it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// One rule of Chatwoot 4.9.2 that a password does not meet; displays as the sentence a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    #[error("Choose a password with at least 8 characters")]
    Short,
    #[error("Choose a password with 72 characters at most")]
    Long,
    #[error("Choose a password with at least one capital letter (A-Z)")]
    Upper,
    #[error("Choose a password with at least one small letter (a-z)")]
    Lower,
    #[error("Choose a password with at least one digit (0-9)")]
    Digit,
    #[error("Choose a password with at least one special character, such as ! or #")]
    Special,
    #[error("Use only plain letters, digits, spaces and punctuation: Chatwoot refuses accents and emoji")]
    Printable,
}

/// Every rule for an agent's password that `password` breaks, none when Chatwoot will take it.
pub fn unmet_rules(password: &str) -> Vec<PasswordRule> {
    let has = |class: fn(&u8) -> bool| password.as_bytes().iter().any(class);
    [
        (password.chars().count() < MIN_CHARACTERS, PasswordRule::Short),
        (password.len() > MAX_BYTES, PasswordRule::Long),
        (!has(u8::is_ascii_uppercase), PasswordRule::Upper),
        (!has(u8::is_ascii_lowercase), PasswordRule::Lower),
        (!has(u8::is_ascii_digit), PasswordRule::Digit),
        (!has(|b| b.is_ascii_punctuation() || *b == b' '), PasswordRule::Special),
        (!password.bytes().all(|b| (0x20..0x7f).contains(&b)), PasswordRule::Printable),
    ]
    .into_iter()
    .filter_map(|(broken, rule)| broken.then_some(rule))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_rule_is_named_alone() {
        assert_eq!(unmet_rules("Passw0rd!"), []);
        assert_eq!(unmet_rules("Pass w0rd"), []);
        assert_eq!(unmet_rules("Pw0rd!x"), [PasswordRule::Short]);
        assert_eq!(unmet_rules("passw0rd!"), [PasswordRule::Upper]);
        assert_eq!(unmet_rules("PASSW0RD!"), [PasswordRule::Lower]);
        assert_eq!(unmet_rules("Password!"), [PasswordRule::Digit]);
        assert_eq!(unmet_rules("Passw0rdd"), [PasswordRule::Special]);
        assert_eq!(unmet_rules("Pässw0rd!"), [PasswordRule::Printable]);
        assert_eq!(unmet_rules("Passw0rd\t!"), [PasswordRule::Printable]);
    }

    #[test]
    fn seventy_two_bytes_is_the_longest() {
        assert_eq!(unmet_rules(&format!("Aa1!{}", "x".repeat(68))), []);
        assert_eq!(unmet_rules(&format!("Aa1!{}", "x".repeat(69))), [PasswordRule::Long]);
    }

    #[test]
    fn a_password_never_prints_itself() {
        assert_eq!(format!("{:?}", Password::new("Passw0rd!".into())), "Password(…)");
    }
}
