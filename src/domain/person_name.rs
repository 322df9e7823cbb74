//! The name of an agent, as customers see it.

use thiserror::Error;

/// A name people can read: trimmed, 1 to 100 characters, at least one letter or digit, nothing invisible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

/// Why a text cannot be an agent's name; each displays as the sentence a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PersonNameError {
    #[error("Enter the agent's name")]
    Empty,
    #[error("Enter a name with at least one letter or number")]
    NothingToRead,
    #[error("The name is too long: use 100 characters at most")]
    TooLong,
    #[error("The name contains characters that cannot be seen; type it again without them")]
    Invisible,
}

const MAX_CHARACTERS: usize = 100;

impl PersonName {
    /// Reads what somebody typed; spaces at the ends are dropped and runs of spaces become one.
    pub fn parse(typed: &str) -> Result<Self, PersonNameError> {
        if typed.chars().any(is_invisible) {
            return Err(PersonNameError::Invisible);
        }
        let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(PersonNameError::Empty);
        }
        if name.chars().count() > MAX_CHARACTERS {
            return Err(PersonNameError::TooLong);
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(PersonNameError::NothingToRead);
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters and the marks that turn the direction of text: they make one name look like another.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{180E}'
                | '\u{3164}'
                | '\u{FFA0}'
                | '\u{200B}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{061C}'
                | '\u{2060}'
                | '\u{FEFF}'
                | '\u{2028}'
                | '\u{2029}'
        )
        || ('\u{202A}'..='\u{202E}').contains(&c)
        || ('\u{2066}'..='\u{206F}').contains(&c)
        || ('\u{FFF9}'..='\u{FFFB}').contains(&c)
        || ('\u{E0000}'..='\u{E007F}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_around_and_between_are_tidied() {
        assert_eq!(PersonName::parse("  Ana   Ruiz ").unwrap().as_str(), "Ana Ruiz");
        assert_eq!(PersonName::parse("李雷").unwrap().as_str(), "李雷");
    }

    #[test]
    fn unusable_names_say_why() {
        assert_eq!(PersonName::parse(""), Err(PersonNameError::Empty));
        assert_eq!(PersonName::parse("   "), Err(PersonNameError::Empty));
        assert_eq!(PersonName::parse("🎉🎉"), Err(PersonNameError::NothingToRead));
        assert_eq!(PersonName::parse(&"a".repeat(10_000)), Err(PersonNameError::TooLong));
        assert_eq!(PersonName::parse("Ana\u{0}Ruiz"), Err(PersonNameError::Invisible));
        assert_eq!(PersonName::parse("Ana\u{202E}ziuR"), Err(PersonNameError::Invisible));
        assert_eq!(PersonName::parse("Ana\nRuiz"), Err(PersonNameError::Invisible));
    }

    #[test]
    fn a_name_of_one_hundred_characters_is_the_longest() {
        assert!(PersonName::parse(&"é".repeat(100)).is_ok());
        assert_eq!(PersonName::parse(&"é".repeat(101)), Err(PersonNameError::TooLong));
    }
}
