//! Passwords that whoever guesses tries first.

use zxcvbn::{Score, zxcvbn};

/// As far as a password is looked at: some of the longer ones would take seconds.
const LOOKED_AT_CHARACTERS: usize = 32;
const PRODUCT: &str = "localboxs";

/// Whether a password falls to some million guesses of somebody who knows the person's address and name.
///
/// Takes up to half a second on what is made to be slow.
pub fn is_easy_to_guess(password: &str, email: &str, name: &str) -> bool {
    let looked_at: String = password.chars().take(LOOKED_AT_CHARACTERS).collect();
    let together: String = name.split_whitespace().collect();
    let words = email.split(['@', '.']).chain(name.split_whitespace());
    let known: Vec<&str> = [PRODUCT, email, name, &together].into_iter().chain(words).collect();
    zxcvbn(&looked_at, &known).score() < Score::Two
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_easy(password: &str) -> bool {
        is_easy_to_guess(password, "ana@example.com", "Ana Ruiz")
    }

    #[test]
    fn what_everybody_takes_and_what_is_known_of_the_person_is_easy() {
        for easy in [
            "password",
            "12345678",
            "password1",
            "Passw0rd",
            "        ",
            "aaaaaaaa",
            "qwertyuiop",
            "iloveyou1",
            "localboxs",
            "LocalBoxs1",
            "ana@example.com",
            "Ana Ruiz",
            "anaruiz1",
            "abcdefgh",
        ] {
            assert!(is_easy(easy), "{easy}");
        }
    }

    #[test]
    fn a_few_words_or_something_random_is_not() {
        for hard in ["correct horse battery", "a password of my own", "k7#Lq9vz", "überall grüne Äpfel"] {
            assert!(!is_easy(hard), "{hard}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_one_is_looked_at() {
        assert!(is_easy(&"ü".repeat(128)));
        assert!(!is_easy(&"4@8({[</369&#!1/|0$5+7%2".repeat(6)));
    }
}
