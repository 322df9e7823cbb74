//! The platform API: routes, the checks every call passes, and its users.

mod accounts;
mod members;
mod users;

use crate::answer::{Answer, Refusal};
use crate::call::{self, Call, Params};
use crate::model::Permitted;
use crate::state::{Owner, State};

/// A call that holds a platform app's token.
pub(crate) struct Platform<'a> {
    state: &'a mut State,
    app_id: u64,
    params: Params,
    base_url: &'a str,
}

/// Answers a call below `/platform/api/v1`; nothing where Chatwoot has no route.
pub(crate) fn route(
    state: &mut State,
    call: &Call,
    base_url: &str,
    path: &[&str],
) -> Option<Result<Answer, Refusal>> {
    let token_route = state.at_least(4, 3);
    let account_list = state.at_least(4, 5);
    let caller = Platform::enter(state, call, base_url);
    Some(match (call.verb(), path) {
        ("POST", ["users"]) => caller.and_then(users::create),
        ("GET", ["users", id]) => caller.and_then(|p| users::show(&p, id)),
        ("PATCH" | "PUT", ["users", id]) => caller.and_then(|p| users::update(p, id)),
        ("DELETE", ["users", id]) => caller.and_then(|mut p| users::destroy(&mut p, id)),
        ("GET", ["users", id, "login"]) => caller.and_then(|p| users::login(p, id)),
        ("POST", ["users", id, "token"]) if token_route => caller.and_then(|p| users::token(&p, id)),
        ("GET", ["accounts"]) if account_list => caller.and_then(|p| accounts::index(&p)),
        ("POST", ["accounts"]) => caller.and_then(accounts::create),
        ("GET", ["accounts", id]) => caller.and_then(|p| accounts::show(&p, id)),
        ("PATCH" | "PUT", ["accounts", id]) => caller.and_then(|p| accounts::update(p, id)),
        ("DELETE", ["accounts", id]) => caller.and_then(|mut p| accounts::destroy(&mut p, id)),
        ("GET", ["accounts", id, "account_users"]) => caller.and_then(|p| members::index(&p, id)),
        ("POST", ["accounts", id, "account_users"]) => caller.and_then(|p| members::create(p, id)),
        ("DELETE", ["accounts", id, "account_users"]) => caller.and_then(|p| members::destroy(p, id)),
        _ => return None,
    })
}

impl<'a> Platform<'a> {
    fn enter(state: &'a mut State, call: &Call, base_url: &'a str) -> Result<Self, Refusal> {
        let owner = call.token().and_then(|token| state.owner(token));
        let Some(Owner::App(app_id)) = owner else {
            return Err(Refusal::Unauthorized("Invalid access_token"));
        };
        let params = call.params()?;
        Ok(Self { state, app_id, params, base_url })
    }

    /// The user of a path, once it exists and belongs to this app.
    fn user(&self, id: &str) -> Result<u64, Refusal> {
        let id = call::path_id(id).filter(|id| self.state.users.contains_key(id));
        self.permitted(id, Permitted::User)
    }

    /// The account of a path, once it exists and belongs to this app.
    fn account(&self, id: &str) -> Result<u64, Refusal> {
        let id = call::path_id(id).filter(|id| self.state.accounts.contains_key(id));
        self.permitted(id, Permitted::Account)
    }

    fn permitted(&self, id: Option<u64>, of: fn(u64) -> Permitted) -> Result<u64, Refusal> {
        let id = id.ok_or(Refusal::RailsNotFound)?;
        if self.state.is_permitted(self.app_id, of(id)) {
            Ok(id)
        } else {
            Err(Refusal::Unauthorized("Non permissible resource"))
        }
    }
}
