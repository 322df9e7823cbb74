//! One message for the next page: a word in a cookie, shown once.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};

use super::agent_path::path;
use super::cookie;
use super::page::FlashShown;
use crate::app::App;
use crate::domain::ids::AgentId;
use crate::services::agents::AgentView;

const NAME: &str = "localboxs-flash";
const LIFE_S: u32 = 60;

/// What the next page shall say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    SignedOut,
    AgentCreated,
    AgentRemoved,
    RemovalStarted,
    RemovalWaiting,
    RemovalUndone,
    AgentSuspended,
    SuspensionStarted,
    AgentResumed,
    ResumptionStarted,
    AgentRenamed,
    RenamingStarted,
    InboxesSaved,
    InboxesWaiting,
    TryingAgain,
    PasswordSet,
    LimitsSaved,
    LimitsUndone,
    TierAdded,
    TierRenamed,
    TierMoved,
    TierSoAlready,
    OrderChanged,
    TierRetired,
    OverrideSet,
    OverrideRemoved,
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
    InSync,
    OutOfSync,
    ComparingPaused,
    OursUsed,
    OursWaiting,
    TheirsUsed,
    StrangerRemoved,
    StrangerAdopted,
    MissingAccepted,
    OverrideAbsent,
    SessionGone,
    UserSoAlready,
    UserNotSuspended,
    SecondFactorAbsent,
}

/// A message and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    pub notice: Notice,
    pub agent: Option<AgentId>,
    pub tier: Option<SavedTier>,
    /// How many recovery codes are left.
    pub left: Option<u64>,
    /// Until when a removal can be undone.
    pub until: Option<DateTime<Utc>>,
}

/// A tier whose limits were changed, and the version that can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedTier {
    pub key: String,
    pub version: i64,
    pub label: String,
}

