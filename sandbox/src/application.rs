//! The application API: routes, and the checks every call of a user passes.

mod agents;
mod inbox_members;

use crate::answer::{Answer, Refusal};
use crate::call::{self, Call, Params};
use crate::state::{Owner, State};
use crate::wire::{self, Profile};

/// A call of a member of the account.
pub(crate) struct Member<'a> {
    state: &'a mut State,
    user_id: u64,
    account_id: u64,
    is_administrator: bool,
    params: Params,
    /// The parameters of the body alone, and whether Rails would wrap them.
    body: Params,
    wraps: bool,
}

/// Answers a call below `/api/v1`; nothing where Chatwoot has no route.
pub(crate) fn route(state: &mut State, call: &Call, path: &[&str]) -> Option<Result<Answer, Refusal>> {
    let (id, rest) = match (call.verb(), path) {
        ("GET", ["profile"]) => return Some(profile(state, call)),
        ("GET", ["accounts", id]) => return Some(account(state, call, id)),
        (_, ["accounts", id, rest @ ..]) => (*id, rest),
        _ => return None,
    };
    let caller = Member::enter(state, call, id);
    Some(match (call.verb(), rest) {
        ("GET", ["inboxes"]) => caller.map(|m| inboxes(&m)),
        ("GET", ["agents"]) => caller.map(|m| agents::index(&m)),
        ("POST", ["agents"]) => caller.and_then(agents::create),
        ("PATCH" | "PUT", ["agents", id]) => caller.and_then(|m| agents::update(m, id)),
        ("DELETE", ["agents", id]) => caller.and_then(|mut m| agents::destroy(&mut m, id)),
        ("GET", ["inbox_members", id]) => caller.and_then(|m| inbox_members::show(&m, id)),
        ("POST", ["inbox_members"]) => caller.and_then(inbox_members::create),
        ("PATCH", ["inbox_members"]) => caller.and_then(inbox_members::update),
        ("DELETE", ["inbox_members"]) => caller.and_then(|mut m| inbox_members::destroy(&mut m)),
        _ => return None,
    })
}

fn profile(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let user = signed_in(state, call)?;
    let user = state.users.get(&user).ok_or(Refusal::NotFound)?;
    Ok(Answer::json(&Profile::of(state, user)))
}

/// Looked up among the caller's accounts: a foreign one is 404, a suspended one is shown.
fn account(state: &mut State, call: &Call, id: &str) -> Result<Answer, Refusal> {
    let user = signed_in(state, call)?;
    let id = call::path_id(id).ok_or(Refusal::NotFound)?;
    state.membership(id, user).ok_or(Refusal::NotFound)?;
    let account = state.accounts.get(&id).ok_or(Refusal::NotFound)?;
    Ok(Answer::json(&wire::Account::of(state, account)))
}

/// An administrator sees all inboxes, an agent the ones it is in.
fn inboxes(member: &Member<'_>) -> Answer {
    let visible = member.state.inboxes_of(member.account_id).filter(|inbox| {
        let members = member.state.inbox_member_ids(inbox.id);
        member.is_administrator || members.contains(&member.user_id)
    });
    let list: Vec<_> = visible.map(|inbox| wire::inbox(inbox, member.is_administrator)).collect();
    Answer::json(&Payload { payload: list })
}

/// What the application API wraps its lists in.
#[derive(serde::Serialize)]
struct Payload<T> {
    payload: Vec<T>,
}

/// The user behind the token, whatever account it then asks for.
fn signed_in(state: &State, call: &Call) -> Result<u64, Refusal> {
    let params = call.params()?;
    let Some(token) = call.token() else {
        let german = params.get("locale").is_some_and(|locale| locale == "de");
        return Err(Refusal::SignInFirst { german });
    };
    match state.owner(token) {
        Some(Owner::User(id)) => Ok(id),
        Some(Owner::App(_)) => {
            Err(Refusal::Unauthorized("Access to this endpoint is not authorized for bots"))
        }
        None => Err(Refusal::Unauthorized("Invalid Access Token")),
    }
}

impl<'a> Member<'a> {
    fn enter(state: &'a mut State, call: &Call, account: &str) -> Result<Self, Refusal> {
        let user_id = signed_in(state, call)?;
        let account = call::path_id(account).and_then(|id| state.accounts.get(&id));
        let account = account.ok_or(Refusal::NotFound)?;
        if account.suspended {
            return Err(Refusal::Unauthorized("Account is suspended"));
        }
        let account_id = account.id;
        if state.membership(account_id, user_id).is_none() {
            return Err(Refusal::Unauthorized("You are not authorized to access this account"));
        }
        Ok(Self {
            is_administrator: state.is_administrator(account_id, user_id),
            params: call.params()?,
            body: call.body_params()?,
            wraps: call.is_json(),
            state,
            user_id,
            account_id,
        })
    }

    fn must_be_administrator(&self) -> Result<(), Refusal> {
        if self.is_administrator { Ok(()) } else { Err(not_authorized()) }
    }
}

fn not_authorized() -> Refusal {
    Refusal::Unauthorized("You are not authorized to do this action")
}
