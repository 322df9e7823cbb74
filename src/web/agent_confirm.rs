//! Suspending, resuming and removing an agent and undoing that, each after saying what it means.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::agent_path::{AgentPath, HELPDESK, path};
use super::auth::CurrentTenant;
use super::error::HtmlError;
use super::flash::{self, Notice};
use super::page::{Active, Layout, Page};
use super::parts::{ErrorSummary, icon};
use super::seat_holders::SeatHolders;
use crate::app::App;
use crate::domain::agent::{Agent, AgentState};
use crate::domain::ids::AgentId;
use crate::services::agents::{self, AgentView, Deed};
use crate::services::error::{Refusal, ServiceError};
use crate::services::sign_in_links;

pub fn router() -> Router<App> {
    Router::new()
        .route("/integrations/helpdesk/agents/{agent}/suspend", get(ask_suspend).post(suspend))
        .route("/integrations/helpdesk/agents/{agent}/resume", get(ask_resume).post(resume))
        .route("/integrations/helpdesk/agents/{agent}/remove", get(ask_remove).post(remove))
        .route("/integrations/helpdesk/agents/{agent}/undo-removal", get(ask_undo).post(undo))
}

#[derive(Template)]
#[template(path = "helpdesk/confirm.html")]
struct ConfirmPage {
    layout: Layout,
    title: String,
    agent: Agent,
    deed: Deed,
    summary: Option<ErrorSummary>,
    /// Why there is nothing to press, in words of the agent's state.
    hindrance: Option<String>,
    /// Who uses the seats, when none is left for this.
    holders: Vec<Agent>,
    /// Whether suspending one of them would help.
    can_suspend: bool,
    /// Whose seat becomes free by itself, and when.
    leaving: Vec<String>,
    /// Whether a sign-in link is out that this would revoke.
    open_link: bool,
}

async fn ask_suspend(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, agent, Deed::Suspend, None).await?).into_response())
}

async fn ask_resume(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, agent, Deed::Resume, None).await?).into_response())
}

async fn ask_remove(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, agent, Deed::Remove, None).await?).into_response())
}

async fn ask_undo(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    Ok(Page::ok(page(&app, &tenant, agent, Deed::UndoRemoval, None).await?).into_response())
}

async fn suspend(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    let done = agents::suspend(&app, &tenant.actor(), agent).await;
    let notice = |view: &AgentView| match view.agent.state {
        AgentState::Suspended => Notice::AgentSuspended,
        _ => Notice::SuspensionStarted,
    };
    answer(&app, &tenant, agent, Deed::Suspend, done.map(|view| notice(&view))).await
}

async fn resume(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    let done = agents::resume(&app, &tenant.actor(), agent).await;
    let notice = |view: &AgentView| match view.agent.state {
        AgentState::Ready => Notice::AgentResumed,
        _ => Notice::ResumptionStarted,
    };
    answer(&app, &tenant, agent, Deed::Resume, done.map(|view| notice(&view))).await
}

async fn undo(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    let done = agents::undo_removal(&app, &tenant.actor(), agent).await;
    answer(&app, &tenant, agent, Deed::UndoRemoval, done.map(|_| Notice::RemovalUndone)).await
}

async fn remove(
    State(app): State<App>,
    tenant: CurrentTenant,
    AgentPath(agent): AgentPath,
) -> Result<Response, HtmlError> {
    let list = format!("{HELPDESK}#agents");
    match agents::remove(&app, &tenant.actor(), agent).await {
        Ok(None) => Ok(flash::redirect(&app, &list, Notice::AgentRemoved, None)),
        Ok(Some(view)) => Ok(flash::redirect_removed(&app, &list, &view)),
        Err(fault) => answer(&app, &tenant, agent, Deed::Remove, Err(fault)).await,
    }
}

