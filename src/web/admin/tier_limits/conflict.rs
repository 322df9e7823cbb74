//! Two people changed the same tier: what both began with, what is there now, and what you wanted.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::form::LimitsForm;
use super::saved;
use crate::app::App;
use crate::domain::limit_change::Disagreement;
use crate::domain::limit_value::figure;
use crate::domain::limits::{LimitName, Limits};
use crate::domain::tier::{Limit, TierLimits};
use crate::services::tier_limits::{self, Conflict};
use crate::web::auth::CurrentAdmin;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{Moment, icon};

#[derive(Template)]
#[template(path = "admin/tier_limits/conflict.html")]
struct ConflictPage {
    layout: Layout,
    tier: TierLimits,
    /// Who changed it meanwhile.
    by: String,
    is_own: bool,
    moment: Option<Moment>,
    rows: Vec<Row>,
    reason: String,
}

struct Row {
    name: LimitName,
    opened: String,
    theirs: Choice,
    yours: Choice,
    is_yours: bool,
    is_both: bool,
}

struct Choice {
    stored: i64,
    figure: String,
}

/// The answer to a change that was thought out for a version which is not there any more.
///
/// Whoever did the same just before, as by pressing twice, is told that it is saved.
pub(super) async fn page(
    app: &App,
    admin: &CurrentAdmin,
    tier: &str,
    form: &LimitsForm,
    wanted: &[(LimitName, Limit)],
) -> Result<Response, HtmlError> {
    let conflict = tier_limits::conflict(app, &admin.by(), tier, form.version(), wanted).await?;
    Ok(answer(app, admin, form, conflict))
}

/// The same to a reset, unless there is something left to reset.
pub(super) async fn reset(
    app: &App,
    admin: &CurrentAdmin,
    tier: &str,
    form: &LimitsForm,
) -> Result<Option<Response>, HtmlError> {
    let Some(defaults) = Limits::defaults(tier) else { return Ok(None) };
    let wanted = tier_limits::all_of(&defaults);
    let conflict = tier_limits::conflict(app, &admin.by(), tier, form.version(), &wanted).await?;
    Ok(conflict.disagreements.is_empty().then(|| answer(app, admin, form, conflict)))
}

fn answer(app: &App, admin: &CurrentAdmin, form: &LimitsForm, conflict: Conflict) -> Response {
    let Conflict { tier, by, is_own, at, disagreements } = conflict;
    if is_own && disagreements.is_empty() {
        return saved(app, &tier);
    }
    let title = format!("{} was changed meanwhile", tier.label);
    let other = || by.unwrap_or_else(|| "Somebody".to_owned());
    let page = ConflictPage {
        layout: Layout::new(admin, title, Active::TierLimits).with_error(),
        tier,
        by: if is_own { "You".to_owned() } else { other() },
        is_own,
        moment: at.map(|at| Moment { at, now: app.now() }),
        rows: disagreements.iter().map(Row::new).collect(),
        reason: form.reason().to_owned(),
    };
    Page(StatusCode::CONFLICT, page).into_response()
}

impl Row {
    fn new(each: &Disagreement) -> Self {
        let choice = |limit: Limit| Choice { stored: limit.stored(), figure: figure(each.name, limit) };
        Self {
            name: each.name,
            opened: figure(each.name, each.opened),
            theirs: choice(each.theirs),
            yours: choice(each.yours),
            is_yours: each.is_yours(),
            is_both: each.is_both(),
        }
    }
}

impl ConflictPage {
    /// Whose column it is, in its heading.
    fn theirs(&self) -> String {
        match &*self.by {
            _ if self.is_own => "Saved".to_owned(),
            "Somebody" => "Theirs".to_owned(),
            by => format!("{by}'s"),
        }
    }

    fn keep(&self) -> String {
        if self.is_own { "Keep what is saved".to_owned() } else { format!("Keep {}", self.theirs()) }
    }

    /// What is said of the form that was sent.
    fn unsaved(&self) -> &'static str {
        match self.rows.is_empty() {
            true => "",
            false if self.is_own => " Nothing of this form is saved yet.",
            false => " Nothing of yours is saved yet.",
        }
    }
}
