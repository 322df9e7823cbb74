//! The limits of one tenant, and those that were set for it alone.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::app::App;
use crate::domain::entitlement::{Override, last_day};
use crate::domain::ids::UserId;
use crate::domain::limit_change::Lowering;
use crate::domain::limit_value::{figure, words};
use crate::domain::limits::{Group, LimitName};
use crate::domain::tier::Limit;
use crate::services::error::{Refusal, ServiceError};
use crate::services::overrides::{self, Changed, Tenant, TenantLimits, Typed};
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::error::HtmlError;
use crate::web::flash::{self, Notice};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, messages_for};

pub fn router() -> Router<App> {
    Router::new()
        .route("/admin/tenants/{tenant}/limits", get(show).post(set))
        .route("/admin/tenants/{tenant}/limits/remove", get(back).post(remove))
}

#[derive(Template)]
#[template(path = "admin/tenants/limits.html")]
struct LimitsPage {
    layout: Layout,
    tenant: Tenant,
    rows: Vec<Row>,
    form: OverrideForm,
    summary: Option<ErrorSummary>,
    limit_error: String,
    value_error: String,
    reason_error: String,
    expires_error: String,
    /// Which overrides there are, to notice if others change them meanwhile.
    seen: String,
}

/// What a change does, before it is made.
#[derive(Template)]
#[template(path = "admin/tenants/review.html")]
struct ReviewPage {
    layout: Layout,
    title: String,
    /// The tenant's name.
    name: String,
    lowering: Lowering,
    form: OverrideForm,
    /// Where the tenant's limits are.
    limits: String,
    /// What the form is posted to.
    action: String,
    button: &'static str,
    is_set: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Set,
    Remove,
}

struct Row {
    name: LimitName,
    tier: String,
    own: Option<Own>,
    /// How much of it is in use, where we know.
    used: Option<u64>,
}

/// An override as shown.
struct Own {
    figure: String,
    in_force: bool,
    /// Who set it, why and until when.
    details: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct OverrideForm {
    limit: String,
    mode: String,
    value: String,
    reason: String,
    expires: String,
    seen: String,
    reviewed: String,
    back: String,
}

async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    Path(tenant): Path<String>,
) -> Result<Response, HtmlError> {
    let form = OverrideForm { limit: LimitName::HelpdeskAgents.key().to_owned(), ..OverrideForm::default() };
    Ok(Page::ok(page(&app, &admin, id(&tenant)?, form, None).await?).into_response())
}

async fn set(
    State(app): State<App>,
    admin: CurrentAdmin,
    Path(tenant): Path<String>,
    FormBody(form): FormBody<OverrideForm>,
) -> Result<Response, HtmlError> {
    let tenant = id(&tenant)?;
    if form.back == "yes" {
        return Ok(Page::ok(page(&app, &admin, tenant, form, None).await?).into_response());
    }
    match overrides::set(&app, &admin.by(), tenant, &form.typed()).await {
        Ok(Changed::Saved | Changed::Nothing) => {
            Ok(flash::redirect(&app, &path(tenant), Notice::OverrideSet, None))
        }
        Ok(Changed::ToReview(lowering)) => review(&app, &admin, tenant, form, (lowering, Step::Set)).await,
        Err(refused) => refuse(&app, &admin, tenant, form, refused).await,
    }
}

async fn remove(
    State(app): State<App>,
    admin: CurrentAdmin,
    Path(tenant): Path<String>,
    FormBody(form): FormBody<OverrideForm>,
) -> Result<Response, HtmlError> {
    let tenant = id(&tenant)?;
    let name = LimitName::parse(&form.limit).ok_or(ServiceError::NotFound)?;
    let sure = (form.seen.as_str(), form.is_reviewed());
    match overrides::remove(&app, &admin.by(), tenant, name, sure).await {
        Ok(Changed::Saved) => Ok(flash::redirect(&app, &path(tenant), Notice::OverrideRemoved, None)),
        Ok(Changed::Nothing) => Ok(flash::redirect(&app, &path(tenant), Notice::OverrideAbsent, None)),
        Ok(Changed::ToReview(lowering)) => review(&app, &admin, tenant, form, (lowering, Step::Remove)).await,
        Err(refused) => refuse(&app, &admin, tenant, form, refused).await,
    }
}

