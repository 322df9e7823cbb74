//! Where Chatwoot differs from what was asked for: a pure comparison that changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::agent::{Agent, AgentState};
use super::ids::{AgentId, ChatwootUserId, InboxId};
use super::inbox::InboxMapping;

/// What stands between name and address of somebody unregistered.
const BETWEEN: &str = " · ";
/// The role our agents have in Chatwoot.
pub const ROLE: &str = "agent";

/// Somebody in the account, as Chatwoot lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: ChatwootUserId,
    pub name: String,
    pub email: String,
    /// `agent`, `administrator` or, for a damaged membership, nothing.
    pub role: Option<String>,
    /// What marks a person as ours.
    pub tag: Option<String>,
}

/// What a look at the account found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub people: Vec<Person>,
    /// Who answers each inbox that was looked at; an inbox that no longer exists has nobody.
    pub inboxes: BTreeMap<InboxId, BTreeSet<ChatwootUserId>>,
    /// Those of ours outside the account of whom Chatwoot knows nothing at all any more.
    pub gone: BTreeSet<ChatwootUserId>,
}

/// An agent with its wishes for inboxes.
#[derive(Clone, Copy, Debug)]
pub struct Wished<'a> {
    pub agent: &'a Agent,
    pub mappings: &'a [InboxMapping],
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The person no longer exists in Chatwoot.
    PersonGone,
    /// The person exists, but was taken out of the account.
    LeftAccount,
    /// A suspended agent was put back into the account.
    JoinedAccount,
    /// The role is another than the one we gave.
    RoleChanged,
    Renamed,
    /// An inbox that was asked for was taken away.
    LeftInbox,
    /// An inbox that nobody asked for here was given.
    JoinedInbox,
    /// Somebody who carries a mark of ours, but is none of our agents.
    Unregistered,
}

/// One difference. `subject` is the inbox, or for somebody unregistered their number in Chatwoot; else 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    pub agent: Option<AgentId>,
    pub kind: Kind,
    pub subject: i64,
    /// A name, a role; for somebody unregistered the mark they carry.
    pub ours: Option<String>,
    pub theirs: Option<String>,
}

/// A difference that was seen and is shown until it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// Stays the same while the same thing differs.
    pub id: String,
    pub difference: Difference,
    /// Grows whenever either side changes.
    pub version: i64,
    /// In ms since 1970.
    pub first_seen: i64,
}

impl Difference {
    /// The address of somebody unregistered, as it was seen.
    pub fn address(&self) -> Option<&str> {
        let shown = self.theirs.as_deref().filter(|_| self.kind == Kind::Unregistered)?;
        shown.rsplit_once(BETWEEN).map(|(_, address)| address)
    }
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::PersonGone,
        Self::LeftAccount,
        Self::JoinedAccount,
        Self::RoleChanged,
        Self::Renamed,
        Self::LeftInbox,
        Self::JoinedInbox,
        Self::Unregistered,
    ];

    /// The spelling in the database and the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::PersonGone => "person_gone",
            Self::LeftAccount => "left_account",
            Self::JoinedAccount => "joined_account",
            Self::RoleChanged => "role_changed",
            Self::Renamed => "renamed",
            Self::LeftInbox => "left_inbox",
            Self::JoinedInbox => "joined_inbox",
            Self::Unregistered => "unregistered",
        }
    }

    /// Reads [`Kind::key`] back.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Whether the person cannot work in the account at all.
    pub fn is_absence(self) -> bool {
        matches!(self, Self::PersonGone | Self::LeftAccount)
    }

    /// Whether what Chatwoot shows can become what is asked for here.
    pub fn can_use_theirs(self) -> bool {
        // An administrator sees the inboxes of every tenant: that is not for a tenant to accept.
        !matches!(self, Self::RoleChanged | Self::Unregistered)
    }
}

/// Whether this agent should be found in the account, so that its absence is a difference.
pub fn expected_in_account(agent: &Agent) -> bool {
    agent.state == AgentState::Ready && agent.linked && agent.verified && !agent.removal_wanted
}

