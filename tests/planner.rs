//! The planner against a model of Chatwoot that loses answers and where people act too: whatever happens, it ends
//! where it should, and gives nothing back that a person took away.

use std::collections::BTreeSet;

use localboxs::domain::agent::{Agent, AgentState, Failure};
use localboxs::domain::ids::{AgentId, ChatwootUserId, InboxId, UserId};
use localboxs::domain::inbox::InboxMapping;
use localboxs::domain::provisioning::{
    Attempt, HOLD_MS, Next, Observation, Step, Verdict, confirm_name, finish, learn, next_step, unsettle,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use uuid::Uuid;

const INBOXES: i64 = 4;
/// More calls than any run needs once no answer is lost any more.
const ENOUGH: usize = 120;
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
    Rename(u8),
    Suspend,
    Resume,
    Remove,
    Undo,
}

/// What somebody does in Chatwoot while all is quiet here.
#[derive(Clone, Copy, Debug)]
enum Outside {
    Nothing,
    TakeOut,
    TakeInbox(i64),
    Delete,
}

#[derive(Default)]
struct Chatwoot {
    person: bool,
    number: i64,
    name: String,
    in_account: bool,
    inboxes: BTreeSet<i64>,
    /// By its own route the account deletes a person with the last membership.
    by_account: bool,
}

struct Run {
    agent: Agent,
    mappings: Vec<InboxMapping>,
    attempt: Attempt,
    chatwoot: Chatwoot,
    now: i64,
    over: bool,
    /// Calls that Chatwoot carries out later: when, which, about whom, and with which name.
    late: Vec<(i64, Step, i64, String)>,
    taken: Taken,
}

/// What a person took away in Chatwoot and nobody here has asked for since.
#[derive(Default)]
struct Taken {
    account: bool,
    inboxes: BTreeSet<i64>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn every_run_ends_with_chatwoot_as_wished(
        wanted in prop::collection::btree_set(0..INBOXES, 0..4),
        by_account in any::<bool>(),
        steps in prop::collection::vec((luck(), wish()), 0..40),
    ) {
        let mut run = Run::new(&wanted, by_account);
        for (luck, wish) in steps {
            run.wish(wish);
            run.advance(luck);
        }
        run.settle()?;
        run.assert_as_wished()?;
    }

    #[test]
    fn what_a_person_took_away_in_chatwoot_is_never_given_back_by_itself(
        wanted in prop::collection::btree_set(0..INBOXES, 1..4),
        rounds in prop::collection::vec((outside(), suspension(), prop::collection::vec(luck(), 0..6)), 1..8),
    ) {
        let mut run = Run::new(&wanted, false);
        run.settle()?;
        for (outside, wish, lucks) in rounds {
            run.outside(outside);
            run.wish(wish);
            for luck in lucks {
                run.advance(luck);
            }
            run.settle()?;
            run.assert_nothing_given_back()?;
        }
    }
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![4 => Just(Luck::Answered), 1 => Just(Luck::LostBefore), 1 => Just(Luck::LostAfter), 1 => Just(Luck::Crash), 1 => Just(Luck::Late)]
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        20 => Just(Wish::Nothing),
        3 => (0..INBOXES).prop_map(Wish::Toggle),
        2 => any::<u8>().prop_map(Wish::Rename),
        3 => Just(Wish::Suspend),
        3 => Just(Wish::Resume),
        1 => Just(Wish::Remove),
        2 => Just(Wish::Undo),
    ]
}

fn suspension() -> impl Strategy<Value = Wish> {
    prop_oneof![2 => Just(Wish::Suspend), 2 => Just(Wish::Resume), 1 => Just(Wish::Remove), 1 => Just(Wish::Undo)]
}

fn outside() -> impl Strategy<Value = Outside> {
    prop_oneof![
        3 => Just(Outside::Nothing),
        1 => Just(Outside::TakeOut),
        2 => (0..INBOXES).prop_map(Outside::TakeInbox),
        1 => Just(Outside::Delete),
    ]
}

impl Run {
    fn new(wanted: &BTreeSet<i64>, by_account: bool) -> Self {
        let mapping = |inbox: &i64| InboxMapping::wished(InboxId(*inbox), true, None);
        Self {
            agent: agent(),
            mappings: wanted.iter().map(mapping).collect(),
            attempt: Attempt { has_password: true, ..Attempt::default() },
            chatwoot: Chatwoot { by_account, ..Chatwoot::default() },
            now: 0,
            over: false,
            late: Vec::new(),
            taken: Taken::default(),
        }
    }

