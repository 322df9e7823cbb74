//! Putting records into an installation: what it starts with, and what is added behind the app's back.

use serde_json::Map;

use crate::model::{Account, Availability, Inbox, Permissible, Permitted, PlatformApp, Role, User};
use crate::new::{NewAccount, NewInbox, NewUser};
use crate::secret::{self, PasswordDigest};
use crate::state::{Owner, State};

impl State {
    /// An installation of version 4.9.2 with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// An installation with something of everything: an account that the first of two platform apps
    /// has a right to, with an administrator, an agent and two inboxes; somebody else's account; a
    /// suspended one; and a person in no account.
    pub fn example() -> Self {
        let mut state = Self::new();
        let ours = state.platform_app("LocalBoxs");
        state.platform_app("Another program");
        let account = state.account("LocalBoxs");
        state.permit_account(ours.id, account);
        let ada = state.user(NewUser::new("Ada Admin", "ada@localboxs.example"));
        let jo = state.user(NewUser::new("Jo Agent", "jo@localboxs.example"));
        state.member(account, ada.id, Role::Administrator);
        state.member(account, jo.id, Role::Agent);
        let website = state.inbox(account, "Website");
        state.inbox(account, NewInbox::new("E-mail").channel_type("Channel::Email"));
        state.inbox_member(website, jo.id);
        let other = state.account("Somebody else");
        let otto = state.user(NewUser::new("Otto Other", "otto@else.example"));
        state.member(other, otto.id, Role::Administrator);
        state.inbox(other, "Their website");
        let suspended = state.account(NewAccount::new("Unpaid").suspended());
        state.member(suspended, otto.id, Role::Administrator);
        state.user(NewUser::new("Nora Nowhere", "nora@nowhere.example").unconfirmed());
        state
    }

    /// Adds a platform app with a random token.
    pub fn platform_app(&mut self, name: &str) -> PlatformApp {
        self.platform_app_with_token(name, &secret::token())
    }

    /// Adds a platform app that holds the given token.
    pub fn platform_app_with_token(&mut self, name: &str, token: &str) -> PlatformApp {
        self.last_ids.app += 1;
        let app = PlatformApp { id: self.last_ids.app, name: name.to_owned(), token: token.to_owned() };
        self.index.tokens.insert(app.token.clone(), Owner::App(app.id));
        self.apps.insert(app.id, app.clone());
        app
    }

    /// Adds an account and returns its id.
    pub fn account(&mut self, account: impl Into<NewAccount>) -> u64 {
        let new = account.into();
        let id = next_id(&mut self.last_ids.account, new.id);
        let account = Account {
            id,
            name: new.name,
            locale: new.locale,
            domain: None,
            support_email: None,
            suspended: new.suspended,
            features: Map::new(),
            limits: Map::new(),
            custom_attributes: Map::new(),
            agent_limit: new.agent_limit,
            created_at: self.now(),
        };
        self.accounts.insert(id, account);
        id
    }

    /// Gives the platform app its right to the account.
    pub fn permit_account(&mut self, app_id: u64, account_id: u64) {
        let of = Permitted::Account(account_id);
        self.permissibles.insert(Permissible { app_id, of });
    }

    /// Gives the platform app its right to the user.
    pub fn permit_user(&mut self, app_id: u64, user_id: u64) {
        let of = Permitted::User(user_id);
        self.permissibles.insert(Permissible { app_id, of });
    }

    /// Adds a user and returns the record with its token.
    pub fn user(&mut self, new: NewUser) -> User {
        let id = next_id(&mut self.last_ids.user, new.id);
        let user = User {
            id,
            name: new.name,
            display_name: new.display_name,
            email: new.email,
            password: PasswordDigest::of(&new.password.unwrap_or_else(secret::token)),
            confirmed: new.confirmed,
            kind: None,
            custom_attributes: new.custom_attributes,
            ui_settings: Map::new(),
            access_token: new.token.unwrap_or_else(secret::token),
            pubsub_token: secret::token(),
        };
        self.issued.push(user.access_token.clone());
        self.issued.push(user.pubsub_token.clone());
        self.index.emails.insert(user.email.clone(), id);
        self.index.tokens.insert(user.access_token.clone(), Owner::User(id));
        self.users.insert(id, user.clone());
        user
    }

    /// Makes the user a member of the account, as if done long ago (no hook can fail).
    pub fn member(&mut self, account_id: u64, user_id: u64, role: Role) {
        let role = Some(role);
        self.add_member(account_id, user_id, role, Availability::Online, true, None);
    }

    /// Adds an inbox to the account and returns its id.
    pub fn inbox(&mut self, account_id: u64, inbox: impl Into<NewInbox>) -> u64 {
        let new = inbox.into();
        let id = next_id(&mut self.last_ids.inbox, new.id);
        self.issued.extend(new.secret.clone());
        let inbox = Inbox {
            id,
            account_id,
            name: new.name,
            channel_type: new.channel_type,
            website_url: new.website_url,
            secret: new.secret,
        };
        self.inboxes.insert(id, inbox);
        id
    }

    /// Puts a user into the inbox's table, whether or not a member of the account.
    pub fn inbox_member(&mut self, inbox_id: u64, user_id: u64) {
        let members = self.inbox_members.entry(inbox_id).or_default();
        if !members.contains(&user_id) {
            members.push(user_id);
        }
    }
}

fn next_id(last: &mut u64, wanted: Option<u64>) -> u64 {
    let id = wanted.unwrap_or(*last + 1);
    *last = id.max(*last);
    id
}
