//! Generated passwords.

use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::domain::password::Password;

const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const LOWER: &[u8] = b"abcdefghijkmnopqrstuvwxyz";
const DIGIT: &[u8] = b"23456789";
const SPECIAL: &[u8] = b"!#$%*+-=?@";
const LENGTH: usize = 20;

/// A random password of 20 characters that Chatwoot takes, without look-alikes such as 0 and O.
pub fn generate() -> Password {
    let mut random = rand::rng();
    let classes = [UPPER, LOWER, DIGIT, SPECIAL];
    let mut characters: Vec<u8> =
        classes.iter().filter_map(|class| class.choose(&mut random).copied()).collect();
    while characters.len() < LENGTH {
        let class = classes[random.random_range(0..classes.len())];
        characters.extend(class.choose(&mut random));
    }
    characters.shuffle(&mut random);
    Password::new(characters.into_iter().map(char::from).collect())
}

/// As [`generate`], beginning with a letter or digit, so that no spreadsheet takes it for a formula.
pub fn generate_for_file() -> Password {
    loop {
        let password = generate();
        if password.reveal().starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return password;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::password::unmet_rules;

    #[test]
    fn every_generated_password_meets_every_rule() {
        for _ in 0..1_000 {
            assert_eq!(unmet_rules(generate().reveal()), []);
            assert!(generate_for_file().reveal().as_bytes()[0].is_ascii_alphanumeric());
        }
    }
}
