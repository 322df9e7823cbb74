//! Records to put into an installation.

use serde_json::{Map, Value};

use crate::secret;

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
    pub(crate) id: Option<u64>,
    pub(crate) name: String,
    pub(crate) locale: String,
    pub(crate) suspended: bool,
    pub(crate) agent_limit: Option<u64>,
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
    pub(crate) id: Option<u64>,
    pub(crate) name: String,
    pub(crate) channel_type: String,
    pub(crate) website_url: Option<String>,
    pub(crate) secret: Option<String>,
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
