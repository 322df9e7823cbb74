//! Parts of pages at addresses of their own, for htmx only.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{Html, IntoResponse, Response};

use super::error::Problem;

/// A piece of a page, and what to tell people who cannot see that it changed.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{{ piece }}{% if let Some(told) = told %}<div id="live" hx-swap-oob="innerHTML">{{ told }}</div>{% endif %}"#
)]
pub struct Fragment<T: Template + HtmlSafe> {
    piece: T,
    told: Option<String>,
}

impl<T: Template + HtmlSafe> Fragment<T> {
    /// A change that nobody needs to be told about.
    pub fn quiet(piece: T) -> Self {
        Self { piece, told: None }
    }

    pub fn telling(piece: T, told: impl Into<String>) -> Self {
        Self { piece, told: Some(told.into()) }
    }
}

impl<T: Template + HtmlSafe> IntoResponse for Fragment<T> {
    fn into_response(self) -> Response {
        match self.render() {
            Ok(text) => Html(text).into_response(),
            Err(fault) => {
                tracing::error!(error = %fault, "a fragment could not be drawn");
                Problem::internal().into_response()
            }
        }
    }
}
