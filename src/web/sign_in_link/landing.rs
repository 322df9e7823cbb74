//! Where a sign-in link leads. It asks for a press, because programs that look at mails open links by themselves.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{REFERRER_POLICY, REFRESH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::DateTime;

use super::PREFIX;
use crate::app::App;
use crate::domain::agent::Failure;
use crate::domain::sign_in_link::Standing;
use crate::services::error::ServiceError;
use crate::services::sign_in_links::{self, Landing, Used};
use crate::web::error::Problem;
use crate::web::page::{Layout, Page, Visit};
use crate::web::parts::{Exact, icon};

const PRIVATE: HeaderValue = HeaderValue::from_static("no-referrer");

#[derive(Template)]
#[template(path = "sign_in_link/welcome.html")]
struct WelcomePage {
    layout: Layout,
    action: String,
    name: String,
    /// Why a press just now came to nothing.
    later: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "sign_in_link/over.html")]
struct OverPage {
    layout: Layout,
    landing: Landing,
    since: Exact,
}

#[derive(Template)]
#[template(path = "sign_in_link/signed_in.html")]
struct SignedInPage {
    layout: Layout,
    name: String,
    url: String,
}

pub async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let landing = sign_in_links::open(&app, &token).await?;
    Ok(page(visit, &token, landing, None))
}

pub async fn redeem(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    match sign_in_links::redeem(&app, &token).await? {
        Used::SignedIn { name, url } => {
            // Not a redirect: after a form browsers follow one only where `form-action` lets them, and that stays
            // closed to other origins. The page sends on by itself, and has a link for whom that does not work.
            let refresh = HeaderValue::try_from(format!("0; url={}", url.reveal()));
            let layout = surroundings(visit, format!("Signing in as {name}"));
            let url = url.reveal().to_owned();
            let mut response = private(Page::ok(SignedInPage { layout, name, url }));
            if let Ok(refresh) = refresh {
                response.headers_mut().insert(REFRESH, refresh);
            }
            Ok(response)
        }
        Used::Not(landing) => Ok(page(visit, &token, landing, None)),
        Used::Later(failure) => {
            let landing = sign_in_links::open(&app, &token).await?;
            Ok(page(visit, &token, landing, Some(failure)))
        }
    }
}

fn page(visit: Visit, token: &str, landing: Landing, failure: Option<Failure>) -> Response {
    if let Landing::Welcome { name } = landing {
        let layout = surroundings(visit, format!("Sign in as {name}"));
        let status =
            failure.map_or(StatusCode::OK, |failure| Problem::from(ServiceError::Chatwoot(failure)).status);
        let page = WelcomePage {
            layout: if failure.is_some() { layout.with_error() } else { layout },
            action: format!("{PREFIX}{token}"),
            name,
            later: failure.map(words),
        };
        return Page(status, page).into_response();
    }
    let status = match landing {
        Landing::Over(_) => StatusCode::GONE,
        Landing::SwitchedOff => StatusCode::FORBIDDEN,
        Landing::AgentAway => StatusCode::CONFLICT,
        _ => StatusCode::NOT_FOUND,
    };
    let since = match landing {
        Landing::Over(Standing::Used(at) | Standing::Revoked(at) | Standing::Expired(at)) => at,
        _ => DateTime::UNIX_EPOCH,
    };
    let layout = surroundings(visit, "This link doesn't work");
    private(Page(status, OverPage { layout, landing, since: Exact(since) }))
}

/// Neither a change of colours nor anything else may carry the link along.
fn surroundings(visit: Visit, title: impl Into<String>) -> Layout {
    let mut layout = Layout::public(visit, title);
    "/sign-in".clone_into(&mut layout.back);
    layout
}

/// Pages with a form keep the usual policy, without which browsers do not say where a form comes from.
fn private(page: impl IntoResponse) -> Response {
    ([(REFERRER_POLICY, PRIVATE)], page).into_response()
}

/// What an agent can do about it, who knows nothing of keys and accounts.
fn words(failure: Failure) -> &'static str {
    match failure {
        Failure::Unreachable | Failure::TooSlow | Failure::Busy | Failure::Broken => {
            "Chatwoot didn't answer just now. The link still works: try again in a moment."
        }
        _ => "Chatwoot didn't let us sign you in. The link still works; tell whoever sent it to you.",
    }
}
