//! Everything one installation holds, and the questions asked of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{
    Account, AccountUser, Inbox, Invitation, Job, Permissible, Permitted, PlatformApp, Role, SsoToken, User,
};
use crate::settings::Settings;

/// One installation: its people, accounts and inboxes, and what is still to be done.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) settings: Settings,
    pub(crate) users: BTreeMap<u64, User>,
    pub(crate) accounts: BTreeMap<u64, Account>,
    pub(crate) apps: BTreeMap<u64, PlatformApp>,
    pub(crate) permissibles: BTreeSet<Permissible>,
    /// Account id, then user id.
    pub(crate) members: BTreeMap<u64, BTreeMap<u64, AccountUser>>,
    pub(crate) inboxes: BTreeMap<u64, Inbox>,
    /// Inbox id to user ids in the order they were added, whoever they are.
    pub(crate) inbox_members: BTreeMap<u64, Vec<u64>>,
    /// Account id and user id; a row left behind is what breaks adding a member again.
    pub(crate) notification_settings: BTreeSet<(u64, u64)>,
    pub(crate) jobs: VecDeque<Job>,
    pub(crate) sso_tokens: Vec<SsoToken>,
    pub(crate) outbox: Vec<Invitation>,
    pub(crate) last_ids: LastIds,
    #[serde(skip)]
    pub(crate) index: Index,
    /// The clock minute and the calls in it.
    #[serde(skip)]
    pub(crate) minute: (i64, u32),
    /// Every secret ever handed out.
    #[serde(skip)]
    pub(crate) issued: Vec<String>,
}

/// The highest id ever given in each table; none is given twice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LastIds {
    pub(crate) user: u64,
    pub(crate) account: u64,
    pub(crate) app: u64,
    pub(crate) account_user: u64,
    pub(crate) inbox: u64,
}

/// Look-ups that follow from the tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    pub(crate) emails: HashMap<String, u64>,
    pub(crate) tokens: HashMap<String, Owner>,
}

/// Whose a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    App(u64),
    User(u64),
}

impl State {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.settings.clock_ahead_ms)
    }

    pub(crate) fn owner(&self, token: &str) -> Option<Owner> {
        self.index.tokens.get(token).copied()
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.get(self.index.emails.get(email)?)
    }

    pub(crate) fn membership(&self, account: u64, user: u64) -> Option<&AccountUser> {
        self.members.get(&account)?.get(&user)
    }

    pub(crate) fn is_administrator(&self, account: u64, user: u64) -> bool {
        self.membership(account, user).is_some_and(|member| member.role == Some(Role::Administrator))
    }

    /// The memberships of one user, oldest first.
    pub(crate) fn memberships_of(&self, user: u64) -> Vec<&AccountUser> {
        let mut found: Vec<_> = self.members.values().filter_map(|members| members.get(&user)).collect();
        found.sort_by_key(|member| member.id);
        found
    }

    /// The members of one account, oldest first.
    pub(crate) fn members_of(&self, account: u64) -> Vec<&AccountUser> {
        let mut found: Vec<_> =
            self.members.get(&account).map(|members| members.values().collect()).unwrap_or_default();
        found.sort_by_key(|member: &&AccountUser| member.id);
        found
    }

    pub(crate) fn inboxes_of(&self, account: u64) -> impl Iterator<Item = &Inbox> {
        self.inboxes.values().filter(move |inbox| inbox.account_id == account)
    }

    /// Everyone in the inbox's table, members of the account or not.
    pub(crate) fn inbox_member_ids(&self, inbox: u64) -> &[u64] {
        self.inbox_members.get(&inbox).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn is_permitted(&self, app: u64, of: Permitted) -> bool {
        self.permissibles.contains(&Permissible { app_id: app, of })
    }

    /// Whether this installation is of version `major.minor` or newer.
    pub(crate) fn at_least(&self, major: u32, minor: u32) -> bool {
        self.settings.version_pair() >= (major, minor)
    }

    /// Rebuilds what is not stored; needed once after reading a stored state.
    pub(crate) fn reindex(&mut self) {
        let mut index = Index::default();
        for user in self.users.values() {
            index.emails.insert(user.email.clone(), user.id);
            index.tokens.insert(user.access_token.clone(), Owner::User(user.id));
            self.issued.push(user.access_token.clone());
            self.issued.push(user.pubsub_token.clone());
        }
        for app in self.apps.values() {
            index.tokens.insert(app.token.clone(), Owner::App(app.id));
        }
        self.index = index;
    }
}
