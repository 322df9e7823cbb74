//! An agent's sign-in link as its tenant sees it.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Redirect, Response};

use super::PREFIX;
use crate::app::App;
use crate::domain::agent::{Agent, AgentState};
use crate::domain::ids::AgentId;
use crate::domain::sign_in_link::Standing;
use crate::services::error::{Refusal, ServiceError};
use crate::services::sign_in_links::{self, Links, NewLink};
use crate::web::agent_path::{AgentPath, path};
use crate::web::auth::CurrentTenant;
use crate::web::error::{HtmlError, Problem};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, Moment, icon};
use crate::web::set_password::origin;

#[derive(Template)]
#[template(path = "sign_in_link/tenant.html")]
struct TenantPage {
    layout: Layout,
    agent: Agent,
    switched_on: bool,
    summary: Option<ErrorSummary>,
    /// A new link, which only this answer shows.
    new: Option<Shown>,
    last: Option<Last>,
}

struct Shown {
    link: String,
    until: String,
}

/// What became of the newest link.
struct Last {
    standing: Standing,
    made: Moment,
    since: Moment,
    until: String,
}

pub async fn show(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, agent, None, None).await?).into_response())
}

pub async fn make(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
    headers: HeaderMap,
) -> Result<Response, HtmlError> {
    match sign_in_links::make(&app, &tenant.actor(), agent).await {
        Ok(link) => {
            let shown = Shown { link: address(&app, &headers, &link), until: exact(link.expires_at) };
            Ok(Page::ok(page(&app, &tenant, agent, Some(shown), None).await?).into_response())
        }
        Err(ServiceError::Refused(refusal)) => {
            let page = page(&app, &tenant, agent, None, Some(&refusal)).await?;
            let Problem { status, retry_after, .. } = Problem::from(ServiceError::from(refusal));
            let wait = retry_after.map(|seconds| [(RETRY_AFTER, seconds.to_string())]);
            Ok((wait, Page(status, page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn revoke(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Redirect, HtmlError> {
    sign_in_links::revoke(&app, &tenant.actor(), agent).await?;
    Ok(Redirect::to(&format!("{}/sign-in-link", path(agent))))
}

pub async fn back(_tenant: CurrentTenant, AgentPath(agent): AgentPath) -> Redirect {
    Redirect::to(&format!("{}/sign-in-link", path(agent)))
}

/// The whole link, as it is handed over.
pub fn address(app: &App, headers: &HeaderMap, link: &NewLink) -> String {
    format!("{}{PREFIX}{}", origin(app, headers), link.token.reveal())
}

async fn page(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    new: Option<Shown>,
    refusal: Option<&Refusal>,
) -> Result<TenantPage, ServiceError> {
    let Links { agent, latest } = sign_in_links::show(app, tenant.tenant(), agent).await?;
    let now = app.now();
    let layout = Layout::new(tenant, format!("Sign-in link for {}", agent.name), Active::Helpdesk);
    Ok(TenantPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        switched_on: app.config.sign_in_links,
        summary: refusal.map(ErrorSummary::of),
        new,
        last: latest.map(|link| {
            let standing = link.standing(now);
            let since = match standing {
                Standing::Open => link.created_at,
                Standing::Used(at) | Standing::Revoked(at) | Standing::Expired(at) => at,
            };
            Last {
                standing,
                made: Moment { at: link.created_at, now },
                since: Moment { at: since, now },
                until: exact(link.expires_at),
            }
        }),
        agent,
    })
}

fn exact(at: chrono::DateTime<chrono::Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

impl TenantPage {
    fn can_make(&self) -> bool {
        self.switched_on && self.agent.state == AgentState::Ready
    }

    fn is_open(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.standing == Standing::Open)
    }
}
