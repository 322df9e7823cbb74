//! What a change does, before it is done: for edits that lower something, for a restored version, for an undoing that
//! leaves somebody over, and for a reset.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::effect::EffectLine;
use super::form::LimitsForm;
use super::{TIER_LIMITS, TierPath, conflict, edit, link, path, saved};
use crate::app::App;
use crate::domain::limit_change::ChangeKind;
use crate::domain::limit_value::figure;
use crate::domain::tier::TierLimits;
use crate::services::error::{Refusal, ServiceError};
use crate::services::tier_limits::{self, Changed, Effect, Preview};
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, messages_for};

#[derive(Template)]
#[template(path = "admin/tier_limits/review.html")]
struct ReviewPage {
    layout: Layout,
    heading: String,
    tier: TierLimits,
    rows: Vec<Row>,
    /// What the form is posted to.
    action: String,
    hidden: Vec<(&'static str, String)>,
    /// Where going back leads.
    back: String,
    button: String,
    reason: String,
    reason_errors: Vec<String>,
    summary: Option<ErrorSummary>,
    /// Said instead when nothing would change.
    nothing: String,
}

struct Row {
    label: &'static str,
    now: String,
    new: String,
    effect: EffectLine,
}

pub(super) async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    RawQuery(query): RawQuery,
) -> Result<Response, HtmlError> {
    let form = LimitsForm::of_query(query);
    match form.wanted() {
        Ok(_) => Ok(Page::ok(page(&app, &admin, &tier, &form, None).await?).into_response()),
        Err(refusal) => edit::refused(&app, &admin, &tier, &form, &refusal).await,
    }
}

pub(super) async fn apply(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    FormBody(form): FormBody<LimitsForm>,
) -> Result<Response, HtmlError> {
    let wanted = match form.wanted() {
        Ok(wanted) => wanted,
        Err(refusal) => return edit::refused(&app, &admin, &tier, &form, &refusal).await,
    };
    let change = form.change(&tier, wanted.clone(), true);
    match tier_limits::change(&app, &admin.by(), change).await {
        Ok(Changed::Saved(tier)) => Ok(saved(&app, &tier)),
        Ok(_) => Ok(Redirect::to(&path(&tier)).into_response()),
        Err(ServiceError::Refused(Refusal::Conflict { .. })) => {
            conflict::page(&app, &admin, &tier, &form, &wanted).await
        }
        Err(ServiceError::Refused(refusal)) => {
            let page = page(&app, &admin, &tier, &form, Some(&refusal)).await?;
            Ok(Page(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn show_reset(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(reset_page(&app, &admin, &tier, &LimitsForm::default(), None).await?).into_response())
}

pub(super) async fn reset(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    FormBody(form): FormBody<LimitsForm>,
) -> Result<Response, HtmlError> {
    let reason = form.reason().to_owned();
    let refusal = match tier_limits::reset(&app, &admin.by(), &tier, Some(form.version()), reason).await {
        Ok(Changed::Saved(tier)) => return Ok(saved(&app, &tier)),
        Ok(_) => return Ok(Redirect::to(&path(&tier)).into_response()),
        Err(ServiceError::Refused(refusal)) => refusal,
        Err(other) => return Err(other.into()),
    };
    if matches!(refusal, Refusal::Conflict { .. })
        && let Some(so_already) = conflict::reset(&app, &admin, &tier, &form).await?
    {
        return Ok(so_already);
    }
    let status = match refusal {
        Refusal::Conflict { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(Page(status, reset_page(&app, &admin, &tier, &form, Some(&refusal)).await?).into_response())
}

async fn page(
    app: &App,
    admin: &CurrentAdmin,
    tier: &str,
    form: &LimitsForm,
    refusal: Option<&Refusal>,
) -> Result<ReviewPage, ServiceError> {
    let wanted = form.wanted().unwrap_or_default();
    let (preview, kind) = tier_limits::preview_as(app, tier, &wanted, form.kind()).await?;
    let mut hidden = vec![("version", form.version().to_string())];
    let values = || wanted.iter().copied();
    hidden.extend(values().map(|(name, limit)| (name.key(), limit.stored().to_string())));
    let label = &preview.tier.tier.label;
    let (heading, back) = match kind {
        ChangeKind::Restored(version) => {
            hidden.push(("restore", version.to_string()));
            (format!("Restore version {version} of {label}?"), format!("{}/history", path(tier)))
        }
        ChangeKind::Undone(version) => {
            hidden.push(("undo", version.to_string()));
            (format!("Undo version {} of {label}?", version + 1), TIER_LIMITS.to_owned())
        }
        _ => (format!("Change {label} limits?"), link(tier, "", form.version(), values())),
    };
    let button = format!("Apply to {label}");
    Ok(ReviewPage {
        hidden,
        back,
        nothing: format!("{label} is so already; there is nothing to change."),
        action: format!("{}/review", path(tier)),
        ..draw(admin, preview, heading, button, (form, refusal))
    })
}

async fn reset_page(
    app: &App,
    admin: &CurrentAdmin,
    tier: &str,
    form: &LimitsForm,
    refusal: Option<&Refusal>,
) -> Result<ReviewPage, ServiceError> {
    let (found, preview) = tier_limits::preview_reset(app, tier).await?;
    let label = found.tier.label.clone();
    let nothing = if preview.is_some() {
        format!("{label} has its defaults already; there is nothing to reset.")
    } else {
        format!("{label} has no defaults: it was added here or imported.")
    };
    let preview = preview.unwrap_or_else(|| Preview { tier: found.clone(), effects: Vec::new() });
    let (heading, button) = (format!("Reset {label} to defaults?"), format!("Reset {label}"));
    Ok(ReviewPage {
        hidden: vec![("version", found.tier.version.to_string())],
        back: path(tier),
        nothing,
        action: format!("{}/reset", path(tier)),
        ..draw(admin, preview, heading, button, (form, refusal))
    })
}

fn draw(
    admin: &CurrentAdmin,
    preview: Preview,
    heading: String,
    button: String,
    (form, refusal): (&LimitsForm, Option<&Refusal>),
) -> ReviewPage {
    let layout = Layout::new(admin, heading.clone(), Active::TierLimits);
    let tenants = preview.tier.tenants;
    ReviewPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        heading,
        rows: preview.effects.iter().map(|effect| Row::new(effect, tenants)).collect(),
        tier: preview.tier.tier,
        button,
        reason: form.reason().to_owned(),
        reason_errors: messages_for(refusal, "reason"),
        summary: refusal.map(ErrorSummary::of),
        action: String::new(),
        hidden: Vec::new(),
        back: String::new(),
        nothing: String::new(),
    }
}

impl Row {
    fn new(effect: &Effect, tenants: u64) -> Self {
        let difference = effect.difference;
        let name = difference.name;
        Self {
            label: name.label(),
            now: figure(name, difference.before),
            new: figure(name, difference.after),
            effect: EffectLine::new(format!("effect-{}", name.key()), effect, tenants),
        }
    }
}
