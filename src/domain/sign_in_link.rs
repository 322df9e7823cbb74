//! A link with which an agent signs in to Chatwoot: good for a day and for one use.

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::AgentId;

/// How long a link works.
pub const LIFE: TimeDelta = TimeDelta::hours(24);

/// A link as stored; what stands in it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInLink {
    pub agent: AgentId,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Whether a link works, or since when it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    Used(DateTime<Utc>),
    Revoked(DateTime<Utc>),
    Expired(DateTime<Utc>),
}

impl SignInLink {
    /// How the link stands at `now`.
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        match (self.used_at, self.revoked_at) {
            (Some(used), _) => Standing::Used(used),
            (None, Some(revoked)) => Standing::Revoked(revoked),
            _ if self.expires_at <= now => Standing::Expired(self.expires_at),
            _ => Standing::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_link_works_for_a_day_until_it_is_used_or_revoked() {
        let made = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let link = SignInLink {
            agent: AgentId(Uuid::nil()),
            created_at: made,
            expires_at: made + LIFE,
            used_at: None,
            revoked_at: None,
        };
        let later = made + TimeDelta::hours(1);
        let end = made + LIFE;
        assert_eq!(link.standing(end - TimeDelta::milliseconds(1)), Standing::Open);
        assert_eq!(link.standing(end), Standing::Expired(end));
        let revoked = SignInLink { revoked_at: Some(later), ..link.clone() };
        assert_eq!(revoked.standing(end), Standing::Revoked(later));
        let used = SignInLink { used_at: Some(later), ..revoked };
        assert_eq!(used.standing(later), Standing::Used(later));
    }
}
