//! Limits as people type and read them, and as programs send them.

use std::fmt;

use super::limits::{CHUNK_SIZES, LimitName, MIB, MOST};
use super::tier::Limit;

/// What a number typed for a limit is counted in.
///
/// Document sizes are typed in MB, unless the stored size is no whole number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// What [`LimitName::unit`] says.
    Usual,
    Bytes,
}

/// Why something cannot be a limit; displays as the sentence at its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitFault {
    Empty(LimitName),
    WithUnit(&'static str),
    NotWhole,
    NotANumber,
    Negative(LimitName),
    /// The most there can be, and what that is counted in where it is a size.
    TooLarge(i64, &'static str),
    OutOfRange,
    NeverUnlimited,
}

/// Reads what a person typed into the field of this limit.
pub fn parse_typed(name: LimitName, unit: Unit, text: &str) -> Result<Limit, LimitFault> {
    let text = text.trim();
    let number = whole_number(name, unit, text)?;
    let factor = factor(name, unit);
    if number < 0 {
        return Err(LimitFault::Negative(name));
    }
    check(name, i64::try_from(number.saturating_mul(i128::from(factor))).ok(), factor)
}

/// Takes the number that a program sent, where -1 means no limit.
pub fn parse_stored(name: LimitName, number: i64) -> Result<Limit, LimitFault> {
    match number {
        -1 if name.can_be_unlimited() => Ok(Limit::Unlimited),
        -1 => Err(LimitFault::NeverUnlimited),
        ..-1 => Err(LimitFault::Negative(name)),
        _ => check(name, Some(number), 1),
    }
}

fn check(name: LimitName, number: Option<i64>, factor: i64) -> Result<Limit, LimitFault> {
    let (least, most) = range(name);
    let fits = number.filter(|number| (least..=most).contains(number));
    match fits.and_then(|number| u64::try_from(number).ok()) {
        Some(number) => Ok(Limit::AtMost(number)),
        None if name == LimitName::ChunkSize => Err(LimitFault::OutOfRange),
        None => Err(LimitFault::TooLarge(most / factor, size_unit(name, factor))),
    }
}

/// Sizes say what their bound is counted in, since it differs between pages and programs.
fn size_unit(name: LimitName, factor: i64) -> &'static str {
    match (name, factor) {
        (LimitName::DocumentSize, 1) => " bytes",
        (LimitName::DocumentSize, _) => " MB",
        _ => "",
    }
}

fn range(name: LimitName) -> (i64, i64) {
    match name {
        LimitName::ChunkSize => CHUNK_SIZES,
        _ => (0, MOST),
    }
}

fn whole_number(name: LimitName, unit: Unit, text: &str) -> Result<i128, LimitFault> {
    if text.is_empty() {
        return Err(LimitFault::Empty(name));
    }
    let (sign, rest) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = without_separators(rest);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number of more digits than fit is simply too large.
        return Ok(sign * digits.parse::<i128>().unwrap_or(i128::MAX / 2));
    }
    let number = rest.trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace() || c == '%');
    if number.len() < rest.len() && number.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(LimitFault::WithUnit(unit.words(name)));
    }
    let parts = rest.split(['.', ',']);
    let is_fraction = rest.contains(['.', ','])
        && parts.clone().any(|part| !part.is_empty())
        && parts.clone().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    Err(if is_fraction { LimitFault::NotWhole } else { LimitFault::NotANumber })
}

/// `1,000` and `1 000` as we show them ourselves; anything else stays as it is.
fn without_separators(text: &str) -> String {
    for separator in [',', ' ', '\u{a0}', '\u{202f}'] {
        let mut parts = text.split(separator);
        let first = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        if (1..=3).contains(&first.len()) && !rest.is_empty() && rest.iter().all(|part| part.len() == 3) {
            return format!("{first}{}", rest.concat());
        }
    }
    text.to_owned()
}

fn factor(name: LimitName, unit: Unit) -> i64 {
    if name == LimitName::DocumentSize && unit == Unit::Usual { MIB } else { 1 }
}

impl Unit {
    /// What this limit, as it is stored now, is typed in.
    pub fn of(name: LimitName, stored: Limit) -> Self {
        match stored {
            Limit::AtMost(bytes) if name == LimitName::DocumentSize && bytes % MIB.unsigned_abs() != 0 => {
                Self::Bytes
            }
            _ => Self::Usual,
        }
    }

    pub fn words(self, name: LimitName) -> &'static str {
        match self {
            Self::Usual => name.unit(),
            Self::Bytes => "bytes",
        }
    }
}

/// What belongs into the field of this limit; empty without one.
pub fn typed(name: LimitName, unit: Unit, limit: Limit) -> String {
    match limit {
        Limit::AtMost(number) => (number / factor(name, unit).unsigned_abs()).to_string(),
        Limit::Unlimited => String::new(),
    }
}

/// The limit as a table shows it: `3`, `25 MB`, `No limit`.
pub fn figure(name: LimitName, limit: Limit) -> String {
    match limit {
        Limit::Unlimited => "No limit".to_owned(),
        Limit::AtMost(number) if name == LimitName::DocumentSize => match Unit::of(name, limit) {
            Unit::Usual => format!("{} MB", grouped(number / MIB.unsigned_abs())),
            Unit::Bytes => format!("{} bytes", grouped(number)),
        },
        Limit::AtMost(number) => grouped(number),
    }
}

