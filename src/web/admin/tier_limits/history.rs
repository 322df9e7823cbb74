//! What a tier's limits were, and going back to it.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::form::LimitsForm;
use super::{TIER_LIMITS, TierPath, link};
use crate::app::App;
use crate::domain::limit_change::{ChangeKind, Difference, differences};
use crate::domain::limit_value::figure;
use crate::domain::tier::TierLimits;
use crate::services::error::{Refusal, ServiceError};
use crate::services::tier_limits::{self, Changed, Version};
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::error::HtmlError;
use crate::web::flash::{self, Notice};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{Moment, icon};

#[derive(Template)]
#[template(path = "admin/tier_limits/history.html")]
struct HistoryPage {
    layout: Layout,
    tier: TierLimits,
    entries: Vec<Entry>,
    older: Option<i64>,
    first_page: bool,
}

struct Entry {
    version: i64,
    moment: Moment,
    sentence: String,
    reason: Option<String>,
    changes: Vec<Line>,
    /// Where it can be restored, if that would change anything.
    restore: Option<String>,
    current: bool,
}

struct Line {
    label: &'static str,
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "admin/tier_limits/not_undone.html")]
struct NotUndonePage {
    layout: Layout,
    tier: String,
    sentence: String,
}

/// Which page of the history.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
}

pub(super) async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    let before = asked.before.parse().ok();
    let history = tier_limits::history(&app, &tier, before).await?;
    let entry =
        |(version, changes): (Version, Vec<Difference>)| Entry::new(&app, &history.tier, version, &changes);
    let page = HistoryPage {
        layout: Layout::new(&admin, format!("History of {}", history.tier.label), Active::TierLimits),
        entries: history.entries.into_iter().map(entry).collect(),
        tier: history.tier.clone(),
        older: history.older,
        first_page: before.is_none(),
    };
    Ok(Page::ok(page).into_response())
}

pub(super) async fn undo(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    FormBody(form): FormBody<LimitsForm>,
) -> Result<Response, HtmlError> {
    match tier_limits::undo(&app, &admin.by(), &tier, form.version()).await {
        Ok(Changed::ToReview(differences)) => {
            let values = differences.iter().map(|each| (each.name, each.after));
            let review = link(&tier, "/review", form.version(), values);
            Ok(Redirect::to(&format!("{review}&undo={}", form.version() - 1)).into_response())
        }
        Ok(_) => Ok(flash::redirect(&app, TIER_LIMITS, Notice::LimitsUndone, None)),
        Err(ServiceError::Refused(refusal)) => Ok(not_undone(&admin, tier, &refusal)),
        Err(other) => Err(other.into()),
    }
}

fn not_undone(admin: &CurrentAdmin, tier: String, refusal: &Refusal) -> Response {
    let layout = Layout::new(admin, "Nothing was undone", Active::TierLimits).with_error();
    let page = NotUndonePage { layout, tier, sentence: refusal.to_string() };
    Page(StatusCode::CONFLICT, page).into_response()
}

impl Entry {
    fn new(app: &App, tier: &TierLimits, version: Version, changes: &[Difference]) -> Self {
        let back = differences(&tier.limits, &version.limits);
        let values = back.iter().map(|each| (each.name, each.after));
        let restore =
            format!("{}&restore={}", link(&tier.tier, "/review", tier.version, values), version.version);
        Self {
            version: version.version,
            moment: Moment { at: version.at, now: app.now() },
            sentence: sentence(&version),
            changes: changes.iter().map(Line::new).collect(),
            restore: (!back.is_empty()).then_some(restore),
            current: version.version == tier.version,
            reason: version.reason,
        }
    }
}

impl Line {
    fn new(difference: &Difference) -> Self {
        Self {
            label: difference.name.label(),
            before: figure(difference.name, difference.before),
            after: figure(difference.name, difference.after),
        }
    }
}

fn sentence(version: &Version) -> String {
    let what = match version.kind {
        ChangeKind::Added => "added the tier".to_owned(),
        ChangeKind::Edited => "changed the limits".to_owned(),
        ChangeKind::Reset => "reset to the defaults".to_owned(),
        ChangeKind::Restored(from) => format!("restored version {from}"),
        ChangeKind::Undone(from) => format!("went back to version {from} with Undo"),
    };
    match &version.actor {
        Some(actor) => format!("{actor} {what}"),
        None if version.kind == ChangeKind::Added => "As it came with the installation".to_owned(),
        None => format!("Somebody who is gone {what}"),
    }
}
