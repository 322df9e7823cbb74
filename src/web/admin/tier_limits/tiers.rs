//! Adding, renaming, moving and retiring tiers.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::table::tenants;
use super::{TIER_LIMITS, TierPath};
use crate::app::App;
use crate::services::error::{Refusal, ServiceError};
use crate::services::tier_limits::{self, Direction, Moved, NewTier, TierWithTenants};
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::error::HtmlError;
use crate::web::flash::{self, Notice};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, messages_for};

#[derive(Template)]
#[template(path = "admin/tier_limits/new.html")]
struct NewPage {
    layout: Layout,
    form: NewForm,
    tiers: Vec<TierWithTenants>,
    summary: Option<ErrorSummary>,
    key_error: String,
    label_error: String,
    copy_error: String,
}

#[derive(Template)]
#[template(path = "admin/tier_limits/rename.html")]
struct RenamePage {
    layout: Layout,
    tier: TierWithTenants,
    typed: String,
    summary: Option<ErrorSummary>,
    label_error: String,
}

#[derive(Template)]
#[template(path = "admin/tier_limits/retire.html")]
struct RetirePage {
    layout: Layout,
    tier: TierWithTenants,
    summary: Option<ErrorSummary>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewForm {
    key: String,
    label: String,
    #[serde(rename = "copyFrom")]
    copy_from: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RenameForm {
    was: String,
    label: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct MoveForm {
    to: String,
    /// The keys of its neighbours, so that it goes where the button said or nowhere.
    before: String,
    after: String,
}

pub(super) async fn new(State(app): State<App>, admin: CurrentAdmin) -> Result<Response, HtmlError> {
    Ok(Page::ok(new_page(&app, &admin, NewForm::default(), None).await?).into_response())
}

pub(super) async fn add(
    State(app): State<App>,
    admin: CurrentAdmin,
    FormBody(form): FormBody<NewForm>,
) -> Result<Response, HtmlError> {
    let NewForm { key, label, copy_from } = form.clone();
    match tier_limits::add(&app, &admin.by(), NewTier { key, label, copy_from }).await {
        Ok(tier) => Ok(flash::redirect(&app, &super::path(&tier.tier), Notice::TierAdded, None)),
        Err(ServiceError::Refused(refusal)) => {
            let page = new_page(&app, &admin, form, Some(&refusal)).await?;
            Ok(Page(status_of(&refusal), page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn show_rename(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(rename_page(&app, &admin, &tier, None).await?).into_response())
}

pub(super) async fn rename(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    FormBody(form): FormBody<RenameForm>,
) -> Result<Response, HtmlError> {
    match tier_limits::rename(&app, &admin.by(), &tier, &form.was, &form.label).await {
        Ok(true) => Ok(flash::redirect(&app, TIER_LIMITS, Notice::TierRenamed, None)),
        Ok(false) => Ok(flash::redirect(&app, TIER_LIMITS, Notice::TierSoAlready, None)),
        Err(ServiceError::Refused(refusal)) => {
            let page = rename_page(&app, &admin, &tier, Some((&form, &refusal))).await?;
            Ok(Page(status_of(&refusal), page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn move_by(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
    FormBody(form): FormBody<MoveForm>,
) -> Result<Response, HtmlError> {
    let (direction, neighbour) = match form.to.as_str() {
        "up" => (Direction::Up, form.before),
        "down" => (Direction::Down, form.after),
        _ => {
            tier_limits::find(&app, &tier).await?;
            return Err(ServiceError::from(Refusal::field("to", "Move it up or down")).into());
        }
    };
    let notice = match tier_limits::move_by(&app, &admin.by(), &tier, direction, &neighbour).await? {
        Moved::Moved => Notice::TierMoved,
        Moved::SoAlready => Notice::TierSoAlready,
        Moved::OrderChanged => Notice::OrderChanged,
    };
    Ok(flash::redirect(&app, TIER_LIMITS, notice, None))
}

pub(super) async fn show_retire(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(retire_page(&app, &admin, &tier, None).await?).into_response())
}

pub(super) async fn retire(
    State(app): State<App>,
    admin: CurrentAdmin,
    TierPath(tier): TierPath,
) -> Result<Response, HtmlError> {
    match tier_limits::retire(&app, &admin.by(), &tier).await {
        Ok(()) => Ok(flash::redirect(&app, TIER_LIMITS, Notice::TierRetired, None)),
        Err(ServiceError::Refused(refusal)) => {
            let page = retire_page(&app, &admin, &tier, Some(&refusal)).await?;
            Ok(Page(status_of(&refusal), page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn new_page(
    app: &App,
    admin: &CurrentAdmin,
    form: NewForm,
    refusal: Option<&Refusal>,
) -> Result<NewPage, ServiceError> {
    Ok(NewPage {
        layout: layout(admin, "Add a tier".to_owned(), refusal),
        form,
        tiers: tier_limits::list(app).await?,
        summary: refusal.map(ErrorSummary::of),
        key_error: messages_for(refusal, "key").concat(),
        label_error: messages_for(refusal, "label").concat(),
        copy_error: messages_for(refusal, "copyFrom").concat(),
    })
}

async fn rename_page(
    app: &App,
    admin: &CurrentAdmin,
    tier: &str,
    refused: Option<(&RenameForm, &Refusal)>,
) -> Result<RenamePage, ServiceError> {
    let tier = tier_limits::find(app, tier).await?;
    let refusal = refused.map(|(_, refusal)| refusal);
    Ok(RenamePage {
        layout: layout(admin, format!("Rename {}", tier.tier.label), refusal),
        typed: refused.map_or_else(|| tier.tier.label.clone(), |(form, _)| form.label.clone()),
        summary: refusal.map(ErrorSummary::of),
        label_error: messages_for(refusal, "label").concat(),
        tier,
    })
}

async fn retire_page(
    app: &App,
    admin: &CurrentAdmin,
    tier: &str,
    refusal: Option<&Refusal>,
) -> Result<RetirePage, ServiceError> {
    let tier = tier_limits::find(app, tier).await?;
    Ok(RetirePage {
        layout: layout(admin, format!("Retire {}?", tier.tier.label), refusal),
        summary: refusal.map(ErrorSummary::of),
        tier,
    })
}

fn layout(admin: &CurrentAdmin, title: String, refusal: Option<&Refusal>) -> Layout {
    let layout = Layout::new(admin, title, Active::TierLimits);
    if refusal.is_some() { layout.with_error() } else { layout }
}

fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Conflict { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
