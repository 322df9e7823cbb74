//! How the installation is configured.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::state::State;

/// What an operator of a real installation would configure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) version: String,
    pub(crate) frontend_url: Option<String>,
    pub(crate) job_delay: Option<Duration>,
    pub(crate) clock_ahead_ms: i64,
    pub(crate) calls_per_minute: Option<u32>,
    pub(crate) user_limit: Option<usize>,
    pub(crate) enterprise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: "4.9.2".to_owned(),
            frontend_url: None,
            job_delay: None,
            clock_ahead_ms: 0,
            calls_per_minute: None,
            user_limit: None,
            enterprise: false,
        }
    }
}

impl Settings {
    /// Major and minor version; what cannot be read counts as 0.
    pub(crate) fn version_pair(&self) -> (u32, u32) {
        let mut parts = self.version.split('.').map(|n| n.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }
}

impl State {
    /// Behaves as this version does where the versions differ (default `4.9.2`).
    pub fn set_version(&mut self, version: &str) {
        version.clone_into(&mut self.settings.version);
    }

    /// The start of sign-in links (default: the sandbox's own address).
    pub fn set_frontend_url(&mut self, url: &str) {
        self.settings.frontend_url = Some(url.trim_end_matches('/').to_owned());
    }

    /// Runs queued jobs by themselves once they are this old; without it only `tick` runs them.
    pub fn run_jobs_after(&mut self, delay: Duration) {
        self.settings.job_delay = Some(delay);
    }

    /// Throttles every client together at so many calls in a clock minute, as 4.9.2 does at
    /// 3,000 for addresses other than the loopback's (default: no throttle).
    pub fn set_calls_per_minute(&mut self, calls: u32) {
        self.settings.calls_per_minute = Some(calls);
    }

    /// Refuses new users from the platform API beyond so many, as a premium plan does.
    pub fn set_user_limit(&mut self, users: usize) {
        self.settings.user_limit = Some(users);
    }

    /// Behaves as the enterprise build: `limits.agents` counts and its extra keys are answered.
    pub fn set_enterprise(&mut self, enterprise: bool) {
        self.settings.enterprise = enterprise;
    }

    /// Moves the installation's clock forward (sign-in links expire, timed jobs fall due).
    pub fn advance_clock(&mut self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.settings.clock_ahead_ms = self.settings.clock_ahead_ms.saturating_add(by);
    }

    /// Counts the call against the clock minute's allowance; whether it is one too many.
    pub(crate) fn is_throttled(&mut self) -> bool {
        let Some(allowed) = self.settings.calls_per_minute else {
            return false;
        };
        let minute = self.now().timestamp() / 60;
        if self.minute.0 != minute {
            self.minute = (minute, 0);
        }
        self.minute.1 += 1;
        self.minute.1 > allowed
    }
}
