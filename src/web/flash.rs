//! One message for the next page: a word in a cookie, shown once.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::cookie;
use super::page::FlashShown;
use crate::app::App;
use crate::domain::ids::AgentId;

const NAME: &str = "localboxs-flash";
const LIFE_S: u32 = 60;

/// What the next page shall say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    SignedOut,
    AgentCreated,
    AgentRemoved,
    RemovalStarted,
    InboxesSaved,
    InboxesWaiting,
    TryingAgain,
    PasswordSet,
    RecoveryCodeUsed,
    NameChanged,
    OwnPasswordChanged,
    SessionEnded,
    OtherSessionsEnded,
    SecondFactorOff,
    PasswordLinkUsed,
    UserTierSet,
    UserRoleSet,
    UserSuspended,
    UserEnabled,
    UserSignedOut,
    SecondFactorReset,
}

/// A message, and the agent or number it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flash {
    pub notice: Notice,
    pub agent: Option<AgentId>,
    /// How many recovery codes are left.
    pub left: Option<u64>,
}

impl Notice {
    const ALL: [Self; 21] = [
        Self::SignedOut,
        Self::AgentCreated,
        Self::AgentRemoved,
        Self::RemovalStarted,
        Self::InboxesSaved,
        Self::InboxesWaiting,
        Self::TryingAgain,
        Self::PasswordSet,
        Self::RecoveryCodeUsed,
        Self::NameChanged,
        Self::OwnPasswordChanged,
        Self::SessionEnded,
        Self::OtherSessionsEnded,
        Self::SecondFactorOff,
        Self::PasswordLinkUsed,
        Self::UserTierSet,
        Self::UserRoleSet,
        Self::UserSuspended,
        Self::UserEnabled,
        Self::UserSignedOut,
        Self::SecondFactorReset,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::AgentCreated => "agent_created",
            Self::AgentRemoved => "agent_removed",
            Self::RemovalStarted => "removal_started",
            Self::InboxesSaved => "inboxes_saved",
            Self::InboxesWaiting => "inboxes_waiting",
            Self::TryingAgain => "trying_again",
            Self::PasswordSet => "password_set",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::NameChanged => "name_changed",
            Self::OwnPasswordChanged => "own_password_changed",
            Self::SessionEnded => "session_ended",
            Self::OtherSessionsEnded => "other_sessions_ended",
            Self::SecondFactorOff => "second_factor_off",
            Self::PasswordLinkUsed => "password_link_used",
            Self::UserTierSet => "user_tier_set",
            Self::UserRoleSet => "user_role_set",
            Self::UserSuspended => "user_suspended",
            Self::UserEnabled => "user_enabled",
            Self::UserSignedOut => "user_signed_out",
            Self::SecondFactorReset => "second_factor_reset",
        }
    }

    /// The sentence on the page.
    pub fn words(self) -> &'static str {
        match self {
            Self::SignedOut => "You are signed out.",
            Self::AgentCreated => "The agent is created.",
            Self::AgentRemoved => "The agent is removed.",
            Self::RemovalStarted => "The agent is being removed.",
            Self::InboxesSaved => "The inboxes are saved.",
            Self::InboxesWaiting => {
                "Your choice is kept, but Chatwoot doesn't agree yet. The agent's card says why."
            }
            Self::TryingAgain => "Trying again.",
            Self::PasswordSet => "The new password is set.",
            Self::RecoveryCodeUsed => "You signed in with a recovery code.",
            Self::NameChanged => "Your name is changed.",
            Self::OwnPasswordChanged => "Your password is changed. Every other session is ended.",
            Self::SessionEnded => "That session is ended.",
            Self::OtherSessionsEnded => "Every other session is ended.",
            Self::SecondFactorOff => "Your second factor is off.",
            Self::PasswordLinkUsed => "Your password is set. Sign in with it.",
            Self::UserTierSet => "The tier is changed.",
            Self::UserRoleSet => "The role is changed. Open sessions are ended.",
            Self::UserSuspended => "The account is suspended.",
            Self::UserEnabled => "The account is open again.",
            Self::UserSignedOut => "Every session is ended.",
            Self::SecondFactorReset => "The second factor is gone. Open sessions are ended.",
        }
    }
}

impl Flash {
    /// Reads the cookie; anything but our own words is ignored.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = cookie::find(headers, NAME)?;
        let (key, about) = text.split_once('.').unwrap_or((text, ""));
        let notice = Notice::ALL.into_iter().find(|notice| notice.key() == key)?;
        Some(Self { notice, agent: AgentId::parse(about), left: about.parse().ok() })
    }

    pub fn words(&self) -> String {
        let words = self.notice.words();
        match self.left {
            None => words.to_owned(),
            Some(1) => format!("{words} 1 of them is left."),
            Some(left) => format!("{words} {left} of them are left."),
        }
    }
}

/// Goes to `place` and lets the page there say `notice` once.
pub fn redirect(app: &App, place: &str, notice: Notice, agent: Option<AgentId>) -> Response {
    let about = agent.map_or_else(String::new, |agent| format!(".{agent}"));
    with_cookie(app, place, &format!("{}{about}", notice.key()))
}

/// As [`redirect`], with the number of recovery codes that are left.
pub fn redirect_counting(app: &App, place: &str, notice: Notice, left: u64) -> Response {
    with_cookie(app, place, &format!("{}.{left}", notice.key()))
}

fn with_cookie(app: &App, place: &str, value: &str) -> Response {
    let mut response = Redirect::to(place).into_response();
    if let Some(cookie) = cookie::set(app, NAME, value, LIFE_S) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The layer: a message that was shown is not shown again.
pub async fn forget_once_shown(State(app): State<App>, request: Request, next: Next) -> Response {
    let waiting = cookie::find(request.headers(), NAME).is_some();
    let mut response = next.run(request).await;
    if waiting
        && response.extensions().get::<FlashShown>().is_some()
        && let Some(removal) = cookie::set(&app, NAME, "", 0)
    {
        response.headers_mut().append(SET_COOKIE, removal);
    }
    response
}
