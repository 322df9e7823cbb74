//! The one client of Chatwoot, in our words: an account key for the account, a platform key for people.
//!
//! Every provisioning method is exactly one HTTP call and never repeats itself; whether to repeat is the
//! caller's decision, from [`ChatwootError`]. Whatever changes a person takes an [`OwnedUser`], which exists
//! only after Chatwoot proved that the person is ours.

mod account;
mod answer;
mod error;
mod gate;
mod http;
mod installation;
mod owned;
mod platform;
mod sign_in;
mod turns;
mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::ExposeSecret;

use self::account::AccountClient;
pub use self::account::{Joined, Standing};
pub use self::error::{ChatwootError, ErrorKind};
pub use self::gate::{Ended, Gate, Purpose};
pub use self::http::CALLS_AT_ONCE;
use self::http::{Call, Line, Transport};
pub use self::installation::{BuildError, Deadlines, Installation};
pub use self::owned::OwnedUser;
use self::platform::PlatformClient;
pub use self::platform::{Created, Inspection, NewUser};
pub use self::sign_in::SignInUrl;
pub use self::turns::on_behalf_of;
use crate::domain::connection::Route;
use crate::domain::drift::Person;
use crate::domain::ids::{ChatwootUserId, InboxId};
use crate::domain::inbox::Inbox;
use crate::domain::password::Password;

/// The connection to one Chatwoot installation; cheap to clone, and all clones share its limit of calls at once.
#[derive(Clone, Debug)]
pub struct Chatwoot {
    transport: Transport,
    account: AccountClient,
    platform: Option<PlatformClient>,
}

/// What Chatwoot says about itself without a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Such as `4.9.2`; at most 32 letters, digits, dots, plus and minus signs.
    pub version: String,
    /// Whether its database answers.
    pub data_services_ok: bool,
    /// Whether its job queue answers; without it nothing is ever deleted.
    pub queue_services_ok: bool,
}

/// What came of putting a person into the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    InAccount,
    /// Chatwoot says the person was in already; the caller looks with [`Chatwoot::inspect_user`].
    AlreadyThere,
    /// Chatwoot put in, or speaks about, another person than ours: stop.
    DifferentPerson,
}

impl Chatwoot {
    /// Prepares the client without any call; fails if the configuration can never work.
    pub fn new(installation: Installation, limits: Deadlines) -> Result<Self, BuildError> {
        let Installation { origin, account, account_key, platform_key } = installation;
        let transport = Transport::new(origin, limits)?;
        let line = |key| Line::new(transport.clone(), key);
        let account_key = http::key(account_key.expose_secret()).ok_or(BuildError::AccountKey)?;
        let platform_key = platform_key
            .map(|secret| http::key(secret.expose_secret()).ok_or(BuildError::PlatformKey))
            .transpose()?;
        let platform = platform_key.map(|key| PlatformClient::new(line(key), account));
        let account = AccountClient::new(line(account_key), account);
        Ok(Self { transport, account, platform })
    }

    /// The same connection with this gate before every call.
    #[must_use]
    pub fn guarded(self, gate: Arc<dyn Gate>) -> Self {
        let transport = self.transport.clone().through(gate);
        self.by(transport)
    }

    /// The same connection for finding out whether work is possible again.
    #[must_use]
    pub fn looking(&self) -> Self {
        self.by(self.transport.looking())
    }

    /// Changes how many calls this process makes at once, shared by all clones.
    pub fn set_calls_at_once(&self, calls: usize) {
        self.transport.set_turns(calls);
    }

    /// Chatwoot's version and health, asked without any key and within [`Deadlines::probe`].
    pub async fn version(&self) -> Result<Version, ChatwootError> {
        self.transport.call(Call::probe("version", "/api".into()), None, wire::version).await
    }

    /// What the account key may do in the configured account.
    pub async fn standing(&self) -> Result<Standing, ChatwootError> {
        self.account.standing().await
    }

    /// How people get into the account: by the platform key if Chatwoot lets it, else by the account key.
    pub async fn route(&self) -> Result<Route, ChatwootError> {
        self.platform()?.route().await
    }

    /// All inboxes of the account, by number.
    pub async fn inboxes(&self) -> Result<Vec<Inbox>, ChatwootError> {
        self.account.inboxes().await
    }

