//! When the agents were last compared with Chatwoot, and the button to do it now.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::services::drift::Looks;
use crate::web::parts::{Moment, icon};

/// One line about the comparing, or a note while it is paused.
#[derive(Template)]
#[template(path = "parts/drift_line.html")]
pub struct DriftLine {
    looked: Option<Moment>,
    /// Since when. How many are missing is not told: they may be other tenants'.
    paused: Option<Moment>,
}

impl DriftLine {
    pub fn new(looks: Looks, now: DateTime<Utc>) -> Self {
        let moment = |ms| DateTime::from_timestamp_millis(ms).map(|at| Moment { at, now });
        let paused = looks.paused.and_then(|paused| moment(paused.at));
        Self { looked: looks.looked_at.and_then(moment), paused }
    }
}
