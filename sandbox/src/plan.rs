//! Which of the injected faults a call meets, and what becomes of it.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::call::Call;
use crate::fault::{Fault, Reply};

/// Names an injected fault, to await that it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultHandle(usize);

/// Every fault ever injected, with what became of it.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Armed>);

#[derive(Debug)]
struct Armed {
    fault: Fault,
    active: bool,
    seen: u64,
    fired: u64,
    reached: u64,
    rng: StdRng,
}

/// What becomes of one call.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) hold: Duration,
    pub(crate) strips_underscores: bool,
    pub(crate) commits: bool,
    pub(crate) reply: Reply,
    by: Vec<usize>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultHandle {
        let seed = fault.chance.map_or(0, |(_, seed)| seed);
        self.0.push(Armed {
            fault,
            active: true,
            seen: 0,
            fired: 0,
            reached: 0,
            rng: StdRng::seed_from_u64(seed),
        });
        FaultHandle(self.0.len() - 1)
    }

    pub(crate) fn clear(&mut self) {
        for armed in &mut self.0 {
            armed.active = false;
        }
    }

    /// Of several faults that meet the call, waits add up and the first to answer answers.
    pub(crate) fn plan(&mut self, call: &Call) -> Plan {
        let mut plan = Plan {
            delay: Duration::ZERO,
            hold: Duration::ZERO,
            strips_underscores: false,
            commits: true,
            reply: Reply::True,
            by: Vec::new(),
        };
        for (place, armed) in self.0.iter_mut().enumerate() {
            if armed.active && armed.fault.matches(call) && armed.fires() {
                plan.add(&armed.fault);
                plan.by.push(place);
            }
        }
        plan
    }

    /// Notes that the work of the plan is done, and only its answer is left.
    pub(crate) fn reached(&mut self, plan: &Plan) {
        for place in &plan.by {
            self.0[*place].reached += 1;
        }
    }

    pub(crate) fn times_reached(&self, handle: FaultHandle) -> u64 {
        self.0.get(handle.0).map_or(0, |armed| armed.reached)
    }
}

impl Armed {
    fn fires(&mut self) -> bool {
        self.seen += 1;
        let due = self.seen >= self.fault.first;
        let left = self.fault.times.is_none_or(|times| self.fired < times);
        let lucky = match self.fault.chance {
            Some((probability, _)) => self.rng.random_bool(probability.clamp(0.0, 1.0)),
            None => true,
        };
        let fires = due && left && lucky;
        self.fired += u64::from(fires);
        fires
    }
}

impl Plan {
    fn add(&mut self, fault: &Fault) {
        self.delay += fault.delay;
        self.hold += fault.hold;
        self.strips_underscores |= fault.strips_underscores;
        if self.reply == Reply::True {
            self.commits &= fault.commits;
            self.reply = fault.reply.clone();
        }
    }

    pub(crate) fn is_fault(&self) -> bool {
        !self.by.is_empty()
    }
}