    /// As `services::agents` stores wishes.
    fn wish(&mut self, wish: Wish) {
        let under_way = match self.agent.state {
            AgentState::SettingUp | AgentState::Suspending | AgentState::Resuming => true,
            AgentState::Removing => self.agent.linked,
            _ => false,
        };
        let state = self.agent.state;
        match wish {
            Wish::Suspend if matches!(state, AgentState::Ready | AgentState::Resuming) => {
                (self.agent.suspension_wanted, self.agent.state) = (true, AgentState::Suspending);
            }
            Wish::Resume if matches!(state, AgentState::Suspending | AgentState::Suspended) => {
                (self.agent.suspension_wanted, self.agent.state) = (false, AgentState::Resuming);
                self.agent.holds_seat = true;
            }
            Wish::Remove if !self.agent.removal_wanted && state != AgentState::Removed => {
                (self.agent.removal_wanted, self.agent.state) = (true, AgentState::Removing);
                self.agent.removal_due = Some(self.now + HOLD_MS);
            }
            Wish::Undo if self.agent.can_come_back(self.now) => {
                self.agent.state = match (self.agent.suspension_wanted, self.agent.verified) {
                    (true, _) => AgentState::Suspending,
                    (false, true) => AgentState::Resuming,
                    (false, false) => AgentState::SettingUp,
                };
                (self.agent.removal_wanted, self.agent.removal_due) = (false, None);
            }
            Wish::Toggle(inbox) if matches!(state, AgentState::SettingUp | AgentState::Ready) => {
                return self.toggle(inbox);
            }
            Wish::Rename(number) if state != AgentState::Removing && state != AgentState::Removed => {
                if self.agent.is_being_renamed() || state == AgentState::SettingUp {
                    self.agent.name_unsettled = self.agent.name_unsettled.max(Some(self.now + SETTLE));
                }
                self.agent.name = format!("Ana {number}");
                self.over = false;
                return;
            }
            _ => return,
        }
        self.agent.failure = None;
        if under_way {
            self.agent.link_unsettled = self.agent.link_unsettled.max(Some(self.now + SETTLE));
        }
        self.over = false;
    }

    fn toggle(&mut self, inbox: i64) {
        match self.mappings.iter_mut().find(|mapping| mapping.inbox.0 == inbox) {
            Some(mapping) => {
                let under_way = (mapping.wanted != mapping.present).then_some(self.now + SETTLE);
                let until = under_way.max(mapping.unsettled_until);
                *mapping = InboxMapping::wished(mapping.inbox, !mapping.wanted, until);
            }
            None => self.mappings.push(InboxMapping::wished(InboxId(inbox), true, None)),
        }
        self.mappings.sort_by_key(|mapping| mapping.inbox);
        self.over = false;
    }

    fn outside(&mut self, outside: Outside) {
        let chatwoot = &mut self.chatwoot;
        match outside {
            Outside::TakeOut if chatwoot.in_account => {
                chatwoot.in_account = false;
                chatwoot.inboxes.clear();
                self.taken.account = true;
            }
            Outside::TakeInbox(inbox) if chatwoot.in_account && chatwoot.inboxes.remove(&inbox) => {
                self.taken.inboxes.insert(inbox);
            }
            Outside::Delete if chatwoot.person => {
                (chatwoot.person, chatwoot.in_account) = (false, false);
                chatwoot.inboxes.clear();
                self.taken.account = true;
            }
            _ => {}
        }
    }