/// Back to the agent, or the same page with what stands in the way.
async fn answer(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    deed: Deed,
    done: Result<Notice, ServiceError>,
) -> Result<Response, HtmlError> {
    match done {
        Ok(notice) => Ok(flash::redirect(app, &path(agent), notice, notice.can_be_undone().then_some(agent))),
        Err(ServiceError::Refused(refusal)) => {
            let page = page(app, tenant, agent, deed, Some(&refusal)).await?;
            Ok(Page(StatusCode::CONFLICT, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn page(
    app: &App,
    tenant: &CurrentTenant,
    agent: AgentId,
    deed: Deed,
    refusal: Option<&Refusal>,
) -> Result<ConfirmPage, ServiceError> {
    let (view, _) = agents::show(app, tenant.tenant(), agent).await?;
    let hindrance = agents::hindrance(deed, &view.agent, app.now_ms());
    let title = deed.title(&view.agent.name, hindrance.is_none());
    let layout = Layout::new(tenant, title.clone(), Active::Helpdesk);
    let mut seats = SeatHolders::default();
    let mut summary = refusal.map(ErrorSummary::of);
    if deed == Deed::Resume && hindrance.is_none() && !view.agent.holds_seat {
        let (is_free, holders) = SeatHolders::load(app, tenant.tenant()).await?;
        if !is_free {
            seats = holders;
            // The page itself says it, with the way out.
            summary = None;
        }
    }
    let open_link = deed.is_grave() && sign_in_links::has_open(app, agent).await?;
    Ok(ConfirmPage {
        layout: if summary.is_some() { layout.with_error() } else { layout },
        agent: view.agent,
        title,
        deed,
        summary,
        hindrance,
        can_suspend: !seats.to_suspend().is_empty(),
        leaving: seats.leaving,
        holders: seats.all,
        open_link,
    })
}

impl Deed {
    fn key(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Remove => "remove",
            Self::UndoRemoval => "undo-removal",
        }
    }

    /// As a question where there is something to press.
    fn title(self, name: &str, asks: bool) -> String {
        let mark = if asks { "?" } else { "" };
        match self {
            Self::Suspend => format!("Suspend {name}{mark}"),
            Self::Resume => format!("Resume {name}{mark}"),
            Self::Remove => format!("Remove {name}{mark}"),
            Self::UndoRemoval => format!("Undo the removal of {name}{mark}"),
        }
    }

    /// Whether this would take something away.
    fn is_grave(self) -> bool {
        matches!(self, Self::Suspend | Self::Remove)
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Suspend => "Suspend",
            Self::Resume => "Resume",
            Self::Remove => "Remove",
            Self::UndoRemoval => "Bring back",
        }
    }
}

impl ConfirmPage {
    fn consequences(&self) -> Vec<String> {
        let mut all = self.of_the_deed();
        if self.open_link {
            all.insert(1, format!("The sign-in link that is out for {} stops working.", self.agent.name));
        }
        all
    }

    fn of_the_deed(&self) -> Vec<String> {
        let name = &self.agent.name;
        match self.deed {
            Deed::Suspend => vec![
                format!("{name} loses access to Chatwoot at once."),
                format!("Open conversations of {name} become unassigned; resuming won't bring them back."),
                format!("The inboxes of {name} are remembered."),
                "It frees 1 seat on your plan.".to_owned(),
            ],
            Deed::Resume => vec![
                format!("{name} takes 1 seat of your plan again."),
                format!("{name} gets back the remembered inboxes that are still yours."),
                "What somebody took away in Chatwoot meanwhile isn't given back.".to_owned(),
            ],
            Deed::Remove if self.agent.state == AgentState::Conflict => vec![
                "Nothing changes in Chatwoot: the person there isn't yours.".to_owned(),
                "The entry goes at once. You can create an agent of the same name again.".to_owned(),
            ],
            Deed::Remove => vec![
                format!("{name} loses access to Chatwoot at once."),
                format!("Open conversations of {name} become unassigned."),
                "Past messages stay in Chatwoot.".to_owned(),
                if self.agent.holds_seat {
                    "For ten minutes you can undo this. Then it can't be undone any more and frees 1 seat on your plan."
                } else {
                    "For ten minutes you can undo this. Then it can't be undone any more."
                }
                .to_owned(),
            ],
            Deed::UndoRemoval => vec![format!("{name} comes back as before, with the same inboxes.")],
        }
    }
}
