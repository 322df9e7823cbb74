//! A moment as people read it: how long ago, with the exact time behind it.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A moment seen from `now`.
#[derive(Clone, Copy)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

impl Moment {
    fn relative(self) -> String {
        let ago = self.now - self.at;
        if ago < TimeDelta::seconds(45) {
            "just now".to_owned()
        } else if ago < TimeDelta::minutes(60) {
            format!("{} min ago", ago.num_minutes().max(1))
        } else if ago < TimeDelta::hours(24) {
            format!("{} h ago", ago.num_hours())
        } else {
            self.at.format("%-d %b %Y").to_string()
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let title = self.at.format("%-d %b %Y, %H:%M UTC");
        write!(f, r#"<time datetime="{exact}" title="{title}">{}</time>"#, self.relative())
    }
}

/// A moment to the second, for records.
#[derive(Clone, Copy)]
pub struct Exact(pub DateTime<Utc>);

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.0.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, r#"<time datetime="{exact}">{}</time>"#, self.0.format("%-d %b %Y, %H:%M:%S UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_after(seconds: i64) -> String {
        let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        Moment { at, now: at + TimeDelta::seconds(seconds) }.relative()
    }

    #[test]
    fn the_past_reads_in_words_of_its_size() {
        assert_eq!(seen_after(-5), "just now");
        assert_eq!(seen_after(44), "just now");
        assert_eq!(seen_after(50), "1 min ago");
        assert_eq!(seen_after(59 * 60), "59 min ago");
        assert_eq!(seen_after(3 * 3600), "3 h ago");
        assert_eq!(seen_after(40 * 3600), "21 Sep 2026");
    }
}