/// The limit in a sentence: `3 agents`, `25 MB`, `no limit`.
pub fn words(name: LimitName, limit: Limit) -> String {
    match limit {
        Limit::Unlimited => "no limit".to_owned(),
        Limit::AtMost(_) if name == LimitName::DocumentSize => figure(name, limit),
        Limit::AtMost(number) => {
            format!("{} {}", grouped(number), name.unit_of(i64::try_from(number).unwrap_or(i64::MAX)))
        }
    }
}

/// A number with a comma between each three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for LimitFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(name) if name.can_be_unlimited() => {
                f.write_str("Enter a whole number, or choose No limit")
            }
            Self::WithUnit(unit) => write!(f, "Enter the number alone; it is counted in {unit}"),
            Self::NotWhole => f.write_str("Enter a whole number, without a fraction"),
            Self::NotANumber => f.write_str("Enter a whole number, such as 10"),
            Self::Negative(name) if name.can_be_unlimited() => {
                f.write_str("Enter 0 or more; for no end, choose No limit")
            }
            Self::Empty(_) | Self::Negative(_) | Self::OutOfRange => {
                f.write_str("Enter a whole number from 100 to 32,000")
            }
            Self::TooLarge(most, unit) => {
                write!(f, "Enter at most {}{unit}", grouped(most.unsigned_abs()))
            }
            Self::NeverUnlimited => {
                f.write_str("This always has a limit; enter a whole number from 100 to 32,000")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(name: LimitName, text: &str) -> String {
        parse_typed(name, Unit::Usual, text).unwrap_err().to_string()
    }

    #[test]
    fn each_thing_that_is_no_limit_gets_its_own_sentence() {
        let agents = LimitName::HelpdeskAgents;
        assert_eq!(fault(agents, " "), "Enter a whole number, or choose No limit");
        assert_eq!(fault(agents, "3 agents"), "Enter the number alone; it is counted in agents");
        assert_eq!(fault(LimitName::DocumentSize, "5MB"), "Enter the number alone; it is counted in MB");
        assert_eq!(fault(agents, "2.5"), "Enter a whole number, without a fraction");
        assert_eq!(fault(agents, "2,5"), "Enter a whole number, without a fraction");
        assert_eq!(fault(agents, "three"), "Enter a whole number, such as 10");
        for text in ["1e3", "0x10", "١", "3\0", "--1", "1 2", ".", "∞", "1_000"] {
            assert!(parse_typed(agents, Unit::Usual, text).is_err(), "{text}");
        }
        for text in ["-1", "-2", "-99999999999999999999999"] {
            assert_eq!(fault(agents, text), "Enter 0 or more; for no end, choose No limit");
        }
        assert_eq!(fault(agents, "2147483648"), "Enter at most 2,147,483,647");
        assert_eq!(fault(agents, &"9".repeat(60)), "Enter at most 2,147,483,647");
        for text in ["99", "32001", "-1", ""] {
            assert_eq!(
                fault(LimitName::ChunkSize, text),
                "Enter a whole number from 100 to 32,000",
                "{text}"
            );
        }
        assert_eq!(fault(LimitName::DocumentSize, "2048"), "Enter at most 2,047 MB");
    }

    #[test]
    fn numbers_are_read_as_we_show_them() {
        let read = |name, text| parse_typed(name, Unit::Usual, text).unwrap();
        assert_eq!(read(LimitName::Demos, "0"), Limit::AtMost(0));
        assert_eq!(read(LimitName::ApiCalls, " 10,000 "), Limit::AtMost(10_000));
        assert_eq!(read(LimitName::ApiCalls, "2147483647"), Limit::AtMost(2_147_483_647));
        assert_eq!(read(LimitName::DocumentSize, "25"), Limit::AtMost(25 * 1024 * 1024));
        assert_eq!(
            parse_typed(LimitName::DocumentSize, Unit::Bytes, "25").unwrap(),
            Limit::AtMost(25),
            "a size that is no whole number of MB is typed in bytes"
        );
        assert_eq!(read(LimitName::ChunkSize, "100"), Limit::AtMost(100));
    }

    #[test]
    fn a_program_says_no_limit_with_minus_one() {
        assert_eq!(parse_stored(LimitName::Demos, -1), Ok(Limit::Unlimited));
        assert_eq!(parse_stored(LimitName::ChunkSize, -1), Err(LimitFault::NeverUnlimited));
        assert_eq!(parse_stored(LimitName::Demos, -2), Err(LimitFault::Negative(LimitName::Demos)));
        assert_eq!(parse_stored(LimitName::Demos, MOST + 1), Err(LimitFault::TooLarge(MOST, "")));
        assert_eq!(
            parse_stored(LimitName::DocumentSize, MOST + 1),
            Err(LimitFault::TooLarge(MOST, " bytes"))
        );
    }

    #[test]
    fn limits_read_in_plain_words() {
        let size = |bytes| figure(LimitName::DocumentSize, Limit::AtMost(bytes));
        assert_eq!((size(26_214_400), size(5_000_000)), ("25 MB".into(), "5,000,000 bytes".into()));
        assert_eq!(figure(LimitName::Demos, Limit::Unlimited), "No limit");
        assert_eq!(figure(LimitName::ApiCalls, Limit::AtMost(100_000)), "100,000");
        assert_eq!(words(LimitName::HelpdeskAgents, Limit::AtMost(1)), "1 agent");
        assert_eq!(words(LimitName::HelpdeskAgents, Limit::AtMost(0)), "0 agents");
        assert_eq!(typed(LimitName::DocumentSize, Unit::Usual, Limit::AtMost(26_214_400)), "25");
    }
}
