//! Putting records into an installation: what it starts with, and what is added behind the app's back.

use serde_json::{Map, Value};

use crate::model::{Account, Availability, Inbox, Permissible, Permitted, PlatformApp, Role, User};
use crate::secret::{self, PasswordDigest};
use crate::state::{Owner, State};

/// A user to put into the installation; confirmed unless said otherwise.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub(crate) id: Option<u64>,
    pub(crate) name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) email: String,
    pub(crate) password: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) confirmed: bool,
    pub(crate) custom_attributes: Map<String, Value>,
}

impl NewUser {
    /// A confirmed user with a random password and token.
    pub fn new(name: &str, email: &str) -> Self {
        Self {
            id: None,
            name: name.to_owned(),
            display_name: None,
            email: email.to_lowercase(),
            password: None,
            token: None,
            confirmed: true,
            custom_attributes: Map::new(),
        }
    }

    /// With this id instead of the next one.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// With this password, whatever the rules say of it.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// With this access token instead of a random one.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// As somebody invited who has not yet followed the link.
    #[must_use]
    pub fn unconfirmed(mut self) -> Self {
        self.confirmed = false;
        self
    }

    /// With these custom attributes.
    #[must_use]
    pub fn custom_attributes(mut self, attributes: Map<String, Value>) -> Self {
        self.custom_attributes = attributes;
        self
    }
}

/// An account to put into the installation.
#[derive(Clone, Debug)]
pub struct NewAccount {
    id: Option<u64>,
    name: String,
    locale: String,
    suspended: bool,
    agent_limit: Option<u64>,
}

impl NewAccount {
    /// An active English account.
    pub fn new(name: &str) -> Self {
        Self { id: None, name: name.to_owned(), locale: "en".to_owned(), suspended: false, agent_limit: None }
    }

    /// With this id instead of the next one.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// With this locale; `de` has some of its errors translated, as in 4.9.2.
    #[must_use]
    pub fn locale(mut self, locale: &str) -> Self {
        locale.clone_into(&mut self.locale);
        self
    }

    /// As an account the operator has suspended.
    #[must_use]
    pub fn suspended(mut self) -> Self {
        self.suspended = true;
        self
    }

    /// With so many seats on the Agents API (402 beyond).
    #[must_use]
    pub fn agent_limit(mut self, seats: u64) -> Self {
        self.agent_limit = Some(seats);
        self
    }
}

impl From<&str> for NewAccount {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// An inbox to put into an account.
#[derive(Clone, Debug)]
pub struct NewInbox {
    id: Option<u64>,
    name: String,
    channel_type: String,
    website_url: Option<String>,
    secret: Option<String>,
}

impl NewInbox {
    /// A website inbox with a random channel secret.
    pub fn new(name: &str) -> Self {
        Self {
            id: None,
            name: name.to_owned(),
            channel_type: "Channel::WebWidget".to_owned(),
            website_url: None,
            secret: Some(secret::token()),
        }
    }

    /// An inbox of the API channel, without a channel secret.
    pub fn api(name: &str) -> Self {
        Self { channel_type: "Channel::Api".to_owned(), secret: None, ..Self::new(name) }
    }

    /// With this id instead of the next one.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// With this channel type, for example `Channel::Email`.
    #[must_use]
    pub fn channel_type(mut self, channel_type: &str) -> Self {
        channel_type.clone_into(&mut self.channel_type);
        self
    }

    /// With the address of the website it sits on.
    #[must_use]
    pub fn website_url(mut self, url: &str) -> Self {
        self.website_url = Some(url.to_owned());
        self
    }
}

impl From<&str> for NewInbox {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl State {
    /// An installation of version 4.9.2 with nothing in it.
    pub fn new() -> Self {
        Self::default()
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
