//! The agents of all tenants, for administrators.

use crate::app::App;
use crate::db;
use crate::db::across::{COUNTED, Filter, Part, Row, Show};
use crate::db::people::Sought;
use crate::domain::agent::AgentState;
use crate::domain::ids::{AgentId, TenantId};
use crate::services::agents::{AgentView, retry_many};
use crate::services::audit::MATCHES;
use crate::services::error::ServiceError;

/// Agents on a page: as many as can be retried at once.
const PER_PAGE: usize = retry_many::MOST_AT_ONCE;
/// Agents whose name or address begins as typed that a page chooses from.
const MOST_BEGUN: u64 = 1_000;
/// Agents read at once for an export.
const BATCH: u64 = 500;

/// What can be shown, by its key in addresses and its words; the first is shown when nothing is asked for.
pub const SHOWN: [(&str, &str); 8] = [
    ("attention", "Needs attention"),
    ("all", "All agents"),
    ("setting_up", "Setting up"),
    ("ready", "Ready"),
    ("out_of_sync", "Out of sync"),
    ("suspended", "Suspended"),
    ("conflict", "Address taken in Chatwoot"),
    ("removing", "Removing"),
];

/// The filter as typed, and the place in the list as addresses have it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// A key of [`SHOWN`].
    pub show: String,
    /// The beginning of the tenant's name or e-mail.
    pub tenant: String,
    /// The beginning of the agent's name or address.
    pub agent: String,
    pub older: String,
    pub newer: String,
}

/// One agent and whose it is.
#[derive(Clone, Debug)]
pub struct Across {
    pub view: AgentView,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub tenant_email: String,
    pub tier: String,
}

/// A part of the list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub agents: Vec<Across>,
    pub found: Found,
    pub newer: Option<AgentId>,
    pub older: Option<AgentId>,
    /// Whether what was typed means more tenants than were looked at.
    pub too_many: bool,
}

/// How many agents match, over all pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Exactly(u64),
    MoreThan(u64),
}

/// The part of the list that is asked for; two queries at most.
pub async fn list(app: &App, asked: &Asked) -> Result<Page, ServiceError> {
    let (filter, too_many) = filter(app, asked).await?;
    let most = if filter.is_broad() && !filter.beginning.is_empty() { MOST_BEGUN } else { COUNTED };
    let filter = Filter { most_begun: Some(MOST_BEGUN + 1), ..filter };
    let part = match (AgentId::parse(&asked.older), AgentId::parse(&asked.newer)) {
        (Some(id), _) => Part::OlderThan(id),
        (None, Some(id)) => Part::NewerThan(id),
        (None, None) => Part::Newest,
    };
    let count = u64::try_from(PER_PAGE + 1).unwrap_or(u64::MAX);
    let slice = db::across::list(app.db.read(), &filter, part, count).await?;
    let mut agents: Vec<Across> = slice.rows.into_iter().map(Across::from).collect();
    let more = agents.len() > PER_PAGE;
    match part {
        Part::NewerThan(_) if more => drop(agents.remove(0)),
        _ => agents.truncate(PER_PAGE),
    }
    let id = |agent: Option<&Across>| agent.map(|agent| agent.view.agent.id);
    let (first, last) = (id(agents.first()), id(agents.last()));
    let (newer, older) = match part {
        Part::Newest => (None, last.filter(|_| more)),
        Part::OlderThan(_) => (first, last.filter(|_| more)),
        Part::NewerThan(_) => (first.filter(|_| more), last),
    };
    Ok(Page { agents, found: Found::of(slice.matching, most), newer, older, too_many })
}

/// How many agents need attention.
pub async fn attention(app: &App) -> Result<Found, ServiceError> {
    let filter = Filter { show: Show::Attention, ..Filter::default() };
    Ok(Found::of(db::across::count(app.db.read(), &filter).await?, COUNTED))
}

/// What is to be exported.
pub async fn filter(app: &App, asked: &Asked) -> Result<(Filter, bool), ServiceError> {
    // PostgreSQL answers a NUL in a text with an error, and nothing here has one.
    let word = |typed: &str| typed.replace('\0', "").trim().to_owned();
    let tenant = word(&asked.tenant);
    let most = u64::try_from(MATCHES + 1).unwrap_or(u64::MAX);
    let sought = Sought { tenant: &tenant, ..Sought::default() };
    let mut tenants = db::people::find(app.db.read(), sought, most).await?.tenants;
    let too_many = tenants.len() > MATCHES;
    tenants.truncate(MATCHES);
    let show = match SHOWN.iter().find(|(key, _)| *key == asked.show).map_or("attention", |known| known.0) {
        "all" => Show::All,
        "out_of_sync" => Show::OutOfSync,
        state => AgentState::parse(state).map_or(Show::Attention, Show::State),
    };
    let tenants = (!tenant.is_empty()).then_some(tenants);
    Ok((Filter { show, tenants, beginning: word(&asked.agent), ..Filter::default() }, too_many))
}

/// The next agents of an export after this one, and where it goes on unless that was its end.
pub async fn export(
    app: &App,
    filter: &Filter,
    after: Option<AgentId>,
) -> Result<(Vec<Across>, Option<AgentId>), ServiceError> {
    let part = after.map_or(Part::Newest, Part::OlderThan);
    let rows = db::across::list(app.db.read(), filter, part, BATCH).await?.rows;
    let more = u64::try_from(rows.len()).is_ok_and(|rows| rows == BATCH);
    let next = rows.last().filter(|_| more).map(|last| last.agent.id);
    Ok((rows.into_iter().map(Across::from).collect(), next))
}

impl Across {
    /// Whether trying again can help.
    pub fn can_be_retried(&self) -> bool {
        retry_many::why_not(&self.view).is_none()
    }
}

impl From<Row> for Across {
    fn from(row: Row) -> Self {
        let Row { agent, operation, drift, tenant_name, tenant_email, tier } = row;
        let tenant = agent.tenant;
        let view = AgentView::from(db::overview::Row { agent, mappings: Vec::new(), operation, drift });
        Self { view, tenant, tenant_name, tenant_email, tier }
    }
}

impl Found {
    fn of(counted: u64, most: u64) -> Self {
        if counted > most { Self::MoreThan(most) } else { Self::Exactly(counted) }
    }
}

impl Default for Found {
    fn default() -> Self {
        Self::Exactly(0)
    }
}
