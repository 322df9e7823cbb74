//! Agents of all tenants, newest first, a page at a time from any agent on.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

use super::beginning::{begins, folded_bounds};
use super::drift;
use super::entity::{helpdesk_user, operation};
use super::operations::Operation;
use super::overview::{AGENT_COLUMNS, OPERATION_COLUMNS, columns};
use crate::domain::agent::{Agent, AgentState};
use crate::domain::drift::Drifted;
use crate::domain::ids::{AgentId, TenantId};

/// Counts end here: what is more is only known to be more.
pub const COUNTED: u64 = 10_000;

/// Which agents, all of them when nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub show: Show,
    pub tenants: Option<Vec<TenantId>>,
    /// The beginning of a name or an address.
    pub beginning: String,
    /// At most so many whose name begins like that, and as many whose address does, when that is the only way to
    /// find them: who types one letter does not wait for a third of all agents.
    pub most_begun: Option<u64>,
    pub ids: Option<Vec<AgentId>>,
}

/// In which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Any but removed.
    #[default]
    All,
    /// Those that do not go on by themselves.
    Attention,
    State(AgentState),
    /// Those of whom Chatwoot shows something else.
    OutOfSync,
}

/// Which part of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Newest,
    OlderThan(AgentId),
    NewerThan(AgentId),
}

/// An agent with its open operation and its tenant.
#[derive(Clone, Debug)]
pub struct Row {
    pub agent: Agent,
    pub operation: Option<Operation>,
    pub drift: Vec<Drifted>,
    pub tenant_name: String,
    pub tenant_email: String,
    pub tier: String,
}

/// A part of the list.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    pub rows: Vec<Row>,
    /// How many agents match, on all pages: at most [`COUNTED`] and one.
    pub matching: u64,
}

#[derive(FromQueryResult)]
struct Joined {
    #[sea_orm(nested(prefix = "a_"))]
    agent: helpdesk_user::Model,
    #[sea_orm(nested(prefix = "o_"))]
    operation: Option<operation::Model>,
    tenant_name: String,
    tenant_email: String,
    tier_label: String,
    drift: Option<String>,
    matching: i64,
}

#[derive(FromQueryResult)]
struct Count {
    matching: i64,
}

/// At most `count` agents of this part, newest first, and how many match in all, in one query.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    part: Part,
    count: u64,
) -> Result<Slice, DbErr> {
    let mut rows = Joined::find_by_statement(statement(conn, filter, part, count)).all(conn).await?;
    if let Part::NewerThan(_) = part {
        rows.reverse();
    }
    let matching = rows.first().map_or(0, |row| u64::try_from(row.matching).unwrap_or(0));
    Ok(Slice { rows: rows.into_iter().map(Row::from).collect(), matching })
}

/// How many agents match: at most [`COUNTED`] and one.
pub async fn count(conn: &impl ConnectionTrait, filter: &Filter) -> Result<u64, DbErr> {
    let chosen = Chosen::by(conn, filter);
    let sql = format!("SELECT {} AS matching", chosen.count());
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, chosen.values);
    let count = Count::find_by_statement(statement).one(conn).await?;
    Ok(count.map_or(0, |count| u64::try_from(count.matching).unwrap_or(0)))
}

/// What [`list`] asks, nearest to the place first.
pub fn statement(conn: &impl ConnectionTrait, filter: &Filter, part: Part, count: u64) -> Statement {
    let mut chosen = Chosen::by(conn, filter);
    let matching = chosen.count();
    let order = match part {
        Part::Newest => "DESC",
        Part::OlderThan(id) => {
            chosen.and_bound("h.id <", id.0.into());
            "DESC"
        }
        Part::NewerThan(id) => {
            chosen.and_bound("h.id >", id.0.into());
            "ASC"
        }
    };
    let (agent, operation) = (columns("h", "a", AGENT_COLUMNS), columns("o", "o", OPERATION_COLUMNS));
    let drift = drift::column(conn, "h");
    let Chosen { from, conditions, values, .. } = chosen;
    let sql = format!(
        "SELECT {agent}, {operation}, {drift} AS drift, u.name AS tenant_name, u.email AS tenant_email, t.label AS tier_label, \
         {matching} AS matching FROM {from} JOIN users u ON u.id = h.user_id JOIN tier_limits t ON t.tier = u.tier \
         WHERE {} ORDER BY h.id {order} LIMIT {count}",
        conditions.join(" AND ")
    );
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}

const OPEN: &str = "LEFT JOIN operations o ON o.helpdesk_user_id = h.id AND o.status <> 'done'";
/// Each part in the words of an index, because almost all agents are ready and have a password; one may still be on
/// its way. Said here and not of the joined row, whose size PostgreSQL would guess far too low and read all agents.
const STUCK: &str = "SELECT id FROM helpdesk_users WHERE state IN ('needs_attention', 'conflict') \
     UNION SELECT s.id FROM helpdesk_users s WHERE s.state = 'ready' AND NOT s.password_set AND NOT EXISTS \
     (SELECT 1 FROM operations w WHERE w.helpdesk_user_id = s.id AND w.status <> 'done' AND w.status <> 'failed') \
     UNION SELECT helpdesk_user_id FROM operations WHERE status = 'failed' \
     UNION SELECT helpdesk_user_id FROM drift WHERE helpdesk_user_id IS NOT NULL";