/// Whether this agent should not be found in the account, so that its presence is a difference.
pub fn expected_outside(agent: &Agent) -> bool {
    agent.state == AgentState::Suspended && !agent.linked
}

/// Everything in which Chatwoot differs from what was asked for these agents, in a fixed order.
///
/// Only inboxes that were looked at are compared, and of agents outside the account nothing else.
pub fn differences(agents: &[Wished<'_>], seen: &Seen) -> Vec<Difference> {
    let people: BTreeMap<ChatwootUserId, &Person> =
        seen.people.iter().map(|person| (person.id, person)).collect();
    let mut found = Vec::new();
    for Wished { agent, mappings } in agents {
        let Some(id) = agent.chatwoot_user else { continue };
        let person = people.get(&id).filter(|person| person.tag.as_deref() == Some(&agent.tag));
        match person {
            Some(_) if expected_outside(agent) => found.push(of(agent, Kind::JoinedAccount)),
            _ if !expected_in_account(agent) => {}
            None => found.push(of(agent, absence(seen, &people, id))),
            Some(person) => {
                found.extend(about_person(agent, person));
                found.extend(about_inboxes(agent, mappings, seen, id));
            }
        }
    }
    found.sort();
    found
}

/// Those in the account who carry a mark of ours that no agent has, in a fixed order.
pub fn unregistered(people: &[Person], tags: &BTreeSet<String>) -> Vec<Difference> {
    let nobodys = |person: &&Person| person.tag.as_ref().is_some_and(|tag| !tags.contains(tag));
    let mut found: Vec<Difference> = people
        .iter()
        .filter(nobodys)
        .map(|person| Difference {
            agent: None,
            kind: Kind::Unregistered,
            subject: person.id.0,
            ours: person.tag.clone(),
            theirs: Some(format!("{}{BETWEEN}{}", person.name, person.email)),
        })
        .collect();
    found.sort();
    found
}

/// Whether so many of `watched` agents disappeared at once that a wrong account or an emptied list is likelier than
/// people having been dismissed: three at least, and more than a fifth.
pub fn is_mass_disappearance(missing: usize, watched: usize) -> bool {
    missing >= 3 && missing * 5 > watched
}

/// A number that now belongs to somebody without our mark says that the person we made is gone.
fn absence(seen: &Seen, people: &BTreeMap<ChatwootUserId, &Person>, id: ChatwootUserId) -> Kind {
    if seen.gone.contains(&id) || people.contains_key(&id) { Kind::PersonGone } else { Kind::LeftAccount }
}

fn of(agent: &Agent, kind: Kind) -> Difference {
    Difference { agent: Some(agent.id), kind, subject: 0, ours: None, theirs: None }
}

fn about_person<'a>(agent: &'a Agent, person: &'a Person) -> impl Iterator<Item = Difference> + 'a {
    let role = (person.role.as_deref() != Some(ROLE)).then(|| Difference {
        ours: Some(ROLE.to_owned()),
        theirs: person.role.clone(),
        ..of(agent, Kind::RoleChanged)
    });
    // What Chatwoot keeps of a name's spaces is no difference that anybody sees.
    let same_name = person.name.split_whitespace().eq(agent.name.split_whitespace());
    let name = (!same_name).then(|| Difference {
        ours: Some(agent.name.clone()),
        theirs: Some(person.name.clone()),
        ..of(agent, Kind::Renamed)
    });
    role.into_iter().chain(name)
}

fn about_inboxes<'a>(
    agent: &'a Agent,
    mappings: &'a [InboxMapping],
    seen: &'a Seen,
    id: ChatwootUserId,
) -> impl Iterator<Item = Difference> + 'a {
    seen.inboxes.iter().filter_map(move |(inbox, members)| {
        let wanted = mappings.iter().any(|mapping| mapping.inbox == *inbox && mapping.wanted);
        let kind = match (wanted, members.contains(&id)) {
            (true, false) => Kind::LeftInbox,
            (false, true) => Kind::JoinedInbox,
            _ => return None,
        };
        Some(Difference { subject: inbox.0, ..of(agent, kind) })
    })
}

#[cfg(test)]
mod tests;
