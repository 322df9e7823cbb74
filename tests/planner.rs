//! The planner against a model of Chatwoot that loses answers: whatever happens, it ends where it should.

use std::collections::BTreeSet;

use localboxs::domain::agent::{Agent, AgentState, Failure};
use localboxs::domain::ids::{AgentId, ChatwootUserId, InboxId, UserId};
use localboxs::domain::inbox::InboxMapping;
use localboxs::domain::provisioning::{
    Attempt, Next, Observation, Step, Verdict, finish, learn, next_step, unsettle,
};
use proptest::prelude::*;
use uuid::Uuid;

const INBOXES: i64 = 4;
/// More calls than any run needs once no answer is lost any more.
const ENOUGH: usize = 80;
/// How long a call without an answer may still take effect (ms).
const SETTLE: i64 = 20_000;

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
enum Luck {
    Answered,
    LostBefore,
    LostAfter,
    /// Nobody waits for the answer any more, and Chatwoot does it a while later.
    Late,
    /// The program dies after the call; nothing in memory is left.
    Crash,
}

/// What a person asks for between two calls.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Nothing,
    Toggle(i64),
    Remove,
}

#[derive(Default)]
struct Chatwoot {
    person: bool,
    in_account: bool,
    inboxes: BTreeSet<i64>,
    created: usize,
}

struct Run {
    agent: Agent,
    mappings: Vec<InboxMapping>,
    attempt: Attempt,
    chatwoot: Chatwoot,
    now: i64,
    over: bool,
    /// Calls that Chatwoot carries out later: when, and which.
    late: Vec<(i64, Step)>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_run_ends_with_chatwoot_as_wished(
        wanted in prop::collection::btree_set(0..INBOXES, 0..4),
        steps in prop::collection::vec((luck(), wish()), 0..25),
    ) {
        let mut run = Run::new(&wanted);
        for (luck, wish) in steps {
            run.wish(wish);
            run.advance(luck);
        }
        let mut calls = 0;
        while !run.over {
            run.advance(Luck::Answered);
            calls += 1;
            prop_assert!(calls < ENOUGH, "no end in sight: {:?}", run.agent);
        }
        run.assert_as_wished()?;
    }
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![4 => Just(Luck::Answered), 1 => Just(Luck::LostBefore), 1 => Just(Luck::LostAfter), 1 => Just(Luck::Crash), 1 => Just(Luck::Late)]
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![12 => Just(Wish::Nothing), 3 => (0..INBOXES).prop_map(Wish::Toggle), 1 => Just(Wish::Remove)]
}

impl Run {
    fn new(wanted: &BTreeSet<i64>) -> Self {
        let mapping = |inbox: &i64| InboxMapping::wished(InboxId(*inbox), true, None);
        Self {
            agent: agent(),
            mappings: wanted.iter().map(mapping).collect(),
            attempt: Attempt { has_password: true, ..Attempt::default() },
            chatwoot: Chatwoot::default(),
            now: 0,
            over: false,
            late: Vec::new(),
        }
    }

    fn wish(&mut self, wish: Wish) {
        if self.agent.removal_wanted || self.agent.state == AgentState::Removed {
            return;
        }
        match wish {
            Wish::Nothing => return,
            Wish::Remove => (self.agent.removal_wanted, self.agent.state) = (true, AgentState::Removing),
            Wish::Toggle(inbox) => match self.mappings.iter_mut().find(|mapping| mapping.inbox.0 == inbox) {
                Some(mapping) => {
                    let under_way = (mapping.wanted != mapping.present).then_some(self.now + SETTLE);
                    let until = under_way.max(mapping.unsettled_until);
                    *mapping = InboxMapping::wished(mapping.inbox, !mapping.wanted, until);
                }
                None => self.mappings.push(InboxMapping::wished(InboxId(inbox), true, None)),
            },
        }
        self.over = false;
    }

