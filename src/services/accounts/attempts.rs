//! The brakes on guessing passwords: growing waits per account, a ceiling per address.
//!
//! An attempt is counted before its password is looked at, so that parallel guesses feel each other.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::sessions::hex;
use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::db::sign_in_failures::Failures;
use crate::services::error::{Refusal, ServiceError};

/// How long a failure is remembered.
const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;
/// The wait after each failure in a row; the last one repeats.
const ACCOUNT_WAITS_S: [i64; 8] = [0, 0, 0, 1, 3, 5, 10, 60];
/// Failures that one address may make in a minute.
const ADDRESS_FAILURES: i64 = 10;
const MINUTE_MS: i64 = 60_000;

/// An attempt that counts as failed until it is forgotten.
pub(super) struct Attempt {
    account: String,
    address: Option<String>,
}

/// Counts an attempt, or refuses it when there were too many.
pub(super) async fn begin(app: &App, email: &str, ip: Option<IpAddr>) -> Result<Attempt, ServiceError> {
    let now = app.now_ms();
    let attempt = Attempt {
        account: subject("account", email.trim().to_lowercase().as_bytes()),
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
    account.blocked_until_ms = now + account_wait(account.failures) * 1000;
    db::sign_in_failures::store(&*tx, &account).await?;
    tx.commit().await?;
    Ok(attempt)
}

impl Attempt {
    /// Takes the attempt back: the password was right.
    pub(super) async fn forget(self, app: &App) -> Result<(), ServiceError> {
        let tx = app.db.write().await?;
        db::sign_in_failures::clear(&*tx, &[self.account]).await?;
        if let Some(address) = self.address {
            db::sign_in_failures::take_back(&*tx, &address).await?;
        }
        Ok(tx.commit().await?)
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

fn account_wait(failures: i64) -> i64 {
    let last = ACCOUNT_WAITS_S.len() - 1;
    let index = usize::try_from(failures - 1).map_or(0, |index| index.min(last));
    ACCOUNT_WAITS_S[index]
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
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_then_stay_at_a_minute() {
        let waits: Vec<i64> = (1..=10).map(account_wait).collect();
        assert_eq!(waits, [0, 0, 0, 1, 3, 5, 10, 60, 60, 60]);
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