impl Notice {
    const ALL: [Self; 53] = [
        Self::SignedOut,
        Self::AgentCreated,
        Self::AgentRemoved,
        Self::RemovalStarted,
        Self::RemovalWaiting,
        Self::RemovalUndone,
        Self::AgentSuspended,
        Self::SuspensionStarted,
        Self::AgentResumed,
        Self::ResumptionStarted,
        Self::AgentRenamed,
        Self::RenamingStarted,
        Self::InboxesSaved,
        Self::InboxesWaiting,
        Self::TryingAgain,
        Self::PasswordSet,
        Self::LimitsSaved,
        Self::LimitsUndone,
        Self::TierAdded,
        Self::TierRenamed,
        Self::TierMoved,
        Self::TierSoAlready,
        Self::OrderChanged,
        Self::TierRetired,
        Self::OverrideSet,
        Self::OverrideRemoved,
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
        Self::InSync,
        Self::OutOfSync,
        Self::ComparingPaused,
        Self::OursUsed,
        Self::OursWaiting,
        Self::TheirsUsed,
        Self::StrangerRemoved,
        Self::StrangerAdopted,
        Self::MissingAccepted,
        Self::OverrideAbsent,
        Self::SessionGone,
        Self::UserSoAlready,
        Self::UserNotSuspended,
        Self::SecondFactorAbsent,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::AgentCreated => "agent_created",
            Self::AgentRemoved => "agent_removed",
            Self::RemovalStarted => "removal_started",
            Self::RemovalWaiting => "removal_waiting",
            Self::RemovalUndone => "removal_undone",
            Self::AgentSuspended => "agent_suspended",
            Self::SuspensionStarted => "suspension_started",
            Self::AgentResumed => "agent_resumed",
            Self::ResumptionStarted => "resumption_started",
            Self::AgentRenamed => "agent_renamed",
            Self::RenamingStarted => "renaming_started",
            Self::InboxesSaved => "inboxes_saved",
            Self::InboxesWaiting => "inboxes_waiting",
            Self::TryingAgain => "trying_again",
            Self::PasswordSet => "password_set",
            Self::LimitsSaved => "limits_saved",
            Self::LimitsUndone => "limits_undone",
            Self::TierAdded => "tier_added",
            Self::TierRenamed => "tier_renamed",
            Self::TierMoved => "tier_moved",
            Self::TierSoAlready => "tier_so_already",
            Self::OrderChanged => "order_changed",
            Self::TierRetired => "tier_retired",
            Self::OverrideSet => "override_set",
            Self::OverrideRemoved => "override_removed",
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
            Self::TheirsUsed => "theirs_used",
            Self::StrangerRemoved => "stranger_removed",
            Self::StrangerAdopted => "stranger_adopted",
            Self::MissingAccepted => "missing_accepted",
            Self::OverrideAbsent => "override_absent",
            Self::SessionGone => "session_gone",
            Self::UserSoAlready => "user_so_already",
            Self::UserNotSuspended => "user_not_suspended",
            Self::SecondFactorAbsent => "second_factor_absent",
            Self::OursWaiting => "ours_waiting",
            Self::OursUsed => "ours_used",
            Self::ComparingPaused => "comparing_paused",
            Self::OutOfSync => "out_of_sync",
            Self::InSync => "in_sync",
        }
    }

    /// Whether the message brings a button to undo what it tells.
    pub fn can_be_undone(self) -> bool {
        matches!(self, Self::AgentSuspended | Self::SuspensionStarted) || self.tells_of_a_removal()
    }

    fn tells_of_a_removal(self) -> bool {
        matches!(self, Self::RemovalStarted | Self::RemovalWaiting)
    }

    /// The sentence on the page.
    pub fn words(self) -> &'static str {
        match self {
            Self::SignedOut => "You are signed out.",
            Self::AgentCreated => "The agent is created.",
            Self::AgentRemoved | Self::RemovalStarted => "The agent is removed.",
            Self::RemovalWaiting => {
                "The agent is being removed, but may still have access until Chatwoot answers."
            }
            Self::RemovalUndone => "The removal is undone.",
            Self::AgentSuspended => "The agent is suspended.",
            Self::SuspensionStarted => "The agent is being suspended.",
            Self::AgentResumed => "The agent is back.",
            Self::ResumptionStarted => "The agent is being resumed. This page says how far it is.",
            Self::AgentRenamed => "The name is changed.",
            Self::RenamingStarted => "The name is changed here. Chatwoot gets it as soon as it answers.",
            Self::InboxesSaved => "The inboxes are saved.",
            Self::InboxesWaiting => {
                "Your choice is kept, but Chatwoot doesn't agree yet. The agent's card says why."
            }
            Self::TryingAgain => "Trying again.",
            Self::PasswordSet => "The new password is set.",
            Self::LimitsSaved => "The limits are updated.",
            Self::LimitsUndone => "Undone: the limits are as they were before.",
            Self::TierAdded => "The tier is added.",
            Self::TierRenamed => "The tier is renamed.",
            Self::TierMoved => "The order is changed.",
            Self::TierSoAlready => "It is so already. Nothing was changed.",
            Self::OrderChanged => "The order of the tiers was changed meanwhile, so nothing was moved.",
            Self::TierRetired => "The tier is retired.",
            Self::OverrideSet => "The override is set.",
            Self::OverrideRemoved => "The override is removed.",
            Self::OverrideAbsent => "There was no such override. Nothing was changed.",
            Self::SessionGone => "That session had ended already.",
            Self::UserSoAlready => "It was so already. Nothing was changed.",
            Self::UserNotSuspended => "The account isn't suspended. Nothing was changed.",
            Self::SecondFactorAbsent => "The second factor is off. Nothing was changed.",
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
            Self::InSync => "Every agent in Chatwoot is as it is set here.",
            Self::OutOfSync => "Chatwoot differs. The agents below say where.",
            Self::ComparingPaused => "Many agents are missing in Chatwoot at once. Nothing was changed.",
            Self::OursUsed => "Chatwoot is as it is set here again.",
            Self::OursWaiting => "What is set here is being brought to Chatwoot.",
            Self::MissingAccepted => "What is missing is accepted. Work goes on.",
            Self::StrangerRemoved => "That person is removed from Chatwoot.",
            Self::StrangerAdopted => "That person is an agent here again.",
            Self::TheirsUsed => "What Chatwoot shows counts now.",
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
        let (agent, until) = about.split_once('.').unwrap_or((about, ""));
        Some(Self {
            notice,
            agent: AgentId::parse(agent),
            until: until.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            tier: SavedTier::parse(about),
            left: about.parse().ok(),
        })
    }

    pub fn tone(&self) -> &'static str {
        if self.is_warning() { "warn" } else { "ok" }
    }

    pub fn picture(&self) -> &'static str {
        if self.is_warning() { "triangle-alert" } else { "check" }
    }

    /// Whether what was asked for was done, but found something that somebody must look at.
    fn is_warning(&self) -> bool {
        matches!(self.notice, Notice::OutOfSync | Notice::ComparingPaused | Notice::OrderChanged)
    }

    pub fn words(&self) -> String {
        let words = self.notice.words();
        match (&self.tier, self.left) {
            (Some(tier), _) if self.notice == Notice::LimitsSaved => {
                format!("{} limits updated.", tier.label)
            }
            _ if self.until.is_some() && self.notice.tells_of_a_removal() => {
                let until = self.until.map(|until| until.format("%H:%M UTC").to_string()).unwrap_or_default();
                format!("{words} You can undo this until {until}.")
            }
            (_, Some(1)) => format!("{words} 1 of them is left."),
            (_, Some(left)) => format!("{words} {left} of them are left."),
            _ => words.to_owned(),
        }
    }
}