/// Where Chatwoot differs.
const DRIFTED: &str = "SELECT DISTINCT helpdesk_user_id AS id FROM drift WHERE helpdesk_user_id IS NOT NULL";

/// The chosen agents as a part of a query.
struct Chosen {
    from: String,
    /// The query that finds all of them and nobody else, if there is one.
    exactly: Option<&'static str>,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// Whether almost any agent may be among the chosen ones but for the beginning of its name.
    pub fn is_broad(&self) -> bool {
        let any_state = matches!(self.show, Show::All | Show::State(AgentState::Ready));
        any_state && self.tenants.is_none() && self.ids.is_none()
    }
}

impl Chosen {
    fn by(conn: &impl ConnectionTrait, filter: &Filter) -> Self {
        let all = format!("helpdesk_users h {OPEN}");
        let conditions = vec!["h.state <> 'removed'".to_owned()];
        let mut chosen = Self { from: all, exactly: None, conditions, values: Vec::new() };
        match filter.show {
            Show::All => {}
            Show::State(state) => chosen.and_bound("h.state =", state.key().into()),
            Show::OutOfSync => chosen.only_of(DRIFTED),
            Show::Attention => {
                chosen.only_of(STUCK);
                // Who is gone has no open operation: these rows need not be read to be counted.
                chosen.exactly = Some(STUCK);
            }
        }
        if !filter.beginning.is_empty() {
            chosen.begun(conn, filter);
        }
        if let Some(tenants) = &filter.tenants {
            chosen.among("h.user_id", tenants.iter().map(|tenant| tenant.0.into()));
        }
        if let Some(ids) = &filter.ids {
            chosen.among("h.id", ids.iter().map(|id| id.0.into()));
        }
        chosen
    }

    fn begun(&mut self, conn: &impl ConnectionTrait, filter: &Filter) {
        let first = self.values.len() + 1;
        self.values.extend(folded_bounds(&filter.beginning));
        if !filter.is_broad() {
            // Few are left already, and no index on names shall be tried: it may lead to very many.
            let (email, name) =
                (begins(conn, "(h.email || '')", first), begins(conn, "(h.search || '')", first));
            self.narrow(format!("({email} OR {name})"));
            return;
        }
        // Almost all are ready: the index on states would lead to every one of them.
        let only = if filter.show == Show::All { "state <> 'removed'" } else { "(state || '') = 'ready'" };
        let most = filter.most_begun.map_or_else(String::new, |most| format!(" LIMIT {most}"));
        let part = |text: &str, name: &str| {
            let begun = begins(conn, text, first);
            let found = format!("SELECT id FROM helpdesk_users WHERE {begun} AND {only}{most}");
            format!("SELECT id FROM ({found}) AS {name}")
        };
        self.only_of(&format!("{} UNION {}", part("email", "by_email"), part("search", "by_name")));
    }

    fn narrow(&mut self, condition: String) {
        self.exactly = None;
        self.conditions.push(condition);
    }

    /// Begins with these few agents: CROSS JOIN is how SQLite is told that they come first.
    fn only_of(&mut self, ids: &str) {
        self.from = format!("({ids}) c CROSS JOIN helpdesk_users h {OPEN}");
        self.conditions.push("h.id = c.id".to_owned());
    }

    fn count(&self) -> String {
        let Self { from, conditions, .. } = self;
        let most = COUNTED + 1;
        let chosen = match self.exactly {
            Some(ids) => format!("SELECT 1 FROM ({ids}) c"),
            None => format!("SELECT 1 FROM {from} WHERE {}", conditions.join(" AND ")),
        };
        format!("(SELECT count(*) FROM ({chosen} LIMIT {most}) counted)")
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn and_bound(&mut self, side: &str, value: Value) {
        let bound = self.bind(value);
        self.narrow(format!("{side} {bound}"));
    }

    /// Nobody is among nobody.
    fn among(&mut self, column: &str, values: impl Iterator<Item = Value>) {
        let bound: Vec<String> = values.map(|value| self.bind(value)).collect();
        self.narrow(match bound.as_slice() {
            [] => "FALSE".to_owned(),
            [one] => format!("{column} = {one}"),
            many => format!("{column} IN ({})", many.join(", ")),
        });
    }
}

impl From<Joined> for Row {
    fn from(row: Joined) -> Self {
        let agent = Agent::from(row.agent);
        Self {
            drift: drift::read_column(agent.id, row.drift.as_deref()),
            agent,
            operation: row.operation.map(Operation::from),
            tenant_name: row.tenant_name,
            tenant_email: row.tenant_email,
            tier: row.tier_label,
        }
    }
}