    /// Finds or creates the person with this address and tells whether it is ours.
    ///
    /// Chatwoot 4.9.2 answers alike for a new person and for a stranger with that address, so only the tag decides.
    pub async fn create_user(&self, new: NewUser<'_>) -> Result<Created, ChatwootError> {
        self.platform()?.create_user(new).await
    }

    /// Looks at a person and tells whether it carries our tag.
    pub async fn inspect_user(&self, id: ChatwootUserId, tag: &str) -> Result<Inspection, ChatwootError> {
        self.platform()?.inspect_user(id, tag).await
    }

    /// Puts the person into the account as an agent, never changing the role of somebody who is in already.
    ///
    /// By the account route Chatwoot 4.9.2 counts seats first: [`ErrorKind::AccountFull`] also meets somebody who
    /// is in, such as after a lost answer, so look with [`Chatwoot::inspect_user`] before believing it.
    pub async fn link(
        &self,
        user: &OwnedUser,
        route: Route,
        name: &str,
        email: &str,
    ) -> Result<Linked, ChatwootError> {
        match route {
            Route::Platform => self.platform()?.link(user).await,
            Route::Account => self.account.add_agent(user, name, email).await,
        }
    }

    /// Takes the person out of the account; being out already is success.
    pub async fn unlink(&self, user: &OwnedUser, route: Route) -> Result<(), ChatwootError> {
        match route {
            Route::Platform => self.platform()?.unlink(user).await,
            Route::Account => self.account.remove_agent(user).await,
        }
    }

    /// Lets the person answer the inbox; [`ErrorKind::NotFound`] means the inbox (or the account) is gone.
    pub async fn join_inbox(&self, user: &OwnedUser, inbox: InboxId) -> Result<Joined, ChatwootError> {
        self.account.join_inbox(user, inbox).await
    }

    /// Takes the inbox away from the person; not having it is success.
    pub async fn leave_inbox(&self, user: &OwnedUser, inbox: InboxId) -> Result<(), ChatwootError> {
        self.account.leave_inbox(user, inbox).await
    }

    /// Whether the person has the inbox; only somebody who is in the account is seen there.
    pub async fn has_inbox(&self, user: &OwnedUser, inbox: InboxId) -> Result<bool, ChatwootError> {
        self.account.has_inbox(user, inbox).await
    }

    /// The person in the account who carries this tag, if there is one.
    pub async fn tagged(&self, tag: &str) -> Result<Option<OwnedUser>, ChatwootError> {
        self.account.tagged(tag).await
    }

    /// Changes the person's name and nothing else, in every account of the person.
    pub async fn rename(&self, user: &OwnedUser, name: &str) -> Result<(), ChatwootError> {
        self.platform()?.rename(user, name).await
    }

    /// Replaces the person's password and nothing else; Chatwoot signs them out of other browsers.
    pub async fn set_password(&self, user: &OwnedUser, password: &Password) -> Result<(), ChatwootError> {
        self.platform()?.set_password(user, password).await
    }

    /// An address that signs the person in to Chatwoot 4.9.2, good for five minutes and once; it asks for no password.
    pub async fn sign_in_url(&self, user: &OwnedUser) -> Result<SignInUrl, ChatwootError> {
        self.platform()?.sign_in_url(user).await
    }

    /// Everybody in the account, administrators included, with the marks they carry: one call observes the account.
    pub async fn agents(&self) -> Result<Vec<Person>, ChatwootError> {
        self.account.agents().await
    }

    /// Who of the account answers the inbox; [`ErrorKind::NotFound`] means the inbox (or the account) is gone.
    pub async fn inbox_members(&self, inbox: InboxId) -> Result<BTreeSet<ChatwootUserId>, ChatwootError> {
        self.account.inbox_members(inbox).await
    }

    /// Gives the person the role of an agent again; they must be in the account.
    pub async fn make_agent(&self, user: &OwnedUser) -> Result<(), ChatwootError> {
        self.account.make_agent(user).await
    }

    /// Asks Chatwoot to delete the person, which it does later; being gone already is success.
    pub async fn delete_user(&self, user: &OwnedUser) -> Result<(), ChatwootError> {
        self.platform()?.delete_user(user).await
    }

    fn by(&self, transport: Transport) -> Self {
        let account = self.account.by(&transport);
        let platform = self.platform.as_ref().map(|platform| platform.by(&transport));
        Self { transport, account, platform }
    }

    fn platform(&self) -> Result<&PlatformClient, ChatwootError> {
        self.platform.as_ref().ok_or_else(|| ErrorKind::PlatformKeyMissing.into())
    }
}
