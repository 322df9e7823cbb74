//! Creating an agent.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::agent;
use super::agent_path::{HELPDESK, path};
use super::auth::CurrentTenant;
use super::body::PageForm;
use super::error::HtmlError;
use super::flash::{self, Notice};
use super::fragment::Fragment;
use super::helpdesk::can_create;
use super::hx::Htmx;
use super::page::{Active, Layout, Page};
use super::parts::{AddressPreview, ErrorSummary, NewPassword, PasswordChoice, icon, messages_for};
use super::seat_holders::SeatHolders;
use crate::app::App;
use crate::domain::agent::{Agent, AgentState};
use crate::domain::ids::{AgentId, InboxId};
use crate::domain::inbox::Inbox;
use crate::domain::password::Password;
use crate::domain::tier::{Limit, Seats};
use crate::services::agents::{self, CreatedAgent, NewAgent};
use crate::services::error::{Refusal, ServiceError};

const NEW: &str = "/integrations/helpdesk/agents/new";
const PUSH_URL: HeaderName = HeaderName::from_static("hx-push-url");
const SWITCHED_OFF: &str = "Creating agents is switched off on this server. Ask your administrator.";

pub fn router() -> Router<App> {
    Router::new()
        .route(NEW, get(new).post(create))
        .route("/integrations/helpdesk/agents/new/preview", post(preview).get(back))
}

#[derive(Template)]
#[template(path = "helpdesk/new.html")]
pub(super) struct NewAgentPage {
    pub layout: Layout,
    pub form: AgentForm,
    /// Why there is no form.
    pub closed: Option<Closed>,
    /// Who could be suspended to free a seat, when none is left.
    pub holders: Vec<Agent>,
    /// Whose seat becomes free by itself, and when.
    pub leaving: Vec<String>,
    pub summary: Option<ErrorSummary>,
    pub name_errors: Vec<String>,
    pub inbox_errors: Vec<String>,
    pub preview: AddressPreview,
    pub password: PasswordChoice,
    pub inboxes: Vec<Inbox>,
    pub seat: String,
    /// Makes sending the same form twice harmless.
    pub idem: String,
}

/// A reason why no agent can be created now.
pub(super) struct Closed {
    pub words: String,
    pub limit_reached: bool,
    /// Whether there was a form a moment ago.
    pub raced: bool,
}

/// The form as sent.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AgentForm {
    pub name: String,
    mode: String,
    password: String,
    inboxes: Vec<String>,
    idem: String,
}

async fn new(State(app): State<App>, tenant: CurrentTenant) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, AgentForm::default(), None).await?).into_response())
}

