//! What to do next about one agent: a pure decision over what is wanted and what is known.

mod learn;
mod plan;
mod step;

pub use self::learn::{Observation, Verdict, confirm_name, finish, learn, unsettle};
pub use self::plan::{Attempt, Next, next_step};
pub use self::step::{Step, step_words};

/// How long a removal can be undone (ms).
pub const HOLD_MS: i64 = 10 * 60 * 1000;
/// How much longer nothing is deleted, because clocks differ (ms).
const GRACE_MS: i64 = 5_000;
/// When somebody who was seen gone is looked for again (ms): a call whose answer was lost may have come after it.
const LOOK_AGAIN_MS: [i64; 2] = [60_000, 3_600_000];

/// Whether something that was uncertain until then has become certain enough to look.
fn is_settled(until: Option<i64>, now: i64) -> bool {
    until.is_some_and(|until| until <= now)
}
