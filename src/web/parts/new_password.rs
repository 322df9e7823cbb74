//! A generated password, on the only page that ever shows it.

use askama::Template;
use chrono::DateTime;

use super::agent_body::chatwoot_address;
use crate::app::App;
use crate::domain::agent::Credential;
use crate::domain::password::Password;
use crate::services::agents::CreatedAgent;
use crate::web::parts::{Moment, icon};

/// The password to hand over, or why it is not shown.
#[derive(Template)]
#[template(path = "parts/new_password.html")]
pub struct NewPassword {
    name: String,
    email: String,
    /// Where agents sign in.
    chatwoot: Option<String>,
    news: News,
    /// When a generated password was last shown.
    shown: Option<Moment>,
}

enum News {
    /// Chatwoot has it.
    Works(Password),
    /// Chatwoot does not have it yet; it waits in memory for a minute at most.
    Waits(Password),
    /// The work stopped before it was used, and it is gone.
    NotUsed,
    /// The same form had been sent before, and it was shown then.
    ShownBefore,
}

impl NewPassword {
    /// What there is to say; nothing when the person chose the password.
    pub fn of(app: &App, created: &CreatedAgent) -> Option<Self> {
        let CreatedAgent { view, generated_password, repeated } = created;
        let news = match generated_password {
            Some(password) if view.agent.credential == Credential::Set => News::Works(password.clone()),
            Some(password) if view.is_working() => News::Waits(password.clone()),
            Some(_) => News::NotUsed,
            None if *repeated => News::ShownBefore,
            None => return None,
        };
        Some(Self {
            name: view.agent.name.clone(),
            email: view.agent.email.clone(),
            chatwoot: chatwoot_address(app),
            news,
            shown: view
                .agent
                .password_shown_at
                .and_then(DateTime::from_timestamp_millis)
                .map(|at| Moment { at, now: app.now() }),
        })
    }

    fn password(&self) -> Option<&str> {
        match &self.news {
            News::Works(password) | News::Waits(password) => Some(password.reveal()),
            News::NotUsed | News::ShownBefore => None,
        }
    }

    fn works(&self) -> bool {
        matches!(self.news, News::Works(_))
    }

    fn shown_before(&self) -> bool {
        matches!(self.news, News::ShownBefore)
    }
}
