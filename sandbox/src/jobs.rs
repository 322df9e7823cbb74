//! The background queue: nothing in it happens until `tick`, or until a job is old enough.

use chrono::TimeDelta;

use crate::model::Work;
use crate::state::State;

impl State {
    /// Runs every queued job, oldest first.
    pub fn tick(&mut self) {
        while let Some(job) = self.jobs.pop_front() {
            self.perform(job.work);
        }
    }

    /// Runs the jobs that have waited as long as the installation makes them wait, if it runs any.
    pub(crate) fn run_due_jobs(&mut self) {
        if self.jobs.is_empty() {
            return;
        }
        let Some(delay) = self.settings.job_delay else {
            return;
        };
        let Ok(delay) = TimeDelta::from_std(delay) else {
            return;
        };
        let due_before = self.now() - delay;
        while self.jobs.front().is_some_and(|j| j.queued_at <= due_before) {
            if let Some(job) = self.jobs.pop_front() {
                self.perform(job.work);
            }
        }
    }

    fn perform(&mut self, work: Work) {
        match work {
            Work::DeleteUser(user_id) => self.delete_user(user_id),
            Work::DeleteAccount(account_id) => self.delete_account(account_id),
            Work::AgentDestroy { account_id, user_id } => self.destroy_agent(account_id, user_id),
        }
    }

    /// Looks only at account and user, so a member added again meanwhile loses its inboxes too.
    fn destroy_agent(&mut self, account_id: u64, user_id: u64) {
        let inboxes: Vec<u64> = self.inboxes_of(account_id).map(|i| i.id).collect();
        for inbox in inboxes {
            self.remove_inbox_member(inbox, user_id);
        }
        self.notification_settings.remove(&(account_id, user_id));
    }
}
