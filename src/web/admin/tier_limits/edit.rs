//! One tier's ten limits in a form, with the effect of each change beside it.

use askama::Template;
use axum::extract::{Query, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::effect::EffectLine;
use super::field::LimitField;
use super::form::LimitsForm;
use super::table::tenants;
use super::{TierPath, conflict, link, saved};
use crate::app::App;
use crate::domain::limits::{Group, LimitName, Limits};
use crate::domain::tier::TierLimits;
use crate::services::error::{Refusal, ServiceError};
use crate::services::tier_limits::{self, Changed, TierWithTenants};
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::error::HtmlError;
use crate::web::fragment::Fragment;
use crate::web::hx::Htmx;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::ErrorSummary;

const UNCHANGED: &str = "You haven't changed anything.";

#[derive(Template)]
#[template(path = "admin/tier_limits/edit.html")]
struct EditPage {
    layout: Layout,
    tier: TierWithTenants,
    version: i64,
    groups: Vec<(&'static str, Vec<LimitField>)>,
    summary: Option<ErrorSummary>,
    has_defaults: bool,
    /// The tiers before and after it.
    before: Option<TierLimits>,
    after: Option<TierLimits>,
}

/// Which limit to preview.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    of: String,
}

pub(super) async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    RawQuery(query): RawQuery,
) -> Result<Response, HtmlError> {
    let mut form = LimitsForm::of_query(query);
    if form.version() == 0 {
        form = LimitsForm::default();
    }
    Ok(Page::ok(page(&app, &admin, &tier, &form, None).await?).into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    FormBody(form): FormBody<LimitsForm>,
) -> Result<Response, HtmlError> {
    let wanted = match form.wanted() {
        Ok(wanted) => wanted,
        Err(refusal) => return refused(&app, &admin, &tier, &form, &refusal).await,
    };
    let change = form.change(&tier, wanted.clone(), false);
    match tier_limits::change(&app, &admin.by(), change).await {
        Ok(Changed::Saved(tier)) => Ok(saved(&app, &tier)),
        Ok(Changed::ToReview(differences)) => {
            let values = differences.iter().map(|each| (each.name, each.after));
            Ok(Redirect::to(&link(&tier, "/review", form.version(), values)).into_response())
        }
        Ok(Changed::Nothing(_)) => refused(&app, &admin, &tier, &form, &Refusal::conflict(UNCHANGED)).await,
        Err(ServiceError::Refused(Refusal::Conflict { .. })) => {
            conflict::page(&app, &admin, &tier, &form, &wanted).await
        }
        Err(ServiceError::Refused(refusal)) => refused(&app, &admin, &tier, &form, &refusal).await,
        Err(other) => Err(other.into()),
    }
}

/// What one limit, as it is typed now, would do.
pub(super) async fn preview(
    State(app): State<App>,
    _: CurrentAdmin,
    TierPath(tier): TierPath,
    htmx: Htmx,
    Query(asked): Query<Asked>,
    FormBody(form): FormBody<LimitsForm>,
) -> Result<Response, HtmlError> {
    let name = LimitName::parse(&asked.of).ok_or(ServiceError::NotFound)?;
    if !htmx.0 {
        let typed = LimitName::ALL.into_iter().filter_map(|name| Some((name, form.limit(name)?.ok()?)));
        return Ok(Redirect::to(&link(&tier, "", form.version(), typed)).into_response());
    }
    let id = format!("preview-{}", name.key());
    let limit = match form.limit(name) {
        Some(Ok(limit)) => limit,
        Some(Err(fault)) => return Ok(telling(EffectLine::plain(id, format!("{fault}.")))),
        None => return Ok(telling(EffectLine::plain(id, String::new()))),
    };
    let preview = tier_limits::preview(&app, &tier, &[(name, limit)]).await?;
    let lowered = preview.effects.first().filter(|effect| effect.difference.is_lowered());
    Ok(telling(match lowered {
        Some(effect) => EffectLine::new(id, effect, preview.tier.tenants),
        None => EffectLine::plain(id, String::new()),
    }))
}

/// The form again as it was sent, with what keeps it from being saved.
pub(super) async fn refused(
    app: &App,
    admin: &CurrentAdmin,
    tier: &str,
    form: &LimitsForm,
    refusal: &Refusal,
) -> Result<Response, HtmlError> {
    let page = page(app, admin, tier, form, Some(refusal)).await?;
    Ok(Page(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn telling(line: EffectLine) -> Response {
    let words = line.words.clone();
    if words.is_empty() {
        return Fragment::quiet(line).into_response();
    }
    Fragment::telling(line, words).into_response()
}

async fn page(
    app: &App,
    admin: &CurrentAdmin,
    key: &str,
    form: &LimitsForm,
    refusal: Option<&Refusal>,
) -> Result<EditPage, ServiceError> {
    let mut tiers = tier_limits::list(app).await?;
    let at = tiers.iter().position(|tier| tier.tier.tier == key).ok_or(ServiceError::NotFound)?;
    let place = |at: usize| tiers.get(at).map(|tier| tier.tier.clone());
    let (before, after) = (at.checked_sub(1).and_then(place), place(at + 1));
    let tier = tiers.swap_remove(at);
    let layout = Layout::new(admin, format!("Edit {} limits", tier.tier.label), Active::TierLimits);
    Ok(EditPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        version: if form.version() == 0 { tier.tier.version } else { form.version() },
        groups: groups(&tier.tier, form, refusal),
        summary: refusal.map(ErrorSummary::of),
        has_defaults: Limits::defaults(&tier.tier.tier).is_some(),
        before,
        after,
        tier,
    })
}

fn groups(
    tier: &TierLimits,
    form: &LimitsForm,
    refusal: Option<&Refusal>,
) -> Vec<(&'static str, Vec<LimitField>)> {
    let fields = |group: Group| {
        let fields = group.limits().map(|name| LimitField::new(tier, name, form, refusal)).collect();
        (group.label(), fields)
    };
    Group::ALL.into_iter().map(fields).collect()
}
