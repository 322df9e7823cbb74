//! Two people changed the same tier: what both began with, what is there now, and what you wanted.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::form::LimitsForm;
use crate::app::App;
use crate::domain::limit_change::Disagreement;
use crate::domain::limit_value::figure;
use crate::domain::limits::LimitName;
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
pub(super) async fn page(
    app: &App,
    admin: &CurrentAdmin,
    tier: &str,
    form: &LimitsForm,
    wanted: &[(LimitName, Limit)],
) -> Result<Response, HtmlError> {
    let conflict = tier_limits::conflict(app, tier, form.version(), wanted).await?;
    let Conflict { tier, by, at, disagreements } = conflict;
    let title = format!("{} was changed meanwhile", tier.label);
    let page = ConflictPage {
        layout: Layout::new(admin, title, Active::TierLimits).with_error(),
        tier,
        by: by.unwrap_or_else(|| "Somebody".to_owned()),
        moment: at.map(|at| Moment { at, now: app.now() }),
        rows: disagreements.iter().map(Row::new).collect(),
        reason: form.reason().to_owned(),
    };
    Ok(Page(StatusCode::CONFLICT, page).into_response())
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
        if self.by == "Somebody" { "Theirs".to_owned() } else { format!("{}'s", self.by) }
    }
}