    /// Lets everything come to rest: no more lost answers, and time passes where it is waited for.
    fn settle(&mut self) -> Result<(), TestCaseError> {
        self.attempt = Attempt { has_password: true, ..Attempt::default() };
        let mut calls = 0;
        while !self.over {
            self.advance(Luck::Answered);
            calls += 1;
            prop_assert!(calls < ENOUGH, "no end in sight: {:?} {:?}", self.agent, self.mappings);
        }
        Ok(())
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
                if !self.agent.removal_wanted {
                    finish(&mut self.agent, self.now);
                }
                // What waits is given back, and whoever takes it up again knows nothing of this attempt.
                (self.now, self.attempt) = (until, Attempt { has_password: true, ..Attempt::default() });
                self.catch_up();
                return;
            }
            Next::Done => {
                finish(&mut self.agent, self.now);
                self.over = next_step(&self.agent, &self.mappings, self.attempt, self.now) == Next::Done;
                return;
            }
        };
        let sent = self.agent.name.clone();
        let observation = match luck {
            Luck::Late => {
                self.late.push((self.now + 15_000, step, self.chatwoot.number, sent.clone()));
                Observation::Failed(Failure::TooSlow)
            }
            Luck::LostBefore => Observation::Failed(Failure::TooSlow),
            Luck::LostAfter | Luck::Crash => {
                self.call(step, &sent);
                Observation::Failed(Failure::TooSlow)
            }
            Luck::Answered => self.call(step, &sent),
        };
        if matches!(luck, Luck::Crash) {
            self.attempt = Attempt::default();
            return;
        }
        match observation {
            Observation::Ours { .. } => self.attempt.proven = true,
            Observation::Inspected { .. } => {
                (self.attempt.proven, self.attempt.inspected) = (true, true);
                (self.attempt.may_delete, self.attempt.looked) = (true, None);
            }
            Observation::HasInbox(inbox) | Observation::LostInbox(inbox) => self.attempt.looked = Some(inbox),
            _ => {}
        }
        let verdict = learn(&mut self.agent, &mut self.mappings, step, observation, 1, self.now);
        confirm_name(&mut self.agent, observation, &sent);
        if !matches!(luck, Luck::Answered) {
            unsettle(&mut self.agent, &mut self.mappings, step, self.now + SETTLE);
        }
        self.over = matches!(verdict, Verdict::Over | Verdict::Stop);
    }

    /// Lets Chatwoot do what it was asked to do a while ago: the calls that undo each other.
    fn catch_up(&mut self) {
        let now = self.now;
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.late).into_iter().partition(|(at, ..)| *at <= now);
        self.late = later;
        for (_, step, person, sent) in due {
            if person != self.chatwoot.number {
                continue;
            }
            let repeated = matches!(step, Step::LinkAccount | Step::Unlink | Step::Rename);
            if repeated || matches!(step, Step::JoinInbox(_) | Step::LeaveInbox(_)) {
                self.call(step, &sent);
            }
        }
    }

    /// Carries out a call as Chatwoot does, and what it answers.
    fn call(&mut self, step: Step, sent: &str) -> Observation {
        let chatwoot = &mut self.chatwoot;
        match step {
            Step::CreateUser => {
                if !chatwoot.person {
                    (chatwoot.person, chatwoot.name) = (true, sent.to_owned());
                    chatwoot.number += 1;
                }
                Observation::Ours { user: ChatwootUserId(chatwoot.number), named: chatwoot.name == sent }
            }
            Step::LookForLate => Observation::NobodyCameBack,
            Step::Inspect if !chatwoot.person && chatwoot.by_account && self.agent.shall_be_out() => {
                Observation::GoneFromLastAccount
            }
            _ if !chatwoot.person => Observation::NoSuchPerson,
            Step::LinkAccount => {
                chatwoot.in_account = true;
                Observation::Linked
            }
            Step::JoinInbox(_) if !chatwoot.in_account => Observation::NotInAccount,
            Step::JoinInbox(inbox) => {
                chatwoot.inboxes.insert(inbox.0);
                Observation::Joined(inbox)
            }
            Step::LeaveInbox(inbox) => {
                chatwoot.inboxes.remove(&inbox.0);
                Observation::Left(inbox)
            }
            Step::LookAtInbox(inbox) if chatwoot.in_account && chatwoot.inboxes.contains(&inbox.0) => {
                Observation::HasInbox(inbox)
            }
            Step::LookAtInbox(inbox) => Observation::LostInbox(inbox),
            Step::Rename => {
                sent.clone_into(&mut chatwoot.name);
                Observation::Renamed
            }
            Step::ReadBack => Observation::ReadBack { in_account: chatwoot.in_account },
            Step::SetPassword => Observation::PasswordSet,
            Step::Inspect => Observation::Inspected { in_account: chatwoot.in_account },
            Step::Unlink => {
                let deletes = chatwoot.by_account && chatwoot.in_account;
                chatwoot.in_account = false;
                chatwoot.inboxes.clear();
                chatwoot.person &= !deletes;
                Observation::Unlinked { deletes: chatwoot.by_account }
            }
            Step::DeleteUser => {
                (chatwoot.person, chatwoot.in_account) = (false, false);
                chatwoot.inboxes.clear();
                Observation::DeletionAsked
            }
            Step::SeeGone => Observation::StillThere,
        }
    }

    fn assert_as_wished(&self) -> Result<(), TestCaseError> {
        let chatwoot = &self.chatwoot;
        if self.agent.removal_wanted {
            prop_assert_eq!(self.agent.state, AgentState::Removed);
            prop_assert!(!chatwoot.person && !self.agent.holds_seat);
            return Ok(());
        }
        if self.agent.suspension_wanted {
            prop_assert_eq!(self.agent.state, AgentState::Suspended);
            prop_assert!(!chatwoot.in_account && chatwoot.inboxes.is_empty() && !self.agent.holds_seat);
            return Ok(());
        }
        let wanted: BTreeSet<i64> =
            self.mappings.iter().filter(|mapping| mapping.wanted).map(|mapping| mapping.inbox.0).collect();
        // A person that Chatwoot deletes with its last membership may be gone before anybody hears of it.
        let lost = chatwoot.by_account && self.agent.failure == Some(Failure::RemovedInChatwoot);
        prop_assert!(lost || self.agent.state == AgentState::Ready, "{:?}", self.agent);
        prop_assert!(self.agent.holds_seat);
        if !lost {
            prop_assert!(chatwoot.person && chatwoot.in_account);
            prop_assert_eq!(&chatwoot.inboxes, &wanted);
            prop_assert_eq!(&chatwoot.name, &self.agent.name);
            prop_assert!(chatwoot.by_account || chatwoot.number == 1, "one person for one agent");
        }
        Ok(())
    }

    fn assert_nothing_given_back(&self) -> Result<(), TestCaseError> {
        let back: Vec<_> = self.taken.inboxes.intersection(&self.chatwoot.inboxes).collect();
        prop_assert!(back.is_empty(), "{:?} given back", back);
        prop_assert!(!(self.taken.account && self.chatwoot.in_account), "put back into the account");
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
