//! Whole pages and what surrounds their content.

use std::convert::Infallible;

use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use super::assets;
use super::auth::{CurrentUser, Viewer};
use super::error::Problem;
use super::flash::Flash;
use super::hx;
use super::request_id::RequestId;
use super::theme::Theme;

/// What the header, the errors and redirects need to know of a request.
#[derive(Clone, Debug)]
pub struct Visit {
    pub request_id: String,
    pub is_htmx: bool,
    pub theme: Theme,
    pub flash: Option<Flash>,
    /// Path and query of the page the person is on: where signing in or a change of theme leads back to.
    pub next: String,
}

/// The navigation entry that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Active {
    Dashboard,
    Integrations,
    Helpdesk,
    TierLimits,
    Users,
    Agents,
    Audit,
    /// The signed-in person's own account.
    Account,
    /// None of them.
    Elsewhere,
}

/// Everything `layout.html` shows around a page's content.
pub struct Layout {
    pub title: String,
    pub active: Active,
    pub viewer: Option<Viewer>,
    pub theme: Theme,
    pub flash: Option<Flash>,
    pub back: String,
    /// The icons' address, to be followed by `#` and a name.
    pub icons: &'static str,
    pub styles: &'static str,
    pub script: &'static str,
    pub htmx: &'static str,
    pub favicon: &'static str,
}

/// A whole page: its status and its template.
pub struct Page<T>(pub StatusCode, pub T);

/// Left on answers that showed the flash, which is then forgotten.
#[derive(Clone, Copy)]
pub struct FlashShown;

impl Visit {
    pub fn of(request: &Request) -> Self {
        Self::new(request.method(), request.uri(), request.headers(), request.extensions())
    }

    pub(super) fn of_parts(parts: &Parts) -> Self {
        Self::new(&parts.method, &parts.uri, &parts.headers, &parts.extensions)
    }

    fn new(method: &Method, uri: &Uri, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let is_htmx = hx::is_htmx(headers);
        let next = match *method {
            _ if is_htmx => page_named_by(headers, "hx-current-url"),
            Method::GET | Method::HEAD => uri.path_and_query().map(ToString::to_string),
            _ => page_named_by(headers, "referer"),
        };
        Self {
            request_id: extensions.get::<RequestId>().map_or_else(String::new, |id| id.0.clone()),
            is_htmx,
            theme: Theme::of(headers),
            flash: Flash::of(headers),
            next: next.unwrap_or_else(|| "/".to_owned()),
        }
    }
}

impl Layout {
    /// Whether the person who looks runs the installation.
    pub fn is_administrator(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.is_administrator)
    }

    /// Whether the navigation entry with this name is the page's own.
    pub fn is_at(&self, entry: &str) -> bool {
        match self.active {
            Active::Dashboard => entry == "dashboard",
            Active::Integrations => entry == "integrations",
            Active::Helpdesk => entry == "helpdesk",
            Active::TierLimits => entry == "tier-limits",
            Active::Users => entry == "users",
            Active::Agents => entry == "agents",
            Active::Audit => entry == "audit",
            Active::Account => entry == "account",
            Active::Elsewhere => false,
        }
    }

    /// What the colours can be.
    pub fn themes(&self) -> [Theme; 3] {
        Theme::ALL
    }

    /// The surroundings of a signed-in person's page.
    pub fn new(current: &CurrentUser, title: impl Into<String>, active: Active) -> Self {
        Self::of(current.visit.clone(), Some(current.viewer()), title.into(), active)
    }

    /// The same without anybody signed in.
    pub fn public(visit: Visit, title: impl Into<String>) -> Self {
        Self::of(visit, None, title.into(), Active::Elsewhere)
    }

    pub(super) fn of_error(mut visit: Visit, viewer: Option<Viewer>, title: &str) -> Self {
        // What was to be told belongs on the page it was meant for.
        visit.flash = None;
        Self::of(visit, viewer, title.to_owned(), Active::Elsewhere)
    }

    /// Marks a page whose form was refused, in its title too.
    #[must_use]
    pub fn with_error(mut self) -> Self {
        self.title.insert_str(0, "Error: ");
        self
    }

    fn of(visit: Visit, viewer: Option<Viewer>, title: String, active: Active) -> Self {
        Self {
            title,
            active,
            viewer,
            theme: visit.theme,
            flash: visit.flash,
            back: visit.next,
            icons: assets::url("icons.svg"),
            styles: assets::url("app.css"),
            script: assets::url("app.js"),
            htmx: assets::url("htmx-2.0.11.min.js"),
            favicon: assets::url("favicon.svg"),
        }
    }
}

impl<T: Template> Page<T> {
    pub fn ok(template: T) -> Self {
        Self(StatusCode::OK, template)
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.1.render() {
            Ok(text) => {
                let mut response = (self.0, Html(text)).into_response();
                response.extensions_mut().insert(FlashShown);
                response
            }
            Err(fault) => {
                tracing::error!(error = %fault, "a page could not be drawn");
                Problem::internal().into_response()
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of_parts(parts))
    }
}

/// Path and query of the address that a header names; its host is left out, so it leads nowhere else.
fn page_named_by(headers: &HeaderMap, header: &str) -> Option<String> {
    let page = Url::parse(headers.get(header)?.to_str().ok()?).ok()?;
    Some(page[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}
