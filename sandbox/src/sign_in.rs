//! Signing in as an agent would: by a link, or by e-mail and password. A plain page of the sandbox's
//! own says who is in; the real one is a program for the browser.

use crate::answer::Answer;
use crate::call::{Call, Field};
use crate::form;
use crate::page;
use crate::state::State;

/// Why a sign-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRefused {
    /// No such link, or one already used.
    UnknownOrUsed,
    /// The link was older than five minutes.
    Expired,
    /// No user of this address with this password.
    WrongPassword,
    /// The address was never confirmed, so 4.9.2 lets nobody in.
    Unconfirmed,
}

impl State {
    /// Follows a sign-in link: good once, for five minutes. Returns the user's id.
    pub fn follow_sign_in_link(&mut self, url: &str) -> Result<u64, SignInRefused> {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let params = form::parse(query);
        let email = Field::of(&params, "email").into_option().unwrap_or_default();
        let token = Field::of(&params, "sso_auth_token").into_option();
        let token = token.unwrap_or_default();
        self.use_token(&email, &token)
    }

    /// Signs in with e-mail and password. Returns the user's id.
    pub fn sign_in(&self, email: &str, password: &str) -> Result<u64, SignInRefused> {
        let user = self.user_by_email(&email.trim().to_lowercase());
        let user = user.filter(|user| user.password.matches(password));
        let user = user.ok_or(SignInRefused::WrongPassword)?;
        if user.confirmed { Ok(user.id) } else { Err(SignInRefused::Unconfirmed) }
    }

    fn use_token(&mut self, email: &str, token: &str) -> Result<u64, SignInRefused> {
        let now = self.now();
        let user = self.user_by_email(email).map(|user| user.id);
        let found = self
            .sso_tokens
            .iter_mut()
            .find(|sso| !sso.used && sso.token == token && Some(sso.user_id) == user);
        let sso = found.ok_or(SignInRefused::UnknownOrUsed)?;
        if sso.expires_at <= now {
            return Err(SignInRefused::Expired);
        }
        sso.used = true;
        Ok(sso.user_id)
    }
}

pub(crate) fn by_link(state: &mut State, call: &Call) -> Answer {
    if !call.query.contains("sso_auth_token") {
        return Answer::page(200, page::sign_in(None));
    }
    let signed_in = state.follow_sign_in_link(&format!("?{}", call.query));
    signed_in_page(state, signed_in)
}

pub(crate) fn by_password(state: &mut State, call: &Call) -> Answer {
    let params = call.body_params().unwrap_or_default();
    let field = |name| Field::of(&params, name).into_option().unwrap_or_default();
    let signed_in = state.sign_in(&field("email"), &field("password"));
    signed_in_page(state, signed_in)
}

fn signed_in_page(state: &State, signed_in: Result<u64, SignInRefused>) -> Answer {
    match signed_in {
        Ok(user) => Answer::page(200, page::signed_in(state, user)),
        Err(refused) => Answer::page(401, page::sign_in(Some(sentence(refused)))),
    }
}

fn sentence(refused: SignInRefused) -> &'static str {
    match refused {
        SignInRefused::UnknownOrUsed => "This sign-in link was used already, or never existed.",
        SignInRefused::Expired => "This sign-in link is older than five minutes.",
        SignInRefused::WrongPassword => "Invalid login credentials. Please try again.",
        SignInRefused::Unconfirmed => "The e-mail address of this agent is not confirmed yet.",
    }
}
