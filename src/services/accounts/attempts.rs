//! The brakes on guessing passwords: growing waits per account, a ceiling per address.
//!
//! An attempt is counted before its password is looked at, so that parallel guesses feel each other. Wrong ones
//! come into the audit log when they begin to be made to wait, and then at each tenfold.

use std::net::IpAddr;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db;
use crate::db::WriteTx;
use crate::db::audit::Event;
use crate::db::sign_in_failures::Failures;
use crate::domain::hex;
use crate::domain::ids::UserId;
use crate::services::audit;
use crate::services::error::{Refusal, ServiceError};
use crate::trace::Origin;

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
    /// What it is in the audit log when it is wrong.
    action: &'static str,
    /// In a row, with this one.
    failures: i64,
    is_noted: bool,
}

/// What is being guessed.
pub(super) struct Guess {
    subject: String,
    waits: [i64; 8],
    action: &'static str,
}

impl Guess {
    /// The password of whoever signs in with this address.
    pub(super) fn password(email: &str) -> Self {
        let subject = subject("account", email.trim().to_lowercase().as_bytes());
        Self { subject, waits: PASSWORD_WAITS_S, action: "account.sign_in_refused" }
    }

    /// The password that somebody signed in gives once more.
    pub(super) fn own_password(user: UserId) -> Self {
        let subject = subject("own password", user.0.as_bytes());
        Self { subject, waits: PASSWORD_WAITS_S, action: "account.password_refused" }
    }

    /// The second factor of this user.
    pub(super) fn code(user: UserId) -> Self {
        let subject = subject("code", user.0.as_bytes());
        Self { subject, waits: CODE_WAITS_S, action: "account.code_refused" }
    }
}

/// Counts an attempt, or refuses it when there were too many.
pub(super) async fn begin(app: &App, guess: Guess, ip: Option<IpAddr>) -> Result<Attempt, ServiceError> {
    let now = app.now_ms();
    let address = ip.map(|ip| subject("address", format!("{}/{}", network(ip), now / MINUTE_MS).as_bytes()));
    let tx = app.db.write().await?;
    // Counting comes first: it locks the row, so what is read next is the last word.
    let mut account = count(&tx, &guess.subject, now).await?;
    wait_for(account.blocked_until_ms - now)?;
    if let Some(address) = &address {
        let address = count(&tx, address, now).await?;
        if address.failures > ADDRESS_FAILURES {
            wait_for(MINUTE_MS - now % MINUTE_MS)?;
        }
    }
    account.blocked_until_ms = now + wait_after(account.failures, &guess.waits) * 1000;
    db::sign_in_failures::store(&*tx, &account).await?;
    tx.commit().await?;
    Ok(Attempt {
        account: guess.subject,
        address,
        action: guess.action,
        failures: account.failures,
        is_noted: is_noted(account.failures, &guess.waits),
    })
}

impl Attempt {
    /// Tells the audit log that the guess was wrong, if it is one that is noted; `about` is nobody when no account
    /// has what was typed, and then that is not kept: it may be a password in the wrong field.
    pub(super) async fn was_wrong(&self, app: &App, about: Option<UserId>) -> Result<(), ServiceError> {
        if !self.is_noted {
            return Ok(());
        }
        let after = json!({ "failures": self.failures });
        audit::note_refused(app, refused(app, self.action, about, after)).await
    }

    /// Takes the attempt back: the guess was right.
    pub(super) async fn forget(self, tx: &WriteTx) -> Result<(), ServiceError> {
        db::sign_in_failures::clear(&**tx, &[self.account]).await?;
        if let Some(address) = self.address {
            db::sign_in_failures::take_back(&**tx, &address).await?;
        }
        Ok(())
    }
}

/// An attempt of somebody who has not shown who they are.
pub(super) fn refused(
    app: &App,
    action: &'static str,
    about: Option<UserId>,
    after: serde_json::Value,
) -> Event {
    Event {
        at: app.now(),
        tenant: about,
        actor: "user",
        actor_id: None,
        action,
        object: "user",
        object_id: about.map_or_else(|| "unknown".to_owned(), |user| user.to_string()),
        before: None,
        after: Some(after),
        reason: None,
        request_id: Origin::current().request,
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

fn is_noted(failures: i64, waits: &[i64]) -> bool {
    let first_waiting =
        waits.iter().position(|wait| *wait > 0).and_then(|index| i64::try_from(index + 1).ok());
    let tenfold = || (1..10).any(|power| failures == 10_i64.pow(power));
    Some(failures) == first_waiting || tenfold()
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
    fn wrong_guesses_are_noted_when_waits_begin_and_at_each_tenfold() {
        let noted = |waits: &[i64]| (1..=1000).filter(|nth| is_noted(*nth, waits)).collect::<Vec<i64>>();
        assert_eq!(noted(&PASSWORD_WAITS_S), [4, 10, 100, 1000]);
        assert_eq!(noted(&CODE_WAITS_S), [5, 10, 100, 1000]);
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
