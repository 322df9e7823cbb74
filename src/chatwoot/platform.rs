//! What the platform app's key does with people, and the proof that a person is ours.

use rand::distr::{Alphanumeric, SampleString};
use reqwest::Method;
use serde_json::{Value, json};

use super::http::{Call, Line, Transport};
use super::wire::{self, AccountUser, PlatformUser};
use super::{ChatwootError, ErrorKind, Linked, OwnedUser, SignInUrl};
use crate::domain::connection::Route;
use crate::domain::ids::{ChatwootAccountId, ChatwootUserId};
use crate::domain::password::Password;

/// Whom to create.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    pub name: &'a str,
    pub email: &'a str,
    /// What marks the person as ours from then on.
    pub tag: &'a str,
}

/// Whose the address turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// Created now or by an earlier try; carries the tag and is in no account but ours.
    Ours {
        user: OwnedUser,
        /// Whether the person bears the name that was sent.
        named: bool,
    },
    /// Nothing of the answer was kept; the person's number is not known and must never be used.
    SomebodyElse,
}

/// What Chatwoot says about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inspection {
    /// No such person; a deletion has taken effect.
    Gone,
    /// There, but without our tag.
    SomebodyElse,
    Ours {
        user: OwnedUser,
        in_account: bool,
        /// Whether the role in our account is agent, not administrator and not none.
        role_is_agent: bool,
        /// Whether the person is in an account beside ours, so that deleting it would reach others.
        other_accounts: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) struct PlatformClient {
    line: Line,
    account: ChatwootAccountId,
}

impl PlatformClient {
    pub fn new(line: Line, account: ChatwootAccountId) -> Self {
        Self { line, account }
    }

    pub fn by(&self, transport: &Transport) -> Self {
        Self { line: self.line.by(transport), account: self.account }
    }

    pub async fn route(&self) -> Result<Route, ChatwootError> {
        let call = Call::get("platform.route", self.account_path(""));
        match self.line.call(call, |body| wire::about(self.account.0, body)).await {
            Ok(()) => Ok(Route::Platform),
            Err(error) if error.kind == ErrorKind::NotPermissible => Ok(Route::Account),
            Err(error) => Err(error),
        }
    }

    pub async fn create_user(&self, new: NewUser<'_>) -> Result<Created, ChatwootError> {
        let body = json!({
            "name": new.name,
            "email": new.email,
            "password": throw_away_password().reveal(),
            "custom_attributes": { "localboxs_ref": new.tag },
        });
        let path = "/platform/api/v1/users".into();
        let call = Call::write("platform.create_user", Method::POST, path, Some(body));
        Ok(self.whose(&self.line.call(call, wire::json).await?, new))
    }

    pub async fn inspect_user(&self, id: ChatwootUserId, tag: &str) -> Result<Inspection, ChatwootError> {
        let call = Call::get("platform.inspect_user", user_path(id));
        let read = |body: &[u8]| wire::json(body).filter(|user: &PlatformUser| user.id == id.0);
        match self.line.call(call, read).await {
            Ok(user) if user.carries(tag) => Ok(self.inspected(&user)),
            Ok(_) => Ok(Inspection::SomebodyElse),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Inspection::Gone),
            Err(error) => Err(error),
        }
    }

    pub async fn link(&self, user: &OwnedUser) -> Result<Linked, ChatwootError> {
        // Without a role: Chatwoot 4.9.2 makes a newcomer an agent and leaves anybody else as they are.
        let body = json!({ "user_id": user.id().0 });
        let path = self.account_path("/account_users");
        let call = Call::write("platform.link", Method::POST, path, Some(body));
        let link: AccountUser = self.line.call(call, wire::json).await?;
        let as_asked = link.user_id == user.id().0 && link.account_id == self.account.0;
        Ok(if as_asked { Linked::InAccount } else { Linked::DifferentPerson })
    }

    pub async fn unlink(&self, user: &OwnedUser) -> Result<(), ChatwootError> {
        let body = json!({ "user_id": user.id().0 });
        let path = self.account_path("/account_users");
        let call = Call::write("platform.unlink", Method::DELETE, path, Some(body));
        self.line.call(call, wire::nothing).await
    }

    pub async fn set_password(&self, user: &OwnedUser, password: &Password) -> Result<(), ChatwootError> {
        self.change("platform.set_password", user, json!({ "password": password.reveal() })).await
    }

    pub async fn rename(&self, user: &OwnedUser, name: &str) -> Result<(), ChatwootError> {
        self.change("platform.rename", user, json!({ "name": name })).await
    }

    /// Never the e-mail: Chatwoot 4.9.2 would change it at once and without asking its owner.
    async fn change(&self, name: &'static str, user: &OwnedUser, change: Value) -> Result<(), ChatwootError> {
        let call = Call::write(name, Method::PATCH, user_path(user.id()), Some(change));
        self.line.call(call, |body| wire::about(user.id().0, body)).await
    }

    pub async fn sign_in_url(&self, user: &OwnedUser) -> Result<SignInUrl, ChatwootError> {
        let call = Call::get("platform.sign_in_url", format!("{}/login", user_path(user.id())));
        self.line.call(call, SignInUrl::read).await
    }

    pub async fn delete_user(&self, user: &OwnedUser) -> Result<(), ChatwootError> {
        let call = Call::write("platform.delete_user", Method::DELETE, user_path(user.id()), None);
        self.line.call(call, wire::nothing).await.or_else(ChatwootError::gone_is_done)
    }

    /// An existing stranger is answered like a new person, so all three must fit before a number is believed.
    fn whose(&self, user: &PlatformUser, new: NewUser<'_>) -> Created {
        let same_address = user.email.to_lowercase() == new.email.to_lowercase();
        if user.carries(new.tag) && same_address && !self.is_elsewhere(user) {
            let named = user.name.as_deref() == Some(new.name);
            Created::Ours { user: OwnedUser::proven_now(user.id), named }
        } else {
            Created::SomebodyElse
        }
    }

    fn inspected(&self, user: &PlatformUser) -> Inspection {
        let ours = user.accounts.iter().find(|membership| membership.id == self.account.0);
        Inspection::Ours {
            user: OwnedUser::proven_now(user.id),
            in_account: ours.is_some(),
            role_is_agent: ours.is_some_and(|membership| membership.role.as_deref() == Some("agent")),
            other_accounts: self.is_elsewhere(user),
        }
    }

    fn is_elsewhere(&self, user: &PlatformUser) -> bool {
        user.accounts.iter().any(|membership| membership.id != self.account.0)
    }

    fn account_path(&self, rest: &str) -> String {
        format!("/platform/api/v1/accounts/{}{rest}", self.account)
    }
}

fn user_path(id: ChatwootUserId) -> String {
    format!("/platform/api/v1/users/{id}")
}

/// A password that Chatwoot takes and nobody ever learns.
fn throw_away_password() -> Password {
    // The first four meet Chatwoot's classes whatever the draw is.
    Password::new(format!("Aa1!{}", Alphanumeric.sample_string(&mut rand::rng(), 40)))
}
