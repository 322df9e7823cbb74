//! Light, dark, or as the device has it: a cookie, so that no page flickers.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use serde::Deserialize;

use super::body::FormBody;
use super::cookie;
use super::sign_in::local_path;
use crate::app::App;

const NAME: &str = "localboxs-theme";
const ONE_YEAR_S: u32 = 31_536_000;

/// Which colours a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeForm {
    theme: Theme,
    #[serde(default)]
    back: String,
}

pub fn router() -> Router<App> {
    Router::new().route("/theme", post(choose))
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The choice in the cookie.
    pub fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie::find(headers, NAME);
        Self::ALL.into_iter().find(|theme| Some(theme.key()) == chosen).unwrap_or_default()
    }

    pub fn key(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// For the browser's own parts of the page, before the style sheet is there.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Auto => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Auto => "Auto",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}

async fn choose(State(app): State<App>, FormBody(form): FormBody<ThemeForm>) -> Response {
    let mut response = Redirect::to(local_path(&form.back)).into_response();
    if let Some(cookie) = cookie::set(&app, NAME, form.theme.key(), ONE_YEAR_S) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