    fn advance(&mut self, luck: Luck) {
        self.now += 1_000;
        self.catch_up();
        if self.over {
            return;
        }
        let step = match next_step(&self.agent, &self.mappings, self.attempt, self.now) {
            Next::Do(step) => step,
            Next::Wait(until) => {
                self.now = until;
                self.catch_up();
                return;
            }
            Next::Done => {
                finish(&mut self.agent);
                self.over = true;
                return;
            }
        };
        let observation = match luck {
            Luck::Late => {
                self.late.push((self.now + 15_000, step));
                Observation::Failed(Failure::TooSlow)
            }
            Luck::LostBefore => Observation::Failed(Failure::TooSlow),
            Luck::LostAfter | Luck::Crash => {
                self.call(step);
                Observation::Failed(Failure::TooSlow)
            }
            Luck::Answered => self.call(step),
        };
        if matches!(luck, Luck::Crash) {
            self.attempt = Attempt::default();
            return;
        }
        self.attempt.proven |= matches!(observation, Observation::Ours(_) | Observation::Inspected { .. });
        if step == Step::Inspect && observation != Observation::Failed(Failure::TooSlow) {
            (self.attempt.inspected, self.attempt.may_delete) = (true, true);
        }
        if !matches!(luck, Luck::Answered) {
            unsettle(&mut self.mappings, step, self.now + SETTLE);
        }
        let verdict = learn(&mut self.agent, &mut self.mappings, step, observation, 1, self.now);
        self.over = matches!(verdict, Verdict::Over | Verdict::Stop);
    }

    /// Lets Chatwoot do what it was asked to do a while ago; only inbox calls, which are the ones that undo each other.
    fn catch_up(&mut self) {
        let now = self.now;
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = later;
        for (_, step) in due {
            if matches!(step, Step::JoinInbox(_) | Step::LeaveInbox(_)) {
                self.call(step);
            }
        }
    }

    /// Carries out a call as Chatwoot does, and what it answers.
    fn call(&mut self, step: Step) -> Observation {
        let chatwoot = &mut self.chatwoot;
        match step {
            Step::CreateUser => {
                chatwoot.created += usize::from(!chatwoot.person);
                chatwoot.person = true;
                Observation::Ours(ChatwootUserId(7))
            }
            _ if !chatwoot.person => Observation::NoSuchPerson,
            Step::LinkAccount => {
                chatwoot.in_account = true;
                Observation::Linked
            }
            Step::JoinInbox(inbox) => {
                chatwoot.inboxes.insert(inbox.0);
                Observation::Joined(inbox)
            }
            Step::LeaveInbox(inbox) => {
                chatwoot.inboxes.remove(&inbox.0);
                Observation::Left(inbox)
            }
            Step::ReadBack => Observation::ReadBack { in_account: chatwoot.in_account },
            Step::SetPassword => Observation::PasswordSet,
            Step::Inspect => Observation::Inspected { in_account: chatwoot.in_account },
            Step::Unlink => {
                chatwoot.in_account = false;
                Observation::Unlinked
            }
            Step::DeleteUser => {
                chatwoot.person = false;
                chatwoot.inboxes.clear();
                Observation::DeletionAsked
            }
            Step::SeeGone => Observation::StillThere,
        }
    }

    fn assert_as_wished(&self) -> Result<(), TestCaseError> {
        if self.agent.removal_wanted {
            prop_assert_eq!(self.agent.state, AgentState::Removed);
            prop_assert!(!self.chatwoot.person && !self.agent.holds_seat);
            return Ok(());
        }
        let wanted: BTreeSet<i64> =
            self.mappings.iter().filter(|mapping| mapping.wanted).map(|mapping| mapping.inbox.0).collect();
        prop_assert_eq!(self.agent.state, AgentState::Ready);
        prop_assert!(self.chatwoot.person && self.chatwoot.in_account && self.agent.holds_seat);
        prop_assert_eq!(&self.chatwoot.inboxes, &wanted);
        prop_assert_eq!(self.chatwoot.created, 1, "one person for one agent");
        Ok(())
    }
}

fn agent() -> Agent {
    Agent {
        name: "Ana".into(),
        email: "owner+ana@acme.example".into(),
        tag: "tag".into(),
        ..Agent::wished(AgentId(Uuid::nil()), UserId(Uuid::nil()), chrono::DateTime::UNIX_EPOCH)
    }
}
