//! The brakes on guessing passwords: growing waits per account, a ceiling per address.
//!
//! An attempt is counted before its password is looked at, so that parallel guesses feel each other.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::db::sign_in_failures::Failures;
use crate::domain::hex;
use crate::domain::ids::UserId;
use crate::services::error::{Refusal, ServiceError};

/// How long a failure is remembered.
const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;
/// The wait after each failure in a row; the last one repeats.
const PASSWORD_WAITS_S: [i64; 8] = [0, 0, 0, 1, 3, 5, 10, 60];
/// The same for six digits, which are quicker to guess: five tries, then a hundred a day.
const CODE_WAITS_S: [i64; 8] = [0, 0, 0, 0, 60, 120, 300, 900];
/// Failures that one address may make in a minute.
const ADDRESS_FAILURES: i64 = 10;
const MINUTE_MS: i64 = 60_000;

/// An attempt that counts as failed until it is forgotten.
pub(super) struct Attempt {
    account: String,
    address: Option<String>,
}

/// What is being guessed.
pub(super) struct Guess {
    subject: String,
    waits: [i64; 8],
}

impl Guess {
    /// The password of whoever signs in with this address.
    pub(super) fn password(email: &str) -> Self {
        let subject = subject("account", email.trim().to_lowercase().as_bytes());
        Self { subject, waits: PASSWORD_WAITS_S }
    }

    /// The password that somebody signed in gives once more.
    pub(super) fn own_password(user: UserId) -> Self {
        Self { subject: subject("own password", user.0.as_bytes()), waits: PASSWORD_WAITS_S }
    }

    /// The second factor of this user.
    pub(super) fn code(user: UserId) -> Self {
        Self { subject: subject("code", user.0.as_bytes()), waits: CODE_WAITS_S }
    }
}

/// Counts an attempt, or refuses it when there were too many.
pub(super) async fn begin(app: &App, guess: Guess, ip: Option<IpAddr>) -> Result<Attempt, ServiceError> {
    let now = app.now_ms();
    let attempt = Attempt {
        account: guess.subject,
        address: ip.map(|ip| subject("address", format!("{}/{}", network(ip), now / MINUTE_MS).as_bytes())),
    };
    let tx = app.db.write().await?;
    // Counting comes first: it locks the row, so what is read next is the last word.
    let mut account = count(&tx, &attempt.account, now).await?;
    wait_for(account.blocked_until_ms - now)?;
    if let Some(address) = &attempt.address {
        let address = count(&tx, address, now).await?;
        if address.failures > ADDRESS_FAILURES {
            wait_for(MINUTE_MS - now % MINUTE_MS)?;
        }
    }
    account.blocked_until_ms = now + wait_after(account.failures, &guess.waits) * 1000;
    db::sign_in_failures::store(&*tx, &account).await?;
    tx.commit().await?;
    Ok(attempt)
}

impl Attempt {
    /// Takes the attempt back: the guess was right.
    pub(super) async fn forget(self, tx: &WriteTx) -> Result<(), ServiceError> {
        db::sign_in_failures::clear(&**tx, &[self.account]).await?;
        if let Some(address) = self.address {
            db::sign_in_failures::take_back(&**tx, &address).await?;
        }
        Ok(())
    }
}

async fn count(tx: &WriteTx, subject: &str, now: i64) -> Result<Failures, ServiceError> {
    db::sign_in_failures::count_one(&**tx, subject, now, now - REMEMBERED_MS).await?;
    let found = db::sign_in_failures::find(&**tx, &[subject.to_owned()]).await?;
    found.into_iter().next().ok_or(ServiceError::Internal("a counted failure is gone"))
}

fn wait_for(ms: i64) -> Result<(), Refusal> {
    match u64::try_from(ms) {
        Ok(ms) if ms > 0 => Err(Refusal::TooManyAttempts(ms.div_ceil(1000))),
        _ => Ok(()),
    }
}

fn wait_after(failures: i64, waits: &[i64]) -> i64 {
    let last = waits.len() - 1;
    let index = usize::try_from(failures - 1).map_or(0, |index| index.min(last));
    waits[index]
}

/// One subscriber's network: the address itself, or the /64 in IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn subject(kind: &str, text: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(kind.as_bytes());
    hash.update([0]);
    hash.update(text);
    hex::encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_then_stay_at_a_minute() {
        let waits: Vec<i64> = (1..=10).map(|nth| wait_after(nth, &PASSWORD_WAITS_S)).collect();
        assert_eq!(waits, [0, 0, 0, 1, 3, 5, 10, 60, 60, 60]);
        assert_eq!(wait_after(5, &CODE_WAITS_S), 60, "five tries a minute");
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_subject() {
        let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let two: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        let other: IpAddr = "2001:db8:1:3::1".parse().unwrap();
        assert_eq!(network(one), network(two));
        assert_ne!(network(one), network(other));
        assert_eq!(network("::ffff:192.0.2.7".parse().unwrap()), "192.0.2.7".parse::<IpAddr>().unwrap());
    }
}