/// The same page again: with what is there now, beside what was typed.
async fn refuse(
    app: &App,
    admin: &CurrentAdmin,
    tenant: UserId,
    form: OverrideForm,
    refused: ServiceError,
) -> Result<Response, HtmlError> {
    let ServiceError::Refused(refusal) = refused else { return Err(refused.into()) };
    let status = match refusal {
        Refusal::Conflict { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(Page(status, page(app, admin, tenant, form, Some(&refusal)).await?).into_response())
}

async fn review(
    app: &App,
    admin: &CurrentAdmin,
    tenant: UserId,
    form: OverrideForm,
    (lowering, step): (Lowering, Step),
) -> Result<Response, HtmlError> {
    let name = overrides::show(app, tenant).await?.tenant.name;
    let label = lowering.name.label();
    let (title, action, button) = match step {
        Step::Set => (format!("Lower {label} of {name}?"), path(tenant), "Set override"),
        Step::Remove => (
            format!("Remove the override of {label}?"),
            format!("{}/remove", path(tenant)),
            "Remove override",
        ),
    };
    let layout = Layout::new(admin, title.clone(), Active::Users);
    let (limits, is_set) = (path(tenant), step == Step::Set);
    Ok(Page::ok(ReviewPage { layout, title, name, lowering, form, limits, action, button, is_set })
        .into_response())
}

async fn back(_admin: CurrentAdmin, Path(tenant): Path<String>) -> Result<Redirect, HtmlError> {
    Ok(Redirect::to(&path(id(&tenant)?)))
}

/// What is no id is as absent as a tenant that is not there.
fn id(tenant: &str) -> Result<UserId, ServiceError> {
    UserId::parse(tenant).ok_or(ServiceError::NotFound)
}

fn path(tenant: UserId) -> String {
    format!("/admin/tenants/{tenant}/limits")
}

async fn page(
    app: &App,
    admin: &CurrentAdmin,
    tenant: UserId,
    form: OverrideForm,
    refusal: Option<&Refusal>,
) -> Result<LimitsPage, ServiceError> {
    let TenantLimits { tenant, overrides } = overrides::show(app, tenant).await?;
    let names = Group::ALL.into_iter().flat_map(Group::limits);
    let layout = Layout::new(admin, format!("Limits of {}", tenant.name), Active::Users);
    let error = |field| messages_for(refusal, field).concat();
    Ok(LimitsPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        rows: names.map(|name| Row::new(name, &tenant, &overrides)).collect(),
        summary: refusal.map(ErrorSummary::of),
        limit_error: error("limit"),
        value_error: error("value"),
        reason_error: error("reason"),
        expires_error: error("expires"),
        seen: overrides::seen(&overrides),
        tenant,
        form,
    })
}

impl OverrideForm {
    fn typed(&self) -> Typed {
        Typed {
            limit: self.limit.clone(),
            unlimited: self.mode == "none",
            value: self.value.clone(),
            reason: self.reason.clone(),
            last_day: self.expires.clone(),
            seen: self.seen.clone(),
            reviewed: self.is_reviewed(),
        }
    }

    fn is_reviewed(&self) -> bool {
        self.reviewed == "yes"
    }
}

impl ReviewPage {
    fn now(&self) -> String {
        figure(self.lowering.name, self.lowering.before)
    }

    fn new_limit(&self) -> String {
        figure(self.lowering.name, self.lowering.after)
    }

    /// What it means for what there is.
    fn effect(&self) -> String {
        let Lowering { name, used, over, .. } = self.lowering;
        let used = words(name, Limit::AtMost(used));
        let (keeps, limit) = (if self.lowering.used == 1 { "it" } else { "them" }, self.new_limit());
        format!(
            "{} has {used}, {over} over the limit of {limit} that then holds. It keeps {keeps} but can't add.",
            self.name
        )
    }
}

impl Row {
    fn new(name: LimitName, tenant: &Tenant, overrides: &[Override]) -> Self {
        let own = overrides.iter().find(|own| own.name == name);
        let used = tenant.usage.of(name);
        Self { name, tier: figure(name, tenant.tier.limits.get(name)), own: own.map(Own::new), used }
    }
}

impl Own {
    fn new(own: &Override) -> Self {
        let by = own.created_by.as_deref().unwrap_or("somebody who is gone");
        let set = own.created_at.format("%-d %b %Y");
        let until = match own.expires_at {
            None => "until it is removed".to_owned(),
            Some(end) if own.in_force => format!("to the end of {} (UTC)", last_day(end).format("%-d %b %Y")),
            Some(end) => {
                format!("{} to {}", words(own.name, own.limit), last_day(end).format("%-d %b %Y"))
            }
        };
        let details = format!("{until} · set by {by}, {set} · {}", own.reason);
        Self { figure: figure(own.name, own.limit), in_force: own.in_force, details }
    }
}
