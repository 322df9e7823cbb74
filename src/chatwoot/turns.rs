//! Whose turn it is: few calls at once, and nobody kept waiting by somebody who has many.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use uuid::Uuid;

/// How many of them one caller may have at once.
const EACH: usize = 2;

tokio::task_local! {
    /// For whom the calls of this task are made.
    static CALLER: Uuid;
}

/// Makes the calls of `work` for this caller, who shares the turns fairly with others.
pub async fn on_behalf_of<T>(caller: Uuid, work: impl Future<Output = T>) -> T {
    CALLER.scope(caller, work).await
}

/// The turns of one installation; clones share them.
#[derive(Clone)]
pub(super) struct Turns(Arc<Mutex<State>>);

struct State {
    at_once: usize,
    running: usize,
    /// Running calls of those who have any.
    by_caller: HashMap<Option<Uuid>, usize>,
    /// Those who wait, whoever was served longest ago first, each with what they wait for.
    queues: VecDeque<(Option<Uuid>, VecDeque<oneshot::Sender<Turn>>)>,
}

/// The right to make one call; over when dropped.
pub(super) struct Turn(Option<Running>);

struct Running {
    turns: Turns,
    caller: Option<Uuid>,
}

impl Turns {
    pub fn new(at_once: usize) -> Self {
        let state = State { at_once, running: 0, by_caller: HashMap::new(), queues: VecDeque::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Changes how many may run at once; at least one.
    pub fn set(&self, at_once: usize) {
        self.state().at_once = at_once.max(1);
        self.serve();
    }

    /// Waits for a turn; giving up is dropping this.
    pub async fn take(&self) -> Option<Turn> {
        let caller = CALLER.try_with(|caller| *caller).ok();
        let (sender, receiver) = oneshot::channel();
        self.state().wait(caller, sender);
        self.serve();
        receiver.await.ok()
    }

    /// Gives turns to those who wait, as long as there are some.
    fn serve(&self) {
        loop {
            let Some((caller, sender)) = self.state().next() else { return };
            let turn = Turn(Some(Running { turns: self.clone(), caller }));
            if let Err(mut refused) = sender.send(turn) {
                // Nobody waits for it any more. Dropped as it is, it would serve the next one from within this, and so
                // on as deep as there are people who gave up.
                refused.0 = None;
                self.state().end(caller);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait(&mut self, caller: Option<Uuid>, sender: oneshot::Sender<Turn>) {
        match self.queues.iter_mut().find(|(waiting, _)| *waiting == caller) {
            Some((_, queue)) => queue.push_back(sender),
            None => self.queues.push_back((caller, VecDeque::from([sender]))),
        }
    }

    /// Takes the next one out of the queue and counts its turn.
    fn next(&mut self) -> Option<(Option<Uuid>, oneshot::Sender<Turn>)> {
        if self.running >= self.at_once {
            return None;
        }
        let may = |caller: &Option<Uuid>| {
            // Calls for nobody in particular are our own, and few.
            caller.is_none() || self.by_caller.get(caller).copied().unwrap_or(0) < EACH
        };
        let place = self.queues.iter().position(|(caller, _)| may(caller))?;
        let (caller, mut queue) = self.queues.remove(place)?;
        let sender = queue.pop_front();
        if !queue.is_empty() {
            self.queues.push_back((caller, queue));
        }
        self.running += 1;
        *self.by_caller.entry(caller).or_default() += 1;
        sender.map(|sender| (caller, sender))
    }

    fn end(&mut self, caller: Option<Uuid>) {
        self.running -= 1;
        if let Some(count) = self.by_caller.get_mut(&caller) {
            *count -= 1;
            if *count == 0 {
                self.by_caller.remove(&caller);
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(Running { turns, caller }) = self.0.take() {
            turns.state().end(caller);
            turns.serve();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use tokio::time::timeout;

    use super::*;

    async fn take(turns: &Turns, caller: u128) -> Option<Turn> {
        timeout(Duration::from_millis(20), on_behalf_of(Uuid::from_u128(caller), turns.take()))
            .await
            .ok()
            .flatten()
    }

    #[tokio::test]
    async fn one_caller_has_at_most_two_turns_and_leaves_the_others() {
        let turns = Turns::new(4);
        let first = (take(&turns, 1).await.unwrap(), take(&turns, 1).await.unwrap());
        assert!(take(&turns, 1).await.is_none());
        let second = (take(&turns, 2).await.unwrap(), take(&turns, 2).await.unwrap());
        assert!(take(&turns, 3).await.is_none(), "all four are taken");
        drop(second);
        assert!(take(&turns, 1).await.is_none());
        assert!(take(&turns, 3).await.is_some());
        drop(first);
        assert!(take(&turns, 1).await.is_some());
    }

    #[tokio::test]
    async fn whoever_has_many_waiting_is_served_in_turn_with_the_others() {
        let turns = Turns::new(1);
        let held = take(&turns, 9).await.unwrap();
        let (told, mut order) = tokio::sync::mpsc::unbounded_channel();
        for caller in [1, 1, 1, 1, 2, 3] {
            let (turns, told) = (turns.clone(), told.clone());
            tokio::spawn(async move {
                let turn = on_behalf_of(Uuid::from_u128(caller), turns.take()).await;
                told.send(caller).unwrap();
                drop(turn);
            });
            tokio::task::yield_now().await;
        }
        drop(held);
        let mut served = Vec::new();
        while served.len() < 6 {
            served.push(order.recv().await.unwrap());
        }
        assert_eq!(served, [1, 2, 3, 1, 1, 1]);
    }

    #[tokio::test]
    async fn whoever_gave_up_holds_nothing() {
        let turns = Turns::new(1);
        let held = take(&turns, 1).await.unwrap();
        assert!(take(&turns, 2).await.is_none());
        drop(held);
        assert!(take(&turns, 3).await.is_some());
        assert!(take(&turns, 1).await.is_some());
    }

    #[tokio::test]
    async fn however_many_gave_up_the_next_one_is_served() {
        let turns = Turns::new(1);
        let held = turns.take().await.unwrap();
        for _ in 0..200_000 {
            assert!(turns.take().now_or_never().is_none());
        }
        let waiting = tokio::spawn({
            let turns = turns.clone();
            async move { turns.take().await.is_some() }
        });
        tokio::task::yield_now().await;
        drop(held);
        assert!(waiting.await.unwrap());
        assert!(take(&turns, 1).await.is_some(), "nothing is held any more");
    }

    #[tokio::test]
    async fn the_number_of_turns_can_change_while_some_are_taken() {
        let turns = Turns::new(4);
        let held = (take(&turns, 1).await.unwrap(), take(&turns, 2).await.unwrap());
        turns.set(2);
        assert!(take(&turns, 3).await.is_none());
        turns.set(3);
        assert!(take(&turns, 3).await.is_some());
        drop(held);
    }
}