impl Flash {
    /// Where what it tells is undone.
    pub fn undo(&self) -> Option<String> {
        let agent = self.agent.filter(|_| self.notice.can_be_undone())?;
        let deed = if self.notice.tells_of_a_removal() { "undo-removal" } else { "resume" };
        Some(format!("{}/{deed}", path(agent)))
    }
}

impl SavedTier {
    /// The label comes last, because it alone may hold a full stop.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (key, version, label) = (parts.next()?, parts.next()?, parts.next()?);
        let (label, _) = url::form_urlencoded::parse(label.as_bytes()).next()?;
        Some(Self { key: key.to_owned(), version: version.parse().ok()?, label: label.into_owned() })
    }

    fn written(&self) -> String {
        let label: String = url::form_urlencoded::byte_serialize(self.label.as_bytes()).collect();
        format!("{}.{}.{label}", self.key, self.version)
    }
}

/// Goes to `place` and lets the page there say `notice` once.
pub fn redirect(app: &App, place: &str, notice: Notice, agent: Option<AgentId>) -> Response {
    told(app, place, notice, agent.map(|agent| agent.to_string()))
}

/// The same about a tier whose limits can be undone there.
pub fn redirect_saved(app: &App, place: &str, tier: &SavedTier) -> Response {
    told(app, place, Notice::LimitsSaved, Some(tier.written()))
}

/// As [`redirect`], about an agent whose removal can be undone until then.
pub fn redirect_removed(app: &App, place: &str, view: &AgentView) -> Response {
    let notice = if view.is_held() { Notice::RemovalStarted } else { Notice::RemovalWaiting };
    let until = view.undo_until().map_or_else(String::new, |until| format!(".{}", until.timestamp()));
    told(app, place, notice, Some(format!("{}{until}", view.agent.id)))
}

/// As [`redirect`], with the number of recovery codes that are left.
pub fn redirect_counting(app: &App, place: &str, notice: Notice, left: u64) -> Response {
    told(app, place, notice, Some(left.to_string()))
}

fn told(app: &App, place: &str, notice: Notice, about: Option<String>) -> Response {
    let about = about.map_or_else(String::new, |about| format!(".{about}"));
    let mut response = Redirect::to(place).into_response();
    if let Some(cookie) = cookie::set(app, NAME, &format!("{}{about}", notice.key()), LIFE_S) {
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
