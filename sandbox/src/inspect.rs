//! Looking at the records and at what was asked; everything is a copy of the moment.

use crate::Sandbox;
use crate::log::Received;
use crate::model::{Account, AccountUser, Inbox, Invitation, Job, Permissible, PlatformApp, SsoToken, User};

impl Sandbox {
    /// Every user, by id.
    pub fn users(&self) -> Vec<User> {
        self.inner.state().users.values().cloned().collect()
    }

    /// The user of this address, in any letter case.
    pub fn user_by_email(&self, email: &str) -> Option<User> {
        let state = self.inner.state();
        state.user_by_email(&email.to_lowercase()).cloned()
    }

    /// Every account, by id.
    pub fn accounts(&self) -> Vec<Account> {
        self.inner.state().accounts.values().cloned().collect()
    }

    /// Every platform app, by id.
    pub fn platform_apps(&self) -> Vec<PlatformApp> {
        self.inner.state().apps.values().cloned().collect()
    }

    /// The memberships of the account, oldest first.
    pub fn account_users(&self, account_id: u64) -> Vec<AccountUser> {
        let state = self.inner.state();
        state.members_of(account_id).into_iter().cloned().collect()
    }

    /// The inboxes of the account, by id.
    pub fn inboxes(&self, account_id: u64) -> Vec<Inbox> {
        self.inner.state().inboxes_of(account_id).cloned().collect()
    }

    /// The user ids in the inbox's table in the order they were added, also those that are no
    /// members of the account and that no reply shows.
    pub fn inbox_members(&self, inbox_id: u64) -> Vec<u64> {
        self.inner.state().inbox_member_ids(inbox_id).to_vec()
    }

    /// Every right of a platform app.
    pub fn permissibles(&self) -> Vec<Permissible> {
        self.inner.state().permissibles.iter().copied().collect()
    }

    /// The queued jobs, oldest first.
    pub fn jobs(&self) -> Vec<Job> {
        self.inner.state().jobs.iter().cloned().collect()
    }

    /// The invitations sent, oldest first.
    pub fn outbox(&self) -> Vec<Invitation> {
        self.inner.state().outbox.clone()
    }

    /// The sign-in links' tokens that have not been forgotten.
    pub fn sso_tokens(&self) -> Vec<SsoToken> {
        self.inner.state().sso_tokens.clone()
    }

    /// Whether this password opens the user of this address.
    pub fn password_matches(&self, email: &str, password: &str) -> bool {
        self.user_by_email(email).is_some_and(|user| user.password.matches(password))
    }

    /// Every secret this run has handed out or holds, so that a test can search for them where
    /// none may be: access, websocket and sign-in tokens, also former ones, and channel secrets.
    pub fn canaries(&self) -> Vec<String> {
        self.inner.state().issued.clone()
    }

    /// The last 100,000 calls received, oldest first.
    pub fn requests(&self) -> Vec<Received> {
        self.inner.log().entries()
    }

    /// The logged calls of this method and exact path.
    pub fn requests_to(&self, method: &str, path: &str) -> Vec<Received> {
        let mut calls = self.requests();
        calls.retain(|call| call.method == method && call.path == path);
        calls
    }

    /// How many calls were received since the start.
    pub fn request_count(&self) -> u64 {
        self.inner.log().total()
    }
}
