//! When to leave a failing Chatwoot alone, and when to try it again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const FAILURES: usize = 5;
const WITHIN: Duration = Duration::from_secs(10);
const SHORTEST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_mins(1);

/// Counts failed calls; five within ten seconds are too many.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: VecDeque<Instant>,
    /// How often it opened since a call last did its work.
    openings: u32,
    rests_until: Option<Instant>,
}

impl Breaker {
    /// Takes in a failed call; `true` when no more should follow for a while.
    pub fn failed(&mut self, now: Instant) -> bool {
        self.failures.push_back(now);
        while self.failures.front().is_some_and(|first| now.duration_since(*first) > WITHIN) {
            self.failures.pop_front();
        }
        if self.failures.len() < FAILURES {
            return false;
        }
        self.failures.clear();
        let rest = SHORTEST_REST.saturating_mul(1 << self.openings.min(8)).min(LONGEST_REST);
        self.openings += 1;
        self.rests_until = Some(now + rest);
        true
    }

    /// Takes in a call that did its work.
    pub fn succeeded(&mut self) {
        self.failures.clear();
        (self.openings, self.rests_until) = (0, None);
    }

    /// Whether it may close, once Chatwoot says of itself that it is there: a Chatwoot that says so and fails each
    /// call gets longer and longer rests.
    pub fn may_close(&self, now: Instant) -> bool {
        self.rests_until.is_none_or(|until| until <= now)
    }

    /// Whether calls that failed, not a Chatwoot that is away, opened it last.
    pub fn opened_by_failures(&self) -> bool {
        self.rests_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn five_failures_within_ten_seconds_are_too_many() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        for nth in 0..4 {
            assert!(!breaker.failed(start + seconds(nth)));
        }
        assert!(breaker.failed(start + seconds(10)));
    }

    #[test]
    fn slower_failures_are_each_operations_own_matter() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        for nth in 0..100 {
            assert!(!breaker.failed(start + seconds(3 * nth)));
        }
    }

    #[test]
    fn a_call_that_works_starts_the_count_anew() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..20 {
            assert!((0..4).all(|_| !breaker.failed(now)));
            breaker.succeeded();
        }
    }

    #[test]
    fn each_opening_in_a_row_rests_longer_up_to_a_minute() {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        for rest in [2, 4, 8, 16, 32, 60, 60, 60] {
            for _ in 0..5 {
                breaker.failed(now);
            }
            let almost = seconds(rest).checked_sub(Duration::from_millis(1)).unwrap();
            assert!(!breaker.may_close(now + almost));
            now += seconds(rest);
            assert!(breaker.may_close(now));
        }
        breaker.succeeded();
        assert!(breaker.may_close(now) && !breaker.opened_by_failures());
    }
}
