//! Links to set a password: the page that shows one, and the page it leads to.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::auth::CurrentAdmin;
use super::body::FormBody;
use super::error::{self, FormStatus, Problem};
use super::flash::{self, Notice};
use super::page::{Active, Layout, Page, Visit};
use super::parts::{ErrorSummary, icon, messages_for};
use crate::app::App;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::domain::user::User;
use crate::services::accounts::{self, PasswordLink};
use crate::services::error::{Refusal, ServiceError};

/// What comes before the secret in the address.
pub const PREFIX: &str = "/set-password/";

pub fn router() -> Router<App> {
    Router::new().route("/set-password/{token}", get(show).post(set))
}

/// A new link, on the only page that ever shows it.
#[derive(Template)]
#[template(path = "admin/users/link.html")]
pub struct LinkPage {
    layout: Layout,
    user: UserId,
    name: String,
    email: String,
    link: String,
    until: String,
}

#[derive(Template)]
#[template(path = "set_password.html")]
struct SetPasswordPage {
    layout: Layout,
    token: String,
    /// Whose password it is; `None` when the link does not work.
    email: Option<String>,
    summary: Option<ErrorSummary>,
    error: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SetPasswordForm {
    password: String,
}

impl LinkPage {
    pub fn new(
        app: &App,
        admin: &CurrentAdmin,
        headers: &HeaderMap,
        user: &User,
        link: &PasswordLink,
    ) -> Self {
        Self {
            layout: Layout::new(admin, format!("Link for {}", user.name), Active::Users),
            user: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            link: format!("{}/set-password/{}", origin(app, headers), link.token.reveal()),
            until: link.expires_at.format("%-d %b %Y, %H:%M UTC").to_string(),
        }
    }
}

/// Where browsers reach us: as configured, or as this one did.
pub(super) fn origin(app: &App, headers: &HeaderMap) -> String {
    if let Some(base) = &app.config.base_url {
        return base.origin().ascii_serialization();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("localhost"))
}

async fn show(State(app): State<App>, visit: Visit, Path(token): Path<String>) -> Result<Response, Problem> {
    page(&app, visit, token, None).await
}

async fn set(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    FormBody(form): FormBody<SetPasswordForm>,
) -> Result<Response, Problem> {
    match accounts::use_password_link(&app, &token, Password::new(form.password)).await {
        Ok(()) => Ok(flash::redirect(&app, "/sign-in", Notice::PasswordLinkUsed, None)),
        Err(ServiceError::NotFound) => page(&app, visit, token, None).await,
        Err(refused) => page(&app, visit, token, Some(error::of_form(refused)?)).await,
    }
}

/// The form, or the one page for every link that does not work.
async fn page(
    app: &App,
    visit: Visit,
    token: String,
    refused: Option<(FormStatus, Refusal)>,
) -> Result<Response, Problem> {
    let email = accounts::open_password_link(app, &token).await?.map(|user| user.email);
    let (status, refusal) = refused.unzip();
    let works = email.is_some();
    let title = if works { "Set your password" } else { "This link doesn't work" };
    let mut layout = Layout::public(visit, title);
    // Neither a change of colours nor anything else may carry the link along.
    "/sign-in".clone_into(&mut layout.back);
    let page = SetPasswordPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        token,
        email,
        error: messages_for(refusal.as_ref(), "password").join(". "),
        summary: refusal.as_ref().map(ErrorSummary::of),
    };
    Ok(match status {
        _ if !works => Page(StatusCode::NOT_FOUND, page).into_response(),
        Some(status) => status.page(page),
        None => Page::ok(page).into_response(),
    })
}
