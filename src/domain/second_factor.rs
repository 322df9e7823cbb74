//! One-time codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds) and recovery codes.

use totp_rs::{Builder, Secret};
use url::form_urlencoded::byte_serialize;

/// What an app shows beside the address.
const ISSUER: &str = "LocalBoxs";
const STEP_S: i64 = 30;
/// How many steps before and after the present one count, for clocks that are not exact.
const SKEW: u16 = 1;
/// The length of a secret, as RFC 4226 recommends it.
pub const SECRET_BYTES: usize = 20;
/// How many recovery codes somebody gets.
pub const RECOVERY_CODES: usize = 10;
/// The characters of recovery codes, without look-alikes.
pub const RECOVERY_ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// 16 of 31 characters: 79 bits, which nobody guesses, so that a plain hash protects them.
pub const RECOVERY_CHARACTERS: usize = 16;

/// The secret that an authenticator app and this server share; it cannot be printed.
pub struct TotpSecret(Secret);

/// What somebody typed as their second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedCode {
    /// Six digits.
    OneTime(String),
    /// Anything else, as [`recovery_code`] writes it.
    Recovery(String),
}

impl TotpSecret {
    pub fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(Secret::new_stack(bytes))
    }

    /// The secret for typing it into an app: groups of four characters.
    pub fn for_typing(&self) -> String {
        grouped(&self.0.to_base32(), ' ')
    }

    /// What the QR code says, for the account with this address.
    pub fn uri(&self, email: &str) -> String {
        let account: String = byte_serialize(email.as_bytes()).collect();
        let secret = self.0.to_base32();
        format!("otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}")
    }

    /// The step whose code this is, of those that count at `now_s` (seconds since 1970).
    pub fn matching_step(&self, code: &str, now_s: i64) -> Option<i64> {
        let totp = Builder::new().with_secret(self.0.clone()).with_skew(SKEW).build().ok()?;
        let step = totp.check(code, u64::try_from(now_s).ok()?)?;
        i64::try_from(step).ok()
    }

    /// The code of the step at `now_s`, as an app shows it.
    pub fn code_at(&self, now_s: i64) -> Option<String> {
        let totp = Builder::new().with_secret(self.0.clone()).build().ok()?;
        Some(totp.generate(u64::try_from(now_s / STEP_S * STEP_S).ok()?).to_string())
    }
}

impl TypedCode {
    /// Reads what was typed; spaces, dashes and capital letters make no difference.
    pub fn parse(typed: &str) -> Self {
        let code = recovery_code(typed);
        if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::OneTime(code)
        } else {
            Self::Recovery(code)
        }
    }
}

/// A recovery code without what people put between its characters.
fn recovery_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// `text` in groups of four.
pub fn grouped(text: &str, between: char) -> String {
    let groups: Vec<&str> =
        text.as_bytes().chunks(4).filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(&between.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 6238, appendix B.
    fn secret() -> TotpSecret {
        TotpSecret::new(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (now, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(secret().code_at(now).unwrap(), code);
            assert_eq!(secret().matching_step(code, now), Some(now / 30));
        }
    }

    #[test]
    fn a_code_counts_one_step_early_and_one_step_late() {
        let code = secret().code_at(1_111_111_109).unwrap();
        let step = 1_111_111_109 / 30;
        for (steps, matching) in [(-2, None), (-1, Some(step)), (0, Some(step)), (1, Some(step)), (2, None)] {
            assert_eq!(secret().matching_step(&code, 1_111_111_109 + steps * 30), matching, "{steps}");
        }
        for other in ["", "08180", "0818040", "+81804", "81804 ", "٠٨١٨٠٤"] {
            assert_eq!(secret().matching_step(other, 1_111_111_109), None, "{other}");
        }
    }

    #[test]
    fn an_app_reads_issuer_and_address() {
        assert_eq!(
            secret().uri("ana+x@example.com"),
            "otpauth://totp/LocalBoxs:ana%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=LocalBoxs"
        );
        assert_eq!(secret().for_typing(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn six_digits_are_a_code_and_all_else_a_recovery_code() {
        assert_eq!(TypedCode::parse(" 123 456"), TypedCode::OneTime("123456".into()));
        assert_eq!(TypedCode::parse("ABCD-efgh 2345-jkmn"), TypedCode::Recovery("abcdefgh2345jkmn".into()));
        assert_eq!(TypedCode::parse("1234567"), TypedCode::Recovery("1234567".into()));
        assert_eq!(TypedCode::parse("\0é"), TypedCode::Recovery(String::new()));
    }
}
