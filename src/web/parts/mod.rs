//! Pieces that several pages draw in the same way.
//!
//! Each is a template of its own, so that a page and the fragment of it never differ.

mod address_preview;
mod agent_badge;
mod agent_body;
mod agent_card;
mod agent_note;
mod connection_line;
mod drift_line;
mod drift_table;
mod error_summary;
mod icon;
mod inbox_switches;
mod moment;
mod new_password;
mod password_choice;
mod plan_meter;
mod qr_code;

pub use address_preview::AddressPreview;
pub use agent_badge::AgentBadge;
pub use agent_body::{AgentBody, Watch};
pub use agent_card::AgentCard;
pub use agent_note::AgentNote;
pub use connection_line::ConnectionLine;
pub use drift_line::DriftLine;
pub use drift_table::DriftTable;
pub use error_summary::{ErrorSummary, messages_for};
pub use icon::icon;
pub use inbox_switches::{InboxSwitch, InboxSwitches, inbox_words};
pub use moment::{Exact, Moment};
pub use new_password::NewPassword;
pub use password_choice::PasswordChoice;
pub use plan_meter::PlanMeter;
pub use qr_code::QrCode;

/// Lets these be written into other templates as they are: their own templates have escaped what people typed.
macro_rules! already_escaped {
    ($($piece:ty),+ $(,)?) => {$(impl askama::filters::HtmlSafe for $piece {})+};
}

already_escaped!(
    DriftLine,
    DriftTable,
    AddressPreview,
    AgentBadge,
    AgentBody,
    AgentCard,
    AgentNote,
    ConnectionLine,
    ErrorSummary,
    Exact,
    InboxSwitch,
    InboxSwitches,
    Moment,
    NewPassword,
    PasswordChoice,
    PlanMeter,
    QrCode,
    icon::Icon,
);
