//! What happens to records: by a call, by a job, or behind the app's back.

use serde_json::Value;

use crate::model::{AccountUser, Availability, Invitation, Job, Permitted, Role, Work};
use crate::secret;
use crate::state::{Owner, State};

impl State {
    /// Adds the membership and its notification settings. `false`: a row left by an earlier
    /// membership broke the after-commit hook, so 4.9.2 answers 500 although the membership stands.
    pub(crate) fn add_member(
        &mut self,
        account_id: u64,
        user_id: u64,
        role: Option<Role>,
        availability: Availability,
        auto_offline: bool,
        inviter_id: Option<u64>,
    ) -> bool {
        let now = self.now();
        self.last_ids.account_user += 1;
        let member = AccountUser {
            id: self.last_ids.account_user,
            account_id,
            user_id,
            role,
            inviter_id,
            availability,
            auto_offline,
            created_at: now,
            updated_at: now,
        };
        self.members.entry(account_id).or_default().insert(user_id, member);
        self.notification_settings.insert((account_id, user_id))
    }

    /// Removes the membership and queues the rest; `false` if there was none.
    pub fn remove_account_user(&mut self, account_id: u64, user_id: u64) -> bool {
        let members = self.members.get_mut(&account_id);
        let removed = members.is_some_and(|members| members.remove(&user_id).is_some());
        if removed {
            self.queue(Work::AgentDestroy { account_id, user_id });
        }
        removed
    }

    /// Deletes the user at once, with memberships, inboxes and tokens; rights to it stay.
    pub fn delete_user(&mut self, user_id: u64) {
        let Some(user) = self.users.remove(&user_id) else {
            return;
        };
        self.index.emails.remove(&user.email);
        self.index.tokens.remove(&user.access_token);
        for members in self.members.values_mut() {
            members.remove(&user_id);
        }
        for members in self.inbox_members.values_mut() {
            members.retain(|id| *id != user_id);
        }
        self.notification_settings.retain(|(_, id)| *id != user_id);
        self.sso_tokens.retain(|sso| sso.user_id != user_id);
    }

    /// Deletes the account at once; rights to it stay, which breaks 4.9.2's list of accounts.
    pub fn delete_account(&mut self, account_id: u64) {
        self.accounts.remove(&account_id);
        self.members.remove(&account_id);
        self.notification_settings.retain(|(id, _)| *id != account_id);
        let inboxes: Vec<u64> = self.inboxes_of(account_id).map(|i| i.id).collect();
        for inbox in inboxes {
            self.delete_inbox(inbox);
        }
    }

    /// Deletes the inbox and its members' table at once.
    pub fn delete_inbox(&mut self, inbox_id: u64) {
        self.inboxes.remove(&inbox_id);
        self.inbox_members.remove(&inbox_id);
    }

    /// Takes a user out of the inbox's table.
    pub fn remove_inbox_member(&mut self, inbox_id: u64, user_id: u64) {
        if let Some(members) = self.inbox_members.get_mut(&inbox_id) {
            members.retain(|id| *id != user_id);
        }
    }

    /// Gives the member another role; nothing happens to somebody who is no member.
    pub fn set_role(&mut self, account_id: u64, user_id: u64, role: Role) {
        let now = self.now();
        let members = self.members.get_mut(&account_id);
        if let Some(member) = members.and_then(|members| members.get_mut(&user_id)) {
            member.role = Some(role);
            member.updated_at = now;
        }
    }

    /// Renames the user in every account.
    pub fn rename(&mut self, user_id: u64, name: &str) {
        if let Some(user) = self.users.get_mut(&user_id) {
            name.clone_into(&mut user.name);
        }
    }

    /// Gives the user another address, which must be free.
    pub fn set_email(&mut self, user_id: u64, email: &str) {
        let email = email.to_lowercase();
        if let Some(user) = self.users.get_mut(&user_id) {
            self.index.emails.remove(&user.email);
            self.index.emails.insert(email.clone(), user_id);
            user.email = email;
        }
    }

    /// Sets one custom attribute of the user.
    pub fn set_custom_attribute(&mut self, user_id: u64, key: &str, value: Value) {
        if let Some(user) = self.users.get_mut(&user_id) {
            user.custom_attributes.insert(key.to_owned(), value);
        }
    }

    /// Gives the user a new access token and returns it; the old one stops working.
    pub fn rotate_token(&mut self, user_id: u64) -> Option<String> {
        let user = self.users.get_mut(&user_id)?;
        let token = secret::token();
        self.index.tokens.remove(&user.access_token);
        self.index.tokens.insert(token.clone(), Owner::User(user_id));
        self.issued.push(token.clone());
        user.access_token.clone_from(&token);
        Some(token)
    }

    /// Gives the platform app a new token and returns it; the old one stops working.
    pub fn rotate_platform_token(&mut self, app_id: u64) -> Option<String> {
        let app = self.apps.get_mut(&app_id)?;
        let token = secret::token();
        self.index.tokens.remove(&app.token);
        self.index.tokens.insert(token.clone(), Owner::App(app_id));
        app.token.clone_from(&token);
        Some(token)
    }

    /// Suspends the account, or makes it active again.
    pub fn set_suspended(&mut self, account_id: u64, suspended: bool) {
        if let Some(account) = self.accounts.get_mut(&account_id) {
            account.suspended = suspended;
        }
    }

    /// Sets the account's seats on the Agents API (402 beyond).
    pub fn set_agent_limit(&mut self, account_id: u64, seats: u64) {
        if let Some(account) = self.accounts.get_mut(&account_id) {
            account.agent_limit = Some(seats);
        }
    }

    /// Takes the platform app's right to the account.
    pub fn forbid_account(&mut self, app_id: u64, account_id: u64) {
        let of = Permitted::Account(account_id);
        self.permissibles.retain(|row| row.app_id != app_id || row.of != of);
    }

    pub(crate) fn invite(&mut self, user_id: u64) {
        let sent_at = self.now();
        if let Some(user) = self.users.get(&user_id) {
            self.outbox.push(Invitation { user_id, email: user.email.clone(), sent_at });
        }
    }

    pub(crate) fn queue(&mut self, work: Work) {
        let queued_at = self.now();
        self.jobs.push_back(Job { work, queued_at });
    }
}