async fn create(
    State(app): State<App>,
    tenant: CurrentTenant,
    sent: PageForm<AgentForm>,
) -> Result<Response, HtmlError> {
    let (mut form, fault) = sent.into_parts();
    let created = match fault.map_or_else(|| form.wish(), Err) {
        Ok(wish) => agents::create(&app, &tenant.actor(), wish).await,
        Err(refusal) => Err(refusal.into()),
    };
    match created {
        Ok(created) => {
            let panel = if form.chooses() { None } else { NewPassword::of(&app, &created) };
            answer(&app, &tenant, &created, panel).await
        }
        Err(ServiceError::Refused(refusal)) => {
            let status = status_of(&refusal);
            Ok(Page(status, page(&app, &tenant, form, Some(&refusal)).await?).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn preview(
    State(app): State<App>,
    tenant: CurrentTenant,
    htmx: Htmx,
    sent: PageForm<AgentForm>,
) -> Result<Response, HtmlError> {
    let (form, fault) = sent.into_parts();
    if htmx.0 {
        return Ok(Fragment::quiet(address(&app, &tenant, &form.name).await?).into_response());
    }
    // A link with all that was typed could be longer than an address may be.
    let status = fault.as_ref().map_or(StatusCode::OK, status_of);
    Ok(Page(status, page(&app, &tenant, form, fault.as_ref()).await?).into_response())
}

async fn back() -> Redirect {
    Redirect::to(NEW)
}

/// The agent's page: with what there is to say about its generated password, or simply the way there.
async fn answer(
    app: &App,
    tenant: &CurrentTenant,
    created: &CreatedAgent,
    panel: Option<NewPassword>,
) -> Result<Response, HtmlError> {
    let agent = &created.view.agent;
    if agent.state == AgentState::Removed {
        return Ok(Redirect::to(HELPDESK).into_response());
    }
    match panel {
        Some(panel) => secret_page(app, tenant, agent.id, panel).await,
        None if agent.state == AgentState::Ready => {
            Ok(flash::redirect(app, &path(agent.id), Notice::AgentCreated, None))
        }
        // The page says how far it is, or what stands in the way.
        None => Ok(Redirect::to(&path(agent.id)).into_response()),
    }
}

/// The agent's page with a password, as the answer to a form: never stored, never shown again.
pub(super) async fn secret_page(
    app: &App,
    tenant: &CurrentTenant,
    id: AgentId,
    panel: NewPassword,
) -> Result<Response, HtmlError> {
    let mut response = Page::ok(agent::load(app, tenant, id, Some(panel)).await?).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(address) = HeaderValue::try_from(path(id)) {
        headers.insert(PUSH_URL, address);
    }
    Ok(response)
}

async fn page(
    app: &App,
    tenant: &CurrentTenant,
    form: AgentForm,
    refusal: Option<&Refusal>,
) -> Result<NewAgentPage, ServiceError> {
    let draft = agents::draft(app, tenant.tenant()).await?;
    let closed = closed(tenant, draft.seats, refusal);
    let full = closed.as_ref().is_some_and(|closed| closed.limit_reached);
    let seats = if full { SeatHolders::load(app, tenant.tenant()).await?.1 } else { SeatHolders::default() };
    let layout = Layout::new(tenant, "Create agent", Active::Helpdesk);
    let summary = refusal.filter(|_| closed.is_none()).map(ErrorSummary::of);
    Ok(NewAgentPage {
        layout: if summary.is_some() { layout.with_error() } else { layout },
        preview: address(app, tenant, &form.name).await?,
        password: PasswordChoice::new(form.chooses(), refusal),
        name_errors: messages_for(refusal, "name"),
        inbox_errors: messages_for(refusal, "inboxIds"),
        seat: seat(draft.seats),
        inboxes: draft.inboxes,
        holders: seats.to_suspend(),
        leaving: seats.leaving,
        idem: Uuid::new_v4().to_string(),
        closed,
        summary,
        form,
    })
}

async fn address(app: &App, tenant: &CurrentTenant, name: &str) -> Result<AddressPreview, ServiceError> {
    let name = name.trim();
    let address = match agents::preview_address(app, tenant.tenant(), name).await {
        Ok(address) => Some(address),
        Err(ServiceError::Refused(_)) => None,
        Err(other) => return Err(other),
    };
    Ok(AddressPreview { name: name.to_owned(), address })
}

fn closed(tenant: &CurrentTenant, seats: Seats, refusal: Option<&Refusal>) -> Option<Closed> {
    if let Some(Refusal::TierLimitReached { .. }) = refusal {
        let words = refusal.map_or_else(String::new, ToString::to_string);
        return Some(Closed { words, limit_reached: true, raced: true });
    }
    if !can_create(tenant.connection.health) || refusal == Some(&Refusal::NotConfigured) {
        return Some(Closed { words: SWITCHED_OFF.to_owned(), limit_reached: false, raced: false });
    }
    let Limit::AtMost(limit) = seats.limit else { return None };
    let tier = tenant.user.tier.label.clone();
    let reached = Refusal::TierLimitReached { tier, limit, used: seats.used, adjusted: seats.adjusted };
    (!seats.admit_one_more()).then(|| Closed {
        words: reached.to_string(),
        limit_reached: true,
        raced: false,
    })
}

/// Refusals that leave no form answer as conflicts.
fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Fields(_) | Refusal::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    }
}

fn seat(seats: Seats) -> String {
    match seats.limit {
        Limit::Unlimited => "Your plan has no limit on agents.".to_owned(),
        Limit::AtMost(1) => "This uses the 1 seat of your plan.".to_owned(),
        Limit::AtMost(limit) => format!("This uses your {} of {limit} seats.", ordinal(seats.used + 1)),
    }
}

fn ordinal(number: u64) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

impl AgentForm {
    fn chooses(&self) -> bool {
        self.mode == "choose"
    }

    fn has(&self, inbox: InboxId) -> bool {
        self.inboxes.iter().any(|chosen| *chosen == inbox.to_string())
    }

    /// What was asked for; takes the password out, so that no page can show it.
    fn wish(&mut self) -> Result<NewAgent, Refusal> {
        let typed = Password::new(std::mem::take(&mut self.password));
        let inboxes: Result<Vec<InboxId>, _> =
            self.inboxes.iter().map(|id| id.parse().map(InboxId)).collect();
        let unknown = "One of these inboxes isn't yours. Choose from your own inboxes.";
        Ok(NewAgent {
            name: self.name.clone(),
            password: self.chooses().then_some(typed),
            inboxes: inboxes.map_err(|_| Refusal::field("inboxIds", unknown))?,
            idempotency_key: Some(self.idem.clone()).filter(|key| !key.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seat_line_counts_like_people() {
        let line = |used, limit| seat(Seats { used, limit: Limit::AtMost(limit), adjusted: None });
        assert_eq!(line(2, 3), "This uses your 3rd of 3 seats.");
        assert_eq!(line(0, 5), "This uses your 1st of 5 seats.");
        assert_eq!(line(10, 25), "This uses your 11th of 25 seats.");
        assert_eq!(line(21, 25), "This uses your 22nd of 25 seats.");
        assert_eq!(line(0, 1), "This uses the 1 seat of your plan.");
    }
}
